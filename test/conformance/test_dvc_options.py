"""Options of DVC's commands: each given to dvc and to tacit, and what both say and leave compared."""

import concurrent.futures
import hashlib
import os
import shutil

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")

from dvc_copies import DVC, TACIT, Copy, base, tracked  # noqa: E402, F401

SCENARIOS = {}


def scenario(f):
    SCENARIOS[f.__name__] = f
    return f


def revisions(c):
    """Two commits on main, a tag on the first, a branch with a third, and a remote in a folder beside the copy."""
    base(c)
    c.git("tag", "v1")
    c.git("checkout", "-q", "-b", "side")
    c.write("data/side", "of the branch\n")
    c.run("add", "-q", "data")
    c.commit("two")
    c.git("checkout", "-q", "main")
    c.run("checkout", "-q")
    c.write("data/1", "changed\n")
    c.write("single.csv", "a,b\n1,3\n")
    c.run("add", "data", "single.csv")
    c.commit("three")
    # By their whole paths, which dvc needs for other revisions, and where no file of the copy says them.
    for args in (["-d", "near"], ["other"]):
        assert c.start(["remote", "add", "--global", *args, str(c.root.parent / args[-1])], c.root)[0] == 0


def objects(c, name):
    """The objects that a remote has."""
    folder = c.root.parent / name
    c.told.append({"command": ("objects", name), "objects": sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())})


def without_cache(c):
    shutil.rmtree(c.root / ".dvc/cache", ignore_errors=True)


@scenario
def adding(c):
    base(c)
    c.write("new/a.csv", "1\n")
    c.write("new/b.csv", "2\n")
    c.run("add", "--glob", "new/*.csv")
    c.write("later", "l\n")
    c.run("add", "--no-commit", "later")
    c.run("commit", "--no-relink", "later")
    c.write("linked", "k\n")
    c.run("add", "--no-relink", "linked")
    c.write("elsewhere", "e\n")
    c.run("add", "elsewhere", "-o", "here")
    c.run("add", "elsewhere", "--out", "here")
    c.run("add", "-f", "elsewhere", "-o", "here")
    c.run("add", "--remote", "r", "later")
    c.run("add", "--remote-jobs", "2", "later")
    c.run("add", "--verbose", "later")
    c.told[-1]["out"] = ""
    c.run("--wait-for-lock", "add", "later")


@scenario
def restoring(c):
    revisions(c)
    c.write("data/1", "not kept\n")
    c.run("checkout", "--force", "data.dvc")
    c.remove("data")
    c.run("checkout", "--recursive", ".")
    c.remove("single.csv")
    c.run("checkout", "--with-deps", "single.csv.dvc")
    c.write("data/1", "again\n")
    c.run("commit", "--force", "--recursive", ".")
    c.write("data/1", "and again\n")
    c.run("commit", "--force", "--with-deps", "data.dvc")


@scenario
def pushing(c):
    revisions(c)
    c.run("push", "--jobs", "2", "single.csv")
    objects(c, "near")
    c.run("push", "--glob", "*.csv")
    c.run("push", "--recursive", "raw")
    c.run("push", "--with-deps", "tool.sh.dvc")
    c.run("push")
    objects(c, "near")
    c.run("push", "--all-tags", "--remote", "other")
    objects(c, "other")
    c.run("push", "--all-branches", "-r", "other")
    objects(c, "other")
    c.run("push", "--all-commits", "--remote", "other", "--no-run-cache")
    objects(c, "other")
    c.said("status", "--cloud")
    c.said("status", "--cloud", "--json")
    for args in (["--remote", "other", "--all-branches"], ["--all-tags", "--jobs", "2"], ["--all-commits"]):
        c.said("status", "-c", *args)
        c.told[-1]["out"] = sorted(c.told[-1]["out"].splitlines())
    c.said("status", "--with-deps", "single.csv.dvc")
    c.said("status", "--recursive", "raw")
    c.said("status", "--no-updates")


@scenario
def fetching(c):
    revisions(c)
    c.run("push", "-A")
    c.run("push", "-A", "-r", "other")
    for args in (["--jobs", "2", "single.csv"], ["--recursive", "raw"], ["--with-deps", "tool.sh.dvc"], ["--remote", "other"], ["--all-tags"], ["--all-branches"], ["--all-commits"], ["--no-run-cache"]):
        without_cache(c)
        c.run("fetch", *args)
    for args in (["--jobs", "2", "single.csv"], ["--recursive", "raw"], ["--with-deps", "tool.sh.dvc"], ["--remote", "other"], ["--all-tags"], ["--all-branches"], ["--all-commits"], ["--no-run-cache"], ["--force"], ["--allow-missing"]):
        without_cache(c)
        shutil.rmtree(c.root / "data", ignore_errors=True)
        c.run("pull", *args)


@scenario
def collecting(c):
    revisions(c)
    c.run("push", "-A")
    for args in ([], ["--workspace", "--dry"], ["--rev", "v1", "--num", "1", "--dry"], ["--all-branches", "--all-tags", "--force"], ["--date", "2020-01-01", "-f"], ["--date", "soon", "-f"], ["--all-experiments", "--skip-failed", "-f"], ["--all-commits", "-f", "--jobs", "2"], ["--workspace", "--force"]):
        c.said("gc", *args)
        c.told[-1]["out"] = c.told[-1]["out"].splitlines()[-1:] if isinstance(c.told[-1]["out"], str) else c.told[-1]["out"]
    c.run("status")


@scenario
def kinds(c):
    """Metrics and plots of a pipeline that ran, by the files that say so."""
    base(c)
    assert c.start(["remote", "add", "--global", "-d", "near", str(c.root.parent / "near")], c.root)[0] == 0
    files = {"m.json": "1\n", "p/a.csv": "2\n", "out": "3\n", "top.csv": "4\n"}
    for name, content in files.items():
        c.write(name, content)
    c.run("add", "-q", "top.csv")
    c.write("dvc.yaml", "stages:\n  s:\n    cmd: make\n    outs:\n    - out\n    metrics:\n    - m.json\n    plots:\n    - p\nplots:\n- top.csv:\n    x: a\n")
    c.write("dvc.lock", "schema: '2.0'\nstages:\n  s:\n    cmd: make\n    outs:\n    - path: m.json\n      hash: md5\n    - path: out\n      hash: md5\n    - path: p\n      hash: md5\n")
    c.run("commit", "-q", "-f")
    c.run("push", "-q")
    for args in (["--type", "metrics"], ["--type", "plots"], ["--type", "metrics", "--type", "plots"]):
        without_cache(c)
        c.run("fetch", *args)
    c.said("fetch", "--type", "none")
    c.told[-1]["out"], c.told[-1]["error"] = "", []


@scenario
def recipes(c):
    """Commands, params and variables of a pipeline that ran: what changed of them, and what a commit notes."""
    c.git("init", "-q")
    c.run("init", "-q")
    c.write("params.yaml", "n: 1\ndir: dd\n")
    c.write("dd/params.yaml", "k: 7\n")
    c.write("p.json", '{"a": 3, "b": {"c": true}}')
    for name in ("dd/o", "dd/m.json", "oo", "x", "y"):
        c.write(name, "1\n")
    c.write(
        "dvc.yaml",
        "vars:\n- lr: 5\nstages:\n  s:\n    cmd: run ${n} ${lr}\n    wdir: ${dir}\n    params: [k, ../p.json: [a, b.c]]\n    outs: [o]\n    metrics: [m.json: {cache: false}]\n"
        "  t:\n    cmd:\n    - cp dd/o oo\n    - echo ${n}\n    deps: [dd/o]\n    params: [params.yaml: ]\n    outs: [oo]\n  each:\n    foreach: [x, y]\n    do:\n      cmd: make ${item}\n      deps: [oo]\n      outs: ['${item}']\n",
    )
    c.write(
        "dvc.lock",
        "schema: '2.0'\nstages:\n  s:\n    cmd: run\n    outs:\n    - path: m.json\n      hash: md5\n    - path: o\n      hash: md5\n  t:\n    cmd: cp\n    deps:\n    - path: dd/o\n      hash: md5\n    outs:\n    - path: oo\n      hash: md5\n"
        + "".join(f"  each@{i}:\n    cmd: make {i}\n    deps:\n    - path: oo\n      hash: md5\n    outs:\n    - path: {i}\n      hash: md5\n" for i in "xy"),
    )

    def ran():
        c.told.append({"command": ("runs",), "runs": {p.name: p.read_text() for p in (c.root / ".dvc/cache/runs").rglob("*") if p.is_file()}})

    c.run("commit")
    c.run("commit", "-f")
    ran()
    c.said("status", "--json")
    c.write("params.yaml", "n: 2\ndir: dd\nnew: 1\n")
    c.write("p.json", '{"a": 4}')
    c.said("status")
    c.said("status", "--json")
    c.run("commit", "t")
    c.run("commit", "-f", "t")
    c.run("commit", "-f", "s")
    c.write("p.json", '{"a": 4, "b": {"c": 2}}')
    c.run("commit", "-f", "s")
    ran()
    c.remove("dd/params.yaml")
    c.said("status", "--json")
    c.run("commit", "-f", "s")


@scenario
def legacy(c):
    """What DVC 2 left."""
    c.git("init", "-q")
    c.run("init", "-q")
    for name, content in {"old": "old\n", "lines": "a\r\nb\r\n"}.items():
        c.write(name, content)
        sum = hashlib.md5(content.replace("\r\n", "\n").encode()).hexdigest()
        c.write(f".dvc/cache/{sum[:2]}/{sum[2:]}", content, 0o444)
        c.write(name + ".dvc", f"outs:\n- md5: {sum}\n  size: {len(content)}\n  path: {name}\n")
    c.write(".gitignore", "/old\n/lines\n")
    for args in (["--dry"], [], ["--dvc-files", "--dry"], ["--dvc-files"], ["--dvc-files"]):
        c.run("cache", "migrate", *args)
        c.told[-1]["out"] = sorted(c.told[-1]["out"].splitlines())
        c.told[-1]["tree"] = {k: v.split(" ", 2)[2] for k, v in c.told[-1]["tree"].items()}  # how many links there are is the file system's
    c.run("status")


@scenario
def settings_elsewhere(c):
    c.git("init", "-q")
    c.run("init", "-q")
    # Where a file is not there, dvc makes an empty one as it writes another.
    c.run("config", "core.analytics", "false")
    c.run("config", "--local", "core.checksum_jobs", "2")
    for place in ("--global", "--local", "--project"):
        c.run("cache", "dir", place, "/tmp/of" + place)
        c.run("cache", "dir", place)
        c.run("remote", "add", place, "r" + place, "/tmp/r")
        c.run("remote", "modify", place, "r" + place, "jobs", "3")
        c.run("remote", "rename", place, "r" + place, "q" + place)
        c.run("remote", "default", place, "q" + place)
        c.run("remote", "list", place)
        c.run("remote", "default", place, "--unset")
        c.run("remote", "modify", place, "--unset", "q" + place, "url")
        c.run("remote", "remove", place, "q" + place)
        c.run("cache", "dir", place, "--unset")
        c.run("config", place, "core.autostage", "true")
        c.run("config", place, "--list")
        c.run("config", place, "--unset", "core.autostage")


@scenario
def hooks(c):
    c.git("init", "-q")
    c.run("init", "-q")
    c.commit()
    c.run("install")
    c.run("install")
    for hook in (["pre-commit"], ["post-checkout", "a", "b", "1"], ["pre-push", "origin", "url"]):
        c.run("git-hook", *hook)
    c.run("check-ignore", "--stdin")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """All scenarios with both tools, as many at once as there are processors."""
    folder = tmp_path_factory.mktemp("options")

    def one(name, tool, label):
        c = Copy(tool, folder / name / label / "r")
        SCENARIOS[name](c)
        return c.told

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        return {name: (pool.submit(one, name, DVC, "dvc"), pool.submit(one, name, TACIT, "tacit")) for name in SCENARIOS}


@pytest.mark.parametrize("name", SCENARIOS)
def test_same(done, name):
    by_dvc, by_tacit = (f.result() for f in done[name])
    wrong = []
    for theirs, ours in zip(by_dvc, by_tacit, strict=True):
        for what in theirs:
            x, y = theirs[what], ours[what]
            if what == "tree":
                # dvc leaves what it wrote on the way; tacit keeps what it threw away.
                x, y = ({k: v for k, v in t.items() if not k.endswith(b".tmp") and b"/cache/trash/" not in k} for t in (x, y))
            if x != y and what == "tree":
                x, y = ({k: v for k, v in t.items() if o.get(k) != v} for t, o in ((x, y), (y, x)))
            if x != y:
                wrong.append(f"{' '.join(ours['command'])}: {what}\n   dvc: {x!r}\n tacit: {y!r}")
    assert not wrong, "\n".join(wrong)
