"""Writes vetted_names.txt: names that no class or def statement of a library gives.

    python testdata/names.py > vetted_names.txt

Named tuples are made by a call (namedtuple, scipy's _make_tuple_bunch): their fields are kept as they are. Classes and functions that a library
shows as another module's (pandas.api.typing) are what they are where they were written: SAME names that module, whose line in
vetted_libraries.txt or vetted.txt counts. A ufunc is pickled by the first module that holds it. Constants and exceptions of the standard library that lie
in modules which are dangerous as a whole are named one by one.

The environment of the committed file: Python 3.11 with the newest numpy, scipy, pandas, scikit-learn, statsmodels, networkx, xgboost, lightgbm.
"""
import contextlib
import enum
import importlib
import inspect
import os
import pkgutil
import re
import sys
import warnings

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARIES = ("numpy", "scipy", "pandas", "sklearn", "statsmodels", "networkx", "xgboost", "lightgbm")
SKIP = re.compile(r"(^|\.)(tests?|testing|_testing|conftest|setup|_build_utils|externals|examples|benchmarks|f2py|distutils|_distutils|sandbox|_pyinstaller|datasets|api\.tests)(\.|$)|(^|\.)(test_|bench_)")
STANDARD = ("ast", "calendar", "collections", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "http", "inspect", "ipaddress", "json", "logging", "math", "operator", "os",
            "platform", "random", "re", "signal", "socket", "statistics", "string", "time", "tokenize", "types", "typing", "unicodedata", "urllib.parse", "uuid", "zoneinfo", "shutil", "sched", "struct")
TUPLE = {"__slots__", "__doc__", "__module__", "_fields", "_field_defaults", "__new__", "_make", "_replace", "__repr__", "_asdict", "__getnewargs__", "__match_args__", "__replace__",
         "__getnewargs_ex__", "__init__", "__setattr__", "_extra_fields", "__annotations__", "__orig_bases__", "__firstlineno__", "__static_attributes__", "__weakref__", "__dict__"}
# Of the modules operator and math, what computes with what it is given. What reaches attributes or calls is not here.
PLAIN = {"operator": "abs add and_ concat contains countOf eq floordiv ge gt index indexOf inv invert is_ is_not le lshift lt matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor length_hint".split()}
ENUMS = ("http", "signal", "socket", "inspect", "enum", "re", "uuid", "calendar", "decimal", "time", "string")
WINDOWS = re.compile(r"^scipy\.signal\.windows\._windows$")


def modules(package):
    root = importlib.import_module(package)
    yield root
    for info in pkgutil.walk_packages(getattr(root, "__path__", []), package + ".", onerror=lambda name: None):
        if SKIP.search(info.name) or "__main__" in info.name:
            continue
        try:
            yield importlib.import_module(info.name)
        except BaseException:
            continue


def is_tuple(thing):
    """Whether a class is a named tuple that a call made, with nothing of its own."""
    if not (isinstance(thing, type) and issubclass(thing, tuple) and isinstance(getattr(thing, "_fields", None), tuple)):
        return False
    own = {k for k, v in vars(thing).items() if not isinstance(v, property) and type(v).__name__ != "_tuplegetter"}
    made = getattr(thing.__new__, "__code__", None)
    return thing.__bases__ == (tuple,) and own <= TUPLE and made is not None and made.co_filename.startswith("<")


def known():
    out = {}
    for name in ("vetted_libraries.txt", "vetted.txt"):
        with open(os.path.join(HERE, "..", name)) as f:
            for line in f:
                parts = line.rstrip("\n").split("\t")
                if parts[0] in ("DATA", "VETTED"):
                    out[parts[1], parts[2]] = parts
    return out


def library(package, have, out):
    version = "%s %s" % ({"sklearn": "scikit-learn"}.get(package, package), importlib.import_module(package).__version__)
    import numpy
    for module in list(modules(package)):
        for name, thing in list(vars(module).items()):
            if type(thing) is numpy.ufunc and thing.__name__ == name and package == "scipy":
                if (module.__name__, name) not in have:
                    out["VETTED", module.__name__, name] = ("-", version, "computes with arrays")
                continue
            at, called = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
            if not isinstance(at, str) or not isinstance(called, str) or called != name or not at.startswith(package) or (at, name) in have:
                continue
            if is_tuple(thing):
                out["DATA", at, name] = ("hashes,keeps", version, "a named tuple")
            elif at != module.__name__ and (module.__name__, name) in have and getattr(sys.modules.get(at), name, None) is thing:
                out["SAME", at, name] = (module.__name__, version, "the same as there")
            elif inspect.isfunction(thing) and WINDOWS.search(at) and not name.startswith("_"):
                out["DATA", at, name] = ("-", version, "function, named and not called")


def standard(have, out):
    version = "any Python"
    for module in map(importlib.import_module, STANDARD):
        for name, thing in list(vars(module).items()):
            at = getattr(thing, "__module__", None)
            if is_tuple(thing) and at == module.__name__:
                out["DATA", at, name] = ("hashes,keeps", version, "a named tuple")
            elif isinstance(thing, type) and issubclass(thing, enum.Enum) and module.__name__ in ENUMS and at == module.__name__:
                out["VETTED", at, name] = ("-", version, "an enumeration: looks a member up")
            elif isinstance(thing, type) and issubclass(thing, tuple) and hasattr(thing, "n_sequence_fields") and at in ("os", "time"):
                out["VETTED", at, name] = ("-", version, "a named tuple")
            elif isinstance(thing, type) and issubclass(thing, Exception) and module.__name__ in ("decimal", "statistics", "struct", "re", "json"):
                out["VETTED", at, name] = ("-", version, "an exception, with plain arguments")
            elif module.__name__ in PLAIN and name in PLAIN[module.__name__]:
                for place in (module.__name__, "_" + module.__name__):
                    out["DATA", place, name] = ("-", version, "a function of plain values; as data")
            elif module.__name__ == "math" and callable(thing) and not name.startswith("_"):
                out["DATA", "math", name] = ("-", version, "a function of plain values; as data")
    for key in [k for k in out if k[1:] in have]:
        del out[key]


def main():
    have, out = known(), {}
    with contextlib.redirect_stdout(sys.stderr):  # some modules print while they are imported
        standard(have, out)
        for package in LIBRARIES:
            library(package, have, out)
    print("# Generated by testdata/names.py. Names that no class or def statement gives: class, module, name, rule or the module whose line counts, versions, reason.")
    for (kind, module, name), (rule, version, reason) in sorted(out.items(), key=lambda e: e[0][1:] + e[0][:1]):
        print("\t".join([kind, module, name, rule, version, reason]))


if __name__ == "__main__":
    main()
