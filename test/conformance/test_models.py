"""Models: logged, registered, promoted, loaded back."""
import json

import mlflow
import mlflow.sklearn
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

THREE = int(mlflow.__version__.split(".")[0]) >= 3
x, y = load_iris(return_X_y=True)


def log(model, name="model", **more):
    """mlflow.sklearn.log_model, whose first arguments changed their names in MLflow 3."""
    place = {"name": name} if THREE else {"artifact_path": name}
    return mlflow.sklearn.log_model(model, **place, signature=infer_signature(x, model.predict(x)), **more)


def fit(c=1.0):
    return LogisticRegression(C=c, max_iter=500).fit(x, y)


def same(uri, model):
    assert np.array_equal(mlflow.pyfunc.load_model(uri).predict(x), model.predict(x)), uri


def test_from_training_to_production(client):
    name = "ProductionModel"
    models = []
    for c in (0.01, 0.1, 1.0):
        with mlflow.start_run() as run:
            model = fit(c)
            mlflow.log_param("C", c)
            mlflow.log_metric("accuracy", model.score(x, y))
            mlflow.sklearn.log_model(model, "model")
        same(f"runs:/{run.info.run_id}/model", model)
        version = mlflow.register_model(f"runs:/{run.info.run_id}/model", name)
        assert version.status == "READY" and version.run_id == run.info.run_id
        models.append(model)
    assert [int(v.version) for v in client.search_model_versions(f"name = '{name}'")] == [3, 2, 1]
    for i, model in enumerate(models, 1):
        same(f"models:/{name}/{i}", model)
    same(f"models:/{name}/latest", models[2])

    client.transition_model_version_stage(name=name, version=3, stage="Production")
    assert client.get_model_version(name, "3").current_stage == "Production"
    same(f"models:/{name}/Production", models[2])
    client.transition_model_version_stage(name, 2, "production", archive_existing_versions=True)
    assert client.get_model_version(name, "3").current_stage == "Archived"
    same(f"models:/{name}/Production", models[1])
    assert {v.current_stage: v.version for v in client.get_latest_versions(name)} == {"Production": "2", "Archived": "3", "None": "1"} or \
        {v.current_stage: int(v.version) for v in client.get_latest_versions(name)} == {"Production": 2, "Archived": 3, "None": 1}

    client.set_registered_model_alias(name, "champion", 1)
    same(f"models:/{name}@champion", models[0])
    client.set_registered_model_alias(name, "champion", 2)
    assert int(client.get_model_version_by_alias(name, "champion").version) == 2
    assert client.get_registered_model(name).aliases in ({"champion": "2"}, {"champion": 2})
    client.delete_registered_model_alias(name, "champion")
    with pytest.raises(MlflowException):
        client.get_model_version_by_alias(name, "champion")


def test_a_random_forest(client):
    model = RandomForestClassifier(n_estimators=20, random_state=1).fit(x, y)
    with mlflow.start_run() as run:
        log(model, "forest", serialization_format="cloudpickle", registered_model_name="forest")
    same(f"runs:/{run.info.run_id}/forest", model)
    same("models:/forest/1", model)
    assert client.get_model_version("forest", "1").run_id == run.info.run_id


def test_the_registry(client):
    client.create_registered_model("thing", tags={"a": "1"}, description="first")
    with pytest.raises(MlflowException, match="(?i)exist"):
        client.create_registered_model("thing")
    source = "s3://bucket/model"
    for _ in range(3):
        client.create_model_version("thing", source)
    client.update_registered_model("thing", "changed")
    client.update_model_version("thing", "2", "second")
    client.set_registered_model_tag("thing", "b", "2")
    client.set_model_version_tag("thing", "2", "checked", "yes")
    assert client.get_registered_model("thing").description == "changed"
    assert client.get_registered_model("thing").tags == {"a": "1", "b": "2"}
    assert client.get_model_version("thing", "2").description == "second"
    assert client.get_model_version_download_uri("thing", "2") == source
    assert [int(v.version) for v in client.search_model_versions("name = 'thing' and tags.checked = 'yes'")] == [2]
    assert [m.name for m in client.search_registered_models("name LIKE 'thin%' and tags.b = '2'")] == ["thing"]
    client.delete_model_version_tag("thing", "2", "checked")
    client.delete_registered_model_tag("thing", "a")
    client.delete_model_version("thing", "3")
    with pytest.raises(MlflowException, match="not found"):
        client.get_model_version("thing", "3")
    assert int(client.create_model_version("thing", source).version) == 4
    client.rename_registered_model("thing", "other")
    assert sorted(int(v.version) for v in client.search_model_versions("name = 'other'")) == [1, 2, 4]
    client.delete_registered_model("other")
    with pytest.raises(MlflowException, match="not found"):
        client.get_registered_model("other")
    for alias in ("latest", "v1"):
        client.create_registered_model("alias " + alias)
        client.create_model_version("alias " + alias, source)
        with pytest.raises(MlflowException):
            client.set_registered_model_alias("alias " + alias, alias, "1")


def test_registry_pages(client):
    for i in range(7):
        client.create_registered_model(f"page {i}")
    seen, token = [], None
    while True:
        page = client.search_registered_models("name LIKE 'page %'", max_results=3, page_token=token)
        seen += [m.name for m in page]
        token = page.token
        if not token:
            break
    assert seen == [f"page {i}" for i in range(7)]


@pytest.mark.skipif(not THREE, reason="logged models came with MLflow 3")
def test_logged_models(client):
    with mlflow.start_run() as run:
        mlflow.log_metric("before", 0.5)
        info = log(fit(), "first")
        mlflow.log_metric("after", 0.75, model_id=info.model_id)
    model = mlflow.get_logged_model(info.model_id)
    assert model.name == "first" and model.source_run_id == run.info.run_id and model.status == "READY"
    assert {m.key: m.value for m in model.metrics}["after"] == 0.75
    same(f"models:/{info.model_id}", fit())
    assert client.get_run(run.info.run_id).outputs.model_outputs[0].model_id == info.model_id
    experiment = mlflow.get_run(run.info.run_id).info.experiment_id
    found = mlflow.search_logged_models([experiment], filter_string="metrics.after > 0.7", output_format="list")
    assert [m.model_id for m in found] == [info.model_id]
    assert mlflow.search_logged_models([experiment], filter_string="metrics.after > 0.8", output_format="list") == []
    mlflow.set_logged_model_tags(info.model_id, {"reviewed": "yes"})
    assert mlflow.get_logged_model(info.model_id).tags["reviewed"] == "yes"
    version = mlflow.register_model(f"models:/{info.model_id}", "from logged")
    registered = json.loads(mlflow.get_logged_model(info.model_id).tags["mlflow.modelVersions"])
    assert {(v["name"], str(v["version"])) for v in registered} == {("from logged", str(version.version))}
    same("models:/from logged/1", fit())
    with mlflow.start_run():
        other = mlflow.create_external_model(name="elsewhere", params={f"p{i}": str(i) for i in range(150)})
    assert len(mlflow.get_logged_model(other.model_id).params) == 150


def test_a_copy_of_a_version(client):
    model = fit()
    with mlflow.start_run() as run:
        log(model, "model", registered_model_name="original")
    copy = client.copy_model_version("models:/original/1", "copied")
    assert int(copy.version) == 1 and copy.run_id == run.info.run_id
    same("models:/copied/1", model)
    client.delete_model_version("original", "1")
    same("models:/copied/1", model)


@pytest.mark.skipif(not THREE, reason="mlflow.genai came with MLflow 3")
def test_prompts_are_not_models(client):
    mlflow.genai.register_prompt("greeting", "Hello {{name}}", tags={"team": "help"})
    second = mlflow.genai.register_prompt("greeting", "Good day {{name}}")
    assert second.version == 2
    mlflow.genai.set_prompt_alias("greeting", "live", 1)
    assert mlflow.genai.load_prompt("prompts:/greeting@live").format(name="Ada") == "Hello Ada"
    assert mlflow.genai.load_prompt("greeting", version=2).format(name="Ada") == "Good day Ada"
    assert "greeting" in [p.name for p in mlflow.genai.search_prompts("name = 'greeting'")]
    assert [m.name for m in client.search_registered_models("name = 'greeting'")] == []
    with pytest.raises(MlflowException, match="(?i)prompt"):
        client.create_registered_model("greeting")
