"""Writes testdata/7z: archives of the same two members by each method of py7zr.

Run with Python 3.11 and py7zr 1.1 in the folder that holds this file.
"""

import struct

import py7zr

calls = b"".join(b"\xe8" + struct.pack("<i", (i * 7) % 5000 - 2500) for i in range(20000))
text = b"a model, a model, " * 50
methods = {
    "default": None,
    "lzma": [{"id": py7zr.FILTER_LZMA}],
    "branches": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 1}],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "zstd": [{"id": py7zr.FILTER_ZSTD}],
    "ppmd": [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 20}],
}
for name, filters in methods.items():
    with py7zr.SevenZipFile(f"7z/{name}.7z", "w", filters=filters) as z:
        z.writestr(text, "folder/text")
        z.writestr(calls, "calls")
with py7zr.SevenZipFile("7z/sealed.7z", "w", password="x") as z:
    z.writestr(text, "text")
