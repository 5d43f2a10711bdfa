"""Pixels in 0..1, float32 [count, 784]: MNIST where it is found, else random images as sparse as MNIST."""

import gzip
from pathlib import Path

import numpy as np

PIXELS = 28 * 28


def load(data_dir, count):
    """(name, images): the first `count` training images and 'mnist', or random ones and 'synthetic'."""
    for folder in (Path(data_dir), Path(data_dir) / "mnist") if data_dir else ():
        for suffix, opener in (("", open), (".gz", gzip.open)):
            path = folder / f"train-images-idx3-ubyte{suffix}"
            if path.is_file():
                with opener(path, "rb") as file:
                    return "mnist", read_idx(file, path, count)
    random = np.random.default_rng(0)
    pixels = random.random((count, PIXELS), dtype=np.float32)
    pixels[random.random(pixels.shape) < 0.81] = 0.0
    return "synthetic", pixels


def read_idx(file, path, count):
    """The first `count` images of an idx3 file: four big-endian numbers, then one byte a pixel."""
    try:
        magic, _, rows, columns = np.frombuffer(file.read(16), ">u4")
        pixels = np.frombuffer(file.read(count * PIXELS), np.uint8)
    except (OSError, EOFError, ValueError) as error:
        raise SystemExit(f"{path} cannot be read: {error}.")
    if (magic, rows, columns) != (2051, 28, 28) or pixels.size != count * PIXELS:
        raise SystemExit(f"{path} is not an idx file of at least {count} images of 28 x 28.")
    return pixels.reshape(count, PIXELS).astype(np.float32) / 255
