"""Data of other repositories: what dvc and tacit list, get and import of one, compared."""

import shutil

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")

from dvc_copies import DVC, TACIT, Copy, tracked  # noqa: E402, F401


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Both tools read one repository, from a working copy of their own."""
    folder = tmp_path_factory.mktemp("imports")
    source = Copy(TACIT, folder / "source")
    source.git("init", "-q")
    for name, content in {"data/a": "one", "data/sub/b": "two", "code/x.py": "print", "single": "1"}.items():
        source.write(name, content)
    for args in (["init"], ["add", "data", "single"]):
        assert source.start(args, source.root)[0] == 0
    source.commit()
    source.write("untracked", "u")
    url, git = str(source.root), "file://" + str(source.root)
    told = []
    for tool, name in ((DVC, "dvc"), (TACIT, "tacit")):
        c = Copy(tool, folder / name / "copy")
        c.git("init", "-q")
        c.run("init")
        c.commit()
        for args in ([], ["-R"], ["--json"], ["-R", "--dvc-only"], ["--tree"], ["--size", "--show-hash"], ["-R", "-L", "2"], ["--rev", "HEAD", "-R", "--json"], ["data"], ["nope"]):
            c.said("list", url, *args)
        c.said("list", git)
        c.said("du", url, "-s")
        c.said("du", url, "single")
        c.run("get", url, "data", "-o", "got")
        c.run("get", url, "data/a", "--rev", "HEAD")
        c.run("get", git, "code")
        c.run("get", url, "data/a")
        for args in (["data"], ["code/x.py", "--rev", "HEAD", "-o", "y.py"], ["data", "-o", "later", "--no-exec"], ["data", "-o", "known", "--no-download"], ["data"], ["data", "-f"], ["single", "-o", "s"]):
            c.run("import", url, *args)
        # What was never brought here is of its source alone; d is what was, and makes no difference.
        for args in (["list", ".", "-R", "--dvc-only", "--json"], ["list", ".", "--dvc-only", "--size"], ["data", "status", "--granular", "--json"]):
            c.said(*args)
        c.commit()
        c.said("diff", "HEAD^", "HEAD", "--json", "--show-hash")
        c.said("diff", "--json", "--show-hash")
        told.append(c.told)
    yield told
    shutil.rmtree(folder)


def test_same(done):
    by_dvc, by_tacit = done
    assert len(by_dvc) == len(by_tacit) > 20
    for ours, theirs in zip(by_tacit, by_dvc, strict=True):
        assert ours == theirs, ours["command"]
