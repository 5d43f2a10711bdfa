"""What every peer is timed on: 784 visible, 2000 hidden, batch 100, p 3, k 7, delta 0.4, learning rate 0.02."""

import argparse

import numpy as np

import images

VISIBLE, HIDDEN, BATCH = 784, 2000, 100
P, K, DELTA, LEARNING_RATE = 3.0, 7, 0.4, 0.02
RULE = (P, K, DELTA, LEARNING_RATE)
WARM_UP, ROUNDS = 30, 200


def parser(purpose):
    """The command line that all peers share."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--data-dir", help="folder that holds MNIST, or a folder 'mnist' with it")
    return parser


def synapses(dtype=np.float32):
    """W [hidden, visible] ~ N(0, 1), the same start for every peer."""
    return np.random.default_rng(0).standard_normal((HIDDEN, VISIBLE)).astype(dtype)


def batches(data_dir, dtype=np.float32):
    """(name, batches): 100 batches [batch, visible] of the first 10,000 images in a fixed shuffled order."""
    name, pixels = images.load(data_dir, 10_000)
    order = np.random.default_rng(1).permutation(len(pixels))
    return name, pixels[order].astype(dtype).reshape(-1, BATCH, VISIBLE)
