"""Runs, params, metrics, tags, inputs and searches, as training scripts use them."""
import math
import os
import threading

import mlflow
import pandas as pd
import pytest
import requests
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException


def test_a_training_script(client):
    with mlflow.start_run() as run:
        mlflow.log_param("learning_rate", 0.01)
        mlflow.log_param("batch_size", 32)
        mlflow.log_metric("accuracy", 0.91)
        mlflow.log_metric("f1_score", 0.88)
        mlflow.set_tag("team", "blue")
    back = client.get_run(run.info.run_id)
    assert back.info.status == "FINISHED" and back.info.end_time >= back.info.start_time
    assert back.data.params == {"learning_rate": "0.01", "batch_size": "32"}
    assert back.data.metrics == {"accuracy": 0.91, "f1_score": 0.88}
    assert back.data.tags["team"] == "blue" and back.data.tags["mlflow.runName"] == back.info.run_name


def test_a_failed_and_a_resumed_run(client):
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as run:
        mlflow.log_metric("a", 1)
        1 / 0
    assert client.get_run(run.info.run_id).info.status == "FAILED"
    with mlflow.start_run(run_id=run.info.run_id):
        assert client.get_run(run.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("a", 2, step=1)
    assert client.get_run(run.info.run_id).info.status == "FINISHED"


def test_nested_runs(client):
    with mlflow.start_run() as parent:
        for i in range(3):
            with mlflow.start_run(nested=True, run_name=f"child {i}") as child:
                mlflow.log_metric("score", i)
    found = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.score DESC"])
    assert list(found["tags.mlflow.runName"]) == ["child 2", "child 1", "child 0"]
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id


def test_params_are_written_once(client):
    with mlflow.start_run() as run:
        mlflow.log_param("p", 1)
        mlflow.log_param("p", 1)
        with pytest.raises(MlflowException, match="Changing param values is not allowed"):
            mlflow.log_param("p", 2)
        mlflow.log_params({f"k{i}": i for i in range(250)})
    assert len(client.get_run(run.info.run_id).data.params) == 251


def test_metric_history(client):
    points = [(0.5, 10, 0), (0.25, 30, 2), (0.125, 20, 1), (float("nan"), 40, 3), (9.0, 5, -4), (0.25, 30, 2)]
    with mlflow.start_run() as run:
        for value, timestamp, step in points:
            client.log_metric(run.info.run_id, "loss", value, timestamp, step)
        client.log_metric(run.info.run_id, "inf", float("inf"), 1, 0)
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(m.timestamp, m.step) for m in history] == [(5, -4), (10, 0), (20, 1), (30, 2), (40, 3)]
    assert math.isnan(history[-1].value)
    back = client.get_run(run.info.run_id).data.metrics
    assert math.isnan(back["loss"]) and back["inf"] == pytest.approx(1.7976931348623157e308)


def test_many_points_in_batches(client):
    with mlflow.start_run() as run:
        for batch in range(5):
            client.log_batch(run.info.run_id, [Metric(f"m{i % 10}", batch * 1000 + i, batch, batch * 1000 + i) for i in range(1000)])
        client.log_batch(run.info.run_id, params=[Param("a", "b")], tags=[RunTag("c", "d")])
    assert [m.value for m in client.get_metric_history(run.info.run_id, "m3")] == [float(v) for v in range(3, 5000, 10)]
    assert client.get_run(run.info.run_id).data.metrics["m9"] == 4999


def test_writers_at_once(client):
    failures = []

    def write(run_id, writer):
        try:
            for i in range(20):
                client.log_metric(run_id, "shared", writer * 1000 + i, timestamp=writer, step=i)
        except Exception as e:  # noqa: BLE001 (the test tells it)
            failures.append(e)

    with mlflow.start_run() as run:
        writers = [threading.Thread(target=write, args=(run.info.run_id, w)) for w in range(16)]
        for t in writers:
            t.start()
        for t in writers:
            t.join()
    assert not failures
    assert len(client.get_metric_history(run.info.run_id, "shared")) == 16 * 20
    assert client.get_run(run.info.run_id).data.metrics["shared"] == 15 * 1000 + 19


def test_search(client):
    for i in range(12):
        with mlflow.start_run(run_name=f"run {i:02}"):
            mlflow.log_param("depth", i % 3)
            mlflow.log_metrics({"auc": i / 12, "loss": 1 - i / 12})
            mlflow.set_tag("parity", "even" if i % 2 == 0 else "odd")
            if i == 5:
                mlflow.set_tag("note with space", "x")

    def names(filter_string="", **more):
        found = mlflow.search_runs(filter_string=filter_string, output_format="list", **more)
        return [r.info.run_name for r in found]

    assert names(order_by=["metrics.auc DESC"], max_results=3) == ["run 11", "run 10", "run 09"]
    assert names("metrics.auc > 0.7 and params.depth = '0'") == ["run 09"]
    assert names("tags.parity = 'odd' AND metrics.loss <= 0.5", order_by=["metrics.loss"]) == ["run 11", "run 09", "run 07"]
    assert names("attributes.run_name LIKE 'run 0%'", order_by=["attributes.start_time ASC"], max_results=2) == ["run 00", "run 01"]
    assert names("run_name ILIKE 'RUN 1%'", order_by=["run_name"]) == ["run 10", "run 11"]
    assert names("tags.`note with space` = 'x'") == ["run 05"]
    assert names("params.depth != '0' and tags.parity = 'even'", order_by=["run_name"]) == ["run 02", "run 04", "run 08", "run 10"]
    assert names("status = 'RUNNING'") == []
    assert len(names("attributes.status = 'FINISHED'")) == 12
    with pytest.raises(MlflowException, match="(?i)invalid"):
        names("metrics.auc > 'high'")
    with pytest.raises(MlflowException):
        names("nonsense")


def test_search_pages(client):
    experiment = mlflow.get_experiment_by_name(mlflow.set_experiment("pages of runs").name).experiment_id
    ids = [client.create_run(experiment, start_time=i % 3).info.run_id for i in range(25)]
    seen, token = [], None
    while True:
        page = client.search_runs([experiment], max_results=4, page_token=token, order_by=["start_time DESC"])
        seen += [r.info.run_id for r in page]
        token = page.token
        if not token:
            break
    assert sorted(seen) == sorted(ids) and len(seen) == 25


def test_experiments(client):
    made = client.create_experiment("an experiment", tags={"a": "1"})
    assert client.get_experiment_by_name("an experiment").experiment_id == made
    with pytest.raises(MlflowException, match="(?i)exist"):
        client.create_experiment("an experiment")
    client.set_experiment_tag(made, "b", "2")
    client.rename_experiment(made, "renamed")
    run = client.create_run(made)
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "deleted"
    assert [e.name for e in client.search_experiments(view_type=ViewType.DELETED_ONLY, filter_string="tags.a = '1'")] == ["renamed"]
    client.restore_experiment(made)
    back = client.get_experiment(made)
    assert back.lifecycle_stage == "active" and back.tags["b"] == "2"
    assert client.get_run(run.info.run_id).info.lifecycle_stage == "active"
    assert client.get_experiment("0").name == "Default"
    assert client.get_experiment_by_name("never made") is None


def test_deleted_runs(client):
    with mlflow.start_run() as run:
        pass
    client.delete_run(run.info.run_id)
    with pytest.raises(MlflowException, match="must be in the 'active' state"):
        client.log_metric(run.info.run_id, "m", 1)
    assert mlflow.search_runs().empty
    assert len(mlflow.search_runs(run_view_type=ViewType.ALL)) == 1
    client.restore_run(run.info.run_id)
    client.log_metric(run.info.run_id, "m", 1)
    with pytest.raises(MlflowException, match="not found"):
        client.get_run("0" * 32)


def test_dataset_inputs(client):
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    dataset = mlflow.data.from_pandas(frame, name="three rows", targets="y")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training", tags={"split": "a"})
    used = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert len(used) == 1 and used[0].dataset.name == "three rows" and used[0].dataset.digest == dataset.digest
    assert {t.key: t.value for t in used[0].tags}["mlflow.data.context"] == "training"
    found = mlflow.search_runs(filter_string="dataset.name = 'three rows' and dataset.context = 'training'")
    assert list(found.run_id) == [run.info.run_id]


def test_a_workspace_is_apart(server, client):
    other = mlflow.MlflowClient(server.url + "/w/team")
    made = other.create_experiment("only in team")
    run = other.create_run(made)
    other.log_metric(run.info.run_id, "m", 1)
    other.log_text(run.info.run_id, "hello", "note.txt")
    assert other.get_experiment_by_name("only in team").experiment_id == made
    assert [f.path for f in other.list_artifacts(run.info.run_id)] == ["note.txt"]
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")  # 2.22 sends files to the process's own address: they lie with their run all the same
    listed = requests.get(server.url + "/w/team/api/2.0/mlflow/artifacts/list", params={"run_id": run.info.run_id}, headers={"Authorization": f"Bearer {token}"} if token else {})
    assert [f["path"] for f in listed.json()["files"]] == ["note.txt"]
    assert client.get_experiment_by_name("only in team") is None
    with pytest.raises(MlflowException, match="not found"):
        client.get_run(run.info.run_id)
