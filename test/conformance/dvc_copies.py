"""Working copies on which dvc, tacit, or either works: what they say and leave, to be compared."""

import json
import os
import pathlib
import queue
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

import pytest

# Starting dvc costs 0.8 s: it is imported once, and each command is a fork of that, with an environment, a folder and files
# of its own. What a command imports beyond that is imported for those that come after it, too: no state of a command is.
FORKS = """
import gc, importlib, json, os, sys
import dvc.cli
from dvc.cli.parser import get_main_parser
get_main_parser()
for line in sys.stdin:
    args, folder, env, out, errs = json.loads(line)
    imported, imports = os.pipe()
    pid = os.fork()
    if not pid:
        before = set(sys.modules)
        os.environ.clear()
        os.environ.update(env)
        os.chdir(folder)
        for path, fd in (("/dev/null", 0), (out, 1), (errs, 2)):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), fd)
        sys.argv = ["dvc", *args]
        code = dvc.cli.main(args)
        sys.stdout.flush()
        with os.fdopen(imports, "w") as f:
            f.write("\\n".join(m for m in sys.modules if m not in before and not m.startswith("__")))
        os._exit(code)
    os.close(imports)
    with os.fdopen(imported) as f:
        more = f.read().split("\\n")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    for m in filter(None, more):
        try:
            importlib.import_module(m)
        except Exception:
            pass
    gc.freeze()
    print(code, flush=True)
"""


# A command that hung is run again, so often at most.
TRIES = 3


class Forks:
    """Servers of dvc commands, each used for one command at a time; they end with this process."""

    def __init__(self):
        self.idle = queue.SimpleQueue()

    def run(self, args, folder, env, out, errs):
        try:
            server = self.idle.get_nowait()
        except queue.Empty:
            server = subprocess.Popen([sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        for _ in range(TRIES):
            server.stdin.write(json.dumps([args, str(folder), env, out, errs]) + "\n")
            server.stdin.flush()
            hangs = hung(lambda: select.select([server.stdout], [], [], 1)[0], lambda: pathlib.Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[0])
            code = int(server.stdout.readline())
            if not hangs:
                break
        self.idle.put(server)
        return code


def hung(over, process):
    """Waits until a command of dvc is over, and ends its process when that does nothing for twenty seconds: pygit2 misses the end
    of a blob now and then (_BlobIO.readinto clears an event that was set since it looked), and dvc, which reads what a revision
    has before it changes anything, waits for ever."""
    last, still = None, 0
    while not over():
        try:
            pid = process()
            used = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]
        except (OSError, IndexError):
            continue  # it has just ended
        still = still + 1 if (pid, used) == last else 0
        last = pid, used
        if still == 20:
            os.kill(int(pid), signal.SIGKILL)
            return True
    return False


def exits(p):
    """Waits a second for a process, and tells whether it ended."""
    try:
        p.wait(1)
    except subprocess.TimeoutExpired:
        return False
    return True


def plain(args, folder, env):
    """Runs dvc as anybody does: its exit code and what it said."""
    for _ in range(TRIES):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errs:
            p = subprocess.Popen([sys.executable, "-m", "dvc", *args], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=errs)
            hangs = hung(lambda: exits(p), lambda: p.pid)
            p.wait()
            said = []
            for f in (out, errs):
                f.seek(0)
                said.append(f.read().decode(errors="surrogateescape"))
        if not hangs:
            break
    return p.returncode, *said


TACIT = os.environ.get("TACIT_CONFORMANCE_BIN", str(pathlib.Path(__file__).resolve().parents[2] / "bin/tacit"))
DVC = None
DVCS = Forks()


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
        self.plainly = False  # dvc is started, and not forked
        self.seen = {}

    def start(self, args, folder):
        """Runs a command: its exit code and what it said."""
        if self.tool is not TACIT and self.plainly:
            return plain(args, folder, self.env)
        if self.tool is TACIT:
            done = subprocess.run([TACIT, "data", *args], cwd=folder, env=self.env, capture_output=True, stdin=subprocess.DEVNULL, timeout=1000, check=False)
            return done.returncode, done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="surrogateescape")
        said = [str(self.root.parent / f"{self.root.name}.{name}") for name in ("out", "errs")]
        code = DVCS.run(args, folder, self.env, *said)
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
        self.said(*args, cwd=cwd)
        self.told[-1]["tree"] = self.tree()

    def said(self, *args, cwd=""):
        """Like run, for what reads and changes nothing: the tree is not looked at."""
        code, out, errs = self.start(args, self.root / cwd)
        self.told.append({"command": args, "code": code, "out": self.plain(out), "error": self.error(errs)})

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
        """Every file that belongs to the repository, with its mode and content; one is read again that was written since it was."""
        all, seen = {}, {}
        for folder, folders, files in os.walk(self.root):
            folders[:] = [f for f in folders if f not in (".git", "runs") and not os.path.join(folder, f).endswith("/.dvc/tmp")]
            for f in files:
                p = os.path.join(folder, f)
                s = os.lstat(p)
                key = (s.st_ino, s.st_mtime_ns, s.st_ctime_ns, s.st_size, s.st_mode, s.st_nlink)
                seen[p] = self.seen.get(p)
                if not seen[p] or seen[p][0] != key or s.st_ctime_ns > time.time_ns() - 100_000_000:
                    seen[p] = key, self.file(p, s)
                all[os.fsencode(os.path.relpath(p, self.root))] = seen[p][1]
        self.seen = seen
        return all

    def file(self, p, s):
        if stat.S_ISLNK(s.st_mode):
            return "-> " + os.readlink(p).replace(str(self.root), "ROOT")
        mode = stat.S_IMODE(s.st_mode)
        if p.endswith("/tool.sh"):  # dvc makes it anew, and then its mode
            mode |= 0o155
        return oct(mode) + " " + str(s.st_nlink if ".dvc/cache" not in p else "") + " " + pathlib.Path(p).read_bytes().decode("latin1")


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


@pytest.fixture(autouse=True)
def tracked():
    """No test of dvc's commands needs a server, or mlflow."""
