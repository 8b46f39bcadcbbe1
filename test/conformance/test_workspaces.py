"""Workspaces of MLflow 3.10 and later."""
import pathlib
import tempfile

import pytest
import requests
from mlflow.exceptions import MlflowException

import conftest

mlflow = pytest.importorskip("mlflow", minversion="3.10")
PASSWORD = conftest.PASSWORD


@pytest.fixture(scope="module")
def guarded():
    with tempfile.TemporaryDirectory() as folder:
        s = conftest.Server(pathlib.Path(folder) / "tacit", "--auth", "required")
        s.command("user", "add", "root", "--role", "admin", "--workspace", "*", "--password-file", "-")
        s.command("user", "add", "ada", "--role", "maintainer", "--workspace", "team", "--password-file", "-")
        yield s
        s.stop()
        assert '"level":"ERROR"' not in s.output(), s.output()


@pytest.fixture(autouse=True)
def elsewhere(guarded, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    mlflow.set_tracking_uri(guarded.url)
    mlflow.set_registry_uri(guarded.url)
    yield
    mlflow.set_workspace(None)


@pytest.fixture
def by(monkeypatch):
    return lambda user: monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", user)


def refused(status, call, *args, **kwargs):
    with pytest.raises(MlflowException) as e:
        call(*args, **kwargs)
    assert e.value.get_http_status_code() == status, e.value
    return e.value.message


def test_made_changed_and_deleted(by):
    by("root")
    made = mlflow.create_workspace("made", description="for a while")
    assert (made.name, made.description) == ("made", "for a while")
    assert mlflow.update_workspace("made", description="").description in (None, "")
    assert mlflow.update_workspace("made", description="again").description == mlflow.get_workspace("made").description == "again"
    assert "made" in [w.name for w in mlflow.list_workspaces()]
    refused(400, mlflow.create_workspace, "made")
    refused(400, mlflow.delete_workspace, "default")
    refused(404, mlflow.get_workspace, "nowhere")
    refused(404, mlflow.delete_workspace, "nowhere")
    mlflow.delete_workspace("made")
    refused(404, mlflow.get_workspace, "made")


def test_what_is_kept_is_not_deleted(by):
    by("root")
    mlflow.create_workspace("full")
    mlflow.set_workspace("full")
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("kept")
    with pytest.raises(MlflowException) as e:
        mlflow.delete_workspace("full", mode="RESTRICT")
    assert e.value.error_code == "INVALID_STATE"
    assert client.get_experiment(experiment).name == "kept"
    mlflow.set_workspace(None)
    assert client.get_experiment_by_name("kept") is None


def test_artifact_root(by, tmp_path):
    """Experiments lie below the root that their workspace has when they are made."""
    by("root")
    assert mlflow.create_workspace("rooted", default_artifact_root="mlflow-artifacts:/team-files").default_artifact_root == "mlflow-artifacts:/team-files"
    mlflow.set_workspace("rooted")
    client = mlflow.MlflowClient()
    below = client.create_experiment("below")
    assert client.get_experiment(below).artifact_location == f"mlflow-artifacts:/team-files/{below}"
    (tmp_path / "f.txt").write_text("x")
    run = client.create_run(below).info.run_id
    client.log_artifact(run, str(tmp_path / "f.txt"))
    assert [f.path for f in client.list_artifacts(run)] == ["f.txt"]
    assert mlflow.update_workspace("rooted", default_artifact_root="").default_artifact_root in (None, "")
    assert client.get_experiment(client.create_experiment("own")).artifact_location.startswith("mlflow-artifacts:/")
    assert client.get_experiment(below).artifact_location == f"mlflow-artifacts:/team-files/{below}"
    for wrong in ["https://example.org/files", "team-files", "mlflow-artifacts:/../x", "runs:/1"]:
        refused(400, mlflow.update_workspace, "rooted", default_artifact_root=wrong)


def test_deleted_with_all_that_is_in_it(by, tmp_path):
    by("root")
    mlflow.create_workspace("brief")
    mlflow.set_workspace("brief")
    client = mlflow.MlflowClient()
    mlflow.set_experiment("short")
    with mlflow.start_run() as run:
        mlflow.log_metric("auc", 0.9)
        (tmp_path / "f.txt").write_text("x")
        mlflow.log_artifact(str(tmp_path / "f.txt"))
    client.create_registered_model("churn")
    mlflow.delete_workspace("brief", mode="CASCADE")
    refused(404, mlflow.get_workspace, "brief")
    mlflow.create_workspace("brief")
    assert client.get_experiment_by_name("short") is None
    refused(404, client.get_run, run.info.run_id)
    refused(404, client.get_registered_model, "churn")
    assert [e.name for e in client.search_experiments()] == ["Default"]


def test_moved_to_the_default_workspace(by, tmp_path):
    """SET_DEFAULT: what was logged is read back as before, by the same ids and names."""
    by("root")
    sklearn = pytest.importorskip("sklearn.linear_model")
    mlflow.set_experiment("already")
    mlflow.create_workspace("mover")
    mlflow.set_workspace("mover")
    client = mlflow.MlflowClient()
    mlflow.set_experiment("delays")
    with mlflow.start_run() as run:
        mlflow.log_params({"depth": 3})
        for step in range(5):
            mlflow.log_metric("auc", step / 4, step=step)
        (tmp_path / "f.txt").write_text("x")
        mlflow.log_artifact(str(tmp_path / "f.txt"))
        logged = mlflow.sklearn.log_model(sklearn.LinearRegression().fit([[0], [1]], [0, 2]), name="line", registered_model_name="line")
    client.set_registered_model_alias("line", "champion", 1)
    mlflow.set_workspace(None)
    client.create_registered_model("line")
    with pytest.raises(MlflowException) as e:
        mlflow.delete_workspace("mover", mode="SET_DEFAULT")
    assert e.value.error_code == "INVALID_STATE" and "registered_models: 'line'" in e.value.message, e.value
    client.delete_registered_model("line")
    mlflow.delete_workspace("mover", mode="SET_DEFAULT")
    refused(404, mlflow.get_workspace, "mover")
    moved = client.get_run(run.info.run_id)
    assert moved.info.experiment_id == client.get_experiment_by_name("delays").experiment_id
    assert moved.data.params == {"depth": "3"} and moved.data.metrics["auc"] == 1
    assert [m.step for m in client.get_metric_history(run.info.run_id, "auc")] == list(range(5))
    assert "f.txt" in [f.path for f in client.list_artifacts(run.info.run_id)]
    assert pathlib.Path(client.download_artifacts(run.info.run_id, "f.txt", str(tmp_path))).read_text() == "x"
    assert client.get_logged_model(logged.model_id).source_run_id == run.info.run_id
    for source in ["models:/line@champion", "models:/line/1", f"models:/{logged.model_id}"]:
        assert mlflow.pyfunc.load_model(source).predict([[2]])[0] == pytest.approx(4), source


def test_one_sees_where_one_has_a_part(guarded, by, tmp_path):
    by("ada")
    assert [w.name for w in mlflow.list_workspaces()] == ["team"]
    mlflow.set_workspace("team")
    mlflow.set_experiment("mine")
    with mlflow.start_run() as run:
        mlflow.log_metric("auc", 0.9)
    mlflow.set_workspace(None)
    assert mlflow.get_workspace("team").name == "team"
    refused(403, mlflow.MlflowClient().get_run, run.info.run_id)
    refused(403, mlflow.create_workspace, "another")
    refused(403, mlflow.delete_workspace, "team")


def test_what_is_not_there_and_what_is_closed_answer_the_same(guarded, by):
    by("root")
    mlflow.create_workspace("closed")
    told = set()
    for name in ["closed", "nowhere"]:
        for method, path, header in [
            ("GET", f"/api/3.0/mlflow/workspaces/{name}", {}), ("PATCH", f"/api/3.0/mlflow/workspaces/{name}", {}), ("DELETE", f"/api/3.0/mlflow/workspaces/{name}", {}),
            ("POST", "/api/2.0/mlflow/experiments/create", {"X-MLFLOW-WORKSPACE": name}), ("POST", f"/w/{name}/api/2.0/mlflow/experiments/create", {}),
        ]:
            answer = requests.request(method, guarded.url + path, json={"name": "probe", "description": "x"}, headers=header, auth=("ada", PASSWORD))
            told.add((answer.status_code, answer.text.replace(name, "NAME")))
    assert len(told) == 1 and {status for status, _ in told} == {403}, told
