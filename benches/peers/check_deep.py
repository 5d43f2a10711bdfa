"""W and what the last block makes of the images are the same in every formulation of the deep step, within rounding.

In float64 all agree to 1e-9 with the rule taken place by place, and that one with the golden vectors. In float32
they agree to 1e-3 (W is of order 5).
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

import deep_numpy
import deep_settings
import deep_torch
from deep_settings import Block

STEPS, BATCH, SIDE = 3, 2, 16
MAX, AVERAGE = ("max", 4, 2, 1), ("average", 2, 2, 0)
NETWORK = (
    Block(3, 6, 5, 1.0, 0.08, 0.7, MAX),
    Block(6, 8, 3, 0.65, 0.005, 1.4, MAX),
    Block(8, 12, 3, 0.25, 0.01, 1.0, AVERAGE),
)
TOLERANCE = {np.float64: 1e-9, np.float32: 1e-3}


def literal(network, weights, batches):
    """The weights after the batches, and what the last block makes of the last one; as all formulations."""
    weights = [W.copy() for W in weights]
    for images in batches:
        output = deep_numpy.step(network, weights, images)
    return [*weights, output]


def by_torch(start, weights, batches):
    torch.compiler.reset()
    weights = [torch.from_numpy(W.copy()) for W in weights]
    step = start(weights)
    for images in torch.from_numpy(batches):
        output = step(images)
    return [made.numpy() for made in (*weights, output)]


def compare(title, network, weights, batches, expected):
    """Asserts that every formulation in PyTorch ends at `expected`, float64."""
    dtype = batches.dtype.type
    for name, start in deep_torch.starts(network).items():
        try:
            found = by_torch(start, weights, batches)
        except Exception as error:
            if "compiled" not in name:
                raise
            print(f"skipped: {name}: it cannot be compiled here ({type(error).__name__})")
            continue
        agree(f"{title}, {np.dtype(dtype)}, {name}", found, expected, TOLERANCE[dtype])


def agree(title, found, expected, tolerance):
    difference = max(np.abs(a - b).max() for a, b in zip(found, expected, strict=True))
    print(f"{title}: at most {difference:.1e} apart")
    assert difference <= tolerance, f"{title} learns something else"


def golden(case):
    """The network of one block, its weights and batches, and the weights and output that are expected."""
    kernel, channels = case["kernel"], case["inputs_shape"][1]
    block = Block(channels, case["units"], kernel, case["t_invert"], case["lr"], case["triangle_power"], MAX)

    def channels_last(weights):
        return np.array(weights).reshape(-1, channels, kernel, kernel).transpose(0, 2, 3, 1).copy()

    batches = np.array([step["inputs"] for step in case["steps"]]).transpose(0, 1, 3, 4, 2).copy()
    last = case["steps"][-1]
    output = np.array(last["output_max_4_2_1"]).transpose(0, 2, 3, 1)
    return (block,), [channels_last(case["weights"])], batches, [channels_last(last["weights_after"]), output]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--golden", type=Path, help="folder of golden vectors, with soft_deep_block.json")
    args = parser.parse_args()
    torch.set_flush_denormal(True)
    weights = deep_settings.weights(NETWORK, np.float64)
    batches = np.random.default_rng(1).random((STEPS, BATCH, SIDE, SIDE, 3))
    expected = literal(NETWORK, weights, batches)
    for dtype in TOLERANCE:
        compare("random", NETWORK, [W.astype(dtype) for W in weights], batches.astype(dtype), expected)
    if args.golden:
        case = json.loads((args.golden / "soft_deep_block.json").read_text())
        network, weights, batches, expected = golden(case)
        agree(f"{case['name']}, float64, NumPy", literal(network, weights, batches), expected, 1e-9)
        compare(case["name"], network, weights, batches, expected)
    print("all formulations agree")


if __name__ == "__main__":
    with torch.no_grad():
        main()
