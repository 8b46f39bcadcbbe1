"""Writes a large corpus of honest files: every estimator of the installed scikit-learn and models of other libraries, each by each
serialiser and protocol. TestCorpus reads it: TACIT_TEST_PICKLES=FOLDER go test -tags corpus ./ml/pickle -run Corpus

    python testdata/corpus.py FOLDER
"""
import io
import os
import pickle
import sys
import warnings

import cloudpickle
import joblib
import numpy as np

warnings.filterwarnings("ignore")
folder = os.path.join(sys.argv[1], "benign")
os.makedirs(folder, exist_ok=True)
rng = np.random.RandomState(0)
X, y = np.abs(rng.randn(40, 4)), np.arange(40) % 2
few = []


def write(name, thing):
    for p in range(2, 6):
        with open(os.path.join(folder, "%s.p%d.pkl" % (name, p)), "wb") as f:
            pickle.dump(thing, f, p)
    with open(os.path.join(folder, name + ".cloud.pkl"), "wb") as f:
        cloudpickle.dump(thing, f)
    joblib.dump(thing, os.path.join(folder, name + ".joblib"))
    few.append(name)


def estimators():
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.utils import all_estimators

    made = {"estimator": LogisticRegression(), "base_estimator": LogisticRegression(), "estimators": [("a", LogisticRegression()), ("b", LogisticRegression())],
            "transformers": [("a", "passthrough", [0])], "transformer_list": [("a", "passthrough")], "steps": [("a", LogisticRegression())], "param_grid": {"C": [1.0, 2.0]},
            "param_distributions": {"C": [1.0, 2.0]}, "regressor": Ridge(), "dictionary": np.eye(4), "base": LogisticRegression()}
    for name, cls in all_estimators():
        import inspect
        args = {k: made[k] for k, v in inspect.signature(cls).parameters.items() if v.default is v.empty and k in made}
        if "Regressor" in name and "estimators" in args:
            args["estimators"] = [("a", Ridge()), ("b", Ridge())]
        try:
            model = cls(**args)
        except Exception:
            continue
        for data in ((X, y), (X, y.astype(float)), (X, np.c_[y, 1 - y]), (["a b", "b c"] * 20, y), ([{"a": 1.0}] * 40, y), (y, y), (X[:, 0], y)):
            try:
                model.fit(*data)
                break
            except Exception:
                continue
        try:
            write("sklearn." + name, model)
        except Exception as e:
            print("skipped", name, e)


def others():
    import catboost
    import lightgbm
    import pandas
    import scipy.sparse
    import scipy.stats
    import xgboost

    frame = pandas.DataFrame({"a": X[:, 0], "b": ["x", "y"] * 20, "c": pandas.Categorical(["u", "v"] * 20), "d": pandas.date_range("2026", periods=40)})
    write("pandas.frame", frame)
    write("pandas.index", frame.set_index(["b", "a"]).index)
    write("pandas.series", frame["d"])
    write("pandas.interval", pandas.interval_range(0, 3))
    write("pandas.period", pandas.period_range("2026", periods=3, freq="M"))
    for kind in ("csr", "csc", "coo", "lil", "dok", "bsr", "dia"):
        write("scipy." + kind, getattr(scipy.sparse, kind + "_matrix")(np.eye(3)))
    write("scipy.norm", scipy.stats.norm(1, 2))
    write("xgboost.classifier", xgboost.XGBClassifier(n_estimators=3).fit(X, y))
    write("xgboost.regressor", xgboost.XGBRegressor(n_estimators=3).fit(X, y))
    write("xgboost.booster", xgboost.XGBClassifier(n_estimators=3).fit(X, y).get_booster())
    write("lightgbm.classifier", lightgbm.LGBMClassifier(n_estimators=3, verbose=-1).fit(X, y))
    write("lightgbm.booster", lightgbm.LGBMRegressor(n_estimators=3, verbose=-1).fit(X, y).booster_)
    write("catboost.classifier", catboost.CatBoostClassifier(iterations=3, verbose=0, allow_writing_files=False).fit(X, y))
    write("numpy.random", np.random.default_rng(1))
    write("numpy.arrays", {str(t): np.zeros(3, t) for t in ("f8", "i4", ">f4", "U5", "S3", "M8[ns]", "O", "b1", [("a", "i4"), ("b", "O")])})
    write("numpy.many", [np.full(100, i) for i in range(1000)])
    write("strings", ["text %d" % i for i in range(200000)])


estimators()
others()
print(len(few), "things")
