"""Compressed or not, whatever the name says."""
from common import *

files = mnist()
packed = {n + ".gz": gz(d) for n, d in files.items()}
I, L = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
def variant(name, changes):
    fresh(name)
    put_all(f"{name}/mnist", {**packed, **changes})
variant("ok", {})
variant("plain-under-gz-name", {I + ".gz": files[I]})          # the browser has unpacked it already
fresh("gz-under-plain-name")                                   # renamed, or copied out of a stream, not unpacked
put_all("gz-under-plain-name/mnist", {**files, I: packed[I + ".gz"], L: packed[L + ".gz"]})
html = b"<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head><body><h1>403</h1></body></html>\n"
variant("html", {I + ".gz": html})
variant("html-gz", {I + ".gz": gz(html)})                      # the error page arrived compressed
variant("empty-gz", {L + ".gz": gz(b"")})
variant("twice", {I + ".gz": gz(packed[I + ".gz"])})           # compressed twice
data = files[I]
variant("members", {I + ".gz": gz(data[:10]) + gz(b"") + gz(data[10:5000]) + gz(data[5000:])})
variant("member-per-image", {I + ".gz": gz(data[:16]) + b"".join(gz(data[p:p + 784]) for p in range(16, len(data), 784))})
variant("zero-padded", {n: d + bytes(-len(d) % 512 or 512) for n, d in packed.items()})
variant("one-zero", {L + ".gz": packed[L + ".gz"] + b"\0"})
variant("newline", {I + ".gz": packed[I + ".gz"] + b"\r\n"})
variant("named-header", {n: gz(files[n[:-3]], name=n[:-3].replace("-idx", ".idx")) for n in packed})
# FEXTRA, FNAME, FCOMMENT and FHCRC all set: legal, and rare.
import zlib
def all_fields(raw):
    body = zlib.compressobj(9, zlib.DEFLATED, -15); deflated = body.compress(raw) + body.flush()
    head = b"\x1f\x8b\x08" + bytes([2 | 4 | 8 | 16]) + bytes(4) + b"\0\xff" + struct.pack("<H", 4) + b"ab\0\0" + b"x.idx\0" + b"a comment\0"
    return head + struct.pack("<H", zlib.crc32(head) & 0xffff) + deflated + struct.pack("<II", zlib.crc32(raw), len(raw))
variant("all-header-fields", {n: all_fields(files[n[:-3]]) for n in packed})
