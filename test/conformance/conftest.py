"""Starts bin/tacit once for all tests and points the client at it."""
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.request

import pytest

PASSWORD = "correct horse battery"  # of every user
PREFIX = os.environ.get("TACIT_CONFORMANCE_PREFIX", "")
os.environ.update({
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # a 5xx must show at once
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
})


def hold_port():
    """A port that nobody else takes, and what holds it: see internal/foundation/freeport."""
    for i in range(12_000):
        port = 20_000 + (os.getpid() * 101 + i) % 12_000
        held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            held.bind(("127.0.0.1", port))
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
            return port, held
        except OSError:
            held.close()
    raise RuntimeError("no port is free")


class Server:
    def __init__(self, folder, *more):
        port, self.port = hold_port()
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}{PREFIX}"
        command = [os.environ["TACIT_CONFORMANCE_BIN"], "up", "--dir", str(folder), "--listen", f"127.0.0.1:{port}", "--log", "warn", *more]
        if PREFIX:
            command += ["--public-url", self.url]
        self.log = open(folder.parent / "log", "w+b")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                if urllib.request.urlopen(self.url + "/health", timeout=10).status == 200:
                    return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("tacit did not start: " + self.output())

    def command(self, *args):
        """What a person types beside the running server; gives the last word."""
        command = [os.environ["TACIT_CONFORMANCE_BIN"], *args, "--dir", str(self.folder)]
        done = subprocess.run(command, input=PASSWORD, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]

    def output(self):
        self.log.seek(0)
        return self.log.read().decode()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, self.output()
        self.port.close()


@pytest.fixture(scope="session")
def server():
    with tempfile.TemporaryDirectory() as folder:
        s = Server(pathlib.Path(folder) / "tacit")
        if os.environ.get("TACIT_AUTH") == "required":
            s.command("user", "add", "all", "--role", "admin", "--workspace", "*", "--password-file", "-")
            os.environ["MLFLOW_TRACKING_TOKEN"] = s.command("token", "create", "--user", "all", "--name", "all")
        yield s
        s.stop()
        # A model that a test puts under an alias to be told of is told of.
        errors = [line for line in s.output().splitlines() if '"level":"ERROR"' in line and "a version is used as what it may not be" not in line]
        assert not errors, errors


@pytest.fixture(autouse=True)
def tracked(server, request, tmp_path, monkeypatch):
    """Every test has an experiment of its own, and a working folder of its own."""
    import mlflow

    monkeypatch.chdir(tmp_path)
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    mlflow.set_experiment(request.node.nodeid)
    yield
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def client():
    import mlflow

    return mlflow.MlflowClient()
