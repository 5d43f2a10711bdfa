"""The other side of pytorch.rs: reads a network of burn-hebbian, and writes one of PyTorch.

    python pytorch.py FOLDER        needs numpy and safetensors; uses torch where it is installed
"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

try:
    import torch
except ImportError:
    torch = None

VISIBLE, HIDDEN, CLASSES, POWER = 6, 5, 3, 2.0


def forward(image, fc1, fc2, power, centre=0):
    """The network with weights as PyTorch's Linear has them: [hidden, visible], [classes, hidden]."""
    image = image - centre
    # A blank image stays blank.
    image = image / np.maximum(np.linalg.norm(image, axis=-1, keepdims=True), 1e-12)
    if torch is None:
        return np.maximum(image @ fc1.T, 0.0) ** power @ fc2.T
    hidden = torch.nn.Linear(fc1.shape[1], fc1.shape[0], bias=False)
    readout = torch.nn.Linear(fc2.shape[1], fc2.shape[0], bias=False)
    hidden.load_state_dict({"weight": torch.from_numpy(fc1)})
    readout.load_state_dict({"weight": torch.from_numpy(fc2)})
    with torch.no_grad():
        return readout(hidden(torch.from_numpy(image)).relu() ** power).numpy()


folder = Path(sys.argv[1])
image = np.arange(VISIBLE, dtype=np.float32)[None]

# From Rust. The readout is transposed.
with safe_open(folder / "network.safetensors", framework="numpy") as file:
    settings = json.loads(file.metadata()["burn-hebbian"])
    fc1 = file.get_tensor("hidden.weight")
    fc2 = np.ascontiguousarray(file.get_tensor("readout.weight").T)
    centred = settings["input"] == "centred-unit-length"
    centre = file.get_tensor("centre") if centred else 0
print("torch" if torch else "numpy", "read", settings)
print("outputs for the image 0, 1, ..., 5:", forward(image, fc1, fc2, settings["power"], centre)[0])

# To Rust: the state_dict of a model with two layers `fc1` and `fc2`, and what it gives for an image.
random = np.random.default_rng(1)
fc1 = random.normal(size=(HIDDEN, VISIBLE)).astype(np.float32)
fc2 = random.normal(size=(CLASSES, HIDDEN)).astype(np.float32)
outputs = forward(image, fc1, fc2, POWER)
save_file(
    {"fc1.weight": fc1, "fc2.weight": fc2, "image": image, "outputs": outputs},
    folder / "pytorch.safetensors",
)
print("wrote a network that gives", outputs[0])
