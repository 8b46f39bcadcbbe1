"""make.py FOLDER: text models of LightGBM 4.7.0 with what they predict, and a wrapper's pickle, of numbers drawn here."""
import json
import pathlib
import pickle
import sys

import lightgbm
import numpy as np

draw = np.random.RandomState(0)
x = draw.randn(300, 4)
x[draw.rand(300, 4) < 0.08] = np.nan
x[:, 3] = draw.randint(0, 40, 300)
two = (np.nan_to_num(x[:, 0]) + 2 * (x[:, 3] % 3 == 1) > 1).astype(int)
size = np.nan_to_num(x[:, 1]) + 3 * (x[:, 3] % 5)
small = dict(min_data_per_group=3, cat_smooth=1, n_estimators=4, num_leaves=7, min_child_samples=5, verbose=-1)
rows = np.r_[x[:40], [[np.nan] * 4, [0, 0, 0, -1], [0, 0, 0, 1000], [1e-36, -1e-36, 0, 2.7]]]
folder = pathlib.Path(sys.argv[1])
golden = {}
for name, model, target in [
    ("binary", lightgbm.LGBMClassifier(**small), two), ("multiclass", lightgbm.LGBMClassifier(**small), np.arange(300) % 3),
    ("regression", lightgbm.LGBMRegressor(**small), size), ("poisson", lightgbm.LGBMRegressor(objective="poisson", **small), np.abs(size)),
    ("zero", lightgbm.LGBMRegressor(zero_as_missing=True, **small), size), ("none", lightgbm.LGBMRegressor(use_missing=False, **small), size),
]:
    model.fit(x, target, categorical_feature=[3] if name != "none" else "auto")
    model.booster_.save_model(folder / f"{name}.txt")
    outputs = model.booster_.predict(rows)
    golden[name] = {"raw": np.atleast_2d(model.booster_.predict(rows, raw_score=True).T).T.tolist(), "predict": np.atleast_2d(outputs.T).T.tolist()}
    (folder / f"{name}.pkl").write_bytes(pickle.dumps(model, protocol=4)) if name in ("binary", "multiclass") else None
golden["rows"] = [[None if v != v else v for v in row] for row in rows.tolist()]
(folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
