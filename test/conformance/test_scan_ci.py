"""tacit scan where code is kept: the action and the hook of pre-commit, as their examples have them."""
import json
import os
import pathlib
import pickle
import subprocess
import sys

import pytest

pytest.importorskip("pre_commit")

import yaml

ROOT = pathlib.Path(__file__).parents[2]
# What tacit and pre-commit are found by.
PATH = {**os.environ, "PATH": os.pathsep.join([os.path.dirname(os.environ["TACIT_CONFORMANCE_BIN"]), os.path.dirname(sys.executable), os.environ["PATH"]])}


class Malicious:
    def __reduce__(self):
        return os.system, ("echo pwned",)


@pytest.fixture(autouse=True)
def tracked():
    """No test here needs a server, or mlflow."""


@pytest.fixture
def repository(tmp_path):
    def git(*args):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *args], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "good.pkl").write_bytes(pickle.dumps([1, 2, 3]))
    (tmp_path / "notes.md").write_text("os.system('id')")
    git("add", ".")
    git("commit", "-qm", "models")
    return tmp_path


def test_the_action(repository):
    """The action's own line, with its own defaults, as a runner would give them to it."""
    action = yaml.safe_load((ROOT / "examples/ci/action.yml").read_text())
    workflow = yaml.safe_load((ROOT / "examples/ci/github-workflow.yml").read_text())
    given = workflow["jobs"]["scan"]["steps"][1]["with"]
    assert set(given) <= set(action["inputs"])
    inputs = {name: given.get(name, of["default"]) for name, of in action["inputs"].items()}
    (step,) = action["runs"]["steps"]
    env = {name: inputs[value.removeprefix("${{ inputs.").removesuffix(" }}")] for name, value in step["env"].items()}

    def run():
        return subprocess.run(["bash", "-e", "-c", step["run"]], cwd=repository, env={**PATH, **env}, capture_output=True, text=True)

    assert run().returncode == 0
    (repository / "models" / "evil.pkl").write_bytes(pickle.dumps(Malicious()))
    red = run()
    assert red.returncode == 1, red
    report = json.loads((repository / inputs["report"]).read_text())
    assert workflow["jobs"]["scan"]["steps"][2]["with"]["sarif_file"] == inputs["report"]
    assert [r["ruleId"] for r in report["runs"][0]["results"]] == ["dangerous-call"]


def test_the_hook_of_pre_commit(repository):
    """pre-commit itself runs the hook that this repository offers, on what is to be committed."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    config = yaml.safe_load((ROOT / "examples/ci/pre-commit-config.yaml").read_text())
    (used,) = config["repos"][0]["hooks"]
    (offered,) = [h for h in hooks if h["id"] == used["id"]]
    local = {"repos": [{"repo": "local", "hooks": [{**offered, **used}]}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(local))

    def run():
        subprocess.run(["git", "add", "."], cwd=repository, check=True)
        return subprocess.run(["pre-commit", "run", "--color", "never"], cwd=repository, env=PATH, capture_output=True, text=True)

    (repository / "models" / "more.pkl").write_bytes(pickle.dumps({"a": 1}))
    green = run()
    assert green.returncode == 0 and "Passed" in green.stdout, green
    (repository / "models" / "evil.pkl").write_bytes(pickle.dumps(Malicious()))
    red = run()
    assert red.returncode == 1 and "evil.pkl  malicious" in red.stdout and "notes.md" not in red.stdout, red
