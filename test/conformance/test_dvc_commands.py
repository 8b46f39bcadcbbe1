"""The command line of DVC: the same steps with dvc and with tacit in two copies of a repository, compared after each."""

import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import stat
import subprocess
import sys

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")

# Starting dvc costs 0.8 s: it is imported once a copy, and each command is a fork of that.
FORKS = """
import json, os, sys
import dvc.cli, dvc.repo, dvc.repo.add, dvc.repo.checkout, dvc.repo.commit, dvc.repo.data, dvc.repo.diff, dvc.repo.index, dvc.dvcfile, dvc.output, dvc.stage, dvc.commands.add, dvc.ui.table, dvc.data_cloud, scmrepo.git
from dvc.cli.parser import get_main_parser
get_main_parser()
for line in sys.stdin:
    args, folder, out, errs = json.loads(line)
    pid = os.fork()
    if not pid:
        os.chdir(folder)
        for path, fd in (("/dev/null", 0), (out, 1), (errs, 2)):
            f = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            os.dup2(f, fd)
        sys.argv = ["dvc", *args]
        code = dvc.cli.main(args)
        sys.stdout.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""

TACIT = os.environ.get("TACIT_CONFORMANCE_BIN", str(pathlib.Path(__file__).resolve().parents[2] / "bin/tacit"))
DVC = None


@pytest.fixture(autouse=True)
def tracked():
    """No test here needs a server, or mlflow."""


class Copy:
    """A working copy that one tool works on."""

    def __init__(self, tool, root):
        self.tool, self.root = tool, root
        root.mkdir(parents=True)
        home = root.parent / (root.name + ".home")
        home.mkdir()
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DVC_", "GIT_", "XDG_"))},
            "HOME": str(home), "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home / "site"), "DVC_GLOBAL_CONFIG_DIR": str(home / "global"), "DVC_SYSTEM_CONFIG_DIR": str(home / "system"),
            "GIT_CONFIG_NOSYSTEM": "1", "COLUMNS": "1000", "LC_ALL": "C.UTF-8",
            **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "n"), ("EMAIL", "e@example.org"), ("DATE", "2026-01-01T00:00:00Z"))},
        }
        self.told = []
        self.forks = None
        if tool is not TACIT:
            self.forks = subprocess.Popen([sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.env)

    def close(self):
        if self.forks:
            self.forks.communicate(timeout=100)

    def start(self, args, folder):
        """Runs a command: its exit code and what it said."""
        if not self.forks or self.tool is TACIT:
            done = subprocess.run([TACIT, "data", *args], cwd=folder, env=self.env, capture_output=True, stdin=subprocess.DEVNULL, timeout=100, check=False)
            return done.returncode, done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="surrogateescape")
        said = [str(self.root.parent / name) for name in ("dvc.out", "dvc.errs")]
        self.forks.stdin.write(json.dumps([args, str(folder), *said]) + "\n")
        self.forks.stdin.flush()
        code = int(self.forks.stdout.readline())
        return code, *(pathlib.Path(p).read_bytes().decode(errors="surrogateescape") for p in said)

    def git(self, *args):
        subprocess.run(["git", "-C", self.root, "-c", "init.defaultBranch=main", *args], env=self.env, check=True, capture_output=True)

    def commits(self):
        return subprocess.run(["git", "-C", self.root, "rev-list", "HEAD"], env=self.env, check=True, capture_output=True, text=True).stdout.split()

    def commit(self, message="m"):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def write(self, name, content, mode=None):
        p = self.root / name
        p.parent.mkdir(parents=True, exist_ok=True)
        if p.exists() or p.is_symlink():
            p.unlink()
        p.write_bytes(content if isinstance(content, bytes) else content.encode())
        if mode:
            p.chmod(mode)

    def remove(self, name):
        p = self.root / name
        shutil.rmtree(p) if p.is_dir() and not p.is_symlink() else p.unlink()

    def run(self, *args, cwd=""):
        """Runs a command and notes what it said and left."""
        code, out, errs = self.start(args, self.root / cwd)
        self.told.append({"command": args, "code": code, "out": self.plain(out), "error": self.error(errs), "tree": self.tree()})

    def said(self, *args, cwd=""):
        """Like run, for what reads and changes nothing: the tree is not looked at."""
        self.run(*args, cwd=cwd)
        del self.told[-1]["tree"]

    def plain(self, text):
        text = text.replace(os.path.realpath(self.root), "ROOT").replace(str(self.root), "ROOT")
        # dvc names the files for git in the order of a set.
        text = re.sub(r"(ROOT\S*) +", r"\1 ", text)
        text = re.sub(r"git add (.*)", lambda m: "git add " + " ".join(sorted(m[1].split())), text)
        try:
            return ordered(json.loads(text))
        except ValueError:
            return text if "changed outs:" not in text and "DVC unchanged" not in text else sorted(text.splitlines())

    def error(self, text):
        text = text.replace(os.path.realpath(self.root), "ROOT").replace(str(self.root), "ROOT")
        return [line for line in text.splitlines() if line.startswith(("ERROR", "WARNING"))][:1]

    def tree(self):
        """Every file that belongs to the repository, with its mode and content."""
        all = {}
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if f not in (".git", "runs") and not os.path.join(folder, f).endswith("/.dvc/tmp")]
            for f in files:
                p = os.path.join(folder, f)
                name = os.fsencode(os.path.relpath(p, self.root))
                s = os.lstat(p)
                if f == "tool.sh":  # dvc makes it anew, and then its mode
                    s = os.stat_result((s.st_mode | 0o155, *s[1:]))
                if stat.S_ISLNK(s.st_mode):
                    all[name] = "-> " + os.readlink(p).replace(str(self.root), "ROOT")
                else:
                    all[name] = oct(stat.S_IMODE(s.st_mode)) + " " + str(s.st_nlink if ".dvc/cache" not in p else "") + " " + pathlib.Path(p).read_bytes().decode("latin1")
        return all


def ordered(value):
    """JSON with the lists sorted, whose order is that of a set in dvc."""
    if isinstance(value, dict):
        return {k: ordered(v) for k, v in value.items()}
    if isinstance(value, list):
        return sorted((ordered(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


def base(c):
    """A repository of git and DVC with a folder, files, and one commit."""
    c.git("init", "-q")
    c.run("init", "-q")
    for name, content in {"data/1": "one\n", "data/sub/2": "two\n", "data/sub/deep/3": "three\n", "single.csv": "a,b\n1,2\n", "raw/x.bin": bytes(range(256))}.items():
        c.write(name, content)
    c.write("tool.sh", "#!/bin/sh\n", 0o755)
    c.run("add", "data", "single.csv", "raw/x.bin", "tool.sh")
    c.commit("one")


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


def random_steps(chance, count):
    """Steps that anybody might take, as functions of a copy; a command's is its arguments.

    Not here is where dvc loses something: of a command that fails it has done a part, and a checkout takes away what a
    "remove" left. What another revision has not is taken away by the tool alone that brought it, so nothing goes back.
    """
    files = ["d/a", "d/b", "d/s/c", "d/s/deep/e", "d/n\u00e9", "f", "g", "sub/h", "sub/k/i"]
    places = ["d", "f", "g", "sub/h", "sub/k", "d/s", "d/s/c", "d/a", "d/new"]

    def write(name, content):
        def step(c):
            p = c.root / name
            for above in reversed(p.relative_to(c.root).parents):
                if (c.root / above).is_file():
                    (c.root / above).unlink()
            if p.is_dir():
                shutil.rmtree(p)
            c.write(name, content)

        return step

    def remove(name):
        return lambda c: c.remove(name) if (c.root / name).exists() else None

    def commit(c):
        c.git("add", "-A")
        c.git("commit", "-q", "--allow-empty", "-m", "m")

    steps = [write(name, name) for name in files] + [["add", "d", "f", "g", "sub/h"], commit]
    for i in range(count):
        steps.append(chance.choice([
            lambda: write(chance.choice(files), f"content {chance.randrange(4)}"), lambda: write(chance.choice(files), f"content {i}"), lambda: write("d/new", f"new {i}"),
            lambda: remove(chance.choice(files + places)), lambda: commit,
            lambda: ["add", chance.choice(places)], lambda: ["commit", "-f", chance.choice(["d", "f.dvc", "sub/h"])], lambda: ["commit"],  # dvc loses what else changed in a folder of which a part is committed
            lambda: ["checkout"], lambda: ["checkout", "-f"], lambda: ["checkout", "-f", chance.choice(places)], lambda: ["status", "--json"], lambda: ["data", "status", "--json", "--granular"], lambda: ["data", "status", "--json"],
            lambda: ["diff", "--json", "--show-hash"], lambda: ["diff", "HEAD~1", "--json"], lambda: ["diff", "HEAD~1", "HEAD", "--json"],
            lambda: ["remove", "--outs", chance.choice(places) + ".dvc"], lambda: ["move", chance.choice(places), chance.choice(["m", "sub/m", "sub", "d2"])],
        ])())
    return steps


COUNT = int(os.environ.get("TACIT_DVC_STEPS", "60"))


@pytest.mark.parametrize("part", range(2))
def test_either_tool_at_any_moment(tmp_path, part):
    """One copy is worked on by dvc alone, one by either tool at random: they stay the same."""
    seed = int(os.environ.get("TACIT_TEST_SEED", "1")) * 1000 + part
    chance = random.Random(seed)
    copies = [Copy(DVC, tmp_path / "dvc/r"), Copy(DVC, tmp_path / "either/r")]
    said = []
    try:
        for c in copies:
            c.git("init", "-q")
            c.run("init", "-q")
            c.commit()
        for step in random_steps(chance, COUNT):
            if not isinstance(step, list):
                for c in copies:
                    step(c)
                said.append("the files change")
                continue
            copies[1].tool = chance.choice([DVC, TACIT])
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda c: c.run(*step), copies))
            a, b = (c.told[-1] for c in copies)
            said.append(("tacit " if copies[1].tool is TACIT else "dvc ") + " ".join(step) + f" -> {a['code']}")
            if step[0] == "checkout":  # dvc tells more or less by what it remembers of the copy: the files decide
                a["out"] = b["out"] = ""
            for key in ("code", "out", "tree"):
                if a[key] != b[key]:
                    x, y = a[key], b[key]
                    if key == "tree":
                        x, y = ({k: v for k, v in t.items() if o.get(k) != v} for t, o in ((x, y), (y, x)))
                    pytest.fail("\n".join([f"seed {seed}", *said[-12:], f"{key}: dvc {x!r}", f"     either {y!r}"]))
    finally:
        for c in copies:
            c.close()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """All scenarios with both tools, as many at once as there are processors."""
    folder = tmp_path_factory.mktemp("commands")

    def one(name, tool, label):
        c = Copy(tool, folder / name / label / "r")
        try:
            SCENARIOS[name](c)
        finally:
            c.close()
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
