"""Shared by the make.py of each case: synthetic images, from the standard library alone."""
import gzip, io, math, os, random, shutil, struct, sys

HERE = os.path.dirname(os.path.abspath(sys.argv[0]))
LIMIT = 200_000
IMAGES, LABELS = 0x0803, 0x0801


def disk(label, rnd, side=28):
    """One class, one place of a bright disk on a dark image; the rim stays blank."""
    c, r = (side - 1) / 2, side * 0.28
    x0, y0 = c + r * math.cos(math.tau * label / 10), c + r * math.sin(math.tau * label / 10)
    x0, y0 = x0 + rnd.uniform(-1, 1), y0 + rnd.uniform(-1, 1)
    out = bytearray()
    for y in range(side):
        for x in range(side):
            d = math.hypot(x - x0, y - y0)
            v = 255 * max(0.0, 1 - d / (side * 0.14))
            if v > 0:
                v = min(255, max(1, v + rnd.uniform(-20, 20)))
            out.append(int(v))
    return bytes(out)


def images(labels, seed=1, side=28):
    rnd = random.Random(seed)
    return [disk(label, rnd, side) for label in labels]


def labels(count):
    return [i % 10 for i in range(count)]


def idx(magic, dims, payload):
    return struct.pack(">%dI" % (1 + len(dims)), magic, *dims) + bytes(payload)


def image_file(pics, side=28):
    return idx(IMAGES, [len(pics), side, side], b"".join(pics))


def label_file(labs):
    return idx(LABELS, [len(labs)], bytes(labs))


def mnist(train=40, test=20):
    """The four plain files by name."""
    lt, le = labels(train), labels(test)
    return {
        "train-images-idx3-ubyte": image_file(images(lt, 1)),
        "train-labels-idx1-ubyte": label_file(lt),
        "t10k-images-idx3-ubyte": image_file(images(le, 2)),
        "t10k-labels-idx1-ubyte": label_file(le),
    }


def gz(data, name=""):
    out = io.BytesIO()
    with gzip.GzipFile(name, "wb", 9, out, mtime=0) as f:
        f.write(data)
    return out.getvalue()


def put(path, data):
    """Writes below the folder of the case; no file over the limit."""
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = data if isinstance(data, bytes) else data.encode()
    assert len(data) < LIMIT, (path, len(data))
    with open(path, "wb") as f:
        f.write(data)
    return path


def put_all(folder, files):
    for name, data in files.items():
        put(os.path.join(folder, name), data)


def fresh(*folders):
    for folder in folders:
        shutil.rmtree(os.path.join(HERE, folder), ignore_errors=True)


def safetensors(tensors, metadata=None, pad=True, tail=b""):
    """tensors: {name: (dtype, shape, bytes)}, laid out in their order."""
    import json
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    if pad:
        text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data + tail


def f32(values):
    return struct.pack("<%df" % len(values), *values)


def f64(values):
    return struct.pack("<%dd" % len(values), *values)


def f16(values):
    return struct.pack("<%de" % len(values), *values)


def bf16(values):
    return b"".join(struct.pack("<f", v)[2:] for v in values)
