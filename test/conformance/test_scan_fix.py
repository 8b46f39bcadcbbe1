"""tacit scan fix: what it writes is the model that scikit-learn saved, as the real skops loads it."""
import json
import os
import pickle
import subprocess

import joblib
import numpy as np
import pandas as pd
import pytest
import xgboost

skops = pytest.importorskip("skops.io")

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (ExtraTreesRegressor, GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier, IsolationForest,
                              RandomForestClassifier, RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

pytestmark = pytest.mark.skipif(bool(os.environ.get("TACIT_CONFORMANCE_PREFIX")), reason="no server has a part in it")
TACIT = os.environ["TACIT_CONFORMANCE_BIN"]
DRAW = np.random.RandomState(3)
X = DRAW.randn(120, 4)
TWO = (X[:, 0] + X[:, 1] > 0).astype(int)
THREE = np.array(["a", "b", "c"])[np.digitize(X[:, 0] - X[:, 2], [-0.5, 0.5])]
Y = X @ [1.0, -2, 0.5, 0] + 1
GAPS = np.where(DRAW.rand(*X.shape) < 0.1, np.nan, X)
MIXED = np.empty((120, 3), dtype=object)
MIXED[:, 0], MIXED[:, 1], MIXED[:, 2] = DRAW.choice(["red", "blue"], 120), DRAW.choice(["u", "v", "wé"], 120), X[:, 0]

FAMILIES = {
    "linear": (LinearRegression(), X, Y),
    "ridge": (Ridge(), X, Y),
    "logistic": (LogisticRegression(), X, THREE),
    "sgd": (SGDClassifier(loss="log_loss", random_state=0), X, THREE),
    "svc": (LinearSVC(random_state=0), X, TWO),
    "tree": (DecisionTreeClassifier(max_depth=5, random_state=0), GAPS, THREE),
    "forest": (RandomForestClassifier(8, max_depth=5, random_state=0), X, THREE),
    "forest_regressor": (RandomForestRegressor(5, max_depth=5, random_state=0), X, Y),
    "extra": (ExtraTreesRegressor(5, max_depth=5, random_state=0), X, Y),
    "boosting": (GradientBoostingClassifier(n_estimators=6, random_state=0), X, THREE),
    "boosting_regressor": (GradientBoostingRegressor(n_estimators=6), X, Y),
    "hist": (HistGradientBoostingClassifier(max_iter=5, random_state=0), GAPS, TWO),
    "isolation": (IsolationForest(n_estimators=8, random_state=0), X, None),
    "pca": (PCA(2), X, None),
    "pipeline": (make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()), GAPS, THREE),
    "columns": (make_pipeline(ColumnTransformer([("one", OneHotEncoder(handle_unknown="ignore"), [0]), ("number", OrdinalEncoder(), [1]),
                                                 ("scale", make_pipeline(RobustScaler(), MinMaxScaler()), [2])]), RandomForestClassifier(4, random_state=0)), MIXED, TWO),
}
NAMED = pd.DataFrame(MIXED, columns=["colour", "letter", "size"]).astype({"size": float})
FAMILIES["frame"] = (make_pipeline(ColumnTransformer([("one", OneHotEncoder(drop="first"), ["colour", "letter"])], remainder="passthrough"), LogisticRegression()), NAMED, TWO)
FAMILIES["frame_hist"] = (HistGradientBoostingClassifier(max_iter=5, random_state=0), pd.DataFrame(GAPS, columns=list("abcd")), THREE)
WAYS = [f"pickle {p}" for p in range(6)] + ["joblib", "joblib zlib", "joblib gzip", "joblib bz2", "joblib xz", "joblib lzma"]




def ways(name):
    """All of them for two families, and for each other one an old and a new protocol and one of joblib's, in turns."""
    n = list(FAMILIES).index(name)
    return WAYS if name in ("logistic", "forest") else [WAYS[n % 4], WAYS[4 + n % 2], WAYS[6 + n % 6]]


@pytest.fixture(scope="module")
def fitted():
    return {name: model.fit(x) if y is None else model.fit(x, y) for name, (model, x, y) in FAMILIES.items()}


def fix(source, target, *more):
    return subprocess.run([TACIT, "scan", "fix", str(source), "-o", str(target), "--json", *more], capture_output=True, text=True, timeout=60)


def save(model, path, way):
    kind, _, how = way.partition(" ")
    if kind == "pickle":
        path.write_bytes(pickle.dumps(model, protocol=int(how)))
    else:
        joblib.dump(model, path, compress=(how, 3) if how else 0)


def equal(a, b, x):
    methods = [m for m in ("predict", "predict_proba", "decision_function", "transform", "score_samples") if hasattr(a, m)]
    assert methods
    for method in methods:
        first, second = getattr(a, method)(x), getattr(b, method)(x)
        assert first.dtype == second.dtype and first.tobytes() == second.tobytes(), method


@pytest.mark.parametrize("name", FAMILIES)
def test_the_real_skops_loads_the_same_model(fitted, name, tmp_path):
    model, x = fitted[name], FAMILIES[name][1]
    for way in ways(name):
        source, target = tmp_path / "model.bin", tmp_path / f"{way}.skops"
        save(model, source, way)
        done = fix(source, target)
        assert done.returncode == 0, (way, done.stderr)
        told = json.loads(done.stdout)
        assert told["left_out"] == [] and told["scan"] == {"verdict": "clean", "status": "complete"}
        assert told["asks_for"] == skops.get_untrusted_types(file=target), way
        if leaves := told["proof"].get("leaves"):
            assert leaves["reached"] == leaves["of"] > 0
        if way in ways(name)[-3:]:
            original = joblib.load(source) if way.startswith("joblib") else pickle.loads(source.read_bytes())
            loaded = skops.load(target, trusted=told["asks_for"])
            equal(original, loaded, x)
            assert skops.get_untrusted_types(data=skops.dumps(original)) == told["asks_for"]


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_the_real_xgboost_loads_the_same_booster(kind, tmp_path):
    make = {"classifier": xgboost.XGBClassifier, "regressor": xgboost.XGBRegressor}[kind]
    model = make(n_estimators=7, max_depth=4).fit(GAPS, TWO if kind == "classifier" else Y)
    for protocol in range(6):
        (tmp_path / "model.pkl").write_bytes(pickle.dumps(model, protocol=protocol))
        done = fix(tmp_path / "model.pkl", tmp_path / "model.json", "--force")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["proof"]["leaves"]["reached"] == told["proof"]["leaves"]["of"] > 0 and told["left_out"] == []
        loaded = make()
        loaded.load_model(tmp_path / "model.json")
        equal(model, loaded, GAPS)


def evil(data, call):
    """The pickle with a call of os.system in front, whose result nobody has."""
    return data[:2] + call + data[2:]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_malicious_branch_is_left_out(fitted, protocol, tmp_path):
    call = "cposix\nsystem\n(Vtouch ran\ntR0".encode()
    data = evil(pickle.dumps(fitted["forest"], protocol=protocol), call)
    (tmp_path / "model.pkl").write_bytes(data)
    assert subprocess.run([TACIT, "scan", str(tmp_path / "model.pkl")], capture_output=True, timeout=60).returncode == 1
    done = fix(tmp_path / "model.pkl", tmp_path / "model.skops")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["left_out"] == [{"what": "posix.system('touch ran')", "at": data.index(b"R0", 2)}]
    assert subprocess.run([TACIT, "scan", str(tmp_path / "model.skops")], capture_output=True, timeout=60).returncode == 0
    equal(fitted["forest"], skops.load(tmp_path / "model.skops", trusted=told["asks_for"]), X)
    assert not (tmp_path / "ran").exists()  # each test is in a folder of its own
    equal(fitted["forest"], pickle.loads(data), X)
    assert (tmp_path / "ran").exists()  # the branch was real


class Evil:
    def __reduce__(self):
        return os.system, ("echo ran",)


def test_a_model_that_hangs_on_it_is_refused(tmp_path):
    model = LinearRegression().fit(X, Y)
    model.coef_ = Evil()
    for name, content in {"hangs": pickle.dumps(model), "none": pickle.dumps(Evil()), "neighbours": pickle.dumps(KNeighborsClassifier().fit(X, TWO)),
                          "text": b"hello", "cut": pickle.dumps(FAMILIES["linear"][0])[:-20]}.items():
        (tmp_path / name).write_bytes(content)
        done = fix(tmp_path / name, tmp_path / "model.skops")
        assert done.returncode == 1 and done.stdout == "" and not (tmp_path / "model.skops").exists(), (name, done)
        assert {"hangs": "posix.system('echo ran')", "none": "posix.system", "neighbours": "KNeighborsClassifier"}.get(name, "pickle") in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut", "hangs", "neighbours", "none", "text"]
