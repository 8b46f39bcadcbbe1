"""Writes objects.h5 and objects_shell.h5: what PyTables makes of objects.    python objects.py      Python 3.11 with tables, numpy

Nothing is loaded, and the command is harmless.
"""

import os

import numpy as np
import tables

here = os.path.dirname(os.path.abspath(__file__))


class Shell:
    def __reduce__(self):
        return os.system, ("id",)


for name, objects in {"objects.h5": [{"a": [1, 2.5]}, np.arange(3.0), ("x", None)], "objects_shell.h5": [1, Shell()]}.items():
    with tables.open_file(os.path.join(here, name), "w") as h:
        v = h.create_vlarray("/", "values", tables.ObjectAtom(), filters=tables.Filters(complevel=1, complib="zlib"), chunkshape=4)
        for o in objects:
            v.append(o)
