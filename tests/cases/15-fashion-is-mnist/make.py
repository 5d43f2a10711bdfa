"""Files of one data set in two forms that differ."""
from common import *

files = mnist()
fresh("stale-plain", "same-twice")
# fashion-mnist/ holds the four .gz of one set and, from an earlier copy, plain labels of another of the same length.
other = bytes((l * 7 + 3) % 10 for l in files["train-labels-idx1-ubyte"][8:])
assert sorted(other) == sorted(files["train-labels-idx1-ubyte"][8:])
put_all("stale-plain/fashion-mnist", {n + ".gz": gz(d) for n, d in files.items()})
put_all("stale-plain/fashion-mnist", {"train-labels-idx1-ubyte": label_file(other)})
# Both forms, equal: nothing is wrong.
put_all("same-twice/fashion-mnist", {n + ".gz": gz(d) for n, d in files.items()})
put_all("same-twice/fashion-mnist", files)
