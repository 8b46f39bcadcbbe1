"""Automatic logging of scikit-learn and XGBoost."""
import mlflow
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

x, y = load_breast_cancer(return_X_y=True)


@pytest.fixture(autouse=True)
def off():
    yield
    # Each flavour by itself: mlflow.autolog leaves alone what was switched on by name.
    mlflow.sklearn.autolog(disable=True)
    mlflow.xgboost.autolog(disable=True)


def test_scikit_learn(client):
    mlflow.sklearn.autolog(log_datasets=True)
    with mlflow.start_run() as run:
        model = LogisticRegression(max_iter=5000).fit(x, y)
        model.score(x, y)
    back = client.get_run(run.info.run_id)
    assert back.data.params["max_iter"] == "5000" and back.data.metrics["training_accuracy_score"] > 0.9
    assert back.inputs.dataset_inputs
    loaded = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/model")
    assert np.array_equal(loaded.predict(x), model.predict(x))


def test_a_grid_search_makes_children(client):
    mlflow.sklearn.autolog(max_tuning_runs=3)
    with mlflow.start_run() as run:
        GridSearchCV(LogisticRegression(max_iter=5000), {"C": [0.1, 1.0, 10.0]}, cv=2).fit(x, y)
    children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    assert len(children) == 3
    assert client.get_run(run.info.run_id).data.metrics["best_cv_score"] > 0.9


def test_xgboost(client):
    xgboost = pytest.importorskip("xgboost")
    mlflow.xgboost.autolog()
    with mlflow.start_run() as run:
        matrix = xgboost.DMatrix(x, y)
        booster = xgboost.train({"objective": "binary:logistic", "eval_metric": "logloss"}, matrix, 15, evals=[(matrix, "train")])
    history = client.get_metric_history(run.info.run_id, "train-logloss")
    assert [m.step for m in history] == list(range(15)) and history[-1].value < history[0].value
    assert "feature_importance_weight.json" in [f.path for f in client.list_artifacts(run.info.run_id)]
    loaded = mlflow.xgboost.load_model(f"runs:/{run.info.run_id}/model")
    assert np.allclose(loaded.predict(matrix), booster.predict(matrix))
    version = mlflow.register_model(f"runs:/{run.info.run_id}/model", "autologged").version
    client.set_registered_model_alias("autologged", "champion", version)
    client.transition_model_version_stage("autologged", version, "Production")
    assert "tacit.scan" not in client.get_model_version("autologged", version).tags
