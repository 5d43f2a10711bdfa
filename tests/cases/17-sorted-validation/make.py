"""Images sorted by class."""
from common import *

def sorted_set(train, test):
    lt, le = sorted(labels(train)), sorted(labels(test))
    return {"train-images-idx3-ubyte": image_file(images(lt, 1)), "train-labels-idx1-ubyte": label_file(lt),
            "t10k-images-idx3-ubyte": image_file(images(le, 2)), "t10k-labels-idx1-ubyte": label_file(le)}
fresh("sorted", "missing-class")
put_all("sorted/mnist", sorted_set(200, 50))
# No 3 and no 7 in training; the test set has both.
lt = [l for l in labels(100) if l not in (3, 7)]
put_all("missing-class/mnist", {**mnist(40, 20), "train-images-idx3-ubyte": image_file(images(lt, 1)), "train-labels-idx1-ubyte": label_file(lt)})
