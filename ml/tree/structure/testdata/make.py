"""Writes the models of this folder with XGBoost 3.2 (Apache-2.0), LightGBM 4.7 (MIT), CatBoost 1.2 (Apache-2.0) and pandas.

    pip install xgboost lightgbm catboost pandas
    python make.py FOLDER

The data is drawn; what the files hold is nobody's. Not every file that it writes is kept here.
"""
import sys

import catboost
import lightgbm
import numpy as np
import pandas as pd
import xgboost

folder = sys.argv[1] + "/"
rng = np.random.default_rng(0)
X = rng.normal(size=(300, 5))
X[rng.random(X.shape) < 0.05] = np.nan
y = (np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1]) > 0).astype(int)
y3 = rng.integers(0, 3, 300)


def xgb(name, params, data=None, rounds=4):
    booster = xgboost.train({"max_depth": 3, "nthread": 1, **params}, data or xgboost.DMatrix(X, y), rounds)
    for ending in ("json", "ubj"):
        booster.save_model(f"{folder}xgb_{name}.{ending}")


groups = xgboost.DMatrix(X, y)
groups.set_group([100] * 3)
xgb("binary", {"objective": "binary:logistic"}, rounds=5)
xgb("multi", {"objective": "multi:softprob", "num_class": 3}, xgboost.DMatrix(X, y3), 3)
xgb("dart", {"booster": "dart", "rate_drop": 0.5})
xgb("linear", {"booster": "gblinear"}, xgboost.DMatrix(np.nan_to_num(X), y))
xgb("vector", {"tree_method": "hist", "multi_strategy": "multi_output_tree"}, xgboost.DMatrix(X, np.c_[y, y3]), 3)
xgb("pruned", {"tree_method": "exact", "gamma": 2, "min_child_weight": 8})
xgb("rank", {"objective": "rank:ndcg"}, groups, 3)
xgb("quantile", {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.9]}, rounds=3)
xgb("forest", {"num_parallel_tree": 3, "subsample": 0.5}, rounds=2)
frame = pd.DataFrame({"a": X[:, 0], "c": pd.Categorical(rng.integers(0, 12, 300).astype(str))})
for most, name in ((1, "cat_part"), (100, "cat_onehot")):
    xgb(name, {"tree_method": "hist", "max_cat_to_onehot": most}, xgboost.DMatrix(frame, y, enable_categorical=True))


def lgb(name, params, labels=y, rounds=3, features=X, **data):
    set_ = lightgbm.Dataset(features, labels, **data)
    lightgbm.train({"verbose": -1, "num_threads": 1, "num_leaves": 7, **params}, set_, rounds).save_model(f"{folder}lgb_{name}.txt")


mixed = X.copy()
mixed[:, 4] = rng.integers(0, 40, 300)
lgb("binary", {"objective": "binary"}, rounds=5)
lgb("multi", {"objective": "multiclass", "num_class": 3}, y3)
lgb("cat", {"objective": "binary", "min_data_per_group": 1, "cat_smooth": 1}, (mixed[:, 4] % 3 == 0).astype(int), 5, mixed, categorical_feature=[4])
lgb("linear", {"objective": "regression", "linear_tree": True}, y.astype(float), 4)
lgb("rf", {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5})
lgb("dart", {"boosting": "dart"})
lgb("stump", {"objective": "regression", "min_data_in_leaf": 500}, rounds=2)
lgb("rank", {"objective": "lambdarank"}, group=[100] * 3)
lgb("names", {"objective": "binary"}, rounds=2, feature_name=["a=b", "ä_b", "c", "d", "e"])


def cat(name, pool, kind=catboost.CatBoostClassifier, **params):
    model = kind(iterations=5, depth=3, verbose=0, thread_count=1, allow_writing_files=False, **params)
    model.fit(pool)
    model.save_model(f"{folder}cb_{name}.cbm")


cat("binary", catboost.Pool(X, y))
cat("multi", catboost.Pool(X, y3))
cat("reg", catboost.Pool(X, y), catboost.CatBoostRegressor)
cat("lossguide", catboost.Pool(X, y), grow_policy="Lossguide")
cat("depthwise", catboost.Pool(X, y), grow_policy="Depthwise")
rows = [[float(a), str(b), str(c)] for a, b, c in zip(np.nan_to_num(X[:, 0]), rng.integers(0, 30, 300), rng.integers(0, 2, 300))]
cat("cat", catboost.Pool(rows, y, cat_features=[1, 2]))
cat("text", catboost.Pool([[f"good bad {i % 7}", float(i)] for i in range(300)], y, text_features=[0]))
