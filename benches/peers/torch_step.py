"""W += learning_rate dW / max|dW|, dW = g v - (g . I) W: two formulations of the step in PyTorch, on the CPU.

dense     as pytorch-hebbian has it: dense tensors, every row of W computed, eager
best      only the rows that change, in place; the fastest of several ways is found by trial
matmul    the bare product [batch, visible] x [visible, hidden]
baseline  a step of 784-2000-10 with ReLU, cross-entropy and Adam, the faster of two Adams
"""

import json
import math
import platform
import warnings

import torch

import settings
from timing import median_milliseconds


def dense_step(W, v, p, k, delta, learning_rate):
    """Learns from one batch v [batch, visible], in place; all else is made anew in each step."""
    v = v.t()
    batch = v.shape[1]
    tot_input = (torch.sign(W) * torch.abs(W) ** (p - 1)) @ v
    _, ranking = torch.topk(tot_input, k, dim=0)
    examples = torch.arange(batch)
    activations = torch.zeros(tot_input.shape, dtype=W.dtype)
    activations[ranking[0], examples] = 1.0
    activations[ranking[k - 1], examples] = -delta
    xx = torch.sum(activations * tot_input, 1)
    ds = activations @ v.t() - xx[:, None] * W
    nc = torch.max(torch.abs(ds)).clamp(min=1e-30)
    W += learning_rate * (ds / nc)


def powered(W, p):
    """sign(W) |W|^(p-1), for p >= 2."""
    return W * W.abs() ** (p - 2)


def used_pixels_product(v, strengths):
    """v @ strengths, over the pixels that are not blank in the whole batch."""
    used = (v != 0).any(0).nonzero()[:, 0]
    return v.index_select(1, used) @ strengths.index_select(0, used)


# How the currents [batch, hidden] come from v [batch, visible] and the strengths [visible, hidden].
PRODUCTS = {
    "dense": lambda v, strengths: v @ strengths,
    "used pixels": used_pixels_product,
    "sparse": lambda v, strengths: v.to_sparse_csr() @ strengths,
}


def rows_step(W, strengths, v, p, k, delta, learning_rate, product):
    """Learns from one batch, in place; strengths = powered(W)^T is kept and refreshed where W changes."""
    batch = len(v)
    top = product(v, strengths).topk(k, dim=1)
    units = torch.cat([top.indices[:, 0], top.indices[:, k - 1]])
    rows, place = torch.unique(units, return_inverse=True)
    examples = torch.arange(batch)
    activations = v.new_zeros(len(rows), batch)
    activations[place[:batch], examples] = 1.0
    activations[place[batch:], examples] = -delta
    decay = torch.cat([-top.values[:, 0], delta * top.values[:, k - 1]])
    decay = v.new_zeros(len(rows)).index_add_(0, place, decay)
    changed = W.index_select(0, rows)
    update = torch.addmm(changed * decay[:, None], activations, v)
    largest = torch.linalg.vector_norm(update, math.inf).clamp(min=1e-30)
    changed = torch.addcmul(changed, update, learning_rate / largest)
    W.index_copy_(0, rows, changed)
    strengths.index_copy_(1, rows, powered(changed, p).t())


def best_steps(p, k, delta, learning_rate):
    """Name -> a function of W that returns a step, a function of v; a compiled one may raise when called."""

    def changed_rows(product, transform=lambda function: function):
        def start(W):
            step, strengths = transform(rows_step), powered(W, p).t().contiguous()
            return lambda v: step(W, strengths, v, p, k, delta, learning_rate, product)

        return start

    def all_rows(W):
        step = torch.compile(dense_step)
        return lambda v: step(W, v, p, k, delta, learning_rate)

    steps = {f"eager, {name} product": changed_rows(product) for name, product in PRODUCTS.items()}
    steps |= {f"compiled, {name} product": changed_rows(product, torch.compile) for name, product in PRODUCTS.items()}
    return steps | {"compiled, all rows": all_rows}


def baseline_step(**adam):
    """A step, a function of v, of the network that learns end to end; labels are random, time does not tell."""
    torch.manual_seed(0)
    labels = torch.randint(10, (settings.BATCH,))
    network = torch.nn.Sequential(
        torch.nn.Linear(settings.VISIBLE, settings.HIDDEN), torch.nn.ReLU(), torch.nn.Linear(settings.HIDDEN, 10)
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, **adam)

    def step(v):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(v), labels).backward()
        optimizer.step()

    return step


BASELINES = {"Adam": lambda W: baseline_step(), "Adam, fused": lambda W: baseline_step(fused=True)}


def synapses():
    return torch.from_numpy(settings.synapses())


def measure(start, weights, batches, warm_up=settings.WARM_UP, rounds=settings.ROUNDS):
    """Milliseconds of the step that `start` makes of `weights()`."""
    step = start(weights())
    return median_milliseconds(lambda index: step(batches[index % len(batches)]), warm_up, rounds)


def fastest(starts, weights, batches, trial=(20, 40), measured=(settings.WARM_UP, settings.ROUNDS)):
    """Tries each way for some steps, then measures the fastest; a way that fails is recorded and passed over.

    `trial` and `measured` are the steps before the clock starts, and on it.
    """
    trials, failures = {}, {}
    for name, start in starts.items():
        torch.compiler.reset()
        try:
            trials[name] = measure(start, weights, batches, *trial)
        except Exception as error:  # Whatever a compiler, or its absence, comes up with.
            failures[name] = (str(error).strip().splitlines() or [type(error).__name__])[0]
    chosen = min(trials, key=trials.get)
    milliseconds = measure(starts[chosen], weights, batches, *measured)
    return {"milliseconds": milliseconds, "variant": chosen, "trials": trials, "failures": failures}


def matmul(W):
    strengths = W.t().contiguous()
    return lambda v: v @ strengths


def main():
    parser = settings.parser(__doc__.splitlines()[0])
    parser.add_argument("what", choices=["dense", "best", "matmul", "baseline"])
    args = parser.parse_args()
    warnings.filterwarnings("ignore", message="Sparse CSR")
    name, batches = settings.batches(args.data_dir)
    batches = torch.from_numpy(batches)
    with torch.set_grad_enabled(args.what == "baseline"):
        if args.what == "dense":
            step = measure(lambda W: lambda v: dense_step(W, v, *settings.RULE), synapses, batches)
            result = {"milliseconds": step}
        elif args.what == "matmul":
            result = {"milliseconds": measure(matmul, synapses, batches)}
        else:
            starts = best_steps(*settings.RULE) if args.what == "best" else BASELINES
            result = fastest(starts, synapses, batches)
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    print(json.dumps(result | {"images": name, "versions": versions}))


if __name__ == "__main__":
    main()
