"""The command line of DVC: the same steps with dvc and with tacit in two copies of a repository, compared after each."""

import concurrent.futures
import os
import shutil

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")

from dvc_copies import DVC, TACIT, Copy, base, tracked  # noqa: E402, F401

SCENARIOS = {}


def scenario(f):
    SCENARIOS[f.__name__] = f
    return f


@scenario
def main_path(c):
    c.git("init", "-q")
    c.run("init")
    c.said("status")
    c.write("data/raw/dataset.csv", "id,v\n1,2\n")
    c.run("add", "data/raw/dataset.csv")
    c.said("status")
    c.said("data", "status")
    c.commit()
    c.said("data", "status")
    c.write("data/raw/dataset.csv", "id,v\n1,3\n")
    c.said("status")
    c.said("status", "--json")
    c.said("status", "-q")
    c.said("diff")
    c.said("diff", "--json", "--show-hash")
    c.run("checkout")
    c.run("commit")
    c.run("commit", "-f")
    c.said("diff")
    c.commit()
    c.said("diff", "HEAD^", "HEAD", "--show-hash")
    c.git("checkout", "-q", "HEAD^")
    c.run("checkout")


@scenario
def comparing(c):
    base(c)
    c.write("data/4", "four\n")
    c.write("data/sub/2", "TWO\n")
    c.remove("data/sub/deep/3")
    c.remove("single.csv")
    os.rename(c.root / "raw/x.bin", c.root / "raw/y.bin")
    c.run("add", "raw/y.bin")
    c.said("status")
    c.said("status", "data.dvc", "single.csv", "--json")
    c.said("data", "status")
    c.said("data", "status", "--granular", "--json", "--untracked-files", "--unchanged")
    c.said("data", "status", "--granular", "--unchanged")
    c.said("data", "status", "--granular", "data/sub", "--json")
    c.said("diff", "--json", "--show-hash")
    c.said("diff", "--md", "--show-hash")
    c.said("diff", "--targets", "data/sub", "--json")
    c.said("diff", "--hide-missing")


@scenario
def cache_gone(c):
    base(c)
    shutil.rmtree(c.root / ".dvc/cache/files/md5/5b")  # the object of data/1
    c.said("status")
    for o in list((c.root / ".dvc/cache/files/md5").glob("*/*.dir")):
        o.unlink()
    c.said("status")
    c.said("data", "status", "--granular", "--json")
    c.said("diff", "--json")
    c.said("checkout", "data/1")
    c.told[-1]["error"] = ""  # dvc calls it unexpected


@scenario
def parts(c):
    base(c)
    c.write("data/sub/5", "five\n")
    c.run("add", "data/sub/5")
    c.remove("data/1")
    c.run("add", "data/1")
    c.run("add", "data/nothing")
    c.write("data/sub/6", "six\n")
    c.run("add", "data/sub", cwd="")
    c.run("commit", "-f", "data.dvc")
    c.remove("data")
    c.run("checkout", "data/sub/5")
    c.run("checkout", "data/sub")
    c.run("checkout", "--summary")
    c.run("checkout", "nothing")
    c.run("checkout", "nothing.dvc")


@scenario
def refusals(c):
    base(c)
    c.write("tracked", "x")
    c.git("add", "tracked")
    c.write(".dvcignore", "*.tmp\n")
    c.write("a.tmp", "x")
    c.write("d/.dvcignore", "x")
    for args in (["add", "nothing"], ["add", "tracked"], ["add", "a.tmp"], ["add", "single.csv.dvc"], ["add", "single.csv/x"], ["add", "d"], ["add", "raw"],
                 ["add", "--glob", "none*"], ["add"], ["status", "--frob"], ["frob"], ["commit", "nothing"], ["remove", "single.csv"], ["remove", "nothing.dvc"], ["move", "nothing", "x"],
                 ["freeze", "nothing"], ["unprotect", "nothing"], ["diff", "nowhere"], ["init"], ["status", "-a"], ["config", "core.foo", "1"], ["config", "core.remote"], ["remote", "default"]):
        c.run(*args)
        if args[0] in ("frob",) or args == ["add"] or "--frob" in args:
            c.told[-1]["out"] = c.told[-1]["error"] = ""  # the help, and the parser's words
    c.run("status", cwd="../")


@scenario
def moving(c):
    base(c)
    c.run("move", "data", "raw")
    c.run("move", "single.csv", "renamed.csv")
    c.run("mv", "renamed.csv", "tool.sh")
    c.run("freeze", "renamed.csv.dvc")
    c.said("status")
    c.run("unfreeze", "renamed.csv.dvc")
    c.run("remove", "raw/data.dvc")
    c.run("rm", "tool.sh.dvc", "--outs")
    c.said("status")
    c.run("destroy", "-f")


@scenario
def links(c):
    base(c)
    c.run("remove", "--outs", "tool.sh.dvc")  # dvc takes the protection off an object that may be executed
    c.run("config", "cache.type", "hardlink")
    c.run("checkout", "--relink")
    c.write("new/a", "a")
    c.write("new/empty", "")
    c.run("add", "new")
    c.run("unprotect", "new/a")
    c.run("config", "cache.type", "symlink,copy")
    c.run("checkout", "--relink", "data")
    c.said("status")
    c.run("config", "-u", "cache.type")
    c.run("checkout", "--relink")


@scenario
def written_anew(c):
    """Where no stage has data any more: what a command brought goes, what somebody wrote since stays."""
    base(c)
    for name, content in {"same.csv": "a\n", "folder/a": "a", "folder/b": "b", "part/a": "a", "part/b": "b", "brought/a": "a", "brought/b/c": "c"}.items():
        c.write(name, content)
    c.run("add", "same.csv", "folder", "part", "brought")
    c.run("move", "single.csv", "moved.csv")
    c.remove("brought")
    c.remove("raw/x.bin")
    c.run("checkout")
    c.write("tool.sh", "another\n")
    c.run("commit", "-f", "tool.sh.dvc")
    c.run("checkout", "brought/a")
    c.write("part/b", "B")
    c.run("add", "part/b")
    for name in ("same.csv", "folder", "part", "brought", "moved.csv", "raw/x.bin", "tool.sh", "data"):
        c.remove(name + ".dvc")
    c.write("same.csv", "a\n")
    c.write("folder/a", "a")
    c.write("data/sub/2", "one\n")
    c.run("checkout")
    c.run("checkout")


@scenario
def settings(c):
    c.git("init", "-q")
    c.run("init", "-q")
    for args in (["remote", "list"], ["remote", "add", "-d", "R", "/tmp/x"], ["remote", "add", "r", "/y"], ["remote", "add", "-f", "r", "z"], ["remote", "add", "s3", "s3://b/p", "--local"], ["remote", "list"],
                 ["remote", "default"], ["remote", "default", "s3"], ["remote", "default", "no"], ["remote", "modify", "s3", "endpointurl", "http://h"], ["remote", "modify", "s3", "frob", "1"], ["remote", "modify", "--local", "s3", "endpointurl", "http://i"],
                 ["remote", "rename", "r", "q"], ["remote", "default", "q"], ["remote", "list"], ["remote", "remove", "q"], ["config", "-l"], ["config", "core.autostage", "true"], ["config", "core.autostage"], ["config", "--local", "core.autostage"],
                 ["config", "-l", "--show-origin", "--project"], ["config", "-u", "core.autostage"], ["config", "-u", "core.autostage"], ["config", "frob"], ["config", "--global", "core.checksum_jobs", "3"], ["config", "core.checksum_jobs"], ["cache", "dir"], ["cache", "dir", "here"], ["cache", "dir"],
                 ["cache", "dir", "-u"], ["root"], ["check-ignore", "a"]):
        c.run(*args)
        if args == ["config", "frob"]:
            c.told[-1]["out"] = c.told[-1]["error"] = ""
    c.write(".dvcignore", "*.x\n!keep.x\nfolder/\n")
    c.write("sub/f", "")
    c.said("check-ignore", "a.x", "b", "keep.x")
    c.said("check-ignore", "-d", "a.x", "b", "keep.x", "-n")
    c.said("check-ignore", "-d", "-a", "folder/x", "keep.x")
    c.said("root", cwd="sub")


@scenario
def without_git(c):
    c.run("init", "--no-scm")
    c.write("d/a", "a")
    c.write("f", "f")
    c.run("add", "d", "f")
    c.said("status")
    c.said("data", "status", "--granular", "--json", "--unchanged")
    c.said("diff")
    c.remove("d")
    c.run("checkout")
    c.run("remove", "f.dvc")


@scenario
def below(c):
    c.git("init", "-q")
    c.write("p/x/a", "a")
    c.run("init", "-q", cwd="p")
    c.run("init", "-q", "--subdir", cwd="p")
    c.run("add", "a", cwd="p/x")
    c.said("status", cwd="p/x")
    c.commit()
    c.write("p/x/a", "b")
    c.said("status", cwd="p/x")
    c.said("diff", cwd="p/x")
    c.said("data", "status", "--json", cwd="p")
    c.run("commit", "-f", "a", cwd="p/x")
    c.run("--cd", "p/x", "remove", "a.dvc")


@scenario
def names(c):
    c.git("init", "-q")
    c.run("init", "-q")
    odd = ["a b", "quote'\"", "back\\slash", "new\nline", "emoji😀", "e\u0301", "é", "!bang", "#hash", "[x]*?", "yes", "1.0", "x" * 200, "-dash", "{a}", "a: b"]
    for i, n in enumerate(odd):
        c.write("folder/" + n, str(i))
    c.run("add", "folder")
    c.commit()
    for i, n in enumerate(odd[:-4]):
        if "\n" not in n and n not in ("back\\slash",):
            c.write(n, str(i))
            c.run("add", n)
            c.told[-1]["out"] = ""  # words of the shell that dvc sorts otherwise
    c.said("status", "--json")
    c.remove("folder")
    c.run("checkout", "-q")
    c.write("folder/" + odd[3], "changed")
    c.said("diff", "--json")


@scenario
def pipeline(c):
    base(c)
    c.write("dvc.yaml", "stages:\n  train:\n    cmd: cat data/1 > model && echo 1 > m.json\n    deps:\n    - data\n    outs:\n    - m.json:\n        persist: true\n    - model\n")
    c.write("dvc.lock", "schema: '2.0'\nstages:\n  train:\n    cmd: cat data/1 > model && echo 1 > m.json\n    deps:\n    - path: data\n      hash: md5\n      md5: " + "0" * 32 + ".dir\n      size: 1\n      nfiles: 3\n"
            "    outs:\n    - path: m.json\n      hash: md5\n      md5: b026324c6904b2a9cb4b88d6d61c81d1\n      size: 2\n    - path: model\n      hash: md5\n      md5: 5bbf5a52328e7439ae6e719dfe712200\n      size: 4\n")
    c.said("status")
    c.write("model", "one\n")
    c.write("m.json", "1\n")
    c.said("status")
    c.run("add", "model")
    c.run("commit", "-f", "train")
    c.said("status")
    c.commit()
    c.remove("model")
    c.run("checkout", "train")
    c.run("freeze", "train")
    c.run("unfreeze", "train")
    c.run("remove", "train")


@scenario
def params(c):
    """Variables of matrices and maps, and params in Python and TOML, beside the lock of an earlier run."""
    c.git("init", "-q")
    c.run("init", "-q")
    c.write("p.py", "LR = 0.25\nclass Train:\n    epochs: int = 11\n    def __init__(self):\n        self.hidden = [1,\n  3]\n")
    c.write("p.toml", "n = 4\n[z.deep]\nk = false\na = 'q'\n")
    c.write("params.yaml", "list: [a, b]\nopts: {on: true, name: a c, l: [1, 2], deep: {x: 1.5}}\nmodels: [{n: 1}, {n: 3}]\n")
    c.write("in", "in")
    c.write("dvc.yaml", "stages:\n  s:\n    cmd: run ${opts} ${models[1].n}\n    deps: [in]\n    params:\n    - p.py:\n    - p.toml: [n, z.deep]\n    outs: [o]\n"
            "  grid:\n    matrix:\n      a: [1, x]\n      m: ${models}\n    cmd: run ${item.a} ${item.m.n} ${key}\n    deps: [in]\n    outs: ['g-${key}']\n")
    dep = "    deps:\n    - path: in\n      hash: md5\n      md5: 13b5bfe96f3e2fe411c9f66f4a582adf\n      size: 2\n"
    out = "    outs:\n    - path: {0}\n      hash: md5\n      md5: b026324c6904b2a9cb4b88d6d61c81d1\n      size: 2\n"
    lock = "schema: '2.0'\nstages:\n  s:\n    cmd: run --on\n" + dep + "    params:\n      p.py:\n        LR: 0.5\n      p.toml:\n        n: 3\n" + out.format("o")
    for name, cmd in {"1-m0": "run 1 1 1-m0", "1-m1": "run 1 2 1-m1", "x-m0": "run x 1 x-m0", "x-m1": "run x 3 x-m1"}.items():
        lock += f"  grid@{name}:\n    cmd: {cmd}\n" + dep + out.format("g-" + name)
        c.write("g-" + name, "1\n")
    c.write("o", "1\n")
    c.write("dvc.lock", lock)
    c.said("status")
    c.said("status", "--json")
    c.run("commit", "-f")
    c.said("status")


@scenario
def unrun(c):
    """What lies there is committed as what a stage would make that did not run."""
    c.git("init", "-q")
    c.run("init", "-q")
    c.write("in", "in\n")
    c.write("params.yaml", "lr: 0.5\n")
    c.write("dvc.yaml", "stages:\n  a:\n    cmd: cat in > out\n    deps: [in]\n    params: [lr]\n    outs: [out]\n"
            "  b:\n    cmd: cat out > m.json\n    deps: [./out]\n    metrics:\n    - m.json:\n        cache: false\n  c:\n    cmd: mkdir d\n    outs: [./d]\n")
    c.said("status", "--json")
    c.run("commit")
    c.run("commit", "-f", "a")
    c.write("out", "in\n")
    c.run("commit", "a")
    c.run("commit", "-f", "a")
    c.said("status")
    c.write("m.json", "{}")
    c.run("commit", "-f", "b")
    c.run("commit", "-f", "c")
    c.write("d/x", "x")
    c.run("commit", "-f")
    c.said("status")
    c.remove("dvc.lock")
    c.remove("in")
    c.run("commit", "-f")
    c.write("in", "in\n")
    c.write("params.yaml", "x: 1\n")
    c.run("commit", "-f", "a")
    c.remove("params.yaml")
    c.run("commit", "-f", "a")
    c.said("status", "--json")


@scenario
def many(c):
    """Stages that come from lists, maps and matrices, before they ran."""
    c.git("init", "-q")
    c.run("init", "-q")
    c.write("params.yaml", "list: [a, b]\nopts: {n: 1, m: {x: 2}}\nmodels: [{n: 1}, {n: 3}]\n")
    c.write("dvc.yaml", "stages:\n  e:\n    foreach: ${list}\n    do:\n      cmd: run ${item}\n      wdir: sub\n      outs: ['e-${item}']\n  k:\n    foreach: ${opts}\n    do:\n      cmd: run ${key}\n      outs: ['k-${key}']\n"
            "  i:\n    foreach: ${models}\n    do:\n      cmd: run ${item.n}\n      outs: ['i-${item.n}']\n  grid:\n    matrix:\n      a: [1, x, 2.5, true]\n      m: ${models}\n    cmd: run ${item.a} ${item.m.n} ${key}\n    outs: ['g-${key}']\n")
    c.said("status", "--json")
    for name in ("sub/e-a", "sub/e-b", "k-n", "k-m", "i-1", "i-3", *(f"g-{a}-{m}" for a in ("1", "x", "2.5", "True", "true") for m in ("m0", "m1"))):
        c.write(name, name)
    c.run("commit", "-f", "e@a")
    c.run("commit", "-f", "i")
    c.run("commit", "-f", "grid@1-m1")
    c.run("commit", "-f")
    c.said("status", "--json")
    c.write("params.yaml", "list: [a]\nopts: {n: 1}\nmodels: [{n: 1}, {n: 3}]\n")
    c.said("status", "--json")
    c.run("checkout")


@scenario
def paths(c):
    """Paths in the settings of every level."""
    c.git("init", "-q")
    c.run("init", "-q")
    c.write("sub/x", "")
    c.run("remote", "add", "-d", "r", "inside/rem", cwd="sub")
    c.run("remote", "add", "--local", "l", "inside")
    c.run("remote", "add", "--global", "g", "inside/gl")
    c.run("remote", "add", "s", "s3://b/p")
    c.run("remote", "modify", "s", "credentialpath", "cred")
    c.run("cache", "dir", "--local", "inside/cache")
    c.said("remote", "list", "--local")
    c.said("remote", "list", "--project")
    c.said("remote", "list", "--global")
    c.said("config", "--list")
    c.said("config", "--list", "--show-origin", "--local")
    c.said("config", "--local", "remote.l.url")
    c.said("config", "remote.r.url")
    c.said("config", "remote.s.credentialpath")
    c.said("config", "remote.g.url")
    c.said("config", "cache.dir")
    c.said("config", "core.remote")
    c.run("remote", "remove", "--local", "l")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """All scenarios with both tools, as many at once as there are processors."""
    folder = tmp_path_factory.mktemp("commands")

    def one(name, tool, label):
        c = Copy(tool, folder / name / label / "r")
        SCENARIOS[name](c)
        return c

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        chosen = {name: (pool.submit(one, name, DVC, "dvc"), pool.submit(one, name, TACIT, "tacit")) for name in SCENARIOS}
        return chosen


@pytest.mark.parametrize("name", SCENARIOS)
def test_same(done, name):
    dvc, tacit = (f.result() for f in done[name])
    assert len(dvc.told) == len(tacit.told)
    wrong = []
    for a, b in zip(dvc.told, tacit.told):
        for key in ("code", "out", "error", "tree"):
            if a.get(key) != b.get(key):
                x, y = a[key], b[key]
                if key == "tree":
                    x, y = ({k: v for k, v in t.items() if o.get(k) != v} for t, o in ((x, y), (y, x)))
                wrong.append(f"{' '.join(a['command'])}: {key}\n   dvc: {x!r}\n tacit: {y!r}")
    assert not wrong, "\n".join(wrong)
