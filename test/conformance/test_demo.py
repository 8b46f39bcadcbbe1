"""What tacit demo makes, seen by the real clients."""
import hashlib
import os
import pathlib
import subprocess
import urllib.request

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

xgboost = pytest.importorskip("xgboost")


@pytest.fixture(scope="module")
def demo(server):
    done = subprocess.run([os.environ["TACIT_CONFORMANCE_BIN"], "demo", "--dir", str(server.folder)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    again = subprocess.run([os.environ["TACIT_CONFORMANCE_BIN"], "demo", "--dir", str(server.folder)], capture_output=True, text=True, timeout=120)
    assert again.returncode == 0 and "there already" in again.stdout, again.stdout + again.stderr
    return server.url + "/w/demo"


@pytest.fixture(autouse=True)
def in_demo(demo, tracked):
    mlflow.set_tracking_uri(demo)
    mlflow.set_registry_uri(demo)


def runs():
    return mlflow.search_runs(experiment_names=["flight-delay"], output_format="list")


def table(tmp_path):
    holder = next(r for r in runs() if r.info.run_name == "baseline")
    path = mlflow.artifacts.download_artifacts(f"runs:/{holder.info.run_id}/data/flights_q1.parquet", dst_path=str(tmp_path))
    frame = pd.read_parquet(path)
    return frame.drop(columns=["late", "held_out"]), frame.late.astype(int), frame.held_out


@pytest.mark.skipif(not hasattr(mlflow, "search_logged_models"), reason="logged models came with MLflow 3")
def test_xgboost_reads_every_model(tmp_path):
    """The real XGBoost loads each model, predicts what tacit measured, and trains no better than 0.005 AUC away."""
    x, y, held = table(tmp_path)
    assert len(runs()) >= 6
    for run in runs():
        models = mlflow.search_logged_models([run.info.experiment_id], filter_string=f"source_run_id = '{run.info.run_id}'", output_format="list")
        folder = pathlib.Path(mlflow.artifacts.download_artifacts(f"models:/{models[0].model_id}", dst_path=str(tmp_path / run.info.run_id)))
        booster = xgboost.Booster(model_file=str(folder / "model.json"))
        columns = booster.feature_names
        ours = roc_auc_score(y[held], booster.predict(xgboost.DMatrix(x[held][columns])))
        assert ours == pytest.approx(run.data.metrics["auc"], abs=1e-6), run.info.run_name
        p = run.data.params
        settings = {k: p[k] for k in ("objective", "max_depth", "eta", "lambda", "min_child_weight", "max_bin", "subsample", "seed")}
        theirs = xgboost.train({**settings, "tree_method": "hist"}, xgboost.DMatrix(x[~held][columns], y[~held]), int(p["num_boost_round"]))
        reference = roc_auc_score(y[held], theirs.predict(xgboost.DMatrix(x[held][columns])))
        assert abs(ours - reference) < 0.005, f"{run.info.run_name}: {ours:.4f}, XGBoost {reference:.4f}"


def test_the_champion_loads(tmp_path):
    x, _, held = table(tmp_path)
    champion = mlflow.pyfunc.load_model("models:/flight-delay@champion")
    columns = champion.metadata.get_input_schema().input_names()
    some = x[held][columns].head(200).astype("float32")
    first = champion.predict(some)
    assert np.array_equal(first, mlflow.pyfunc.load_model("models:/flight-delay/Production").predict(some))
    assert 0 < first.min() and first.max() < 1
    best = max(runs(), key=lambda r: r.data.metrics["auc"])
    assert mlflow.MlflowClient().get_model_version_by_alias("flight-delay", "champion").run_id == best.info.run_id


def test_curves_have_a_point_a_round():
    for run in runs():
        history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "validation_logloss")
        assert [m.step for m in history] == list(range(1, int(run.data.params["num_boost_round"]) + 1))


def test_runs_name_the_data_version(demo):
    """The data set that the demo pushed by tacit data is what each run names, and is there byte for byte. Where a push has to sign in, the demo leaves it out."""
    for run in runs():
        tags = {t.key: t.value for i in run.inputs.dataset_inputs for t in i.tags}
        if os.environ.get("TACIT_AUTH") == "required":
            assert "tacit.data.md5" not in tags
            continue
        md5 = tags["tacit.data.md5"]
        with urllib.request.urlopen(f"{demo}/dvc/flights/files/md5/{md5[:2]}/{md5[2:]}", timeout=60) as answer:
            content = answer.read()
        assert hashlib.md5(content).hexdigest() == md5
        assert len(content.splitlines()) == 77_912
