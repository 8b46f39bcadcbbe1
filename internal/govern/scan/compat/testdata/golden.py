"""Writes golden.json: small files, and what modelscan 0.8.8 and picklescan 1.0.5 answer of each.

    python golden.py > golden.json        Python 3.11 with modelscan==0.8.8 picklescan==1.0.5 numpy==2.4.6

Nothing is loaded, and the commands in the files are harmless.
"""

import base64
import contextlib
import io
import json
import logging
import os
import pickle
import sys
import tempfile
import zipfile

import modelscan.cli
import picklescan.cli


def s(text):
    b = text.encode()
    return b"\x8c" + bytes([len(b)]) + b


def zipped(*members, method=zipfile.ZIP_STORED):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", method) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name), data, method)
    return b.getvalue()


def edited(data, at, value):
    return data[:at] + value + data[at + len(value):]


evil = b"\x80\x04" + s("posix") + s("system") + b"\x93" + s("id") + b"\x85R."
good = b"\x80\x04]\x94(K\x01K\x02e."
magic = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
stored = zipped(("archive/data.pkl", evil), ("archive/version", b"3\n"))
header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
npy = b"\x93NUMPY\x01\x00" + bytes([len(header) + 1, 0]) + header + b"\n" + evil
files = {
    "evil.pkl": evil, "good.pkl": good, "empty.pkl": b"", "notes.txt": b"notes", "none": evil, ".pkl": evil, "text.pkl": b"hello", "cut.pkl": evil[:-1], "behind.pkl": good + evil,
    "junk.pkl": evil + b"\xff\xff", "two.pkl": pickle.dumps({"a": 1}, 2) + pickle.dumps([1], 0), "broken.second.pkl": evil + b"\x80\x04\x95", "old.pkl": b"cposix\nsystem\n(S'id'\ntR.",
    "inst.pkl": b"(S'id'\niposix\nsystem\n.", "name.part.pkl": b"cbuiltins\nmy_getattr\n.", "space.pkl": b"ca b\nc d\n.", "escape.pkl": b"cpo\\x73ix\nsystem\n.", "high.pkl": b"cwebbrowser\nopen\n.",
    "sub.pkl": b"cos.path\njoin\n.cpip.main\nmain\n.", "partial.pkl": b"cfunctools\npart\n.", "first.pkl": s("posix") + s("system") + b"\x93.", "memo.pkl": b"\x80\x04" + s("posix") + b"\x94" + s("system") + b"\x940h\0h\1\x93.",
    "memo.absent.pkl": b"\x80\x04h\x05" + s("system") + b"\x93.", "memo.number.pkl": b"\x80\x04K\x07\x94" + s("x") + b"h\0\x93.", "memo.none.pkl": b"\x80\x04N\x94h\0" + s("x") + b"\x93.",
    "memo.bytes.pkl": b"\x80\x04C\x02os\x94h\0" + s("x") + b"\x93.", "memo.float.pkl": b"\x80\x04G?\xf0\0\0\0\0\0\0\x94h\0" + s("x") + b"\x93.", "memo.bool.pkl": b"\x80\x04I01\np3\ng3\n" + s("x") + b"\x93.",
    "number.pkl": b"\x80\x04K\x07" + s("x") + b"\x93.", "string.pkl": b"(S'posix'\nS'system'\n\x93.", "short.pkl": b"U\x05posixU\x06system\x93.", "one.pkl": b"\x80\x04\x93.", "unicode.pkl": b"Vp\\u006fsix\nVsystem\n\x93.",
    "utf8.pkl": b"\x80\x04\x8c\x02\xc3(.", "utf8.cut.pkl": b"\x80\x04\x8c\x02\xe2\x82.", "utf8.start.pkl": b"\x80\x04\x8c\x01\xff.", "surrogate.pkl": b"\x80\x04\x8c\x03\xed\xa0\x80.", "ascii.pkl": b"c\xe9\nx\n.",
    "int.pkl": b"I12x\n.", "float.pkl": b"F1.x\n.", "quote.pkl": b"S'a\n.", "unquoted.pkl": b"Sa\n.", "line.pkl": b"Sabc", "long.pkl": b"\x8b\xff\xff\xff\xff.", "long.cut.pkl": b"\x8a\x05ab", "string4.pkl": b"T\xff\xff\xff\xff.",
    "string4.cut.pkl": b"T\x05\0\0\0ab", "bytes8.pkl": b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "memory.pkl": b"\x96\0\0\0\0\0\xff\xff\0.", "overflow.pkl": b"\x8d" + b"\xff" * 7 + b"\x7f.", "memory.zip": zipped(("a.pkl", b"\x96\0\0\0\0\0\xff\xff\0.")), "escape.bad.pkl": b"S'\\x4'\n.", "hex.pkl": b"\x80\x04X\x03\0\0\0ab", "raw.unicode.pkl": b"V\\u12\n.",
    "torch.pt": magic + good + evil, "torch.magic.bin": evil + magic, "torch.none.pt": evil, "torch.text.pt": b"hello", "torch.empty.pt": b"", "torch.second.pth": magic + b"\x80\x02M\xe9\x03." + evil + good + good + good,
    "zip.pt": stored, "zip.zip": stored, "zip.deflated.zip": zipped(("m.pkl", evil), method=zipfile.ZIP_DEFLATED), "zip.nested.zip": zipped(("in.zip", stored)), "zip.cut.zip": stored[:-10], "zip.name.zip": edited(stored, 30, b"archive/dat_.pkl"),
    "zip.crc.zip": edited(stored, stored.index(b"PK\x01\x02") + 16, b"\0\0\0\0"), "zip.encrypted.zip": edited(stored, stored.index(b"PK\x01\x02") + 8, b"\x01"), "zip.patched.zip": edited(stored, stored.index(b"PK\x01\x02") + 8, b"\x20"),
    "zip.method.zip": edited(stored, stored.index(b"PK\x01\x02") + 10, b"\x63\x00"), "zip.directory.zip": edited(stored, stored.index(b"PK\x01\x02"), b"XX"), "zip.prefix.zip": b"junk" + stored, "zip.folder.zip": zipped(("a/", b""), ("../b.pkl", evil), ("c//d.pkl", good)),
    "zip.other.zip": zipped(("weights", evil), ("x.npy", npy)), "zip.end.pkl": stored[stored.index(b"PK\x05\x06"):], "seven.pkl": b"7z\xbc\xaf\x27\x1c" + bytes(26), "array.npy": npy, "array.short.npy": npy[:7], "array.pickle.npy": evil, "arrays.npz": zipped(("a.npy", npy)),
    "model.h5": b"\x89HDF\r\n\x1a\n", "model.keras": zipped(("config.json", b"{}")), "saved_model.pb": b"\x08\x01",
}


def run(program, log, *args):
    for h in list(log.handlers):
        log.removeHandler(h)
    sys.argv = [program.__name__, *args]
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            code = program.main()
        except SystemExit as e:
            code = e.code
    return code, out.getvalue()


def answers(folder, name):
    path = os.path.join(folder, name)
    out = os.path.join(folder, "report.json")
    with contextlib.suppress(FileNotFoundError):
        os.remove(out)
    code, text = run(modelscan.cli, logging.getLogger("modelscan"), "-p", path, "-r", "json", "-o", out, "--show-skipped")
    model = {"exit": code, "unhandled": text.splitlines()[-1].removeprefix("Exception: ")}
    if os.path.exists(out):
        with open(out) as f:
            report = json.load(f)
        for issues in (report["issues"], report["errors"]):
            issues.sort(key=lambda i: json.dumps(i, sort_keys=True))
        summary = report["summary"]
        model = {"exit": code, "issues": report["issues"], "errors": report["errors"], "scanned": summary["scanned"].get("scanned_files", []), "skipped": summary["skipped"]["skipped_files"]}
    code, text = run(picklescan.cli, logging.getLogger("picklescan"), "-p", path, "-g")
    head, trace, tail = text.partition("Traceback ")
    if trace:
        text = head + tail.rstrip().splitlines()[-1] + "\n"
    return {"modelscan": model, "picklescan": {"exit": code, "lines": sorted(text.replace(folder, "FOLDER").splitlines())}}


golden = []
with tempfile.TemporaryDirectory() as folder:
    folder = os.path.realpath(folder)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
        golden.append({"name": name, "data": base64.b64encode(data).decode(), **answers(folder, name)})
print("[" + ",\n".join(json.dumps(g).replace(folder, "FOLDER") for g in golden) + "]")
