"""Data versions in runs: what mlflow.log_input names is found from the run and from the version."""
import hashlib
import json
import os
import time
import urllib.request

import mlflow
import pandas
import pytest


def ask(server, method, path, body=None):
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        headers["Authorization"] = "Bearer " + token
    request = urllib.request.Request(server.url + path, method=method, data=None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


@pytest.fixture
def pushed(server, request):
    """A table in a remote, registered at a path: its name and its address."""
    text = b"id,name\n1,ada\n2,bob\n" + request.node.nodeid.encode() + b",x\n"
    md5 = hashlib.md5(text).hexdigest()
    at = f"/dvc/uses/files/md5/{md5[:2]}/{md5[2:]}"
    ask(server, "POST", at, text)
    ask(server, "POST", "/api/v1/data/uses/places", {"places": [{"md5": md5, "path": "data/raw.csv"}]})
    return md5, server.url + at


def used(server, run, md5):
    """What the run tells of its data, and what the version tells of its runs."""
    return (
        [(d["md5"], d["by"], d.get("context")) for d in ask(server, "GET", f"/api/v1/runs/{run}/data")["items"]],
        [(u["run"], u["by"], u.get("context"), u["models"]) for u in ask(server, "GET", f"/api/v1/data/uses/versions/{md5}/uses")["items"]],
    )


@pytest.mark.parametrize("source", ["http", "s3"])
def test_a_source_that_is_an_object(server, pushed, source):
    md5, address = pushed
    address = address if source == "http" else f"s3://uses/files/md5/{md5[:2]}/{md5[2:]}"
    with mlflow.start_run() as run:
        mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({"id": [1, 2]}), source=address), context="training")
    of_run, of_version = used(server, run.info.run_id, md5)
    assert of_run == [(md5, "source", "training")]
    assert of_version == [(run.info.run_id, "source", "training", [])]
    edges = ask(server, "GET", f"/api/v1/lineage?of=tacit:data/{md5}&direction=down")["edges"]
    assert [e["to"] for e in edges if e["relation"] == "used"] == [f"tacit:run/{run.info.run_id}"]


def test_a_tag_names_the_version_and_models_come_of_it(server, pushed, client):
    md5, _ = pushed
    with mlflow.start_run() as run:
        dataset = mlflow.data.from_pandas(pandas.DataFrame({"id": [1, 2]}), source="data/raw.csv")
        mlflow.log_input(dataset, context="training", tags={"tacit.data.md5": md5})
    name = f"of-data-{time.time_ns()}"
    client.create_registered_model(name)
    client.create_model_version(name, "s3://elsewhere/m", run_id=run.info.run_id)
    of_run, of_version = used(server, run.info.run_id, md5)
    assert of_run == [(md5, "tag", "training")]
    assert of_version == [(run.info.run_id, "tag", "training", [{"model": name, "version": 1}])]


def test_other_sources_name_none(server, pushed):
    md5, address = pushed
    with mlflow.start_run() as run:
        for i, source in enumerate(["data/raw.csv", "http://example.org/raw.csv", address + "/more"]):
            mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({"id": [i]}), source=source), context="training", tags={"tacit.data.md5": "none"})
    assert used(server, run.info.run_id, md5) == ([], [])


def test_the_table_is_profiled(server, pushed):
    md5, _ = pushed
    deadline = time.monotonic() + 60
    while (profile := ask(server, "GET", f"/api/v1/data/uses/versions/{md5}/profile"))["state"] == "waiting" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (profile["state"], profile["rows"], [c["name"] for c in profile["columns"]]) == ("ready", 3, ["id", "name"]), profile
