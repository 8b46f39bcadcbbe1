"""Writes the databases in sqlite/.    python sqlite.py      Python 3

Nothing is loaded, and the command is harmless.
"""

import os
import pickle
import sqlite3
import zlib

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sqlite")


class Shell:
    def __reduce__(self):
        return os.system, ("id",)


SHELL, KEY = pickle.dumps(Shell(), 4), b"model"
DICT = "create table Dict (key blob unique not null, value blob not null)"
for name, statements in {
    "shelve.db": [(DICT, ()), ("insert into Dict values(?, ?)", (KEY, SHELL))],
    "good.db": [(DICT, ()), ("insert into Dict values(?, ?)", (KEY, pickle.dumps({"weights": [1, 2.5], "name": "x"}, 4)))],
    "overflow.db": [("create table t(a, b)", ()), ("insert into t values(1, ?)", (pickle.dumps(["x" * 9000, Shell()], 4),))],
    "norowid.db": [("create table t(k text primary key, v) without rowid", ()), ("insert into t values('a', ?)", (SHELL,))],
    "packed.db": [("create table t(a)", ()), ("insert into t values(?)", (zlib.compress(SHELL),))],
    "view.db": [(f"create view Dict as select x'6d' as key, x'{SHELL.hex()}' as value", ())],
    "default.db": [("create table t(a)", ()), ("insert into t values(1)", ()), (f"alter table t add column v default x'{SHELL.hex()}'", ())],
    "cast.db": [("create view Dict as select x'6d' as key, cast('cposix' || char(10) as blob) as value", ())],
    "texts.db": [("create table t(a, b, c)", ())] + [("insert into t values(?, ?, ?)", (i, "clear text (%d)" % i * (i + 1), bytes([0x80, i]) + b"image")) for i in range(30)] + [("create view v as select a, b from t", ())],
}.items():
    at = os.path.join(folder, name)
    if os.path.exists(at):
        os.remove(at)
    c = sqlite3.connect(at)
    for s in statements:
        c.execute(*s)
    c.commit()
    c.close()
