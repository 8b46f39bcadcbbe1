"""Golden values of DVC's formats, from the real dvc 3.67.1 and what it writes with.

    python make.py FOLDER [COUNT] [SEED]

with the Python of an environment that has dvc[http,s3]==3.67.1. FOLDER gets
json.jsonl, yaml.jsonl, edits.jsonl and scalars.jsonl. The committed ones are of
COUNT 80 and SEED 1; TACIT_DVC_GOLDEN=FOLDER makes the tests read others.
"""

import io
import json
import math
import random
import struct
import sys

from dvc.utils.collections import apply_diff
from dvc.utils.serialize import dumps_yaml, loads_yaml, parse_yaml_for_update

WORDS = ["yes", "no", "on", "off", "y", "n", "true", "False", "TRUE", "null", "~", "Null", "", " ", "=", "<<", "!", "&", "*", "-", "?", ":", "--", "---", "...",
         "- a", "? a", ": a", "a: b", "a:", "a #b", "#a", "a#b", " a", "a ", "a  b", "1", "-1", "+1", "1.0", "1e3", "1e-3", ".5", "-.5e+3", "0x1F", "0o17", "017", "012", "08",
         "0b11", "1_000", "1__0", "_1", "-_", ".inf", "-.INF", ".nan", "2020-01-01", "2020-1-1", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43", "12:30:45", "1:2",
         "'", '"', "it's", 'say "x"', "a\nb", "a\n", "\na", "a\n\nb", "a \nb", "a\n b", "\t", "a\tb", "\r", "a\rb", "\x07", "\x1b", "\x7f", "\x85", "a\x85b", "\u2028", "\xa0", "\ufeff",
         "é", "e\u0301", "日本", "😀", "\ufffe", "%a", "@a", "`a", "{a", "[a", "a}", "a]", "a,b", ",a", "|", ">", "a|b", "\\", "a\\b", "C:\\x", "data.xml", "file with spaces.csv",
         "s3://bucket/key", "https://x.y/z?a=b#c", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e.dir", "123", "1e5", "0e0", "1234567890e1"]


def text(r):
    k = r.random()
    if k < 0.45:
        return r.choice(WORDS)
    if k < 0.6:
        return "".join(r.choice(WORDS) for _ in range(r.randint(2, 4)))
    if k < 0.8:  # long, to be folded
        words = ["".join(r.choice("abcé日😀-_.,:'\"#") for _ in range(r.randint(1, 14))) for _ in range(r.randint(1, 40))]
        return r.choice([" ", " ", "  ", "\n", "_"]).join(words)
    if k < 0.87:
        return "x" * r.randint(60, 140) + r.choice(["", " ", " y", "'", "\n", "é"])
    return "".join(chr(r.choice([r.randint(0, 127), r.randint(32, 126), r.randint(32, 126), r.randint(128, 0x2100), r.randint(0xE000, 0xFFFF), r.randint(0x10000, 0x10FFFF)]))
                   for _ in range(r.randint(0, 12)))


def number(r):
    k = r.random()
    if k < 0.3:
        return r.randint(-1000, 10**10)
    if k < 0.4:
        return r.randint(-(10**30), 10**30)
    if k < 0.6:
        return struct.unpack("d", r.randbytes(8))[0]
    return r.choice([0.0, -0.0, 1.0, 0.1, 1e-5, 1e-4, 0.0001234, 1e15, 1e16, 123456789012345680.0, 1e22, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, 1e100])


def scalar(r):
    k = r.random()
    if k < 0.65:
        return text(r)
    if k < 0.9:
        return number(r)
    return r.choice([None, True, False])


def key(r, keys):
    k = r.random()
    if k < 0.85:
        return text(r)
    return r.choice([1, 2.5, True, None, -3, "1", 10**20])


def value(r, depth, text_keys):
    if depth > 0 and r.random() < 0.45:
        if r.random() < 0.5:
            return [value(r, depth - 1, text_keys) for _ in range(r.randint(0, 4))]
        return {(text(r) if text_keys else key(r, None)): value(r, depth - 1, text_keys) for _ in range(r.randint(0, 4))}
    return scalar(r)


def typed(v):
    if v is None:
        return ["n"]
    if isinstance(v, bool):
        return ["b", v]
    if isinstance(v, int):
        return ["i", str(v)]
    if isinstance(v, float):
        return ["f", struct.pack(">d", v).hex()]
    if isinstance(v, str):
        return ["s", v.encode("utf-8", "surrogateescape").hex()]
    if isinstance(v, list):
        return ["l", [typed(x) for x in v]]
    if isinstance(v, dict):
        return ["m", [[typed(k), typed(x)] for k, x in v.items()]]
    return ["t", str(v)]


def writer(folder, name):
    return open(f"{folder}/{name}", "w", encoding="utf-8")


def make_json(r, folder, count):
    with writer(folder, "json.jsonl") as out:
        for i in range(count):
            v = value(r, 4, i % 4 != 0)
            if i % 10 == 0:  # the name of a file, as Python has it
                v = b"".join(r.choice([b"\x80", b"\xff", b"\xc3", b"a", "é".encode(), b"/", "😀".encode()]) for _ in range(6)).decode("utf-8", "surrogateescape")
            try:
                want = json.dumps(v, sort_keys=True)
            except TypeError:
                want = None
            out.write(json.dumps([typed(v), want]) + "\n")


def reads_as(text_, v):
    """ruamel.yaml writes some keys so that it cannot read them."""
    try:
        return loads_yaml(text_) == v
    except Exception:
        return False


def make_yaml(r, folder, count):
    with writer(folder, "yaml.jsonl") as out:
        for i in range(count):
            v = {(text(r) if r.random() < 0.9 else key(r, None)): value(r, 3, False) for _ in range(r.randint(1, 5))}
            text_ = dumps_yaml(v)
            out.write(json.dumps([typed(v), text_, reads_as(text_, v)]) + "\n")


def make_scalars(r, folder, count):
    """What the safe loader takes plain words for."""
    with writer(folder, "scalars.jsonl") as out:
        words = [w for w in WORDS] + ["".join(r.choice("0123456789_.eE+-xoabTtruefalsnul:~") for _ in range(r.randint(1, 7))) for _ in range(count * 4)]
        for w in words:
            try:
                v = loads_yaml("a: " + w + "\nb: 1\n")
            except Exception:
                v = None
            out.write(json.dumps([w, None if v is None else typed(v)]) + "\n")


MD5 = "0123456789abcdef"


def entry(r, where):
    """An entry as dvc has it, in its order."""
    e = {}
    h = "".join(r.choice(MD5) for _ in range(32))
    directory = r.random() < 0.4
    if where == "lock":
        e["path"] = text(r) or "x"
        e["hash"] = "md5"
    e["md5"] = h + (".dir" if directory else "")
    e["size"] = r.randint(0, 10**9)
    if directory:
        e["nfiles"] = r.randint(1, 100000)
    if r.random() < 0.2:
        e["isexec"] = True
    if where != "lock":
        e["hash"] = "md5"
        e["path"] = text(r) or "x"
        if r.random() < 0.3:
            e["desc"] = text(r) or "d"
        if r.random() < 0.2:
            e["labels"] = [text(r) for _ in range(r.randint(1, 3))]
        if r.random() < 0.2:
            e["meta"] = value(r, 2, True) or 1
        if r.random() < 0.2:
            e["cache"] = False
        if r.random() < 0.2:
            e["remote"] = text(r) or "r"
    return e


def changed(r, e):
    """Another state of an entry: as after a change of the data and a commit."""
    n = dict(e)
    new = entry(r, "lock" if list(e)[0] == "path" else "dvc")
    k = r.random()
    if k < 0.3:
        return n
    ordered = {}
    for name in new if r.random() < 0.7 else e:
        if name in ("path", "hash"):
            ordered[name] = e[name]
        elif name in new or name in e:
            ordered[name] = new.get(name, e.get(name))
    return ordered


def commented(r, text_):
    """The text with comments where people put them: above entries."""
    out = []
    for i, line in enumerate(text_.splitlines(True)):
        if r.random() < 0.15 and line.startswith("- "):
            out.append("# " + r.choice(["about this", "été", "x: y"]) + "\n")
        out.append(line)
    return "".join(out)


def make_edits(r, folder, count):
    """A file, another state of it, and what dvc makes of the file."""
    def kept(before):
        """ruamel.yaml writes some floats in another way than it read them."""
        return dumps_yaml(parse_yaml_for_update(before, "x.dvc")) == before

    with writer(folder, "edits.jsonl") as out:
        for i in range(count):
            if i % 2 == 0:
                old = {"outs": [entry(r, "dvc") for _ in range(r.randint(1, 3))]}
                if r.random() < 0.3:
                    old["meta"] = value(r, 3, True) or 1
                new = {"outs": [changed(r, e) for e in old["outs"]]}
                if "meta" in old:
                    new["meta"] = value(r, 3, True) or 1
                if r.random() < 0.2:
                    new = {"frozen": True, **new}
                before = dumps_yaml(old)
                if not reads_as(before, old) or not kept(before) or not reads_as(dumps_yaml(new), new):
                    continue
                state = parse_yaml_for_update(before, "x.dvc")
                apply_diff(new, state)
            else:
                def stage():
                    s = {"cmd": text(r) or "c"}
                    for part in ("deps", "outs"):
                        if r.random() < 0.8:
                            s[part] = sorted((entry(r, "lock") for _ in range(r.randint(1, 3))), key=lambda e: e["path"])
                        if part == "deps" and r.random() < 0.5:
                            s["params"] = {"params.yaml": {text(r): value(r, 2, True) for _ in range(r.randint(1, 3))}}
                    return s
                old = {"schema": "2.0", "stages": {text(r): stage() for _ in range(r.randint(1, 4))}}
                before = dumps_yaml(old)
                if not reads_as(before, old) or not kept(before):
                    continue
                new = {"schema": "2.0", "stages": dict(old["stages"])}
                state = parse_yaml_for_update(before, "dvc.lock")
                for _ in range(r.randint(1, 2)):
                    name = r.choice(list(old["stages"])) if r.random() < 0.7 else text(r)
                    s = stage()
                    new["stages"][name] = s
                    state["stages"].update({name: s})
                if not reads_as(dumps_yaml(new), new):
                    continue
            after = dumps_yaml(state)
            if not reads_as(after, new):
                continue
            out.write(json.dumps([before, typed(new), after, i % 2]) + "\n")


if __name__ == "__main__":
    folder = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 250
    r = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    make_json(r, folder, count)
    make_yaml(r, folder, count)
    make_scalars(r, folder, count)
    make_edits(r, folder, count)
