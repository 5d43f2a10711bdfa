"""Powers that overflow, and a trial that diverges."""
from common import *

import json
# (a) a space over the power n; (b) a space with one trial that diverges, first of two.
fixed = {"validation": 360, "hidden": 100, "epochs_hebbian": 5, "batch_size": 50,
         "epochs_readout": 20, "batch_size_readout": 50}
put("powers.json", json.dumps({"about": "powers that overflow", "axis": "power", "fixed": fixed,
    "grid": {"power": [4.5, 8, 16, 24, 30, 36], "feature_scale": ["layer", "unit", "capped"]}}, indent=1))
put("diverges.json", json.dumps({"about": "one trial diverges", "fixed": {**fixed, "feature_scale": "unit"},
    "grid": {"power": [200, 4.5]}}, indent=1))
