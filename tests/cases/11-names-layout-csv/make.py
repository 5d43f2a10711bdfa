"""Names and layouts that MNIST is shipped in."""
from common import *

import zipfile
files = mnist()
fresh("ok", "dots", "nested", "torchvision", "inner", "zip", "csv", "csv-named-idx")
put_all("ok/mnist", files)
# 7-Zip, Safari, file managers: a dot where the dash was.
put_all("dots/mnist", {n.replace("-idx", ".idx"): d for n, d in files.items()})
# Kaggle's archive: each file in a folder of its own name; here beside the .gz of the same name.
put_all("nested/mnist", {f"{n}/{n}": d for n, d in files.items()})
put_all("nested/mnist", {n + ".gz": gz(d) for n, d in files.items()})
# torchvision's root.
put_all("torchvision/MNIST/raw", files)
put_all("torchvision/MNIST/raw", {n + ".gz": gz(d) for n, d in files.items()})
# --data-dir names the folder of the files itself: use --data-dir inner/mnist
put_all("inner/mnist", files)
for n, d in files.items():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo(n), d)
    put(f"zip/mnist/{n}.zip", out.getvalue())
def csv(part):
    head = "label," + ",".join(f"{r}x{c}" for r in range(1, 29) for c in range(1, 29)) + "\n"
    side = "train" if part == "train" else "t10k"
    labs, pics = files[f"{side}-labels-idx1-ubyte"][8:], files[f"{side}-images-idx3-ubyte"][16:]
    rows = (f"{labs[i]}," + ",".join(map(str, pics[784 * i:784 * i + 784])) for i in range(len(labs)))
    return head + "\n".join(rows) + "\n"
put("csv/mnist/mnist_train.csv", csv("train"))
put("csv/mnist/mnist_test.csv", csv("test"))
put_all("csv-named-idx/mnist", {**files, "train-images-idx3-ubyte": csv("train").encode()})
