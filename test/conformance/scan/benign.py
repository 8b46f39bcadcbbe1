"""Writes files that libraries write, each of which must be clean and complete.

    python benign.py FOLDER [N]    Python 3.11 with scikit-learn, joblib, cloudpickle, dill, pandas, xgboost, lightgbm, skops, py7zr, zstandard

Of the estimators of scikit-learn every Nth is taken, all unless set.

Nothing here is shipped: the files are made of public packages, wherever the test runs.
"""

import bz2
import gzip
import importlib.util
import io
import json
import lzma
import os
import pickle
import sqlite3
import struct
import sys
import tarfile
import warnings
import zipfile
import zlib

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import py7zr
import zstandard

warnings.filterwarnings("ignore")
folder = os.path.join(sys.argv[1], "benign")
every_nth = int(sys.argv[2]) if len(sys.argv) > 2 else 1
os.makedirs(folder, exist_ok=True)
rng = np.random.RandomState(0)
X, y = np.abs(rng.randn(60, 4)), np.arange(60) % 2


def at(name):
    return os.path.join(folder, name)


def put(name, data):
    with open(at(name), "wb") as f:
        f.write(data)


def every(name, thing):
    """Each serialiser, protocol and compression."""
    for p in range(6):
        try:
            put(f"{name}.p{p}.pkl", pickle.dumps(thing, p))
        except Exception:
            pass
    put(f"{name}.cloud.pkl", cloudpickle.dumps(thing))
    joblib.dump(thing, at(f"{name}.joblib"))
    for c in ("zlib", "gzip", "bz2", "xz", "lzma", "lz4"):
        try:
            joblib.dump(thing, at(f"{name}.{c}.joblib"), compress=(c, 3))
        except Exception:
            pass
    data = pickle.dumps(thing, 4)
    put(f"{name}.pkl.gz", gzip.compress(data))
    put(f"{name}.pkl.bz2", bz2.compress(data))
    put(f"{name}.pkl.xz", lzma.compress(data))
    put(f"{name}.pkl.z", zlib.compress(data))
    with zipfile.ZipFile(at(f"{name}.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("model/model.pkl", data)
        z.writestr("model/README.md", "# a model\n")
    with tarfile.open(at(f"{name}.tar.gz"), "w:gz") as t:
        info = tarfile.TarInfo("model/model.pkl")
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))


def estimators():
    import inspect
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.utils import all_estimators

    made = {"estimator": LogisticRegression(), "estimators": [("a", LogisticRegression()), ("b", LogisticRegression())], "transformers": [("a", "passthrough", [0])],
            "transformer_list": [("a", "passthrough")], "steps": [("a", LogisticRegression())], "param_grid": {"C": [1.0, 2.0]}, "param_distributions": {"C": [1.0, 2.0]},
            "regressor": Ridge(), "dictionary": np.eye(4)}
    for name, cls in all_estimators()[::every_nth]:
        args = {k: made[k] for k, v in inspect.signature(cls).parameters.items() if v.default is v.empty and k in made}
        try:
            model = cls(**args).fit(X, y)
        except Exception:
            continue
        yield f"sklearn.{name}", model


def arrays():
    record = np.zeros(3, dtype=[("a", "<i4"), ("b", "<f8", (2,))])
    values = {"floats": X, "fortran": np.asfortranarray(X), "texts": np.array(["a", "bb"]), "record": record, "big": X.astype(">f4"), "times": np.array(["2020-01-01"], "M8[D]"),
              "empty": np.zeros((0, 3)), "scalar": np.float32(3), "objects": np.array([1, "a", None], dtype=object), "bool": X > 1, "complex": X * 1j}
    for name, a in values.items():
        np.save(at(f"array.{name}.npy"), a, allow_pickle=True)
        yield f"numpy.{name}", a
    np.savez(at("arrays.npz"), **values)
    np.savez_compressed(at("arrays.compressed.npz"), **values)
    with open(at("several.npy"), "wb") as f:
        np.save(f, X)
        np.save(f, y)


def noise(n):
    return rng.bytes(n)


class Storage:
    def __init__(self, kind, key, count):
        self.id = ("storage", kind, key, "cpu", count)


def torches():
    """Files as torch.save lays them out, without torch: its names alone stand in the pickle."""
    import types
    torch = types.ModuleType("torch")
    utils = types.ModuleType("torch._utils")
    sys.modules.update({"torch": torch, "torch._utils": utils})
    kinds = {}
    for name in ("FloatStorage", "HalfStorage", "LongStorage", "ByteStorage"):
        kinds[name] = type(name, (), {"__module__": "torch"})
        setattr(torch, name, kinds[name])

    def rebuild(*a):
        pass
    rebuild.__module__, rebuild.__qualname__, rebuild.__name__ = "torch._utils", "_rebuild_tensor_v2", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = rebuild
    from collections import OrderedDict

    class Tensor:
        def __init__(self, kind, key, count):
            self.args = (Storage(kinds[kind], key, count), 0, (count,), (1,), False, OrderedDict())

        def __reduce__(self):
            return rebuild, self.args

    class Pickler(pickle._Pickler):
        def persistent_id(self, obj):
            return obj.id if isinstance(obj, Storage) else None

    width = {"FloatStorage": 4, "HalfStorage": 2, "LongStorage": 8, "ByteStorage": 1}
    for case in range(40):
        tensors = [(list(width)[int(rng.randint(4))], str(i), int(rng.randint(1, 2000))) for i in range(int(rng.randint(1, 12)))]
        state = OrderedDict((f"layer.{k}.weight", Tensor(*t)) for k, t in enumerate(tensors))
        b = io.BytesIO()
        Pickler(b, 2).dump(state)
        name = f"torch.{case}"
        with zipfile.ZipFile(at(name + ".pt"), "w", zipfile.ZIP_STORED) as z:
            z.writestr("archive/data.pkl", b.getvalue())
            z.writestr("archive/byteorder", "little")
            for kind, key, count in tensors:
                z.writestr(f"archive/data/{key}", noise(count * width[kind]))
            z.writestr("archive/version", "3\n")
            z.writestr("archive/.data/serialization_id", "1" * 40)
        out = io.BytesIO()
        for thing in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}):
            pickle.dump(thing, out, 2)
        out.write(b.getvalue())
        pickle.dump([t[1] for t in tensors], out, 2)
        for kind, key, count in tensors:
            out.write(count.to_bytes(8, "little") + noise(count * width[kind]))
        put(name + ".bin", out.getvalue())


def others():
    import lightgbm
    import xgboost
    yield "xgboost", xgboost.XGBClassifier(n_estimators=3).fit(X, y)
    yield "xgboost.regressor", xgboost.XGBRegressor(n_estimators=3).fit(X, y)
    yield "lightgbm", lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y)
    yield "frame", pd.DataFrame({"a": [1, 2], "b": ["x", "y"], "c": pd.Categorical(["u", "v"]), "d": pd.to_datetime(["2020-01-01", "2021-01-01"])})
    yield "series", pd.Series([1.5, None], name="s")
    yield "values", {"a": [1, 2.5, None, True, 10**30], "b": (b"x", "ü", frozenset([1])), "c": {1, 2}}


def searches():
    """What is searched in: distributions that are frozen, which keep a method of theirs, and callables that are named."""
    from scipy import interpolate, stats
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RandomizedSearchCV
    for name, d in {"randint": stats.randint(1, 5), "poisson": stats.poisson(2), "binom": stats.binom(3, 0.5), "geom": stats.geom(0.4), "norm": stats.norm(), "loguniform": stats.loguniform(1e-3, 1), "histogram": stats.rv_histogram(np.histogram([1.0, 2.0, 3.0])), "values": stats.rv_discrete(values=([1, 2], [0.5, 0.5]))}.items():
        yield f"distribution.{name}", d
    yield "search", RandomizedSearchCV(LogisticRegression(), {"C": stats.uniform(0, 1), "max_iter": stats.randint(50, 90)}, n_iter=2).fit(X, y)
    yield "chararray", np.char.array(["a"])
    yield "frame.string", pd.array(["a", None], "string")
    yield "split", CountVectorizer(tokenizer=str.split)
    for kind in ("linear", "nearest", "previous", "cubic"):
        yield f"interpolation.{kind}", interpolate.interp1d(np.arange(5.0), np.arange(5.0), kind=kind)


def columns():
    """pandas keeps texts in columns of Arrow where pyarrow is installed."""
    try:
        import pyarrow as pa
    except ImportError:
        return
    kinds = [pa.int64(), pa.list_(pa.string()), pa.decimal128(5, 2), pa.timestamp("us", "UTC"), pa.map_(pa.string(), pa.int32()), pa.dictionary(pa.int8(), pa.string()), pa.struct([("x", pa.int8())]), pa.time64("us"), pa.duration("s")]
    yield "arrow.table", pa.table({"a": [1, None], "b": ["x", "y"], "c": [[1], [2, 3]], "d": [{"a": 1}, {"a": 2}], "e": pa.array(["u", "v"]).dictionary_encode()})
    yield "arrow.batch", pa.RecordBatch.from_pydict({"a": [1]})
    table = pa.table({"a": [1, None], "b": ["x", "y"]})
    for name, options in (("stream", None), ("stream.lz4", pa.ipc.IpcWriteOptions(compression="lz4"))):
        with pa.OSFile(at(f"arrow.{name}.arrows"), "wb") as f, pa.ipc.new_stream(f, table.schema, options=options) as w:
            w.write_table(table)
    yield "arrow.schema", pa.schema([(str(n), k) for n, k in enumerate(kinds)])
    yield "arrow.series", pd.DataFrame({"a": pd.Series([1, None], dtype="int64[pyarrow]"), "b": pd.Series(pd.to_datetime(["2020-01-01", "2021-01-01"]), dtype="timestamp[ns][pyarrow]"), "c": ["x", None]})


def plain():
    put("data.csv", b"customer,age\ncity,3\nR,4\n")
    put("notes.md", b"# Notes\ncos\nsystem\n(S'id'\ntR.\n")
    put("config.json", json.dumps({"layers": [1, 2], "activation": "lambda x: x"}).encode())
    put("environment.yaml", b"name: x\ndependencies:\n  - python=3.11\n")
    put("table.txt", "ä,b\n1,2\n".encode("latin-1") * 50)
    put("frame.parquet.txt", b"not a table")
    put("empty.jsonl", b"")
    chunk = lambda name, data: len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
    put("picture.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30, 30, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(noise(930))) + chunk(b"IEND", b""))
    for window in range(9, 16):
        z = zlib.compressobj(6, zlib.DEFLATED, window)
        put(f"window.{window}.zlib", z.compress(pickle.dumps(X, 4)) + z.flush())
    put("named.pkl.gz", b"\x1f\x8b\x08\x1c" + bytes(6) + b"\6\0BC\2\0ab" + b"model.pkl\0" + b"a comment\0" + gzip.compress(pickle.dumps(X, 4))[10:])
    put("skippable.zst", b"\x50\x2a\x4d\x18\x04\0\0\0info" + zstandard.compress(pickle.dumps(X, 4)))
    nested = {"chat_template": "{{ messages }}"}
    for _ in range(900):
        nested = {"model": nested}
    os.makedirs(at("tokenizer"), exist_ok=True)
    put("tokenizer/tokenizer_config.json", json.dumps({"chat_template": "{{ messages }}", "model": nested}).encode())
    with py7zr.SevenZipFile(at("model.7z"), "w") as z:
        z.writestr(pickle.dumps(X, 4), "model.pkl")
    with tarfile.open(at("links.tar"), "w") as t:
        for name, link in (("a/b.txt", None), ("a/c.txt", "b.txt")):
            info = tarfile.TarInfo(name)
            if link:
                info.type, info.linkname = tarfile.SYMTYPE, link
                t.addfile(info)
            else:
                info.size = 4
                t.addfile(info, io.BytesIO(b"text"))
    import dill  # it changes pickle's own pickler
    with open(at("dill.values.pkl"), "wb") as f:
        dill.dump({"a": [1, 2], "x": X}, f)
    with open(at("stacked.pkl"), "wb") as f:
        for p in range(6):
            pickle.dump([p, {"a": p}], f, p)


def tables():
    """Databases of objects, tables, and objects in HDF5."""
    for name, thing in (("shelf", {"weights": [1, 2.5], "x": X}), ("texts", "clear text (1)" * 2000)):
        c = sqlite3.connect(at(name + ".db"))
        c.execute("create table Dict (key blob unique not null, value blob not null)")
        for p in range(6):
            c.execute("insert into Dict values(?, ?)", (b"%d" % p, pickle.dumps(thing, p)))
        c.execute("create table notes(id integer primary key, a text, b blob)")
        c.executemany("insert into notes values(?, ?, ?)", [(i, "cposix (%d)" % i * i, bytes([0x80, 4, i])) for i in range(200)])
        c.execute("create index by_text on notes(a)")
        c.execute("create view both as select a, b from notes")
        c.commit()
        c.close()
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.date_range("2020", periods=2, tz="UTC"), "d": [[1], [2, 3]], "e": [b"cposix\n", b"\x80\x04N."]})
    for write, library in ((lambda: frame.to_parquet(at("frame.parquet")), "pyarrow"), (lambda: frame.to_feather(at("frame.feather")), "pyarrow"), (lambda: frame[["b", "d"]].to_hdf(at("objects.h5"), key="frame"), "tables")):
        if importlib.util.find_spec(library):
            write()


def configurations():
    for name, data in {
        "sentence_transformers/modules.json": [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}],
        "diffusers/model_index.json": {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0", "image_encoder": [None, None], "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "scheduler": ["diffusers", "PNDMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"]},
        "peft/adapter_config.json": {"peft_type": "LORA", "auto_mapping": {"base_model_class": "BertModel", "parent_library": "transformers.models.bert.modeling_bert"}, "r": 8},
        "spark/metadata/part-00000": {"class": "org.apache.spark.ml.classification.LogisticRegressionModel", "timestamp": 1, "sparkVersion": "3.5.0", "uid": "x", "paramMap": {"maxIter": 5}},
        "langchain/chain.json": {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", "prompt", "PromptTemplate"], "kwargs": {"template": "{x}"}},
        "hydra/config.json": {"model": {"_target_": "torch.nn.Linear", "in_features": 2, "out_features": 1}, "target": "price"},
    }.items():
        os.makedirs(os.path.dirname(at("names." + name)), exist_ok=True)
        put("names." + name, json.dumps(data, indent=2).encode())
    put("net.prototxt", b'name: "net"\nlayer { name: "r" type: "ReLU" bottom: "d" top: "d" }\n')


count = 0
for source in (estimators, arrays, others, searches, columns):
    for n, (name, thing) in enumerate(source()):
        try:
            every(name, thing)
        except Exception as e:
            print("skipped", name, repr(e)[:100])
torches()
plain()
tables()
configurations()
print(len(os.listdir(folder)), "files")
