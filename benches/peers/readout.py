#!/usr/bin/env python3
"""How good a linear readout of a run's hidden units can be: logistic regression, which scikit-learn solves to the end.

    cargo run --release -p two-networks -- --dataset mnist --validation 10000 --only biological --out RUN
    python3 benches/peers/readout.py RUN --data-dir DIR

The features are those that the readout of the run saw. For each strength of the L2 penalty it prints the errors in
percent on the images that were learned from and on those that the run held out; the least of these is the reference.
Needs numpy, safetensors and scikit-learn.
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from sklearn.linear_model import LogisticRegression

DATA_SETS = ["mnist", "fashion-mnist", "cifar10"]
STRENGTHS = [1e-4, 1e-3, 1e-2, 1e-1, 1.0]


def idx(path):
    """The bytes of an idx file, plain or `.gz`, in the shape that its header names."""
    data = path.read_bytes() if path.is_file() else gzip.open(f"{path}.gz").read()
    axes = data[3]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(np.frombuffer(data, ">u4", axes, 4))


def training_images(dataset, data_dir):
    """The training images of a data set, [n, visible] from 0 to 1, and their labels."""
    if dataset == "cifar10":
        folder = data_dir / "cifar-10-batches-bin"
        batches = [np.fromfile(folder / f"data_batch_{n}.bin", np.uint8) for n in range(1, 6)]
        records = np.concatenate(batches).reshape(-1, 1 + 3072)
        pixels, labels = records[:, 1:], records[:, 0]
    else:
        pixels = idx(data_dir / dataset / "train-images-idx3-ubyte")
        labels = idx(data_dir / dataset / "train-labels-idx1-ubyte")
    return pixels.reshape(len(labels), -1).astype(np.float32) / 255, labels


def features(run, settings, images, learned):
    """max(W v, 0)^n, divided by its size on the first `learned` images as the settings have it."""
    network = load_file(run / "hebbian.safetensors")
    images = images - network.get("centre", np.float32(0))
    images /= np.maximum(np.linalg.norm(images, axis=1, keepdims=True), 1e-12)
    rows = np.maximum(images @ network["hidden.weight"].T, 0) ** np.float32(settings["power"])
    squares = (rows[:learned].astype(np.float64) ** 2).mean(0)
    scale = settings["feature_scale"]
    if scale == "layer":
        squares[:] = squares.mean()
    if scale == "capped":
        squares = np.maximum(squares, np.sort(squares)[len(squares) // 2])
    squares[squares == 0] = 1.0
    return rows if scale == "none" else rows / np.sqrt(squares).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--strengths", type=float, nargs="+", default=STRENGTHS, help="1 / the weight of the penalty")
    options = parser.parse_args()
    settings = json.loads((options.run / "config.json").read_text())
    ours = json.loads((options.run / "result.json").read_text()).get("hebbian")
    held_out = settings["validation"]
    if not held_out:
        raise SystemExit(f"{options.run} held out no images; run it with --validation.")
    if not ours:
        raise SystemExit(f"{options.run} has no biological network; run it without --only backprop.")
    if settings.get("labels"):
        raise SystemExit(f"{options.run} learned from some labels only; run it without --labels.")
    if settings["dataset"] not in DATA_SETS:
        raise SystemExit(f"{options.run} is of {settings['dataset']}; this reads {', '.join(DATA_SETS)}.")
    images, labels = training_images(settings["dataset"], options.data_dir)
    learned = len(images) - held_out
    rows = features(options.run, settings, images, learned)
    print(f"{'strength':>10} {'train':>8} {'validation':>11} {'iterations':>11}")
    print(f"{'this run':>10} {ours['train_error']:8.2f} {ours['validation_error']:11.2f}", flush=True)
    model = LogisticRegression(max_iter=3000, warm_start=True, tol=1e-4)
    for strength in options.strengths:
        model.set_params(C=strength).fit(rows[:learned], labels[:learned])
        wrong = 100 * (model.predict(rows) != labels)
        train, validation = wrong[:learned].mean(), wrong[learned:].mean()
        print(f"{strength:10.0e} {train:8.2f} {validation:11.2f} {model.n_iter_[0]:11}", flush=True)


if __name__ == "__main__":
    main()
