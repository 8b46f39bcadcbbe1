"""DVC's formats against the dvc of this environment: other values than the committed ones, and its locks."""

import os
import pathlib
import subprocess
import sys

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "internal/develop/dataset/testdata"
# Another seed and count draw other values, and more of them.
SEED = os.environ.get("TACIT_TEST_SEED", "2")
COUNT = os.environ.get("TACIT_DVC_COUNT", "30")


@pytest.fixture(autouse=True)
def tracked():
    """No test here needs a server, or mlflow."""


def go_test(packages, **env):
    return subprocess.run(
        ["go", "test", "-count=1", "-tags=dvc", *[f"./internal/develop/dataset/{p}" for p in packages]],
        cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True, timeout=600, check=False,
    )


def test_what_dvc_writes_is_written(tmp_path):
    made = [
        subprocess.Popen([sys.executable, SCRIPTS / name, tmp_path, COUNT, SEED], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PYTHONPATH": str(SCRIPTS)})
        for name in ("make.py", "stages.py", "ignored.py", "configs.py")
    ]
    for p in made:
        said, _ = p.communicate(timeout=600)
        assert p.returncode == 0, said[-2000:]
    done = go_test(["pyjson", "yamltext", "dvcfile", "listing", "ignore", "gitignore", "dvcconfig"], TACIT_DVC_GOLDEN=str(tmp_path))
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_the_grammar_is_the_one_that_is_compared():
    """docs/compat/dvc.md tells of the commands and options that this dvc has."""
    folder = ROOT / "internal/cli/data/testdata"
    done = subprocess.run([sys.executable, folder / "grammar.py"], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout == (folder / "grammar.json").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="the program that holds a lock is written for Unix")
def test_dvc_waits_and_is_waited_for():
    done = go_test(["lock"], TACIT_DVC_PYTHON=sys.executable)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
