"""Settings as editors and scripts write them."""
from common import *

import json
good = '{"hidden": 40, "k": 2, "epochs_hebbian": 2, "batch_size": 100, "epochs_readout": 2, "epochs_backprop": 1, "seed": 5}\n'
cases = {
    "good.json": good,
    "bom.json": b"\xef\xbb\xbf" + good.encode(),              # Windows PowerShell 5.1, Notepad
    "utf16.json": good.encode("utf-16"),                      # PowerShell 5.1: > file
    "latin1.json": b'{"hidden": 40, "k": 2}  \xe9\n',
    "nan.json": json.dumps({"k": 2, "hidden": 40, "delta": float("nan")}),
    "infinity.json": json.dumps({"k": 2, "hidden": 40, "p": float("inf")}),
    "too-large-float.json": '{"k": 2, "hidden": 40, "beta": 1e999}',
    "too-large-power.json": '{"k": 2, "hidden": 40, "power": 1e300}',
    "comment.json": '{\n  // as in the paper\n  "k": 2, "hidden": 40\n}',
    "trailing-comma.json": '{"k": 2, "hidden": 40,}',
    "single-quotes.json": "{'k': 2, 'hidden': 40}",
    "duplicate.json": '{"hidden": 40, "k": 2, "delta": 0.1, "delta": 0.9}',
    "duplicate-escaped.json": '{"hidden": 40, "k": 2, "delta": 0.1, "d\\u0065lta": 0.9}',
    "whole-float.json": '{"hidden": 40.0, "k": 2.0, "epochs_hebbian": 2.0}',    # pandas, JavaScript, Lua
    "exponent.json": '{"hidden": 4e1, "k": 2}',
    "fraction.json": '{"hidden": 40, "k": 2.5}',
    "string-number.json": '{"hidden": "40", "k": 2}',
    "string-bool.json": '{"hidden": 40, "k": 2, "unit_length": "true"}',
    "number-bool.json": '{"hidden": 40, "k": 2, "unit_length": 1}',
    "null.json": '{"hidden": 40, "k": 2, "delta": null}',
    "scalar-rates.json": '{"hidden": 40, "k": 2, "learning_rates_readout": 0.001}',
    "negative.json": '{"hidden": -40, "k": 2}',
    "seed-largest.json": good.replace('"seed": 5', '"seed": 18446744073709551615'),
    "seed-too-large.json": good.replace('"seed": 5', '"seed": 18446744073709551616'),
    "seed-past-2-53.json": good.replace('"seed": 5', '"seed": 9007199254740993'),
    "seed-float.json": good.replace('"seed": 5', '"seed": 9.007199254740993e15'),
    "hidden-huge.json": '{"hidden": 4294967296, "k": 2}',
    "nested.json": '{"settings": {"hidden": 40, "k": 2}}',
    "list.json": '[{"hidden": 40, "k": 2}]',
    "upper-case.json": '{"Hidden": 40, "K": 2}',
    "dashes.json": '{"hidden": 40, "k": 2, "epochs-hebbian": 2}',
    "two-documents.json": good + good,
    "empty.json": "",
    "blank.json": "\n\n",
    "deep.json": "[" * 20000 + "]" * 20000,
}
for name, text in cases.items():
    put(name, text)
# Search spaces: maps, where serde takes the last of two equal keys without a word.
fixed = '"fixed": {"validation": 360, "hidden": 40, "epochs_hebbian": 2, "batch_size": 100, "epochs_readout": 2, "batch_size_readout": 100'
put("space-duplicate-grid.json", '{"about": "k twice", %s}, "grid": {"k": [2, 3], "k": [4]}}' % fixed)
put("space-duplicate-fixed.json", '{"about": "delta twice", %s, "delta": 0.1, "delta": 0.9}, "grid": {"k": [2]}}' % fixed)
put("space-same-value-twice.json", '{"about": "a value twice", "axis": "k", %s}, "grid": {"k": [2, 2, 3]}}' % fixed)
put("space-2-and-2.0.json", '{"about": "equal numbers", "axis": "power", %s}, "grid": {"power": [2, 2.0]}}' % fixed)
put("space-bom.json", b"\xef\xbb\xbf" + ('{"about": "bom", %s}, "grid": {"k": [2]}}' % fixed).encode())
put("space-comma-in-about.json", '{"about": "a, \\"b\\"\\n<script>alert(1)</script> & co", "axis": "k", %s}, "grid": {"k": [2, 3]}}' % fixed)
