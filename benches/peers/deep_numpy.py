"""The local step of a deep network, literally: place by place, in whatever type the arrays have.

Images are [n, rows, columns, channels], weights [units, kernel rows, kernel columns, channels].
"""

import numpy as np

from deep_settings import EPSILON


def normalised(images):
    """Batch norm by the statistics of the batch."""
    variance = images.var(axis=(0, 1, 2))
    return (images - images.mean(axis=(0, 1, 2))) / np.sqrt(variance + EPSILON)


def places(images, kernel, stride, padding, **pad):
    """Image, row and column of each window, and the window, [kernel, kernel, channels]."""
    sides = (padding, padding)
    images = np.pad(images, ((0, 0), sides, sides, (0, 0)), **pad)
    last = images.shape[1] - kernel
    for image in range(len(images)):
        for row in range(0, last + 1, stride):
            for column in range(0, last + 1, stride):
                yield (image, row // stride, column // stride), images[image, row : row + kernel, column : column + kernel]


def pooled(maps, kind, kernel, stride, padding):
    side = (maps.shape[1] + 2 * padding - kernel) // stride + 1
    output = np.empty((len(maps), side, side, maps.shape[3]), maps.dtype)
    reduce = np.max if kind == "max" else np.mean
    for place, window in places(maps, kernel, stride, padding, constant_values=-np.inf if kind == "max" else 0):
        output[place] = reduce(window, axis=(0, 1))
    return output


def raw_update(block, W, seen):
    """What the block hands on, and dW = sum over places of y (x - u W); `seen` are normalised images."""
    maps, change = np.empty((*seen.shape[:3], block.units), W.dtype), np.zeros_like(W)
    for place, x in places(seen, block.kernel, 1, block.kernel // 2, mode="reflect"):
        u = (W * x).sum(axis=(1, 2, 3))
        shares = np.exp(block.temperature * (u - u.max()))
        y = -shares / shares.sum()
        y[u.argmax()] *= -1
        for unit in range(block.units):
            change[unit] += y[unit] * (x - u[unit] * W[unit])
        maps[place] = np.maximum(u - u.mean(), 0) ** block.power
    return pooled(maps, *block.pooling), change


def step(network, weights, images):
    """All blocks learn from one batch, in place; returns what the last one makes of it by the weights before."""
    for block, W in zip(network, weights):
        images, change = raw_update(block, W, normalised(images))
        lengths = np.sqrt((W * W).sum(axis=(1, 2, 3), keepdims=True))
        rates = block.rate * np.sqrt(np.abs(lengths - 1) + 1e-10)
        W += rates * change / max(np.abs(change).max(), 1e-30)
    return images
