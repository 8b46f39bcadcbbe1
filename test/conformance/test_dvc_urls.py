"""Data of elsewhere: what dvc and tacit import of URLs, bring up to date, send on to a remote, and fetch in a clone, compared."""

import functools
import http.server
import os
import shutil
import threading

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")

from dvc_copies import DVC, TACIT, Copy, tracked  # noqa: E402, F401


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def put(folder, name, content):
    p = folder / name
    p.parent.mkdir(parents=True, exist_ok=True)
    p.write_text(content)
    os.utime(p, (1577836800, 1577836800))  # a web server tells it, and dvc makes its checksum of that


def source(folder):
    """A repository of two commits, which are the same for both tools."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(str(folder) + ".home", ignore_errors=True)
    c = Copy(TACIT, folder)
    c.git("init", "-q")
    for args in (["init"], ["remote", "add", "-d", "r", str(folder) + ".remote"]):
        assert c.start(args, folder)[0] == 0
    c.write("data/a", "one")
    c.write("code.py", "print")
    for content in ("two", "three"):
        c.write("data/sub/b", content)
        for args in (["add", "data"], ["push"]):
            assert c.start(args, folder)[0] == 0
        c.commit(content)
    c.git("tag", "v1", "HEAD~1")
    return c


def first(c, url, web, elsewhere):
    """Imports, and bringing them up to date."""
    c.run("import", url, "data", "--rev", "v1")
    c.run("import", url, "code.py")
    c.run("import", url, "data", "-o", "later", "--no-download")
    c.run("import-url", web + "/f.txt")
    c.run("import-url", str(elsewhere / "dir"))
    c.run("import-url", "../elsewhere/f.txt", "g.txt")
    c.run("import-url", web + "/f.txt", "known", "--no-download")
    c.run("import-url", web + "/f.txt", "noted", "--no-exec")
    c.run("import-url", web + "/none")
    c.run("import-url", "foo://h/x")
    c.run("update", "data.dvc", "--rev", "main")
    c.run("update", "data.dvc")
    c.run("update", "data.dvc", "--rev", "HEAD~1")
    c.run("import-url", "remote://there/dir/x", "x")
    put(elsewhere, "f.txt", "hello again\n")
    put(elsewhere, "dir/z", "z\n")
    c.said("status", "--json")
    c.run("update", "f.txt.dvc")
    c.run("update", "dir.dvc")
    c.run("update", "noted.dvc")
    c.run("update", "known.dvc")
    c.run("update", "g.txt.dvc", "--to-remote", "--no-download")
    c.run("unfreeze", "g.txt.dvc")
    c.said("status", "--json")


def onwards(c, web, elsewhere):
    """What is sent on, read, and fetched elsewhere."""
    c.run("import-url", web + "/f.txt", "sent", "--to-remote")
    c.run("import-url", str(elsewhere / "dir"), "sent.d", "--to-remote")
    c.run("update", "sent.dvc", "--to-remote")
    c.said("add", "code.py", "--to-remote", "--no-commit")
    c.run("get-url", web + "/f.txt", "got")
    c.run("get-url", str(elsewhere / "dir"), "got.d")
    c.run("get-url", str(elsewhere / "dir"), "got.d")
    for args in ([], ["--tree"], ["-R", "-L", "1"]):
        c.said("list-url", str(elsewhere / "dir"), *args)
    c.said("list-url", web + "/f.txt")
    c.said("list-url", str(elsewhere / "none"))
    c.said("data", "status", "--not-in-remote", "--json")
    c.said("push", "-q")
    c.said("data", "status", "--not-in-remote", "--json")
    c.commit()


def cloned(tool, c):
    """A fresh clone, in which nothing is in the cache."""
    d = Copy(tool, c.root.parent / "clone")
    d.git("clone", "-q", str(c.root), ".")
    d.run("pull", "data.dvc", "code.py.dvc")
    d.run("pull", "later.dvc")
    return d.told


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("urls")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=elsewhere))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    web = f"http://127.0.0.1:{server.server_address[1]}"
    told = []
    for tool in (DVC, TACIT):
        shutil.rmtree(elsewhere)
        for name in ("f.txt", "dir/x", "dir/sub/y"):
            put(elsewhere, name, name + "\n")
        s = source(folder / "source")
        for name in ("copy", "clone", "remote"):
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.rmtree(folder / f"{name}.home", ignore_errors=True)
        c = Copy(tool, folder / "copy")
        c.git("init", "-q")
        for args in (["init"], ["remote", "add", "-d", "r", str(folder / "remote")], ["remote", "add", "there", str(elsewhere)]):
            c.run(*args)
        c.commit()
        first(c, str(s.root), web, elsewhere)
        onwards(c, web, elsewhere)
        told.append(c.told + cloned(tool, c))
    server.shutdown()
    server.server_close()
    yield told
    shutil.rmtree(folder)


def test_same(done):
    by_dvc, by_tacit = done
    assert len(by_dvc) == len(by_tacit) > 40
    for ours, theirs in zip(by_tacit, by_dvc, strict=True):
        if "status" in ours["command"]:  # dvc warns in the order of a set
            ours["error"], theirs["error"] = [], []
        pulled = ours["command"][0] == "pull"
        for one in (ours, theirs):  # dvc keeps what it downloads without knowing its hash, and a listing of each folder within a folder, in its cache as well
            one["tree"] = {k: v for k, v in one.get("tree", {}).items() if b".dvc/cache/fs/" not in k and not (pulled and k.endswith(b".dir"))}
        differing = {k: (ours["tree"].get(k), theirs["tree"].get(k)) for k in ours["tree"].keys() | theirs["tree"].keys() if ours["tree"].get(k) != theirs["tree"].get(k)}
        assert not differing, ours["command"]
        assert ours == theirs, ours["command"]
