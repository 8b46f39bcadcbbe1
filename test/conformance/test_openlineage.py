"""OpenLineage: events of other tools in, tacit's own out."""
import json
import os
import urllib.parse
import urllib.request

import mlflow
import pandas
import pytest

pytest.importorskip("openlineage.client", reason="the environment of this client has no openlineage-python")
from openlineage.client import OpenLineageClient  # noqa: E402
from openlineage.client.event_v2 import Dataset, InputDataset, Job, OutputDataset, Run, RunEvent, RunState  # noqa: E402
from openlineage.client.facet_v2 import dataset_version_dataset, nominal_time_run, parent_run  # noqa: E402
from openlineage.client.event_v2 import DatasetEvent, JobEvent  # noqa: E402
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport  # noqa: E402
from openlineage.client.uuid import generate_new_uuid  # noqa: E402

PRODUCER = "https://example.org/etl"


def token():
    """what the client signs in with, where sign-in is on"""
    return os.environ.get("MLFLOW_TRACKING_TOKEN", "")


def get(server, path, **query):
    request = urllib.request.Request(f"{server.url}/api/v1{path}?{urllib.parse.urlencode(query, doseq=True)}")
    if token():
        request.add_header("Authorization", "Bearer " + token())
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def client_of(url, compression=None):
    auth = {"auth": ApiKeyTokenProvider({"apiKey": token()})} if token() else {}
    return OpenLineageClient(transport=HttpTransport(HttpConfig(url=url, compression=compression, **auth)))


def edges(graph):
    return {(e["from"], e["relation"], e["to"]) for e in graph["edges"]}


def tell(client, run, state, inputs=(), outputs=(), **facets):
    client.emit(RunEvent(eventTime="2026-01-02T03:04:05.678Z", producer=PRODUCER, eventType=state, run=Run(runId=run, facets=facets),
                         job=Job(namespace="etl", name="clean"), inputs=list(inputs), outputs=list(outputs)))


@pytest.mark.parametrize("compression", [None, HttpCompression.GZIP])
def test_jobs_join_the_graph_of_runs(server, compression):
    client = client_of(server.url + "/", compression)
    run, parent = str(generate_new_uuid()), str(generate_new_uuid())
    frame = pandas.DataFrame({"delay": [1.0, 2.0, float(len(str(compression)))]})
    data = mlflow.data.from_pandas(frame, name="flights")
    version = {"version": dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=data.digest)}
    tell(client, run, RunState.START, [InputDataset(namespace="warehouse", name="raw")],
         nominalTime=nominal_time_run.NominalTimeRunFacet(nominalStartTime="2026-01-02T00:00:00Z"),
         parent=parent_run.ParentRunFacet(run=parent_run.Run(runId=parent), job=parent_run.Job(namespace="etl", name="nightly")))
    tell(client, run, RunState.RUNNING)
    tell(client, run, RunState.COMPLETE, [InputDataset(namespace="warehouse", name="raw")], [OutputDataset(namespace="warehouse", name="flights", facets=version)])
    with mlflow.start_run() as trained:
        mlflow.log_input(data, context="training")

    name = f"tacit:job-run/{run}"
    graph = get(server, "/lineage", of=f"tacit:run/{trained.info.run_id}", direction="up")
    assert {(f"tacit:data/{data.digest}", "used", f"tacit:run/{trained.info.run_id}"), (name, "produced", f"tacit:data/{data.digest}"),
            ("tacit:dataset/warehouse/raw", "used", name), ("tacit:job/etl/clean", "derived-from", name),
            (f"tacit:job-run/{parent}", "caused-by", name)} <= edges(graph)
    told = get(server, "/lineage/openlineage", of=name)["items"]
    assert [e["eventType"] for e in told] == ["START", "RUNNING", "COMPLETE"]
    assert told[0]["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2026-01-02T00:00:00Z"
    assert told[2]["outputs"][0]["namespace"] == "warehouse"


def test_jobs_that_fail_and_what_has_no_run(server):
    client = client_of(server.url + "/")
    for state in (RunState.FAIL, RunState.ABORT, RunState.OTHER):
        run = str(generate_new_uuid())
        tell(client, run, state)
        assert [e["eventType"] for e in get(server, "/lineage/openlineage", of=f"tacit:job-run/{run}")["items"]] == [state.value]
    client.emit(DatasetEvent(eventTime="2026-01-02T03:04:05Z", producer=PRODUCER, dataset=Dataset(namespace="warehouse", name="planes")))
    client.emit(JobEvent(eventTime="2026-01-02T03:04:05Z", producer=PRODUCER, job=Job(namespace="etl", name="join"),
                         inputs=[InputDataset(namespace="warehouse", name="planes")], outputs=[OutputDataset(namespace="warehouse", name="joined")]))
    assert {("tacit:dataset/warehouse/planes", "used", "tacit:job/etl/join"), ("tacit:job/etl/join", "produced", "tacit:dataset/warehouse/joined")} <= \
        edges(get(server, "/lineage", of="tacit:dataset/warehouse/planes", direction="down", depth=2))


def test_runs_of_training_are_told_in_its_words(server):
    data = mlflow.data.from_pandas(pandas.DataFrame({"x": [1.0]}), name="one")
    with mlflow.start_run() as run:
        mlflow.log_input(data)
    told = get(server, "/lineage/openlineage", of=f"tacit:run/{run.info.run_id}")["items"]
    assert [e["eventType"] for e in told] == ["START", "RUNNING", "COMPLETE"]
    assert told[1]["inputs"][0]["facets"]["version"]["datasetVersion"] == data.digest
    client = client_of(server.url + "/w/elsewhere/")
    for e in told:  # another tacit, or another workspace, takes it as it is
        client.emit(RunEvent(eventTime=e["eventTime"], producer=e["producer"], eventType=RunState(e["eventType"]), run=Run(runId=e["run"]["runId"]),
                             job=Job(**e["job"]), inputs=[InputDataset(namespace=i["namespace"], name=i["name"]) for i in e.get("inputs", [])]))
