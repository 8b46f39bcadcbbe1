"""Writes testdata/golden: pickles of all protocols and of joblib, and golden.json, what is in them.

    python testdata/golden.py [JOBLIB…]    in an environment with numpy, scikit-learn and joblib

JOBLIB are folders with other versions of joblib (pip install -t FOLDER joblib==1.1.1): their arrays have other layouts.
"""
import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import io
import json
import os
import pickle
import subprocess
import sys
import uuid

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
expected = {}


def canonical(v):
    """A value as the test writes it too."""
    if v is None or isinstance(v, bool):
        return v
    if isinstance(v, int):
        return {"int": str(v)}
    if isinstance(v, float):
        return {"float": v.hex()}
    if isinstance(v, str):
        return {"str": v}
    if isinstance(v, (bytes, bytearray)):
        return {type(v).__name__: v.hex()}
    if isinstance(v, dict):
        return {"dict": [[canonical(k), canonical(x)] for k, x in v.items()]}
    if isinstance(v, (set, frozenset)):
        return {type(v).__name__: sorted((canonical(x) for x in v), key=json.dumps)}
    return {type(v).__name__: [canonical(x) for x in v]}


def keep(name, data, **what):
    with open(os.path.join(here, name), "wb") as f:
        f.write(data)
    expected[name] = what


shared = ["again"]
plain = {
    "none": None, "true": True, "false": False, "zero": 0, "byte": 255, "short": 65535, "int": -2147483648, "long": 2**31, "huge": -(10**60),
    "float": -1.5e300, "tiny": 5e-324, "text": "plain", "letters": "h\u00e9llo \u4e16\u754c \U0001f600 \\ \n \r \u2028 \x1a", "long text": "x" * 300,
    "quotes": "'\"\\'", "empty": ["", b"", (), [], {}], "bytes": bytes(range(256)), "tuple": (1, (2, (3, (4,)))), "triple": (1, 2, 3),
    "list": [1, [2, [3]]], "keys": {1: "a", "b": 2, (3, 4): None, 2.5: True}, "shared": [shared, shared, [shared]],
}
modern = dict(plain, bytearray=bytearray(b"mutable"), set={1, 2, 3}, frozenset=frozenset([4, 5]))


class Colour(enum.Enum):
    RED = 1


library = [
    collections.OrderedDict(a=1), collections.defaultdict(list, b=[2]), collections.Counter("abca"), collections.deque([1, 2]), datetime.datetime(2026, 1, 2, 3, 4, 5, 6),
    datetime.date(2026, 1, 2), datetime.timedelta(1, 2, 3), datetime.timezone.utc, decimal.Decimal("1.50"), fractions.Fraction(1, 3), uuid.UUID(int=7), complex(1, 2),
    slice(1, 2, 3), range(4), array.array("d", [1.5, 2.5]), functools.partial(int, base=2), int, len, Exception("x"), OSError(2, "gone"), Ellipsis, NotImplemented, type(None),
]


def python_pickler(value, protocol):
    out = io.BytesIO()
    pickle._Pickler(out, protocol).dump(value)
    return out.getvalue()


def values():
    for p in range(6):
        v = plain if p < 4 else modern
        keep("values.p%d.pkl" % p, pickle.dumps(v, p), value=canonical(v), verdict="clean")
        keep("values.python.p%d.pkl" % p, python_pickler(v, p), value=canonical(v), verdict="clean")
        keep("library.p%d.pkl" % p, pickle.dumps(library, p), verdict="clean")
    keep("stacked.pkl", pickle.dumps([1], 4) + pickle.dumps([2], 2) + pickle.dumps([3], 0), verdict="clean", pickles=3)


def arrays(np):
    record = np.zeros(3, dtype=[("a", "<i4"), ("b", "<f8", (2,)), ("c", "S3")])
    return {
        "f8": np.arange(12.0).reshape(3, 4), "fortran": np.asfortranarray(np.arange(6, dtype="i4").reshape(2, 3)), "record": record,
        "unicode": np.array(["ab", "cde"]), "bytes": np.array([b"x", b"yz"]), "bool": np.array([True, False]), "big": np.arange(4, dtype=">f4"),
        "dates": np.array(["2026-01-01"], dtype="M8[D]"), "objects": np.array(["a", None, {"b": np.arange(2)}], dtype=object), "empty": np.zeros((0, 3)),
        "scalar": np.array(3.5), "complex": np.array([1 + 2j]), "half": np.zeros(5, "f2"), "masked": np.ma.masked_array([1, 2], mask=[True, False]),
        "number": np.float64(2.5), "moment": np.datetime64("2026-01-01"), "generator": np.random.RandomState(3), "matrix": np.matrix([[1, 2]]),
    }


def shapes(v):
    return {"dtype": v.dtype.str if v.dtype.names is None else "|V%d" % v.dtype.itemsize, "shape": list(v.shape), "bytes": int(v.nbytes), "objects": v.dtype.hasobject}


def with_numpy(folder):
    import joblib
    import numpy as np

    all_arrays = arrays(np)
    version = joblib.__version__
    if not folder:
        for p in range(6):
            keep("numpy.p%d.pkl" % p, pickle.dumps(all_arrays, p), verdict="clean")
    for p in (0, 2, 3, 4, 5):
        if folder and p != 3:
            continue
        name = "joblib%s.p%d.joblib" % (version, p)
        path = os.path.join(here, name)
        several = {k: v for k, v in all_arrays.items() if isinstance(v, np.ndarray) and k not in ("masked", "matrix")}
        joblib.dump(several, path, protocol=p)
        for extra in os.listdir(here):
            if extra.startswith(name + "_"):
                os.remove(os.path.join(here, extra))  # side files: their names are what matters
        with open(path, "rb") as f:
            data = f.read()
        keep(name, data, verdict="clean", arrays=[shapes(v) for v in several.values()] if not version.startswith("0.9") else None)


def models():
    import joblib
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    rng = np.random.RandomState(0)
    X, y = rng.randn(60, 4), rng.randint(0, 2, 60)
    fitted = {
        "pipeline": make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y), "forest": RandomForestClassifier(2, max_depth=2, random_state=0).fit(X, y),
        "boosting": GradientBoostingClassifier(n_estimators=2, max_depth=2).fit(X, y), "histogram": HistGradientBoostingClassifier(max_iter=2, max_depth=2).fit(X, y),
        "sgd": SGDClassifier().fit(X, y), "text": TfidfVectorizer().fit(["a lambda exec", "os system b"]),
        "columns": ColumnTransformer([("a", OneHotEncoder(), [0]), ("b", StandardScaler(), [1])]).fit(np.abs(X).round()),
    }
    for name, model in fitted.items():
        keep("sklearn.%s.pkl" % name, pickle.dumps(model), verdict="clean")
        path = os.path.join(here, "sklearn.%s.joblib" % name)
        joblib.dump(model, path)
        keep("sklearn.%s.joblib" % name, open(path, "rb").read(), verdict="clean")


if __name__ == "__main__":
    os.makedirs(here, exist_ok=True)
    if os.environ.get("GOLDEN_ONLY_JOBLIB"):
        with_numpy(True)
        print(json.dumps(expected))
        sys.exit()
    values()
    with_numpy(False)
    models()
    for folder in sys.argv[1:]:
        out = subprocess.run([sys.executable, __file__], env=dict(os.environ, PYTHONPATH=folder, GOLDEN_ONLY_JOBLIB="1"), capture_output=True, text=True)
        if out.returncode:
            print(folder, out.stderr[-300:], file=sys.stderr)
        else:
            expected.update(json.loads(out.stdout))
    with open(os.path.join(here, "..", "golden.json"), "w") as f:
        json.dump(expected, f, indent=1, sort_keys=True)
        f.write("\n")
