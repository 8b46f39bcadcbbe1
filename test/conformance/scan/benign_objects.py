"""Writes ordinary objects of libraries by every pickler, each of which must be clean and complete.

    python benign_objects.py FOLDER    Python 3.11 with what benign.py has; polars, networkx, statsmodels, catboost, torch, tokenizers where they are

Each is written by pickle at all protocols, by cloudpickle, dill and joblib. What cannot be pickled is passed over.
"""

import array
import calendar
import collections
import datetime
import decimal
import difflib
import fractions
import functools
import http
import importlib
import inspect
import io
import ipaddress
import itertools
import json
import logging
import math
import operator
import os
import pathlib
import pickle
import platform
import random
import re
import signal
import socket
import statistics
import sys
import time
import types
import typing
import urllib.parse
import uuid
import warnings
import zoneinfo

import cloudpickle
import joblib
import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
folder = os.path.join(sys.argv[1], "benign")
os.makedirs(folder, exist_ok=True)
rng = np.random.RandomState(0)
X, y = np.abs(rng.randn(60, 4)), np.arange(60) % 2


def put(name, make):
    try:
        data = make()
    except Exception:
        return
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def joblibs(thing, protocol):
    b = io.BytesIO()
    joblib.dump(thing, b, protocol=protocol)
    return b.getvalue()


def library(name):
    """A library that not every environment has, or None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def standard():
    yield "containers", [collections.Counter("hello"), collections.deque([1, 2], 5), collections.defaultdict(list, {1: [2]}), collections.OrderedDict(a=1), collections.ChainMap({1: 2}), collections.UserDict(a=1), collections.UserList([1])]
    yield "times", [datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC")), datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=2), "X")), datetime.timedelta(1), datetime.time(1, fold=1), time.gmtime(0)]
    yield "numbers", [decimal.Decimal("1.5"), decimal.getcontext().copy(), decimal.Decimal("1.5").as_tuple(), fractions.Fraction(1, 3), statistics.NormalDist(1, 2), statistics.linear_regression([1, 2, 3], [1, 2, 4]), 10**400, 1 + 2j, range(1, 9, 2), slice(1, None), array.array("d", [1, 2])]
    yield "names", [uuid.UUID(int=5), pathlib.Path("/a/b"), pathlib.PureWindowsPath("c:/x"), ipaddress.ip_network("10.0.0.0/8"), urllib.parse.urlsplit("http://a/b?c"), urllib.parse.urlparse("http://a/b?c")]
    yield "constants", [http.HTTPStatus.OK, signal.SIGTERM, socket.AF_INET, inspect.Parameter.KEYWORD_ONLY, re.I, re.compile("a+"), Ellipsis, NotImplemented, os.stat("/"), os.terminal_size((1, 2))]
    yield "getters", {"item": operator.itemgetter("a", 1), "attribute": operator.attrgetter("shape", "dtype.kind")}
    yield "functions", [math.sqrt, operator.mul, len, sorted, int, str.lower, np.mean, functools.partial(int, base=2), functools.partial(math.pow, 2), functools.partial(operator.add, 1)]
    yield "iterators", [iter([1, 2]), enumerate([1]), zip([1], [2]), reversed([1]), itertools.count(3), itertools.chain([1], [2]), itertools.repeat(2, 3)]
    yield "others", [types.SimpleNamespace(a=1), random.Random(3), ValueError("x", 1), FileNotFoundError(2, "no", "a"), logging.getLogger("x"), logging.LogRecord("a", 1, "p", 1, "m", (), None), json.JSONEncoder(), calendar.Calendar(), difflib.SequenceMatcher(None, "ab", "b").find_longest_match()]
    yield "methods", {name: operator.methodcaller(name, *given) for name, given in {"strip": (), "astype": ("float32",), "replace": ("a", "b"), "fillna": (0,), "reshape": (-1, 1)}.items()}
    yield "signature", [inspect.signature(put), platform.uname(), itertools.permutations([1, 2]), datetime.datetime.strptime, dict.fromkeys]
    yield "types", [int, np.float64, typing.Any, list[int], dict[str, int], collections.OrderedDict]
    yield "modules", {"np": np, "math": math}


def arrays():
    if hasattr(np.dtypes, "StringDType"):
        text = np.dtypes.StringDType
        yield "texts", np.array(["a", "bb", "c" * 50], dtype=text())
        yield "texts.missing", {"x": np.array([["a", None]], dtype=text(na_object=None)), "n": np.arange(3)}
        yield "texts.nan", np.array(["a", np.nan], dtype=text(na_object=np.nan))
        yield "texts.none", np.array([], dtype=text())
    yield "masked", [np.ma.masked_array(np.eye(3), np.eye(3)), np.ma.masked]
    yield "records", [np.rec.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), np.zeros(2, dtype=[("a", [("b", "f4"), ("c", "U3")]), ("d", "O")])]
    yield "polynomials", [np.poly1d([1, 2]), np.polynomial.Polynomial([1, 2]), np.polynomial.Chebyshev([1, 2])]
    yield "chance", [np.random.default_rng(0), np.random.RandomState(0), np.random.Generator(np.random.Philox(0)), np.random.SeedSequence(5)]
    yield "limits", [np.finfo("f8"), np.iinfo("i8")]
    yield "algebra", [np.linalg.qr(np.eye(3)), np.linalg.svd(np.eye(3)), np.linalg.eigh(np.eye(3)), np.linalg.slogdet(np.eye(3))]
    yield "ragged", np.array([np.arange(2), np.arange(3), None, "a"], dtype=object)
    yield "functions", [np.fft.fft, np.linalg.norm, np.nan_to_num, np.clip]
    yield "errors", [np.linalg.LinAlgError("a"), np.exceptions.AxisError("a")]
    yield "many", [np.arange(n % 3) for n in range(5000)]
    yield "ufuncs", [np.add, np.log1p, np.vectorize(len)]


def statistic():
    from scipy import integrate, interpolate, optimize, signal as signals, sparse, spatial, special, stats
    a, b = X[:, 0], X[:, 1]
    for name in ("linregress", "pearsonr", "spearmanr", "kendalltau", "mannwhitneyu", "ks_2samp", "wilcoxon", "levene", "bartlett", "f_oneway", "kruskal", "ranksums", "ansari", "brunnermunzel", "siegelslopes", "theilslopes", "fligner", "median_test"):
        yield name, getattr(stats, name)(a, b)
    for name in ("describe", "normaltest", "shapiro", "skewtest", "kurtosistest", "mode", "bayes_mvs", "cumfreq", "relfreq", "sigmaclip", "ecdf"):
        yield name, getattr(stats, name)(a)
    yield "contingency", [stats.chi2_contingency([[1, 2], [3, 4]]), stats.fisher_exact([[1, 2], [3, 4]]), stats.binomtest(3, 10), stats.chisquare([1, 2, 3]), stats.ttest_1samp(a, 0)]
    yield "densities", [stats.gaussian_kde(a), stats.multivariate_normal([0, 0]), stats.rv_histogram(np.histogram(a))]
    yield "draws", [stats.qmc.Sobol(2, seed=0), stats.qmc.LatinHypercube(2, seed=0), stats.qmc.Halton(2, seed=0)]
    grid = np.arange(5.0)
    yield "interpolation", [interpolate.CubicSpline(grid, grid), interpolate.make_interp_spline(grid, grid), interpolate.UnivariateSpline(grid, grid), interpolate.RegularGridInterpolator((grid, grid), np.eye(5)), interpolate.Rbf(grid, grid, grid)]
    yield "optima", [optimize.minimize(lambda v: (v**2).sum(), [1.0, 2.0], method="L-BFGS-B"), optimize.linprog([1, 2], bounds=[(0, 1), (0, 1)]), optimize.root_scalar(lambda v: v - 1, bracket=[0, 3]), optimize.Bounds([0], [1])]
    yield "solution", integrate.solve_ivp(lambda t, v: -v, (0, 1), [1.0])
    yield "space", [spatial.KDTree(np.eye(3)), spatial.Delaunay(X[:9, :2]), spatial.transform.Rotation.from_euler("z", 1)]
    yield "sparse", [sparse.random(5, 5, 0.5, "csr", random_state=0).asformat(f) for f in ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")]
    yield "signals", [signals.TransferFunction([1], [1, 2]), signals.StateSpace(np.eye(2), np.eye(2), np.eye(2), np.eye(2))]
    yield "special", [special.expit, special.logit, special.gamma, spatial.distance.cosine]
    yield "frozen", [stats.norm(), stats.gamma(1), stats.poisson(2), stats.binom(3, 0.5), stats.randint(1, 5), stats.loguniform(1e-3, 1)]


def frames():
    frame = pd.DataFrame({"a": [1, 2, 3, 1], "b": ["x", "y", None, "z"], "c": pd.Categorical(["u", "v", "u", "v"]), "d": pd.date_range("2020", periods=4), "e": [1.5, None, 2, 3]})
    yield "groups", [frame.groupby("a"), frame.groupby(["a", "c"], observed=False), frame.groupby("a")["e"]]
    yield "windows", [frame["e"].rolling(2), frame["e"].expanding(), frame["e"].ewm(span=2), frame.set_index("d")["e"].rolling("2D"), frame.groupby("a")["e"].rolling(2)]
    yield "resampled", [frame.set_index("d").resample("D"), pd.Grouper(key="a"), pd.Grouper(key="d", freq="D")]
    yield "offsets", [pd.offsets.Day(), pd.offsets.MonthEnd(), pd.offsets.CustomBusinessDay(), pd.DateOffset(months=1), pd.offsets.BusinessHour()]
    yield "indexes", [pd.RangeIndex(5), pd.date_range("2020", periods=3, tz="UTC"), pd.timedelta_range("1D", periods=3), pd.period_range("2020", periods=3, freq="M"), pd.interval_range(0, 3), pd.MultiIndex.from_product([["a"], [1, 2]]), pd.CategoricalIndex(["a"])]
    yield "nullable", [pd.array([1, None], "Int64"), pd.array([True, None], "boolean"), pd.array(["x", None], "string"), pd.Series(pd.arrays.SparseArray([0, 0, 1])), pd.NaT, pd.NA]
    yield "dtypes", [frame.dtypes, pd.CategoricalDtype(["a"]), pd.DatetimeTZDtype("ns", "UTC"), pd.PeriodDtype("M"), pd.NamedAgg("a", "sum")]
    yield "functions", [pd.isna, pd.to_datetime, pd.get_dummies, pd.DataFrame.mean, pd.cut, pd.concat, pd.DataFrame.astype, pd.Series.to_frame]
    yield "errors", [pd.errors.ParserError("a"), pd.errors.EmptyDataError("b")]
    yield "holidays", importlib.import_module("pandas.tseries.holiday").USFederalHolidayCalendar.rules


def estimators():
    from sklearn import compose, datasets, exceptions, linear_model, metrics, model_selection, neighbors, preprocessing, svm
    from sklearn.feature_extraction.text import CountVectorizer
    yield "columns", compose.ColumnTransformer([("n", preprocessing.StandardScaler(), compose.make_column_selector(dtype_include=np.number))]).fit(pd.DataFrame(X))
    yield "functions", [preprocessing.FunctionTransformer(f) for f in (np.log1p, pd.get_dummies, operator.itemgetter("a"), operator.attrgetter("values"))]
    yield "texts", CountVectorizer(preprocessor=str.lower, tokenizer=str.split)
    yield "scorers", [metrics.get_scorer(s) for s in ("accuracy", "roc_auc", "neg_log_loss")] + [metrics.make_scorer(metrics.fbeta_score, beta=2)]
    yield "splits", [model_selection.KFold(), model_selection.TimeSeriesSplit(), model_selection.RepeatedKFold()]
    yield "search", model_selection.GridSearchCV(svm.SVC(), {"C": [1, 2]}, cv=3).fit(X, y)
    yield "trees", [neighbors.BallTree(X[:, :2], metric="haversine"), neighbors.KDTree(X), metrics.DistanceMetric.get_metric("euclidean")]
    yield "validated", model_selection.cross_validate(linear_model.LogisticRegression(), X, y, cv=3, return_estimator=True)
    yield "data", datasets.load_iris()
    importlib.import_module("sklearn.experimental.enable_iterative_imputer")
    gaps = np.where(X > 2, np.nan, X)
    yield "imputer", importlib.import_module("sklearn.impute").IterativeImputer(max_iter=2).fit(gaps)
    yield "forest", importlib.import_module("sklearn.ensemble").RandomForestRegressor(600, max_depth=2).fit(X, y)
    yield "warning", exceptions.NotFittedError("x")


def rest():
    polars, networkx, torch = library("polars"), library("networkx"), library("torch")
    if polars:
        table = polars.DataFrame({"a": [1, 2], "b": ["x", None], "c": [[1], [2, 3]]})
        yield "polars", [table, table["a"], table.schema, polars.Schema({"a": polars.List(polars.String)}), table.group_by("a"), polars.Datetime("us", "UTC")]
    if networkx:
        graph = networkx.path_graph(3)
        yield "networkx.views", [graph.edges, graph.degree, networkx.DiGraph([(1, 2)]).in_edges, networkx.MultiGraph([(1, 2)]).edges, networkx.NetworkXError("a")]
        yield "networkx", [graph, networkx.DiGraph([(1, 2)]), networkx.MultiGraph([(1, 2)]), graph.nodes, graph.adj, graph.subgraph([0, 1]), networkx.freeze(networkx.path_graph(3))]
    if torch:
        yield "torch", [torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)), torch.ones(3).to(torch.bfloat16), torch.optim.Adam(torch.nn.Linear(2, 1).parameters()).state_dict(), torch.Size([1, 2])]
    if library("catboost"):
        yield "catboost", library("catboost").CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False).fit(X, y)
    if library("statsmodels"):
        models = importlib.import_module("statsmodels.api")
        yield "statsmodels", [models.OLS(X[:, 0], X[:, 1:]).fit(), models.GLM(y, X, family=models.families.Binomial()).fit()]
        yield "statsmodels.states", [models.tsa.ARIMA(X[:, 0], order=(1, 0, 1)).fit(), models.tsa.SARIMAX(X[:, 0], order=(1, 0, 0)).fit(disp=0), models.NegativeBinomial(y, X).fit(disp=0)]
    if library("tokenizers"):
        yield "tokenizers", [library("tokenizers").Tokenizer(library("tokenizers").models.BPE()), library("tokenizers").AddedToken("a")]


things = []
for source in (standard, arrays, statistic, frames, estimators, rest):
    for name, thing in source():
        things.append((f"object.{source.__name__}.{name}", thing))
for name, thing in things:
    for p in range(6):
        put(f"{name}.p{p}.pkl", lambda: pickle.dumps(thing, p))
    for p in (2, 4, 5):
        put(f"{name}.cloud.p{p}.pkl", lambda: cloudpickle.dumps(thing, p))
        put(f"{name}.p{p}.joblib", lambda: joblibs(thing, p))
import dill  # it changes pickle's own pickler: what is above is written without it
for name, thing in things:
    for p in (0, 2, 4):
        put(f"{name}.dill.p{p}.pkl", lambda: dill.dumps(thing, p))
print(len(os.listdir(folder)), "files")
