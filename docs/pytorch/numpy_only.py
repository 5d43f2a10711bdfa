"""The networks of an export of either program with NumPy alone.

    from numpy_only import load
    networks = load("RUN/export.npz")
    networks["biological"](images).argmax(1)    # images: [n, channels, height, width] from 0 to 1
"""

import json
from functools import partial

import numpy as np


def load(file):
    """All networks of an export, by their names: functions from images to the outputs of the classes."""
    arrays = dict(np.load(file))
    about = json.loads(arrays["about"].tobytes())
    if about["program"] == "two-networks":
        both = {"biological": partial(biological, arrays, about["power"]), "backprop": partial(backprop, arrays)}
        return {name: both[name] for name in both if any(array.startswith(name) for array in arrays)}
    return {name: partial(deep, arrays, about, name) for name in about["networks"]}


def biological(arrays, power, images):
    rows = images.reshape(len(images), -1) - arrays.get("biological.centre", 0)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    hidden = np.maximum(rows @ arrays["biological.synapses"].T, 0) ** power
    return hidden @ arrays["biological.readout.weight"].T


def backprop(arrays, images):
    rows = images.reshape(len(images), -1)
    hidden = np.maximum(rows @ arrays["backprop.hidden.weight"].T + arrays["backprop.hidden.bias"], 0)
    return hidden @ arrays["backprop.readout.weight"].T + arrays["backprop.readout.bias"]


def deep(arrays, about, name, images):
    maps = features(arrays, about, name, images)
    if name == "local" and about["mirror_features"]:
        maps = (maps + features(arrays, about, name, images[..., ::-1])) / 2
    rows = maps.reshape(len(images), -1)
    return rows @ arrays[f"{name}.readout.weight"].T + arrays[f"{name}.readout.bias"]


def features(arrays, about, name, maps):
    for n, block in enumerate(about["blocks"], start=1):
        of = {part: arrays.get(f"{name}.block{n}.{part}") for part in ["kernel", "mean", "variance", "scale", "shift"]}
        column = lambda values: values[:, None, None]
        maps = (maps - column(of["mean"])) / np.sqrt(column(of["variance"]) + block["epsilon"])
        if name != "local":
            maps = maps * column(of["scale"]) + column(of["shift"])
        maps = windows(maps, of["kernel"].shape[2], 1, block["padding"], mode=block["padding_mode"])
        currents = np.einsum("nchwij,ucij->nuhw", maps, of["kernel"], optimize=True)
        if name == "local" and block["unit_patches"]:
            currents = currents / np.sqrt(np.maximum((maps**2).sum((1, 4, 5)), 1e-24))[:, None]
        if name == "local":
            maps = np.maximum(currents - currents.mean(1, keepdims=True), 0) ** block["power"]
        else:
            maps = np.maximum(currents, 0)
        pool = block["pooling"]
        # After the triangle or the rectifier nothing is below 0, so that a border of 0 is left out of a maximum.
        maps = windows(maps, pool["kernel"], pool["stride"], pool["padding"], mode="constant")
        maps = maps.max((4, 5)) if pool["kind"] == "max" else maps.mean((4, 5))
    return maps


def windows(maps, side, stride, padding, mode):
    """[n, channels, rows, columns, side, side]: the windows of maps with a border around them."""
    maps = np.pad(maps, [(0, 0), (0, 0), (padding, padding), (padding, padding)], mode=mode)
    return np.lib.stride_tricks.sliding_window_view(maps, (side, side), axis=(2, 3))[:, :, ::stride, ::stride]
