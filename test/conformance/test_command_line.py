"""The mlflow command."""
import csv
import io
import json
import os
import subprocess
import sys

import mlflow
import mlflow.cli
from click.testing import CliRunner


def process(server, *args):
    """As a person types it. Python takes seconds to import the client, so that only some commands run so."""
    environment = {**os.environ, "MLFLOW_TRACKING_URI": server.url}
    done = subprocess.run([sys.executable, "-m", "mlflow", *args], env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(*args):
    """The same command in this process."""
    done = CliRunner().invoke(mlflow.cli.cli, args)
    assert done.exit_code == 0, (args, done.output, done.exception)
    return done.output


def test_experiments_runs_and_artifacts(server, client, tmp_path):
    process(server, "experiments", "create", "--experiment-name", "by command")
    assert "by command" in run("experiments", "search")
    experiment = client.get_experiment_by_name("by command").experiment_id
    made = client.create_run(experiment)
    client.log_metric(made.info.run_id, "m", 2)
    client.set_terminated(made.info.run_id)
    assert made.info.run_id in process(server, "runs", "list", "--experiment-id", experiment)
    assert json.loads(run("runs", "describe", "--run-id", made.info.run_id))["data"]["metrics"]["m"] == 2
    rows = list(csv.DictReader(io.StringIO(run("experiments", "csv", "--experiment-id", experiment))))
    assert [r["run_id"] for r in rows] == [made.info.run_id]
    (tmp_path / "file.txt").write_text("by command")
    run("artifacts", "log-artifact", "--local-file", "file.txt", "--run-id", made.info.run_id)
    assert "file.txt" in run("artifacts", "list", "--run-id", made.info.run_id)
    run("artifacts", "download", "--run-id", made.info.run_id, "--artifact-path", "file.txt", "--dst-path", "back")
    assert (tmp_path / "back" / "file.txt").read_text() == "by command"
    run("runs", "delete", "--run-id", made.info.run_id)
    assert client.get_run(made.info.run_id).info.lifecycle_stage == "deleted"
    run("runs", "restore", "--run-id", made.info.run_id)
    run("experiments", "delete", "--experiment-id", experiment)
    assert mlflow.get_experiment(experiment).lifecycle_stage == "deleted"
