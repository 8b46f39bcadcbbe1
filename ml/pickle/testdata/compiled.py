"""What the compiled modules of the packages in this environment have, of which a wheel has no source: classes, helpers, ufuncs."""
import importlib
import inspect
import pkgutil
import sys

import wheels

# Modules of compiled classes whose constructors a person has read: they take texts for rules of the calendar. All others are given numbers alone:
# what nobody has read may open what a text names.
READ = ("pandas._libs.tslibs.offsets", "pandas._libs.tslibs.period", "pandas._libs.tslibs.timestamps", "pandas._libs.tslibs.timedeltas", "pandas._libs.tslibs.timezones", "pandas._libs.interval")


def ufuncs():
    """numpy's and scipy's ufuncs, by each module that whichmodule may find first."""
    import numpy
    import scipy.special

    places = {
        numpy: ["numpy", "numpy.core._multiarray_umath", "numpy._core._multiarray_umath", "numpy.core.umath", "numpy._core.umath"],
        scipy.special: ["scipy.special", "scipy.special._ufuncs"],
    }
    for root, modules in places.items():
        for name, thing in sorted(vars(root).items()):
            if isinstance(thing, numpy.ufunc):
                for module in modules:
                    yield ("VETTED", module, name, "-"), version(root), "computes with arrays"
            elif inspect.isroutine(thing) and not name.startswith("_"):
                yield ("DATA", modules[0], name, "calls"), version(root), "function, named and not called"


def version(root):
    library = root.__name__.split(".")[0]
    return "%s %s" % (library, sys.modules[library].__version__)


def installed(packages):
    """The classes and helpers of compiled modules."""
    for package in packages:
        root = importlib.import_module(package)
        for info in pkgutil.walk_packages(root.__path__, package + ".", onerror=lambda name: None):
            if wheels.SKIP.search(info.name):
                continue
            try:
                module = importlib.import_module(info.name)
            except BaseException:
                continue
            if not (getattr(module, "__file__", None) or "").endswith((".so", ".pyd")):
                continue
            version = "%s %s" % (package, root.__version__)
            for name, thing in sorted(vars(module).items()):
                if getattr(thing, "__module__", None) != info.name:
                    continue
                if name.startswith("__pyx_unpickle_") and not name.startswith("__pyx_unpickle_Enum"):
                    yield ("VETTED", info.name, name, "class"), version, "makes an object of compiled code: judged by its class"
                elif name == "newObj":
                    yield ("VETTED", info.name, name, "class"), version, "makes an object of compiled code: judged by its class"
                elif isinstance(thing, type) and not issubclass(thing, (BaseException, type)):
                    rule = "-" if info.name.startswith(READ) else "numbers"
                    yield ("VETTED", info.name, name, rule), version, "compiled class, whose constructor takes numbers"
                elif callable(thing):
                    yield ("DATA", info.name, name, "calls"), version, "function, named and not called"
