"""The networks of an export of `two-networks` as PyTorch modules; needs numpy and torch.

    cargo run --release -p two-networks -- export RUN       # writes RUN/export.npz

    from two_networks import load
    networks = load("RUN/export.npz")
    networks["biological"](images).argmax(1)    # images: [n, visible], float32 from 0 to 1
"""

import json

import numpy as np
import torch
from torch import nn


def linear(weight, bias=None):
    """A layer with these weights, [out, in]."""
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    layer.weight.data = torch.from_numpy(weight)
    if bias is not None:
        layer.bias.data = torch.from_numpy(bias)
    return layer


class Biological(nn.Module):
    """z = S max(W v, 0)^n, for images v of any length, from which `centre` is subtracted."""

    def __init__(self, synapses, readout, power, centre):
        super().__init__()
        self.register_buffer("centre", centre)
        self.synapses = linear(synapses)
        self.readout = linear(readout)
        self.power = power

    def forward(self, images):
        images = nn.functional.normalize(images - self.centre, dim=-1)
        return self.readout(self.synapses(images).relu() ** self.power)


def load(file):
    """The networks of an export, by their names."""
    arrays = np.load(file)
    about = json.loads(arrays["about"].tobytes())
    networks = {}
    if "biological.synapses" in arrays:
        centre = torch.from_numpy(arrays.get("biological.centre", np.zeros(1, np.float32)))
        networks["biological"] = Biological(
            arrays["biological.synapses"], arrays["biological.readout.weight"], about["power"], centre
        )
    if "backprop.hidden.weight" in arrays:
        hidden = linear(arrays["backprop.hidden.weight"], arrays["backprop.hidden.bias"])
        readout = linear(arrays["backprop.readout.weight"], arrays["backprop.readout.bias"])
        networks["backprop"] = nn.Sequential(hidden, nn.ReLU(), readout)
    return networks
