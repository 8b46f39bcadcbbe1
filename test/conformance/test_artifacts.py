"""Files through the artifact proxy."""
import hashlib
import os
import pathlib

import mlflow
import pytest
from mlflow.exceptions import MlflowException


def test_files_and_folders(client, tmp_path):
    folder = tmp_path / "out"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "top.txt").write_text("top")
    (folder / "deep" / "er" / "näme with space.bin").write_bytes(bytes(range(256)))
    (folder / "empty").write_bytes(b"")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(folder), "kept")
        mlflow.log_artifact(str(folder / "top.txt"))
    names = {f.path: (f.is_dir, f.file_size) for f in client.list_artifacts(run.info.run_id, "kept")}
    assert names.pop("kept/empty") in ((False, 0), (False, None))  # MLflow 2's client reads 0 as None
    assert names == {"kept/deep": (True, None), "kept/top.txt": (False, 3)}
    back = pathlib.Path(client.download_artifacts(run.info.run_id, "kept", str(tmp_path)))
    assert (back / "deep" / "er" / "näme with space.bin").read_bytes() == bytes(range(256))
    assert (back / "empty").read_bytes() == b""
    assert client.list_artifacts(run.info.run_id, "nothing") == []


def test_what_the_fluent_calls_write(client):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2, 3])
    with mlflow.start_run() as run:
        mlflow.log_text("hello", "notes/hello.txt")
        mlflow.log_dict({"a": [1, 2]}, "config.json")
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, "table.json")
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt") == "hello"
    assert mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/config.json") == {"a": [1, 2]}
    assert mlflow.artifacts.load_image(f"runs:/{run.info.run_id}/plots/line.png").size[0] > 100
    assert list(mlflow.load_table("table.json", run_ids=[run.info.run_id]).y) == ["a", "b"]
    assert "mlflow.loggedArtifacts" in client.get_run(run.info.run_id).data.tags


@pytest.mark.large
def test_a_large_file(client, tmp_path):
    path = tmp_path / "large.bin"
    digest = hashlib.sha256()
    with path.open("wb") as f:
        for _ in range(200):
            block = os.urandom(1_000_000)
            digest.update(block)
            f.write(block)
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(path))
    path.unlink()
    assert client.list_artifacts(run.info.run_id)[0].file_size == 200_000_000
    back = pathlib.Path(client.download_artifacts(run.info.run_id, "large.bin", str(tmp_path)))
    assert hashlib.sha256(back.read_bytes()).hexdigest() == digest.hexdigest()


def test_a_file_in_parts(client, tmp_path, monkeypatch):
    from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository

    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(5 << 20))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 << 20))
    completed = []
    complete = HttpArtifactRepository.complete_multipart_upload
    monkeypatch.setattr(HttpArtifactRepository, "complete_multipart_upload",
                        lambda self, file, upload, parts=None, path=None: (completed.append(len(parts)), complete(self, file, upload, parts, path)))
    path = tmp_path / "parts.bin"
    path.write_bytes(os.urandom(12 << 20))
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(path), "big")
    assert completed == [3]
    monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD", "true")  # falls back where it is not offered
    back = client.download_artifacts(run.info.run_id, "big/parts.bin", str(tmp_path / "."))
    assert pathlib.Path(back).read_bytes() == path.read_bytes()


def test_no_way_out(client, server):
    import requests

    with mlflow.start_run() as run:
        mlflow.log_text("x", "a.txt")
    base = server.url + "/api/2.0/mlflow-artifacts/artifacts/"
    headers = {"Authorization": "Bearer " + os.environ.get("MLFLOW_TRACKING_TOKEN", "")}
    for path in ("..%2f..%2fetc%2fpasswd", "%252e%252e/%252e%252e/x", "a%5c..%5cb", "a%00b"):
        assert requests.get(base + path, headers=headers).status_code == 400, path
        assert requests.put(base + path, data=b"x", headers=headers).status_code == 400, path
    with pytest.raises((MlflowException, requests.HTTPError)):
        client.download_artifacts(run.info.run_id, "../../x")
    assert requests.get(base + f"0/{'0' * 32}/artifacts/none", headers=headers).status_code == 404
