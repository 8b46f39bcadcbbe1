"""Writes outside_*.h5 beside it: files that lead out of themselves.

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
