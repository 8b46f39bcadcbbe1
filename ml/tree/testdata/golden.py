"""Writes golden.json: models of the real XGBoost with their margins for some rows.

Made with xgboost 3.2.0 and numpy 2; run: python golden.py > golden.json
"""
import json
import sys

import numpy as np
import xgboost as xgb

random = np.random.default_rng(7)
cases = []
for name, settings in {
    "logistic": {"objective": "binary:logistic", "max_depth": 4, "eta": 0.3},
    "regression": {"objective": "reg:squarederror", "max_depth": 3, "eta": 0.1},
    "no base": {"objective": "binary:logistic", "max_depth": 2, "base_score": 0.25},
}.items():
    x = random.normal(size=(400, 5)).astype(np.float32)
    x[random.random(x.shape) < 0.15] = np.nan
    y = (np.nan_to_num(x[:, 0]) + random.normal(size=400) > 0).astype(np.float32)
    booster = xgb.train({**settings, "nthread": 1}, xgb.DMatrix(x, y), 6)
    rows = x[:40]
    margins = booster.predict(xgb.DMatrix(rows), output_margin=True)
    cases.append({
        "Name": name,
        "Model": json.loads(bytes(booster.save_raw("json"))),
        "Rows": [[None if np.isnan(v) else float(v) for v in row] for row in rows],
        "Margins": [float(m) for m in margins],
    })
json.dump(cases, sys.stdout, separators=(",", ":"))
