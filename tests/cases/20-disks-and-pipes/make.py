"""A search to be read by `head -1`."""
from common import *
# A search of six small trials, to be read by `head -1`.
put("space.json", '{"about": "six trials", "fixed": {"validation": 360, "hidden": 40, "epochs_hebbian": 2, "batch_size": 100, '
    '"epochs_readout": 2, "batch_size_readout": 100}, "grid": {"k": [2, 3, 4, 5, 6, 7]}}\n')
