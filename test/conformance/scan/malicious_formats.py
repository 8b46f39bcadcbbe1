"""Writes further files and folders that would do harm, each of which must be flagged: callers by protocol, joblib and numpy around
pickles, and formats that are no pickles. Nothing is loaded, and the commands are harmless.

    python malicious_formats.py FOLDER        Python 3.11 with numpy, joblib, cloudpickle, dill, lz4
"""

import base64
import collections
import gzip
import io
import json
import marshal
import os
import pickle
import sqlite3
import struct
import sys
import tarfile
import zipfile

import cloudpickle
import dill
import joblib
import numpy as np

folder = os.path.join(sys.argv[1], "malicious")
os.makedirs(folder, exist_ok=True)


def put(name, data):
    at = os.path.join(folder, name)
    os.makedirs(os.path.dirname(at), exist_ok=True)
    with open(at, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)


def zipped(*members):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        for name, data in members:
            z.writestr(name, data)
    return b.getvalue()


class Call:
    def __init__(self, callee, *args):
        self.what = callee, args

    def __reduce__(self):
        return self.what


def s(text):
    b = text.encode()
    return b"\x8c" + bytes([len(b)]) + b


# Callers, by protocol.
shell = Call(os.system, "id")
for name, thing in {
    "system": shell, "eval": Call(eval, "1"), "import": Call(__import__, "os"), "list": [1, shell], "dict": {"a": shell}, "tuple": (1, (2, shell)),
    "ordered": collections.OrderedDict(a=shell), "default": collections.defaultdict(list, a=shell), "set": {1, shell}, "argument": Call(print, shell), "twice": [shell, shell],
}.items():
    for p in range(6):
        put(f"caller.{name}/p{p}.pkl", pickle.dumps(thing, p))
for module, name in (("posix", "system"), ("subprocess", "Popen"), ("builtins", "exec")):
    m, n = module.encode(), name.encode()
    for how, data in {
        "inst": b"(S'id'\ni" + m + b"\n" + n + b"\n.", "obj": b"(c" + m + b"\n" + n + b"\nS'id'\no.", "newobj": b"\x80\x02c" + m + b"\n" + n + b"\nX\x02\0\0\0id\x85\x81.", "newobj_ex": b"\x80\x04" + s(module) + s(name) + b"\x93" + s("id") + b"\x85}\x92.",
        "build": b"\x80\x02c" + m + b"\n" + n + b"\n}X\x01\0\0\0aK\x01sb.", "import": b"c" + m + b"\n" + n + b"\n.", "dup": b"c" + m + b"\n" + n + b"\n2(S'id'\ntR0.", "persistent": b"c" + m + b"\n" + n + b"\n(S'id'\ntRQ.",
        "key": b"}(c" + m + b"\n" + n + b"\n(S'id'\ntRK\x01u.",
    }.items():
        put(f"opcode.{how}/{module}.{name}.pkl", data)

# joblib, numpy, cloudpickle and dill around them.
array = np.arange(1000.0)
for c in (None, "zlib", "gzip", "bz2", "xz", "lzma", "lz4"):
    b = os.path.join(folder, "joblib." + (c or "plain"))
    os.makedirs(b, exist_ok=True)
    for p in (2, 4):
        joblib.dump([array, shell], os.path.join(b, f"behind.p{p}.joblib"), compress=(c, 3) if c else 0, protocol=p)
        joblib.dump({"x": np.array([1, shell], dtype=object)}, os.path.join(b, f"object.p{p}.joblib"), compress=(c, 3) if c else 0, protocol=p)
for name, a in {"object": np.array([shell], dtype=object), "record": np.array([(1, shell)], dtype=[("a", "i4"), ("b", "O")])}.items():
    b = io.BytesIO()
    np.save(b, a, allow_pickle=True)
    put(f"numpy.{name}/a.npy", b.getvalue())
    b = io.BytesIO()
    np.savez_compressed(b, x=array, y=a)
    put(f"numpy.{name}/a.npz", b.getvalue())
put("cloudpickle.function/a.pkl", cloudpickle.dumps(lambda x: os.system("id")))
put("dill.function/a.pkl", dill.dumps(lambda x: os.system("id"), recurse=True))

# Keras.
code = base64.b64encode(marshal.dumps(compile("1", "x", "eval"))).decode()
layer = {"class_name": "Lambda", "config": {"name": "l", "function": {"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}}}}
for name, config in {
    "lambda": {"class_name": "Sequential", "config": {"layers": [layer]}}, "nested": {"class_name": "Functional", "config": {"layers": [{"class_name": "Sequential", "config": {"layers": [layer]}}]}},
    "wrapped": {"class_name": "Sequential", "config": {"layers": [{"class_name": "TimeDistributed", "config": {"layer": layer}}]}},
    "module": {"class_name": "Sequential", "config": {"layers": [{"module": "os", "class_name": "system", "registered_name": None, "config": {"command": "id"}}]}},
    "builtin": {"class_name": "function", "module": "builtins", "config": "exec"}, "download": {"class_name": "Sequential", "config": {"layers": [{"module": "keras.utils", "class_name": "get_file", "config": {"fname": "a", "origin": "http://127.0.0.1"}}]}},
    "unsafe": {"class_name": "Sequential", "config": {"layers": [{"module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {}}, layer]}},
    "vocabulary": {"class_name": "Sequential", "config": {"layers": [{"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}]}},
}.items():
    put(f"keras.{name}/model.keras", zipped(("metadata.json", json.dumps({"keras_version": "3.8.0"})), ("config.json", json.dumps(config))))
put("keras.code/model.keras", zipped(("config.json", "{}"), ("run.py", "import os\nos.system('id')\n"), ("lib.so", b"\x7fELF\x02\x01\x01" + bytes(60))))

# Code that lies where TorchScript has its own, beside a file of constants.
for name, members in {
    "handler": (("MAR-INF/MANIFEST.json", json.dumps({"runtime": "python", "model": {"modelName": "m", "handler": "code/handler.py"}})), ("code/handler.py", "import os; os.system('id')\n")), "setup": (("a/code/setup.py", "import os\n"), ("code/setup.py", "import os\n")),
    "module": (("code/__torch__.py", "import os\nclass M(Module):\n  pass\n"),), "builtin": (("code/__torch__.py", "def f(x: Tensor) -> Tensor:\n  return __import__('os').system('id')\n"),), "keras": (("config.json", "{}"), ("code/x.py", "exec('1')\n")),
    "attribute": (("code/__torch__.py", "def f(x: Tensor) -> Tensor:\n  return ().__class__.__base__.__subclasses__()\n"),),
}.items():
    put(f"torchscript.{name}/model." + {"handler": "mar", "keras": "keras"}.get(name, "pt"), zipped(("constants.pkl", b"\x80\x02)."), *members))


# Graphs.
def varint(n):
    out = b""
    while n > 0x7F:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def onnx(location):
    tensor = field(1, 4) + field(2, 1) + field(8, "w") + field(13, field(1, "location") + field(2, location)) + field(14, 1)
    graph = field(1, field(1, "w") + field(2, "y") + field(4, "Identity")) + field(2, "g") + field(5, tensor) + field(12, field(1, "y"))
    return field(1, 9) + field(2, "tests") + field(7, graph) + field(8, field(1, "") + field(2, 18))


for name, location in {"parent": "../../etc/passwd", "absolute": "/etc/passwd", "inside": "a/../../b", "backslash": "..\\..\\b", "drive": "C:\\b"}.items():
    put(f"onnx.{name}/model.onnx", onnx(location))


def saved(op, *inputs):
    node = field(1, "n") + field(2, op) + b"".join(field(3, i) for i in inputs)
    name = field(1, "f") + field(2, "Const")
    return field(1, 1) + field(2, field(1, field(5, "serve")) + field(2, field(1, name) + field(1, node)))


for op in ("ReadFile", "WriteFile", "MatchingFiles", "PyFunc", "EagerPyFunc", "PyFuncStateless"):
    put(f"savedmodel.{op}/saved_model.pb", saved(op, "f"))

# Templates.
escape = "{{ cycler.__init__.__globals__.os.popen('id').read() }}"
for name, template in {"globals": escape, "class": "{{ ''.__class__.__mro__[1].__subclasses__() }}", "attr": "{{ ''|attr('__cl' ~ 'ass__') }}", "hex": "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}"}.items():
    text = lambda t: struct.pack("<Q", len(t.encode())) + t.encode()
    put(f"template.{name}/model.gguf", b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + text("general.architecture") + struct.pack("<I", 8) + text("llama") + text("tokenizer.chat_template") + struct.pack("<I", 8) + text(template))
    put(f"template.{name}/tokenizer_config.json", json.dumps({"tokenizer_class": "LlamaTokenizer", "chat_template": template}))
    put(f"template.{name}/chat_template.jinja", template)

# Lists of what to make, in texts.
for name, text in {"apply": "!!python/object/apply:os.system [id]\n", "name": "a: !!python/name:os.system\n", "new": "- !!python/object/new:subprocess.Popen [[id]]\n", "module": "!!python/module:antigravity\n"}.items():
    put(f"yaml.{name}/config.yaml", text)
for name, target in {"system": "os.system", "eval": "builtins.eval", "popen": "subprocess.Popen"}.items():
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w") as t:
        data = f"target: nemo.Model\nencoder:\n  _target_: {target}\n  command: id\n".encode()
        info = tarfile.TarInfo("./model_config.yaml")
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    put(f"nemo.{name}/model.nemo", b.getvalue())
put("xml.entity/model.pmml", '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4"><Header copyright="&x;"/></PMML>')
put("xml.expansion/model.pmml", '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)) + ']><PMML version="4.4"><Header copyright="&j;"/></PMML>')

# skops.
for name, node in {
    "operator": {"__class__": "system", "__module__": "os", "__loader__": "OperatorFuncNode", "attrs": {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": []}},
    "method": {"__class__": "method", "__module__": "builtins", "__loader__": "MethodNode", "content": {"func": "system", "obj": {"__class__": "os", "__module__": "os", "__loader__": "ObjectNode", "content": None}}},
    "function": {"__class__": "system", "__module__": "posix", "__loader__": "FunctionNode", "content": {"module_path": "posix", "function": "system"}},
    "type": {"__class__": "Popen", "__module__": "subprocess", "__loader__": "TypeNode", "content": None}, "object": {"__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode", "content": None},
}.items():
    put(f"skops.{name}/model.skops", zipped(("schema.json", json.dumps({**node, "protocol": 2, "_skops_version": "0.12.0"}))))

# Folders of MLflow, each a model.
evil = pickle.dumps(shell, 4)


def mlmodel(**flavor):
    return json.dumps({"artifact_path": "model", "mlflow_version": "3.1.0", "flavors": {"python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl", "env": {"virtualenv": "python_env.yaml"}, **flavor}}})


good = pickle.dumps({"a": 1}, 4)
for name, files in {
    "loader": {"MLmodel": mlmodel(loader_module="subprocess"), "model.pkl": good}, "path": {"MLmodel": mlmodel(model_path="../../../secret.pkl"), "model.pkl": good}, "model": {"MLmodel": mlmodel(), "model.pkl": evil},
    "compressed": {"MLmodel": mlmodel(loader_module="mlflow.pyfunc.model", python_model="python_model.pkl.gz", python_model_compression="gzip"), "python_model.pkl.gz": gzip.compress(evil)},
    "code": {"MLmodel": mlmodel(code="code", loader_module="mine"), "model.pkl": good, "code/mine.py": "import os\nos.system('id')\n"}, "index": {"MLmodel": mlmodel(), "model.pkl": good, "requirements.txt": "--extra-index-url http://127.0.0.1/simple\nscikit-learn==1.5.0\n"},
    "address": {"MLmodel": mlmodel(), "model.pkl": good, "requirements.txt": "git+https://127.0.0.1/x.git\n"}, "typosquat": {"MLmodel": mlmodel(), "model.pkl": good, "requirements.txt": "scikit-lern==1.5.0\nnumpyy\n"},
    "pickler": {"MLmodel": mlmodel(loader_module="mlflow.pytorch", data="data"), "model.pkl": good, "data/pickle_module_info.txt": "evilmod", "data/model.pth": good}, "keras": {"MLmodel": mlmodel(loader_module="mlflow.tensorflow", data="data"), "model.pkl": good, "data/keras_module.txt": "evilmod"},
    "flavour": {"MLmodel": json.dumps({"flavors": {"tensorflow": {"keras_module": "evilmod", "model_type": "keras", "save_format": "keras"}}})}, "hub": {"MLmodel": json.dumps({"flavors": {"transformers": {"source_model_name": "evil/x", "task": "text-classification"}}})},
    "trusted": {"MLmodel": json.dumps({"flavors": {"sklearn": {"pickled_model": "model.skops", "serialization_format": "skops", "skops_trusted_types": ["subprocess.Popen"]}}}), "model.skops": zipped(("schema.json", json.dumps({"__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode", "content": None, "protocol": 2})))},
}.items():
    for file, data in files.items():
        put(f"mlflow.{name}/{file}", data)

# Trees that a predictor would not come out of, or reads past.
tree = {"base_weights": [0.0, 1.0, 2.0], "categories": [], "categories_nodes": [], "categories_segments": [], "categories_sizes": [], "default_left": [0, 0, 0], "id": 0, "left_children": [1, -1, -1], "loss_changes": [0.0] * 3, "parents": [2147483647, 0, 0],
        "right_children": [2, -1, -1], "split_conditions": [0.5, 1.0, 2.0], "split_indices": [0, 0, 0], "split_type": [0, 0, 0], "sum_hessian": [1.0] * 3, "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"}}


def booster(**changed):
    return json.dumps({"learner": {"attributes": {}, "feature_names": [], "feature_types": [], "gradient_booster": {"model": {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"}, "iteration_indptr": [0, 1], "tree_info": [0], "trees": [{**tree, **changed}]}, "name": "gbtree"},
                       "learner_model_param": {"base_score": "5E-1", "boost_from_average": "1", "num_class": "0", "num_feature": "2", "num_target": "1"}, "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}}}, "version": [2, 1, 0]})


for name, changed in {"cycle": {"left_children": [1, 0, -1]}, "self": {"left_children": [0, -1, -1]}, "range": {"right_children": [99, -1, -1]}, "feature": {"split_indices": [7, 0, 0]}, "short": {"split_conditions": [0.5]}}.items():
    put(f"trees.{name}/model.json", booster(**changed))

# safetensors and GGUF with lengths that lie.
header = lambda h: struct.pack("<Q", len(h)) + h
for name, data in {
    "overlap": header(json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}).encode()) + bytes(12), "shape": header(json.dumps({"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 8]}}).encode()) + bytes(8),
    "twice": header(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}') + bytes(8), "outside": header(json.dumps({"a": {"dtype": "F32", "shape": [100], "data_offsets": [0, 400]}}).encode()) + bytes(8),
    "pickle": header(json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()) + bytes(4) + evil,
}.items():
    put(f"safetensors.{name}/model.safetensors", data)

# Databases whose values are unpickled: what shelve of Python 3.13, sqlitedict and diskcache keep.
def database(name, *statements):
    os.makedirs(os.path.join(folder, name), exist_ok=True)
    c = sqlite3.connect(os.path.join(folder, name, "model.db"))
    for s in statements:
        c.execute(*s)
    c.commit()
    c.close()


shelf, keyed = "create table Dict (key blob unique not null, value blob not null)", "insert into Dict values(?, ?)"
for p in range(6):
    database(f"sqlite.shelve.p{p}", (shelf,), (keyed, (b"model", pickle.dumps(shell, p))))
database("sqlite.overflow", (shelf,), (keyed, (b"model", pickle.dumps(["x" * 20000, shell]))))
database("sqlite.norowid", ("create table t(k text primary key, v) without rowid",), ("insert into t values('a', ?)", (pickle.dumps(shell),)))
database("sqlite.view", (f"create view Dict as select x'6d' as key, x'{pickle.dumps(shell).hex()}' as value",))

# Objects in HDF5, as PyTables and pandas by it write them.
try:
    import tables
except ImportError:
    tables = None
if tables:
    for name, filters in {"plain": None, "packed": tables.Filters(complevel=1)}.items():
        os.makedirs(os.path.join(folder, f"hdf5.object.{name}"), exist_ok=True)
        with tables.open_file(os.path.join(folder, f"hdf5.object.{name}", "model.h5"), "w") as h:
            h.create_vlarray("/", "model", tables.ObjectAtom(), filters=filters).append(shell)

# Tables whose schema has a type that old pyarrow unpickles.
try:
    import pyarrow
    import pyarrow.feather
    import pyarrow.parquet
except ImportError:
    pyarrow = None
if pyarrow:
    for p in (0, 2, 4):
        field = pyarrow.field("a", pyarrow.int64(), metadata={"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickle.dumps(shell, p)})
        table = pyarrow.table([pyarrow.array([1, 2])], schema=pyarrow.schema([field]))
        os.makedirs(os.path.join(folder, f"arrow.extension.p{p}"), exist_ok=True)
        pyarrow.parquet.write_table(table, os.path.join(folder, f"arrow.extension.p{p}", "data.parquet"))
        pyarrow.feather.write_feather(table, os.path.join(folder, f"arrow.extension.p{p}", "data.feather"))

# Configurations that name what a loader imports and calls.
for name, data in {
    "hydra/config.json": {"model": {"_target_": "os.system", "command": "id"}}, "sentence_transformers/modules.json": [{"idx": 0, "name": "0", "path": "", "type": "os.system"}],
    "diffusers/model_index.json": {"_class_name": "P", "_diffusers_version": "0.30.0", "unet": ["os", "system"]}, "diffusers_custom/model_index.json": {"_class_name": ["evil", "P"], "_diffusers_version": "0.30.0"},
    "peft/adapter_config.json": {"peft_type": "LORA", "auto_mapping": {"base_model_class": "system", "parent_library": "os"}}, "spark/metadata/part-00000": {"class": "os.system", "timestamp": 1, "sparkVersion": "3.5.0", "uid": "x", "paramMap": {}},
    "langchain/chain.json": {"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {"command": "id"}}, "jsonpickle_reduce/model.json": {"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]},
    "jsonpickle_object/model.json": {"py/object": "subprocess.Popen", "py/newargs": {"py/tuple": ["id"]}}, "jsonpickle_repr/model.json": {"py/repr": "os/os.system('id')"},
}.items():
    put("names." + name, json.dumps(data))
put("names.caffe/net.prototxt", 'name: "x"\nlayer { name: "d" type: "Python" top: "d" python_param { module: "os" layer: "system" param_str: "id" } }\n')

# What is no model at all.
for name, data in {"elf.bin": b"\x7fELF\x02\x01\x01" + bytes(100), "pe.pt": b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0\x64\x86" + bytes(100), "script.bin": "#!/bin/sh\nid\n", "path.pth": "import os; os.system('id')\n"}.items():
    put(f"other.{name.replace('.', '_')}/{name}", data)
put("huggingface.code/config.json", json.dumps({"architectures": ["M"], "auto_map": {"AutoModel": "modeling.M"}, "model_type": "m"}))
put("huggingface.code/modeling.py", "import os\nos.system('id')\n")
put("torchserve.handler/model.mar", zipped(("MAR-INF/MANIFEST.json", json.dumps({"model": {"handler": "handler.py", "serializedFile": "model.pt"}})), ("handler.py", "import os\nos.system('id')\n"), ("model.pt", good)))
print(sum(len(files) for _, _, files in os.walk(folder)), "files")
