"""Is a model safe: what the client sees of a verdict, and which versions may serve."""
import json
import os
import pathlib
import pickle
import subprocess
import sys
import time

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

THREE = int(mlflow.__version__.split(".")[0]) >= 3


class Malicious:
    def __reduce__(self):
        return os.system, ("echo pwned",)


def log(model):
    place = {"name": "model"} if THREE else {"artifact_path": "model"}
    return mlflow.sklearn.log_model(model, pip_requirements=["scikit-learn"], **place)


def refused(call, *args):
    with pytest.raises(MlflowException) as e:
        call(*args)
    assert e.value.get_http_status_code() == 409, e.value
    return str(e.value)


def test_a_malicious_pickle_never_serves(client, tmp_path):
    """Registering warns by a tag; alias and Production are refused with the reason."""
    name = "malicious"
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Malicious()))
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(tmp_path / "model.pkl"), "model")
    client.create_registered_model(name)
    version = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id).version
    assert "system" in refused(client.set_registered_model_alias, name, "champion", version)
    assert "malicious" in refused(client.transition_model_version_stage, name, version, "Production")
    deadline = time.monotonic() + 60
    while "tacit.scan" not in client.get_model_version(name, version).tags:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert client.get_model_version(name, version).tags["tacit.scan"].startswith("malicious: model.pkl")
    assert client.get_registered_model(name).aliases == {}

    # The tag is tacit's own; a copy of the version gets one of its own.
    for call, args in ((client.set_model_version_tag, ("tacit.scan", "clean")), (client.delete_model_version_tag, ("tacit.scan",))):
        with pytest.raises(MlflowException) as e:
            call(name, version, *args)
        assert e.value.get_http_status_code() == 400 and "tacit's own" in str(e.value), e.value
    client.set_model_version_tag(name, version, "reviewed", "yes")
    copied = client.copy_model_version(f"models:/{name}/{version}", "malicious copy")
    assert client.get_model_version("malicious copy", copied.version).tags["reviewed"] == "yes"
    assert "system" in refused(client.set_registered_model_alias, "malicious copy", "champion", copied.version)
    assert client.get_model_version("malicious copy", copied.version).tags["tacit.scan"].startswith("malicious: model.pkl")


def test_honest_models_serve_at_once(client):
    """Who gives an alias right after registering waits for the verdict, and is not warned."""
    name = "honest"
    with mlflow.start_run() as run:
        log(LogisticRegression().fit([[0.0], [1.0]], [0, 1]))
    version = mlflow.register_model(f"runs:/{run.info.run_id}/model", name).version
    client.set_registered_model_alias(name, "champion", version)
    client.transition_model_version_stage(name, version, "Production")
    assert "tacit.scan" not in client.get_model_version(name, version).tags


def test_a_file_that_comes_later_is_judged(client, tmp_path):
    """Files that change after the verdict are judged before the gate opens again."""
    name = "changed"
    with mlflow.start_run() as run:
        mlflow.log_text("weights", "model/notes.txt")
        client.create_registered_model(name)
        version = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id).version
        client.set_registered_model_alias(name, "champion", version)
        (tmp_path / "more.pkl").write_bytes(pickle.dumps(Malicious()))
        mlflow.log_artifact(str(tmp_path / "more.pkl"), "model")
    assert "more.pkl" in refused(client.set_registered_model_alias, name, "challenger", version)
    assert client.get_model_version_by_alias(name, "champion").tags["tacit.scan"].endswith("(in use: alias champion)")


def test_a_version_without_files_waits_for_them(client):
    """A source of the client's own is not judged; a folder here that is empty gets no alias until files are there."""
    name = "early"
    client.create_registered_model(name)
    elsewhere = client.create_model_version(name, "s3://bucket/model").version
    client.set_registered_model_alias(name, "elsewhere", elsewhere)
    with mlflow.start_run() as run:
        version = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id).version
        assert "no files yet" in refused(client.set_registered_model_alias, name, "champion", version)
        mlflow.log_text("weights", "model/notes.txt")
    client.set_registered_model_alias(name, "champion", version)
    assert "tacit.scan" not in client.get_model_version(name, version).tags


def test_a_class_of_the_script_passes_with_a_warning(client):
    """Code that a model carries is told, and serves unless the policy says no."""

    class Echo(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input: list[str], params=None) -> list[str]:
            return model_input

    with mlflow.start_run() as run:
        mlflow.pyfunc.log_model(**({"name": "model"} if THREE else {"artifact_path": "model"}), python_model=Echo(), pip_requirements=["mlflow"])
    version = mlflow.register_model(f"runs:/{run.info.run_id}/model", "echo").version
    client.set_registered_model_alias("echo", "champion", version)
    assert client.get_model_version("echo", version).tags["tacit.scan"].startswith("suspicious: ")


@pytest.mark.skipif(not THREE or bool(os.environ.get("TACIT_CONFORMANCE_PREFIX")), reason="once is enough, where the packages are that the recipes need")
def test_each_malicious_folder_is_judged_as_by_the_command(client, tmp_path):
    """Rules of a folder as a whole hold on the server as they do on disk: the same findings, of each recipe of scan/malicious_formats.py that is a folder."""
    subprocess.run([sys.executable, str(pathlib.Path(__file__).parent / "scan" / "malicious_formats.py"), str(tmp_path)], check=True, capture_output=True, timeout=300)
    folders = sorted(p for p in (tmp_path / "malicious").iterdir() if p.name.startswith(("mlflow.", "huggingface.")))
    assert len(folders) > 12
    client.create_registered_model("folders")
    env = dict(os.environ)
    if token := env.get("MLFLOW_TRACKING_TOKEN"):
        env["TACIT_TOKEN"] = token

    def said(*args):
        done = subprocess.run([os.environ["TACIT_CONFORMANCE_BIN"], "scan", "--json", *args], capture_output=True, text=True, timeout=60, env=env)
        assert done.returncode == 1, (args, done.returncode, done.stderr)
        return [(a["path"].split("/")[-1], a["verdict"], [(f["rule"], f["severity"]) for f in a["findings"] or []]) for a in json.loads(done.stdout)["artifacts"]]

    for folder in folders:
        with mlflow.start_run() as run:
            mlflow.log_artifacts(str(folder), "model")
        version = client.create_model_version("folders", f"runs:/{run.info.run_id}/model", run.info.run_id).version
        assert said(f"models:/folders/{version}", "--url", mlflow.get_tracking_uri()) == said(str(folder)), folder.name
