"""Writes golden.json: what scikit-learn and NumPy say of the cases below.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scikit-learn==1.9.1
    venv/bin/python ml/stats/testdata/golden.py > ml/stats/testdata/golden.json
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.metrics import log_loss, roc_auc_score, roc_curve


def case(name, labels, scores):
    labels = np.asarray(labels, dtype=np.float32)
    scores = np.asarray(scores, dtype=np.float32)
    fpr, tpr, thresholds = roc_curve(labels, scores, drop_intermediate=False)
    # scikit-learn keeps float32 another distance from 0 and 1: the formula itself there.
    kept = np.clip(scores.astype(np.float64), 1e-7, 1 - 1e-7)
    formula = float(-np.mean(np.where(labels > 0.5, np.log(kept), np.log(1 - kept))))
    inside = bool(np.all((scores > 1e-6) & (scores < 1 - 1e-6)))
    if inside:
        assert abs(formula - log_loss(labels, kept)) < 1e-12, name
    return {
        "name": name,
        "labels": labels.tolist(),
        "scores": scores.astype(np.float64).tolist(),
        "auc": float(roc_auc_score(labels, scores)),
        "log_loss": formula,
        # The first threshold is infinite, which JSON has no number for.
        "roc": [[float(f), float(t), float(s)] for f, t, s in list(zip(fpr, tpr, thresholds))[1:]],
    }


rng = np.random.default_rng(20130101)
signal = rng.integers(0, 2, 200)
cases = [
    case("perfect", [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
    case("reversed", [1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
    case("all tied", [0, 1, 0, 1, 1], [0.5] * 5),
    case("certain", [0, 1, 1, 0], [0, 1, 0, 1]),
    case("ties across classes", [0, 1, 1, 0, 1, 0, 1], [0.3, 0.3, 0.7, 0.7, 0.7, 0.1, 0.9]),
    case("one positive", [0] * 9 + [1], np.linspace(0.05, 0.95, 10)),
    case("noisy, rounded to two digits", signal, np.round(np.clip(0.5 + 0.2 * (signal - 0.5) + rng.normal(0, 0.2, 200), 0.01, 0.99), 2)),
]
json.dump({"made_with": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "cases": cases}, sys.stdout, indent=1)
print()
