"""W += learning_rate dW / max|dW|, dW = g v^T - (g . I) W: the step as the authors' notebook formulates it.

Every array is dense. The examples are the columns of v [visible, batch], so the currents I and the
activations g are [hidden, batch], and the hidden units are ranked by sorting whole columns.
"""

import json
import platform

import numpy as np

import settings
from timing import median_milliseconds


def step(W, v, p, k, delta, learning_rate):
    """Learns from one batch, in place."""
    hidden, batch = len(W), v.shape[1]
    sig = np.sign(W) * np.abs(W) ** (p - 1)
    tot_input = sig @ v
    ranking = np.argsort(tot_input, axis=0)
    examples = np.arange(batch)
    yl = np.zeros((hidden, batch), W.dtype)
    yl[ranking[hidden - 1], examples] = 1.0
    yl[ranking[hidden - k], examples] = -delta
    xx = np.sum(yl * tot_input, 1)
    ds = yl @ v.T - xx[:, None] * W
    nc = max(np.max(np.abs(ds)), 1e-30)
    W += learning_rate * ds / nc


def main():
    parser = settings.parser(__doc__.splitlines()[0])
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    args = parser.parse_args()
    name, batches = settings.batches(args.data_dir, args.dtype)
    W = settings.synapses(args.dtype)
    rounds = 60 if args.dtype == "float64" else settings.ROUNDS  # In float64 a step takes twice as long.
    milliseconds = median_milliseconds(
        lambda index: step(W, batches[index % len(batches)].T, *settings.RULE), settings.WARM_UP, rounds
    )
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    print(json.dumps({"milliseconds": milliseconds, "images": name, "versions": versions}))


if __name__ == "__main__":
    main()
