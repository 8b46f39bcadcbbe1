"""Sign-in: user and password, tokens, OAuth 2."""
import pathlib
import tempfile

import mlflow
import pytest
import requests
from mlflow.exceptions import MlflowException

import conftest

PASSWORD = conftest.PASSWORD


class Guarded(conftest.Server):
    """A tacit that nobody enters without signing in."""

    def __init__(self, folder):
        super().__init__(folder, "--auth", "required")
        for name, role in [("ada", "maintainer"), ("vera", "viewer")]:
            self.command("user", "add", name, "--role", role, "--password-file", "-")


@pytest.fixture(scope="module")
def guarded():
    with tempfile.TemporaryDirectory() as folder:
        s = Guarded(pathlib.Path(folder) / "tacit")
        yield s
        s.stop()
        assert '"level":"ERROR"' not in s.output(), s.output()


@pytest.fixture
def enter(guarded, monkeypatch):
    """Points the client at the guarded server, with credentials in the environment."""

    def enter(**credentials):
        for name in ("USERNAME", "PASSWORD", "TOKEN"):
            monkeypatch.delenv("MLFLOW_TRACKING_" + name, raising=False)
        for name, value in credentials.items():
            monkeypatch.setenv("MLFLOW_TRACKING_" + name.upper(), value)
        mlflow.set_tracking_uri(guarded.url)
        mlflow.set_registry_uri(guarded.url)
        return mlflow.MlflowClient()

    return enter


def works(client, name, tmp_path):
    """A run with all that a run has, and a model version of it."""
    mlflow.set_experiment(name)
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 3)
        mlflow.log_metric("auc", 0.9)
        (tmp_path / "file.txt").write_text("by " + name)
        mlflow.log_artifact(str(tmp_path / "file.txt"))
    assert client.get_run(run.info.run_id).data.metrics == {"auc": 0.9}
    back = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="file.txt", dst_path=str(tmp_path / "back"))
    assert pathlib.Path(back).read_text() == "by " + name
    return run.info.run_id


def denied(status, call, *args, **kwargs):
    with pytest.raises(MlflowException) as refused:
        call(*args, **kwargs)
    assert refused.value.get_http_status_code() == status, refused.value


def test_user_and_password(enter, tmp_path):
    client = enter(username="ada", password=PASSWORD)
    run = works(client, "by password", tmp_path)
    client.create_registered_model("by password")
    client.create_model_version("by password", f"runs:/{run}/", run)
    client.set_registered_model_alias("by password", "champion", 1)
    assert client.get_model_version_by_alias("by password", "champion").run_id == run


def test_token(guarded, enter, tmp_path):
    works(enter(token=guarded.command("token", "create", "--user", "ada", "--name", "t1")), "by token", tmp_path)
    works(enter(username="ada", password=guarded.command("token", "create", "--user", "ada", "--name", "t2")), "by token as password", tmp_path)


def test_service(guarded, enter, tmp_path):
    secret = guarded.command("service", "add", "trainer", "--role", "contributor")
    works(enter(username="trainer", password=secret), "by a service", tmp_path)
    got = requests.post(guarded.url + "/token", data={"grant_type": "client_credentials"}, auth=("trainer", secret)).json()
    client = enter(token=got["access_token"])
    works(client, "by client credentials", tmp_path)
    denied(403, client.create_registered_model, "not by a contributor")


def test_nobody_enters_unasked(enter):
    for credentials in [{}, {"username": "ada", "password": "wrong horse"}, {"token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ."}]:
        client = enter(**credentials)
        denied(401, client.search_experiments)
        denied(401, client.create_experiment, "unasked")


def test_viewer_only_reads(enter):
    client = enter(username="vera", password=PASSWORD)
    assert [e.name for e in client.search_experiments(filter_string="name = 'Default'")] == ["Default"]
    denied(403, client.create_experiment, "by a viewer")
    denied(403, client.delete_experiment, "0")


def test_revoked_token_ends(guarded, enter):
    client = enter(token=guarded.command("token", "create", "--user", "ada", "--name", "short"))
    client.search_experiments()
    guarded.command("token", "revoke", "short", "--user", "ada")
    denied(401, client.search_experiments)


def test_another_workspace_is_closed(guarded, enter):
    client = enter(username="ada", password=PASSWORD)
    mlflow.set_tracking_uri(guarded.url + "/w/team")
    client = mlflow.MlflowClient()
    denied(403, client.search_experiments)
    denied(403, client.get_run, "0" * 32)


def test_fastapi_oauth2_password_bearer(guarded):
    """An application as the guide writes it, which lets in who has a token of tacit."""
    fastapi = pytest.importorskip("fastapi")
    from fastapi.security import OAuth2PasswordBearer

    bearer = OAuth2PasswordBearer(tokenUrl=guarded.url + "/token")

    def user(token: str = fastapi.Depends(bearer)):
        me = requests.get(guarded.url + "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        if me.status_code != 200:
            raise fastapi.HTTPException(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return me.json()["actor"]

    def answer(token):
        scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [(b"authorization", token.encode())]}
        import asyncio

        return user(asyncio.run(bearer(fastapi.Request(scope))))

    got = requests.post(guarded.url + "/token", data={"username": "ada", "password": PASSWORD, "grant_type": "password", "scope": ""})
    assert got.status_code == 200 and got.json()["token_type"] == "bearer"
    assert answer("Bearer " + got.json()["access_token"]) == "tacit:user/ada"
    requests.post(guarded.url + "/revoke", data={"token": got.json()["access_token"]}).raise_for_status()
    with pytest.raises(fastapi.HTTPException) as refused:
        answer("Bearer " + got.json()["access_token"])
    assert refused.value.status_code == 401
