"""Writes the files in libraries/.    python libraries.py

Python 3.11 with lifelines, statsmodels, nltk, pytz, python-dateutil, pandas, hmmlearn, river, tokenizers, omegaconf, joblib, cloudpickle. Objects of real
libraries, small and harmless: each must be clean.
"""
import os
import pickle
import warnings

import cloudpickle
import dateutil.tz
import joblib
import lifelines
import nltk
import numpy as np
import pandas as pd
import pytz
import statsmodels.api as sm
from hmmlearn import hmm
from river import linear_model
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from tokenizers import Tokenizer, models

warnings.filterwarnings("ignore")
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libraries")
rng = np.random.RandomState(0)
frame = pd.DataFrame({"T": np.abs(rng.randn(20)) + 0.1, "E": np.arange(20) % 2, "a": rng.randn(20)})
counts = rng.poisson(1, 40)
ets = ETSModel(pd.Series(np.cumsum(rng.randn(20)) + 30), error="add", trend="add")
river = linear_model.LogisticRegression()
river.learn_one({"a": 1.0}, True)
things = {
    "lifelines": lifelines.WeibullAFTFitter().fit(frame, "T", "E"), "statsmodels.ets": ets, "statsmodels.inflated": sm.ZeroInflatedPoisson(counts, np.ones((40, 1))),
    "nltk": nltk.Tree.fromstring("(S (NP (D the) (N dog)) (VP (V ran)))"), "zones": [pytz.FixedOffset(60), pd.Series(pd.date_range("2020", periods=2, tz=dateutil.tz.gettz("Europe/Berlin")))],
    "pandas": [pd.arrays.NumpyExtensionArray(np.array([1])), pd.DataFrame({"f": [np.mean, len], "n": ["a", "b"]})], "hmmlearn": hmm.GaussianHMM(2).fit(rng.randn(20, 1)),
    "river": river, "tokenizers": Tokenizer(models.WordLevel({"a": 0}, "a")).encode("a"),
}
for name, thing in things.items():
    for p in (2, 4):
        with open(os.path.join(folder, "%s.p%d.pkl" % (name, p)), "wb") as f:
            pickle.dump(thing, f, p)
    with open(os.path.join(folder, name + ".cloud.pkl"), "wb") as f:
        cloudpickle.dump(thing, f)
joblib.dump(lifelines.CoxPHFitter().fit(frame, "T", "E"), os.path.join(folder, "lifelines.cox.joblib"))
