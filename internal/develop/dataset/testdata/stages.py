"""Golden values of .dvc files, dvc.lock, the run cache and .dir objects, from dvc 3.67.1 itself.

    python stages.py FOLDER [COUNT] [SEED]

beside make.py, with the Python of the same environment. It works in a repository
that it makes in a temporary folder.
"""

import copy
import json
import os
import random
import subprocess
import sys
import tempfile

import make

os.environ["DVC_NO_ANALYTICS"] = "1"
home = tempfile.mkdtemp()
for name in ("SITE_CACHE", "GLOBAL_CONFIG", "SYSTEM_CONFIG"):
    os.environ[f"DVC_{name}_DIR"] = os.path.join(home, name)

from dvc.dvcfile import load_file  # noqa: E402
from dvc.repo import Repo  # noqa: E402
from dvc.schema import COMPILED_LOCKFILE_SCHEMA, COMPILED_SINGLE_STAGE_SCHEMA  # noqa: E402
from dvc.stage.cache import _get_cache_hash  # noqa: E402
from dvc.utils.serialize import dumps_yaml, loads_yaml  # noqa: E402
from dvc.utils.strictyaml import YAMLValidationError, validate  # noqa: E402
from dvc_data.hashfile.tree import Tree, _merge, MergeError  # noqa: E402
from dvc_data.hashfile.hash_info import HashInfo  # noqa: E402
from dvc_data.hashfile.meta import Meta  # noqa: E402


def md5(r):
    return "".join(r.choice("0123456789abcdef") for _ in range(32))


def path(r):
    return r.choice(["data", "sub/data.csv", "été", "a b", "1", "yes", "x: y", "é" * 50, "#a", "data.xml"]) + str(r.randint(0, 99))


def dep(r):
    k = r.random()
    if k < 0.35:
        repo = {"url": r.choice(["https://github.com/a/b", "git@h:a/b.git", "../other"])}
        for key in ("rev", "rev_lock"):
            if r.random() < 0.7:
                repo[key] = r.choice(["main", "v1", md5(r)])
        if r.random() < 0.2:
            repo["config"] = r.choice(["/a/config", {"cache": {"dir": "x"}}])
        if r.random() < 0.2:
            repo["remote"] = r.choice(["r", {"url": "s3://b"}])
        return {"path": path(r), "repo": repo}
    if k < 0.7:
        d = {"path": r.choice(["https://a/b", "s3://a/b"]) + path(r), "size": r.randint(0, 999), "hash": "md5"}
        d["checksum" if d["path"].startswith("http") else "etag"] = r.choice([md5(r), '"' + md5(r) + '-2"'])
        if r.random() < 0.3 and d["path"].startswith("s3"):
            d["version_id"] = "Vx" + md5(r)
        return d
    return {"md5": md5(r), "size": 3, "hash": "md5", "path": path(r)}


def out(r):
    o = {"md5": md5(r) + r.choice(["", "", ".dir"]), "size": r.randint(0, 10**12)}
    if o["md5"].endswith(".dir"):
        o["nfiles"] = r.randint(0, 99)
    if r.random() < 0.2:
        o["isexec"] = True
    if r.random() < 0.8:
        o["hash"] = "md5"
    o["path"] = path(r)
    if r.random() < 0.15:
        o["cloud"] = {"up": {"etag": md5(r), "version_id": "V" + md5(r)}}
    for key, values in {"desc": ["d", "", "two\nlines"], "type": ["model"], "labels": [["a", "b"], []], "meta": [{"a": 1.5, "b": [None, True]}, 0, "m", {}],
                        "cache": [True, False], "persist": [True, False], "remote": ["r"], "push": [True, False]}.items():
        if r.random() < 0.12:
            o[key] = r.choice(values)
    if r.random() < 0.1 and o.get("hash") and o["md5"].endswith(".dir"):
        for key in ("md5", "size", "nfiles"):
            o.pop(key, None)
        o["files"] = [{"relpath": f"{n}/{path(r)}", "md5": md5(r), "size": n, "cloud": {"up": {"etag": md5(r), "version_id": md5(r)}}} for n in range(r.randint(1, 3))]
    return o


def stage(r):
    s = {}
    if r.random() < 0.2:
        s["desc"] = r.choice(["what it is", "", "a: b"])
    if r.random() < 0.6:
        s["md5"] = md5(r)
        s["deps"] = [dep(r)]
    for key, values in {"wdir": [".", "sub", ".."], "frozen": [True, False], "locked": [True], "always_changed": [True, False], "meta": [{"x": {"size": 1}}, [], "t"]}.items():
        if r.random() < 0.15:
            s[key] = r.choice(values)
    s["outs"] = [out(r) for _ in range(r.randint(1, 2))]
    if r.random() < 0.3:
        items = list(s.items())
        r.shuffle(items)
        s = dict(items)
    return s


def make_stages(r, repo, target, count):
    os.makedirs("in/sub", exist_ok=True)
    with make.writer(target, "stages.jsonl") as lines:
        for i in range(count):
            text = dumps_yaml(stage(r))
            name = f"in/sub/{i}.dvc"
            with open(name, "w", encoding="utf-8") as f:
                f.write(text)
            try:
                s = load_file(repo, os.path.abspath(name)).stage
                lines.write(json.dumps([text, dumps_yaml(s.dumpd()), s.compute_md5()]) + "\n")
            except Exception as exc:
                print("left out:", repr(exc)[:100], file=sys.stderr)


def broken(r, value):
    """A document in which something is of another type, missing or too much."""
    value = copy.deepcopy(value)
    places = []

    def walk(v):
        if isinstance(v, dict):
            places.extend((v, k) for k in v)
            for x in v.values():
                walk(x)
        elif isinstance(v, list):
            places.extend((v, i) for i in range(len(v)))
            for x in v:
                walk(x)

    walk(value)
    for _ in range(r.randint(1, 2)):
        where, k = r.choice(places)
        kind = r.random()
        if kind < 0.5:
            try:
                where[k] = r.choice([None, "text", 12, 1234, 1.5, True, [], ["x"], {}, {"a": 1}, "ab", ""])
            except IndexError:
                pass
        elif kind < 0.75 and isinstance(where, dict):
            where[r.choice(["extra", "cmd", "metric", 5])] = 1
        else:
            try:
                del where[k]
            except (IndexError, KeyError):
                pass
    return value


def lock(r):
    s = {"cmd": r.choice(["python a.py", ["a", "b"]])}
    for part in ("deps", "outs"):
        entries = []
        for p in sorted({path(r) for _ in range(r.randint(0, 3))}):
            e = {"path": p, "hash": "md5", "md5": md5(r), "size": r.randint(0, 9**9)}
            if r.random() < 0.3:
                e.update(md5=md5(r) + ".dir", nfiles=2)
            if r.random() < 0.2:
                e["isexec"] = True
            entries.append(e)
        if entries:
            s[part] = entries
        if part == "deps" and r.random() < 0.5:
            s["params"] = {f: {k: r.choice([1, 1.0, 1e-5, 1e16, "x", None, True, [1, {"b": 2, "a": 1}], "é😀"]) for k in r.choice([["a"], ["a", "b.c"]])} for f in r.choice([["params.yaml"], ["params.yaml", "a.json"]])}
    return s


def make_runs(r, target, count):
    with make.writer(target, "runs.jsonl") as lines:
        for _ in range(count):
            e = lock(r)
            lines.write(json.dumps([dumps_yaml({"schema": "2.0", "stages": {"s": e}}), _get_cache_hash(copy.deepcopy(e), key=True), _get_cache_hash(copy.deepcopy(e))]) + "\n")


def make_refusals(r, target, count):
    with make.writer(target, "refusals.jsonl") as lines:
        for i in range(count):
            if i % 3:
                value, schema, kind = broken(r, stage(r)), COMPILED_SINGLE_STAGE_SCHEMA, "dvc"
            else:
                value, schema, kind = broken(r, {"schema": "2.0", "stages": {"s": lock(r)}}), COMPILED_LOCKFILE_SCHEMA, "lock"
            text = dumps_yaml(value)
            try:
                validate(loads_yaml(text) or {}, schema, text=text, path="f")
                problems = []
            except YAMLValidationError as exc:
                problems = sorted([e.error_message, " -> ".join(str(p) for p in e.path)] for e in exc.exc.errors)
            lines.write(json.dumps([text, kind, problems]) + "\n")


def changed(r, names, files):
    """Files after a few changes."""
    files = dict(files)
    for _ in range(r.randint(0, 3)):
        n = r.choice(names)
        if n in files and r.random() < 0.4:
            del files[n]
        else:
            files[n] = md5(random.Random(r.randint(0, 3)))
    return files


def make_trees(r, target, count):
    """Listings, and what three of them merge to."""
    names = ["a", "a-b", "a.b", "b/c", "b/d", "b.c", "é/日本.txt", "😀", '"q\\\t.txt', "\udcff", "\udc80a", "\uffee", "c/d/e", "c/d-e"]
    with make.writer(target, "trees.jsonl") as lines:
        for _ in range(count):
            sides, row = [], []
            ancestor = {n: md5(random.Random(r.randint(0, 3))) for n in names if r.random() < 0.6}
            for files in (ancestor, changed(r, names, ancestor), changed(r, names, ancestor)):
                t = Tree()
                for n, h in files.items():
                    t.add(tuple(n.split("/")), Meta(md5=h), HashInfo("md5", h))
                t.digest()
                sides.append(t)
                row += [t.as_bytes().decode(), t.oid]
            try:
                merged = Tree()
                for k, (m, h) in _merge(*[t.as_dict() for t in sides], allowed=["add", "remove", "change"]).items():
                    merged.add(k, m, h)
                row.append(merged.as_bytes().decode())
            except MergeError as exc:
                row.append("" if "both deleted" in str(exc) else None)
            except KeyError:  # it fails while it tells of a file that one side removed and the other changed
                row.append(None)
            lines.write(json.dumps(row) + "\n")


ODD = [b"plain.csv", b"yes", b" lead", b"trail ", b"a: b", b"#x", b"x #y", b"- x", b"it's", b'q"q', b"new\nline", b"tab\t", "é".encode(), "e\u0301".encode(), "😀".encode(), b"x" * 200, b"a b " * 40,
       b"0x1F", b"1e3", b"2020-01-01", b"null", b"~", b"[a]", b"{a}", b"*star", b"!bang", b"a?b", b"back\\slash", b"%p", b"@at", b"-", b"--", b"=", b"true.txt", b"a#b", b"012", b"."  b"hidden"]


def make_added(repo, target):
    """What dvc add makes of names: the .dvc file, and its line for git."""
    os.makedirs("odd", exist_ok=True)
    with make.writer(target, "added.jsonl") as lines:
        for i, raw in enumerate(ODD):
            folder = f"odd/{i}".encode()
            os.makedirs(folder)
            where = os.path.join(folder, raw)
            with open(where, "wb") as f:
                f.write(raw)
            try:
                repo.add(os.fsdecode(where))
                with open(where + b".dvc", encoding="utf-8") as f:
                    text = f.read()
                with open(folder + b"/.gitignore", encoding="utf-8") as f:
                    ignore = f.read()
            except Exception as exc:
                print("left out:", raw, repr(exc)[:200], file=sys.stderr)
                continue
            lines.write(json.dumps([raw.hex(), text, ignore]) + "\n")


if __name__ == "__main__":
    target = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    r = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    os.chdir(tempfile.mkdtemp())
    subprocess.run(["git", "init", "-q"], check=True)
    repo = Repo.init()
    with repo.config.edit() as conf:
        conf["core"]["check_update"] = "false"
    make_added(repo, target)  # before there are files which dvc cannot load
    make_stages(r, repo, target, count)
    make_runs(r, target, count)
    make_refusals(r, target, count * 3)
    make_trees(r, target, count)
