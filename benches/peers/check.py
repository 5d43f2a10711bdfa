"""W after several steps is the same in every formulation, within rounding, and as in the golden vectors.

In float64 all agree to 1e-9. In float32 they agree to 1e-3 (W is of order 1, a step of order 0.02): the seed
is one where rounding turns no close race between two hidden units around.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import torch

import numpy_step
import torch_step

STEPS, BATCH, VISIBLE, HIDDEN = 10, 20, 60, 40
RULE = (3.0, 7, 0.4, 0.02)
TOLERANCE = {np.float64: 1e-9, np.float32: 1e-3}


def learn(start, W, batches):
    """W [hidden, visible] after it learned from batches [steps, batch, visible]; `start` makes a step of W."""
    torch.compiler.reset()
    W = W.copy()
    step = start(W)
    for v in batches:
        step(v)
    return W


def formulations(rule):
    """Name -> a function of W that returns a step, a function of v; all arrays are NumPy's."""
    starts = torch_step.best_steps(*rule) | {"dense": lambda W: lambda v: torch_step.dense_step(W, v, *rule)}
    steps = {"numpy": lambda W: lambda v: numpy_step.step(W, v.T, *rule)}
    for name, start in starts.items():

        def shared(W, start=start):
            step = start(torch.from_numpy(W))
            return lambda v: step(torch.from_numpy(v))

        steps[f"torch, {name}"] = shared
    return steps


def compare(title, W, batches, rule, expected, compiled=False):
    """Asserts that every formulation ends at `expected`, float64; `compiled` ones are tried where asked for."""
    differences = {}
    for name, start in formulations(rule).items():
        if "compiled" in name and not compiled:
            continue
        try:
            weights = learn(start, W, batches)
        except Exception as error:
            if "compiled" not in name:
                raise
            print(f"skipped: {name}: it cannot be compiled here ({type(error).__name__})")
            continue
        assert weights.dtype == W.dtype
        differences[name] = np.abs(weights - expected).max()
    worst = max(differences, key=differences.get)
    print(f"{title}, {W.dtype}, {len(differences)} formulations: at most {differences[worst]:.1e} apart ({worst})")
    assert differences[worst] <= TOLERANCE[W.dtype.type], f"{title}: {worst} learns something else"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--golden", type=Path, help="folder of golden vectors, *.json")
    args = parser.parse_args()
    warnings.filterwarnings("ignore", message="Sparse CSR")
    random = np.random.default_rng(0)
    W = random.standard_normal((HIDDEN, VISIBLE))
    batches = random.random((STEPS, BATCH, VISIBLE)) * (random.random((STEPS, BATCH, VISIBLE)) < 0.2)
    expected = learn(formulations(RULE)["numpy"], W, batches)
    for dtype in TOLERANCE:
        compare("random", W.astype(dtype), batches.astype(dtype), RULE, expected, compiled=True)
    files = sorted(args.golden.glob("*.json")) if args.golden else []
    assert files or not args.golden, f"there are no golden vectors in {args.golden}"
    for case in (json.loads(file.read_text()) for file in files):
        radius = case["radius"]  # W = radius U learns towards it just as U does towards 1, at eps / radius.
        batches = np.array([step["inputs"] for step in case["steps"]])
        rule = case["p"], case["k"], case["delta"], case["eps"] / radius
        W, expected = np.array(case["weights"]), np.array(case["steps"][-1]["weights_after"])
        compare(case["name"], W / radius, batches, rule, expected / radius)
    print("all formulations agree")


if __name__ == "__main__":
    with torch.no_grad():
        main()
