"""Pixels in 0..1, float32: of published images where they are found, else random ones."""

import gzip
from pathlib import Path

import numpy as np

PIXELS = 28 * 28
CIFAR_RECORD = 1 + 3 * 32 * 32  # The label, then red, green and blue.


def load(data_dir, count):
    """(name, images [count, 784]): the first `count` of MNIST, or random ones as sparse, and 'synthetic'."""
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


def load_cifar10(data_dir, count):
    """(name, images [count, 32, 32, 3]): the first `count` <= 10,000 of CIFAR-10, or random ones and 'synthetic'."""
    for folder in (Path(data_dir), Path(data_dir) / "cifar-10-batches-bin") if data_dir else ():
        path = folder / "data_batch_1.bin"
        if path.is_file():
            records = np.fromfile(path, np.uint8, count * CIFAR_RECORD)
            if records.size != count * CIFAR_RECORD:
                raise SystemExit(f"{path} is not a file of at least {count} images of 3 x 32 x 32.")
            planes = records.reshape(count, CIFAR_RECORD)[:, 1:].reshape(count, 3, 32, 32)
            return "cifar10", np.ascontiguousarray(planes.transpose(0, 2, 3, 1), np.float32) / 255
    return "synthetic", np.random.default_rng(0).random((count, 32, 32, 3), dtype=np.float32)


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
