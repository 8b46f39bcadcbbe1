"""Writes golden.json: logged models, and what MLflow's own store finds of them by filters and orders.

Made with mlflow 3.18.0 on SQLite; run: python golden.py > golden.json

A search that MLflow answers has the names of the models that it found; one that it refuses, or fails at, has none
and says why.
"""
import json
import logging
import sys
import tempfile
import unittest.mock

from mlflow.entities import LoggedModelParameter, LoggedModelStatus, LoggedModelTag, Metric
from mlflow.exceptions import MlflowException
from mlflow.store.tracking import sqlalchemy_store
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

logging.disable(logging.CRITICAL)

MODELS = [  # in the order in which they are made, each 1000 ms after the one before, the first at 1000
    {"Name": "a", "Experiment": "0", "Type": "tree", "Status": "READY", "Run": True,
     "Params": {"lr": "1", "a b": "1", "x": "word", "flag": "true", "a.b": "2"}, "Tags": {"team": "risk", "n": "7"}, "Points": {"auc": [0.9, 0.5], "val/auc": [0.25]}},
    {"Name": "b", "Experiment": "0", "Type": None, "Status": "PENDING", "Run": False,
     "Params": {"lr": "1.0", "x": "it''s", "flag": "True"}, "Tags": {"team": "Risk"}, "Points": {"auc": [0.7]}},
    {"Name": "c", "Experiment": "1", "Type": "Tree", "Status": "FAILED", "Run": False,
     "Params": {"lr": "0.10", "x": ""}, "Tags": {"n": "70"}, "Points": {"auc": [-1.5]}},
    {"Name": "name", "Experiment": "1", "Type": "forest", "Status": "READY", "Run": True,
     "Params": {"lr": "-1", "x": "AND"}, "Tags": {}, "Points": {}},
    {"Name": "7", "Experiment": "1", "Type": "a_c", "Status": "PENDING", "Run": False,
     "Params": {"lr": "1e3"}, "Tags": {"team": "null"}, "Points": {"auc": [1000.0]}},
]

FILTERS = """
experiment_id = '1'
experiment_id = 1
experiment_id = "1"
experiment_id = 01
experiment_id = ' 1'
experiment_id = 'x'
experiment_id = x
experiment_id = 1.0
experiment_id = 1.5
experiment_id != '1'
experiment_id != 0
experiment_id IN ('0', '1')
experiment_id IN (1)
experiment_id IN (0, 1)
experiment_id NOT IN ('1')
experiment_id LIKE '1'
experiment_id > 0
attributes.experiment_id = '1'
name = 'a'
name = a
name = "a"
name = `a`
name='a'
name   =   'a'
NAME = 'a'
Name = 'a'
name = 7
name = '7'
name = name
name = 'name'
name != 'a'
name != a
name <> 'a'
name == 'a'
name LIKE 'n%'
name like 'N%'
name ILIKE 'N%'
name ilike 'n_me'
name NOT LIKE 'a'
name RLIKE 'a'
name IN ('a', 'b')
name in ('a','b')
name IN ("a", 'b')
name IN ('a')
name IN ('a',)
name IN (a)
name IN (7)
name IN (7, 'a')
name IN ()
name NOT IN ()
name NOT IN ('a', 'b')
name not in ('a')
name = ('a')
name > 'a'
name = ''
name IS NULL
name IS NOT NULL
`name` = 'a'
"name" = 'a'
attributes.name = 'a'
attributes.`name` = 'a'
attribute.name = 'a'
attr.name = 'a'
Attributes.name = 'a'
models.name = 'a'
color = 'red'
model_type = 'tree'
model_type = tree
model_type != 'tree'
model_type LIKE '%ree'
model_type ILIKE 'TREE'
model_type LIKE 'a_c'
model_type NOT IN ('tree')
model_type = ''
model_type != ''
source_run_id = ''
source_run_id != ''
source_run_id = 'none'
source_run_id NOT IN ('none')
status = 'READY'
status = READY
status = 'ready'
status = 'LOGGED_MODEL_READY'
status = 2
status != 'READY'
status IN ('READY', 'FAILED')
status NOT IN ('READY')
status LIKE 'READY'
status = 'UNSPECIFIED'
status = 'DONE'
lifecycle_stage = 'active'
lifecycle_stage = 'deleted'
lifecycle_stage != active
status_message = 'x'
status_message != 'x'
artifact_location LIKE '%artifacts'
artifact_location = 'x'
artifact_location != 'x'
creation_timestamp > 2000
creation_timestamp > 2000.5
creation_timestamp = 2000
creation_timestamp > '2000'
creation_timestamp > "2000"
creation_timestamp IN (2000)
creation_timestamp LIKE '2%'
creation_time >= 3000
creation_timestamp_ms < 2000
attributes.creation_timestamp_ms < 2000
attributes.creation_timestamp < 2000
attributes.creation_time < 2000
last_updated_timestamp <= 2e3
last_updated_timestamp_ms != 2000
last_updated_time != 2000
timestamp > 1
metrics.auc > 0.6
metrics.auc >= .5
metrics.auc > -2
metrics.auc < -1
metrics.auc = 5e-1
metrics.auc != 0.5
metrics.auc > '0.5'
metrics.auc > "0.5"
metrics.auc = nan
metrics.auc > inf
metrics.auc < inf
metrics.auc > x
metrics.auc IN (0.5)
metrics.auc LIKE 0.5
metrics.auc == 0.5
metrics.`val/auc` > 0
metrics."val/auc" > 0
metrics.val/auc > 0
metrics.none > 0
metric.auc > 0.6
metrics.auc
metrics.auc >
0.5 < metrics.auc
params.lr = 1
params.lr = '1'
params.lr = "1"
params.lr = 1.0
params.lr = 0.10
params.lr = .1
params.lr = -1
params.lr = '-1'
params.lr = 1e3
params.lr = 1000
params.lr != 1
params.lr > 0
params.lr LIKE 1
params.lr LIKE '1%'
params.lr like 1.0
params.lr IN (1)
params.lr IN ('1', '1.0')
params.lr IN (1, -1)
params.lr IN (1.0)
params.lr NOT IN ('1')
params.lr IS NULL
params.lr IS NOT NULL
params.none = '1'
params.none != '1'
params.x = word
params.x = 'word'
params.x = WORD
params.x ILIKE WORD
params.x = 'it''s'
params.x = ''
params.x = 'AND'
params.x = AND
params.flag = true
params.flag = True
params.flag = null
params.`a b` = '1'
params.`a b` = 1
params."a b" = '1'
params.'a b' = '1'
params.a b = '1'
params.a.b = 2
params.`a.b` = 2
params.lr = 1 AND params.x = word
params.lr = a.b
params.lr = 1-1
params.lr = (1)
param.lr = '1'
parameters.lr = '1'
tags.team = 'risk'
tags.team = risk
tags.team ILIKE risk
tags.team = null
tags.team = 'null'
tags.n = 7
tags.n LIKE '7%'
tags.n IN (7, 70)
tag.team = 'risk'
tags.team = risk AND tags.n = 7
tags.team = risk and tags.n = 7
tags.team = risk tags.n = 7
AND tags.team = risk
tags.team = risk AND
tags.team = risk AND AND tags.n = 7
tags.team = risk OR tags.n = 70
tags.team = risk && tags.n = 7
(tags.team = risk)
(tags.team = risk) AND tags.n = 7
NOT tags.team = risk
tags.team = risk;
tags.team = risk; tags.n = 7
tags.team = 'risk' -- all
'a' = name
a = a
1 = 1
name
name =
= 'a'
name = 'a
name = a'
'
AND
;
name = 'a' 'b'
name = 'a' = 'b'
name LIKE
name IN
name IN 'a'
name IN ('a'
name IN ('a' 'b')
name IN ('a', name)
name IN (('a'))
name IN ('a') AND params.lr IN ('1')
name NOT IN ('b') AND params.lr NOT IN ('x') AND metrics.auc > 0
metrics.auc > 0.6 AND metrics.auc < 10 AND experiment_id = '0'
source_run_id LIKE '%' AND experiment_id = 1
""".strip("\n").split("\n")

ORDERS = [
    [], [("name", True)], [("name", False)], [("creation_time", True)], [("creation_timestamp", False)], [("creation_timestamp_ms", True)],
    [("last_updated_timestamp", True)], [("last_updated_timestamp_ms", False)], [("last_updated_time", True)],
    [("experiment_id", True)], [("experiment_id", False)], [("model_type", True)], [("model_type", False)],
    [("status", True)], [("status", False)], [("lifecycle_stage", True)], [("status_message", True)], [("color", True)], [("", True)],
    [("name DESC", True)], [("attributes.name", True)], [("params.lr", True)], [("tags.team", True)], [("metric.auc", True)],
    [("metrics.auc", True)], [("metrics.auc", False)], [("metrics.none", True)], [("metrics.val/auc", True)], [("metrics.`auc`", True)],
    [("name", True), ("name", False)], [("experiment_id", True), ("name", False)], [("metrics.auc", True), ("metrics.auc", False)],
    [("`name`", True)], [("Name", True)], [("metrics.", True)], [("model_type", True), ("metrics.auc", False)],
]


def populated(folder):
    store = SqlAlchemyStore(f"sqlite:///{folder}/db", f"{folder}/files")
    assert store.create_experiment("second") == "1"
    for i, m in enumerate(MODELS):
        with unittest.mock.patch.object(sqlalchemy_store, "get_current_time_millis", lambda: 1000 * (i + 1)):
            run = store.create_run(m["Experiment"], "ada", 1, [], "r")
            made = store.create_logged_model(
                m["Experiment"], m["Name"], run.info.run_id if m["Run"] else None, [LoggedModelTag(k, v) for k, v in m["Tags"].items()],
                [LoggedModelParameter(k, v) for k, v in m["Params"].items()], m["Type"])
            if m["Status"] != "PENDING":
                store.finalize_logged_model(made.model_id, LoggedModelStatus(m["Status"]))
            store.log_batch(run.info.run_id, [Metric(k, v, 1, step, model_id=made.model_id) for k, points in m["Points"].items() for step, v in enumerate(points)], [], [])
    return store


def found(store, **asked):
    try:
        return {"Found": [m.name for m in store.search_logged_models(["0", "1"], **asked)]}
    except MlflowException as e:
        return {"Refused": e.error_code}
    except Exception as e:
        return {"Refused": type(e).__name__}  # the server answers 500


with tempfile.TemporaryDirectory() as folder:
    store = populated(folder)
    json.dump({
        "Models": MODELS,
        "Filters": [{"Filter": f, **found(store, filter_string=f)} for f in FILTERS],
        "Orders": [{"By": [{"Field": n, "Ascending": up} for n, up in by],
                    **found(store, order_by=[{"field_name": n, "ascending": up} for n, up in by])} for by in ORDERS],
    }, sys.stdout, indent=1)
    print()
