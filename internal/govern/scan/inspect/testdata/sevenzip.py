"""Writes testdata/sevenzip: a 7z file of harmless pickles, and one with a pickle that would call posix.system.

Run with Python 3.11 and py7zr 1.1 in the folder that holds this file. Nothing is loaded.
"""

import pickle

import py7zr

with py7zr.SevenZipFile("sevenzip/good.7z", "w") as z:
    z.writestr(pickle.dumps({"a": list(range(100))}), "model/a.pkl")
    z.writestr(b"# a model\n", "model/README.md")
with py7zr.SevenZipFile("sevenzip/evil.7z", "w") as z:
    z.writestr(b"# a model\n", "model/README.md")
    z.writestr(b"cposix\nsystem\n(S'id'\ntR.", "model/weights")
