"""The networks of an export of `deep-local` as PyTorch modules; needs numpy and torch.

    cargo run --release -p deep-local -- export RUN         # writes RUN/export.npz

    from deep_local import load
    networks = load("RUN/export.npz")
    networks["local"](images).argmax(1)     # images: [n, channels, height, width], float32 from 0 to 1
"""

import json

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """Batch norm, convolution, triangle or rectifier, pooling."""

    def __init__(self, arrays, name, about):
        super().__init__()
        for part in ["kernel", "mean", "variance", "scale", "shift"]:
            array = arrays.get(f"{name}.{part}")
            self.register_buffer(part, None if array is None else torch.from_numpy(array))
        self.about = about

    def forward(self, maps):
        about, local = self.about, self.scale is None
        maps = F.batch_norm(maps, self.mean, self.variance, self.scale, self.shift, eps=about["epsilon"])
        maps = F.pad(maps, 4 * [about["padding"]], mode=about["padding_mode"])
        currents = F.conv2d(maps, self.kernel)
        if local and about["unit_patches"]:
            squares = F.conv2d(maps.square(), torch.ones_like(self.kernel[:1]))
            currents = currents / squares.clamp(min=1e-24).sqrt()
        if local:
            maps = (currents - currents.mean(1, keepdim=True)).relu() ** about["power"]
        else:
            maps = currents.relu()
        pool = about["pooling"]
        pooling = F.max_pool2d if pool["kind"] == "max" else F.avg_pool2d
        return pooling(maps, pool["kernel"], pool["stride"], pool["padding"])


class Network(nn.Module):
    """Blocks, and a linear readout of the maps of the last."""

    def __init__(self, arrays, name, about):
        super().__init__()
        blocks = enumerate(about["blocks"], start=1)
        self.blocks = nn.Sequential(*[Block(arrays, f"{name}.block{n}", block) for n, block in blocks])
        weight = torch.from_numpy(arrays[f"{name}.readout.weight"])
        self.readout = nn.Linear(weight.shape[1], weight.shape[0])
        self.readout.weight.data = weight
        self.readout.bias.data = torch.from_numpy(arrays[f"{name}.readout.bias"])
        self.mirror = name == "local" and about["mirror_features"]

    def forward(self, images):
        features = self.blocks(images).flatten(1)
        if self.mirror:
            features = (features + self.blocks(images.flip(3)).flatten(1)) / 2
        return self.readout(features)


def load(file):
    """All networks of an export, by their names."""
    arrays = dict(np.load(file))
    about = json.loads(arrays["about"].tobytes())
    return {name: Network(arrays, name, about) for name in about["networks"]}
