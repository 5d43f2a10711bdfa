"""What the deep peers are timed on: the three blocks of Journe et al. 2023 for CIFAR-10, ten images to a batch."""

from dataclasses import dataclass

import numpy as np

import images

BATCH = 10
MOMENTUM, EPSILON = 0.1, 1e-5  # Of batch norm.


@dataclass(frozen=True)
class Block:
    """A block: batch norm, reflect padding, convolution, triangle, pooling."""

    channels: int
    units: int
    kernel: int
    temperature: float  # Inverse: it multiplies u.
    rate: float
    power: float
    pooling: tuple  # "max" or "average", kernel, stride, padding.


NETWORK = (
    Block(3, 96, 5, 1.0, 0.08, 0.7, ("max", 4, 2, 1)),
    Block(96, 384, 3, 0.65, 0.005, 1.4, ("max", 4, 2, 1)),
    Block(384, 1536, 3, 0.25, 0.01, 1.0, ("average", 2, 2, 0)),
)


def weights(network, dtype=np.float32):
    """W of each block, [units, kernel rows, kernel columns, channels], each unit of a length of about 25."""
    random = np.random.default_rng(0)
    shapes = [(block.units, block.kernel, block.kernel, block.channels) for block in network]
    return [(25 * random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(dtype) for shape in shapes]


def batches(data_dir):
    """(name, batches): 100 batches [batch, rows, columns, channels] of the first training images."""
    name, pixels = images.load_cifar10(data_dir, 100 * BATCH)
    return name, pixels.reshape(-1, BATCH, *pixels.shape[1:])
