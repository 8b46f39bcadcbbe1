"""make.py FOLDER: boosters of XGBoost 3.2.0 as pickles, trained on numbers drawn here."""
import pathlib
import pickle
import sys

import numpy as np
import xgboost

draw = np.random.RandomState(0)
x = draw.rand(100, 3)
two = (x[:, 0] + x[:, 1] > 1).astype(int)
x[draw.rand(100, 3) < 0.1] = np.nan
folder = pathlib.Path(sys.argv[1])
small = dict(n_estimators=3, max_depth=3)
classifier = xgboost.XGBClassifier(**small).fit(x, two)
for protocol, (name, model) in enumerate({
    "classifier": classifier, "booster": classifier.get_booster(), "regressor": xgboost.XGBRegressor(**small).fit(x, np.nan_to_num(x[:, 2]) * 1.5),
    "three": xgboost.XGBClassifier(**small).fit(x, np.arange(100) % 3),
}.items()):
    (folder / f"{name}.pkl").write_bytes(pickle.dumps(model, protocol=2 + protocol))
