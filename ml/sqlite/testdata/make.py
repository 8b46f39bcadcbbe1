"""Writes the databases of this folder, and golden.json with what sqlite3 reads of them.    python make.py"""

import hashlib
import json
import os
import random
import sqlite3

here = os.path.dirname(os.path.abspath(__file__))
rng = random.Random(1)


def make(name, rows, *statements, **pragmas):
    at = os.path.join(here, name)
    if os.path.exists(at):
        os.remove(at)
    c = sqlite3.connect(at)
    for key, value in pragmas.items():
        c.execute(f"pragma {key}={value}")
    c.execute("create table t(a integer primary key, b text, c blob)")
    c.executemany("insert into t values(?,?,?)", rows)
    for s in statements:
        c.execute(s)
    c.commit()
    c.close()


def rows(n, most):
    return [(3 * i - 50, "text %d " % i * rng.randrange(1, 9), rng.randbytes(rng.randrange(1, most))) for i in range(n)]


make("small.db", rows(90, 900), "delete from t where a % 5 = 0", "create index x on t(b)", page_size=512)
make("vacuum.db", rows(40, 3000), "delete from t where a % 2 = 0", page_size=1024, auto_vacuum=1)
make("wide.db", rows(5, 9000), "create view v as select a, x'00112233' from t", page_size=4096, encoding='"UTF-16le"')
make("norowid.db", rows(40, 700), "create table w(k blob primary key, v) without rowid", "insert into w select c, b from t", "drop table t", page_size=512)

golden = {}
for name in sorted(n for n in os.listdir(here) if n.endswith(".db")):
    c = sqlite3.connect(os.path.join(here, name))
    values = {}
    for (table,) in c.execute("select name from sqlite_schema where type = 'table' order by 1").fetchall():
        encoding = c.execute("pragma encoding").fetchone()[0].lower()
        sums = []
        for row in c.execute(f"select * from {table}").fetchall():
            for value in row:
                if isinstance(value, str):
                    value = value.encode(encoding)
                if isinstance(value, bytes) and value:
                    sums.append(hashlib.sha256(value).hexdigest()[:16])
        values[table] = sorted(sums)
    golden[name] = values
with open(os.path.join(here, "golden.json"), "w") as f:
    json.dump(golden, f, indent=0)
