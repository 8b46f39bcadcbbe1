"""Writes outside_*.h5 and pytables.h5 beside it: files that lead out of themselves, and pickles in attributes.

    pip install h5py && python outside.py
"""
import pathlib

import h5py
import numpy as np

here = pathlib.Path(__file__).resolve().parent
for version in ("earliest", "latest"):
    path = here / f"outside_{version}.h5"
    with h5py.File(path, "w", libver=version, userblock_size=512) as f:
        f["plain"] = np.arange(5)
        f["external"] = h5py.ExternalLink("/etc/other.h5", "/secret")
        f.create_dataset("files", (4,), "u1", external=[("/etc/passwd", 0, 4)])
        layout = h5py.VirtualLayout((4,), "i4")
        layout[:] = h5py.VirtualSource("elsewhere.h5", "data", (4,))
        f.create_virtual_dataset("virtual", layout)
    with open(path, "r+b") as raw:
        raw.write(b"#!/bin/sh\nid\n")
with h5py.File(here / "pytables.h5", "w") as f:  # as PyTables pickles attributes that are no numbers
    f.attrs["PYTABLES_FORMAT_VERSION"] = np.bytes_(b"2.1")
    f.attrs["good"] = np.bytes_(b"(dp0\nS'freq'\np1\nNs.")
    f.attrs["bad"] = np.bytes_(b"cposix\nsystem\n(S'id'\ntR.")
