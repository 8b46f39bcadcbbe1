"""Writes golden.csv and golden.json: what pandas and numpy say of a table.

Run with pandas 3.1.1:  python golden.py
"""
import json
import numpy as np
import pandas as pd

BINS = 20
rng = np.random.default_rng(7)
n = 1500
t = pd.DataFrame({
    "id": np.arange(n) * 7919 % 1_000_003,
    "small": rng.integers(-5, 6, n),
    "normal": rng.normal(100, 15, n),
    "wide": np.exp(rng.normal(0, 8, n)) * rng.choice([-1, 1], n),
    "tiny": rng.uniform(1e-12, 2e-12, n),
    "text": rng.choice(["a", "b", "ä", "a,b", 'say "x"', "line\nend"], n, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.1]),
    "flag": rng.choice(["true", "false"], n),
    "day": pd.to_datetime("2026-01-01") + pd.to_timedelta(rng.integers(0, 400, n), "D"),
})
for c, share in [("normal", 0.1), ("text", 0.05), ("day", 0.02)]:
    t.loc[rng.random(n) < share, c] = None
t["day"] = t["day"].dt.strftime("%Y-%m-%d")
t.to_csv("golden.csv", index=False)

told = {}
for c in t.columns:
    v = t[c].dropna()
    p = told[c] = {"count": int(v.count()), "nulls": int(n - v.count()), "distinct": int(v.nunique())}
    if c == "day":
        v = (pd.to_datetime(v) - pd.Timestamp("1970-01-01")).dt.days
    if c in ("text", "flag"):
        top = v.value_counts().items()
        p["top"] = [[k, int(x)] for k, x in sorted(top, key=lambda i: (-i[1], i[0].encode()))][:10]
    else:
        v = v.to_numpy()
        p["low"], p["high"] = float(v.min()), float(v.max())
        p["mean"], p["deviation"] = float(v.mean()), float(v.std(ddof=1))
        # Edges are the same as there; a value on an edge may be on either side of it.
        p["histogram"] = [int(x) for x in np.histogram(v, BINS, (v.min(), v.max()))[0]]
json.dump(told, open("golden.json", "w"), indent=1, ensure_ascii=False)
