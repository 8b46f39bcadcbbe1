"""Writes vetted_libraries.txt: what libraries bring that may stand in a pickle as data.

    python testdata/vet.py WHEEL… > vetted_libraries.txt

Nothing is imported of the wheels: their Python sources are read. A class is data when neither it nor a class of the same library
that it is made of has a __new__, __setstate__ or __reduce__'s helper that does more than set attributes; a function is listed as
data, which may be named and not called. Enumerations are vetted: calling one looks a member up. Classes of compiled modules have
no source in a wheel; with --installed the compiled modules of the packages in this environment are asked for theirs, whose
constructors are C code that takes sizes and numbers; they are vetted.

The environment of the committed file: Python 3.11 with the newest scikit-learn, numpy, scipy, pandas, xgboost, lightgbm, catboost,
joblib; the wheels are those named in the file's first lines.
"""
import ast
import collections
import importlib
import inspect
import itertools
import os
import pkgutil
import re
import sys
import zipfile

# What of each distribution is read: module prefixes, or all.
ONLY = {
    "transformers": (
        "transformers.training_args", "transformers.trainer_utils", "transformers.trainer_callback", "transformers.trainer_pt_utils", "transformers.configuration_utils",
        "transformers.generation.configuration_utils", "transformers.tokenization_utils_base", "transformers.utils.generic", "transformers.integrations.",
        "transformers.debug_utils", "transformers.hyperparameter_search", "transformers.modeling_outputs", "transformers.data.data_collator", "transformers.file_utils",
        "transformers.models.bert.", "transformers.models.distilbert.", "transformers.models.roberta.", "transformers.models.gpt2.", "transformers.models.t5.",
    ),
    "mlflow_skinny": ("mlflow.models.", "mlflow.pyfunc.model", "mlflow.types.", "mlflow.entities."),
    "torch": ("torch.nn.", "torch.optim.", "torch.utils.data.dataset", "torch.utils.data.sampler", "torch.utils.data.dataloader", "torch.distributions.", "torch.utils.hooks", "torch.ao.", "torch.quantization.", "torch.nn", "torch.amp.", "torch.cuda.amp."),
    "timm": ("timm.models.", "timm.layers."),
    "nltk": ("nltk.stem", "nltk.tokenize", "nltk.probability", "nltk.classify", "nltk.tag", "nltk.tree", "nltk.lm"),
    "networkx": ("networkx.classes",),
    "gensim": ("gensim.models", "gensim.corpora", "gensim.similarities"),
    "accelerate": ("accelerate.utils.dataclasses", "accelerate.state"),
}
# Functions are listed of these: their pickles name functions.
FUNCTIONS = ("scikit_learn", "numpy", "scipy", "pandas", "torch", "xgboost_cpu", "lightgbm", "category_encoders", "imbalanced_learn", "skops")
SKIP = re.compile(r"(^|\.)(tests?|testing|_testing|conftest|setup|_build_utils|externals|examples|benchmarks|_vendor|vendored|f2py|distutils|_distutils|doc|docs|compat\.pickle_compat|io)(\.|$)|(^|\.)(test_|bench_)")
BAD_CALLS = {"eval", "exec", "compile", "open", "__import__", "import_module", "loads", "load", "system", "popen", "Popen", "run", "check_call", "check_output", "call", "literal_eval", "globals", "setattr", "exec_module", "unpickle", "read_pickle", "get_type", "resolve", "memmap", "fromfile", "urlopen", "remove", "unlink", "rmtree", "write"}
HOOKS = ("__new__", "__setstate__", "__del__", "__setattr__")


def does_more(function):
    """The name of a call in a method that does more than set attributes."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            f = node.func
            name = f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else ""
            if name in BAD_CALLS:
                return name
    return ""


class Source:
    """The classes and functions of one wheel."""

    def __init__(self, path):
        self.distribution, self.version = os.path.basename(path).split("-")[:2]
        self.classes, self.functions, self.enums = {}, set(), set()
        only = ONLY.get(self.distribution)
        with zipfile.ZipFile(path) as z:
            for name in z.namelist():
                if not name.endswith(".py") or "-" in name.split("/")[0]:
                    continue
                module = name[:-3].replace("/", ".")
                module = module[: -len(".__init__")] if module.endswith(".__init__") else module
                if SKIP.search(module) or only and not module.startswith(only):
                    continue
                try:
                    tree = ast.parse(z.read(name))
                except (SyntaxError, ValueError):
                    continue
                self.module(module, tree)

    def module(self, module, tree):
        body = list(tree.body)
        while body:
            node = body.pop(0)
            if isinstance(node, (ast.If, ast.Try)):
                body += node.body + node.orelse + [h for handler in getattr(node, "handlers", []) for h in handler.body]
            elif isinstance(node, ast.ClassDef):
                self.add(module, "", node)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.functions.add((module, node.name))

    def add(self, module, outer, node):
        bases = [b.attr if isinstance(b, ast.Attribute) else b.id for b in node.bases if isinstance(b, (ast.Name, ast.Attribute))]
        bad = ""
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name in HOOKS:
                bad = bad or does_more(item)
            if isinstance(item, ast.ClassDef):
                self.add(module, outer + node.name + ".", item)
        self.classes[module, outer + node.name] = (bases, bad)
        self.enums.update([(module, outer + node.name)] if any(b in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ExplicitEnum") for b in bases) else [])

    def ancestors(self, by_name, bases):
        """What classes of this library, by name, the bases and theirs are."""
        names, todo = set(), list(bases)
        while todo:
            name = todo.pop()
            if name not in names:
                names.add(name)
                todo += [b for parents, _ in by_name.get(name, ()) for b in parents]
        return names

    def unfit(self, by_name, bases):
        """What a class of this library among the bases does, through all of them."""
        return any(bad for name in self.ancestors(by_name, bases) for _, bad in by_name.get(name, ()))

    def takes_items(self, by_name, bases):
        return bool(self.ancestors(by_name, bases) & {"dict", "list", "set", "OrderedDict", "UserDict", "UserList", "defaultdict", "MutableMapping"})

    def rule(self, by_name, module, name, bases):
        """What is to be looked at when a class is filled: scipy's distributions run a text of their state."""
        if "rv_generic" in self.ancestors(by_name, bases) | {name}:
            return "distribution"
        if name == "vectorize" and module.startswith("numpy.lib."):
            return "vectorize"
        return "items" if self.takes_items(by_name, bases) else "-"

    def rules(self):
        by_name = collections.defaultdict(list)
        for (module, name), what in self.classes.items():
            by_name[name.split(".")[-1]].append(what)
        for (module, name), (bases, bad) in self.classes.items():
            if bad or self.unfit(by_name, bases):
                continue
            if (module, name) in self.enums:
                yield "VETTED", module, name, "-", "an enumeration: looks a member up"
            else:
                yield "DATA", module, name, self.rule(by_name, module, name, bases), "class"
        if self.distribution in FUNCTIONS:
            for module, name in self.functions:
                if not name.startswith(("test_", "fetch_", "load_", "read_", "_fetch", "_load", "_download")):
                    yield "DATA", module, name, "-", "function, named and not called"


def named(module, name):
    """Whether pickles come to name a function: those that estimators take for a parameter."""
    if module.startswith(("sklearn.", "xgboost.", "lightgbm.", "imblearn.", "category_encoders.")):
        return True
    return not name.startswith("_") and module == "numpy" or not name.startswith("_") and module.startswith(("scipy._lib.array_api_compat.", "scipy.special", "scipy.spatial.distance", "scipy.stats._stats_py", "scipy.linalg._", "torch.nn.functional", "torch.nn.init", "skops."))


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
                yield ("DATA", modules[0], name, "-"), version(root), "function, named and not called"


def version(root):
    library = root.__name__.split(".")[0]
    return "%s %s" % (library, sys.modules[library].__version__)


def installed(packages):
    """The classes and helpers of compiled modules."""
    for package in packages:
        root = importlib.import_module(package)
        for info in pkgutil.walk_packages(root.__path__, package + ".", onerror=lambda name: None):
            if SKIP.search(info.name):
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
                elif isinstance(thing, type) and not issubclass(thing, BaseException):
                    yield ("VETTED", info.name, name, "-"), version, "compiled class, whose constructor takes numbers"
                elif callable(thing):
                    yield ("DATA", info.name, name, "-"), version, "function, named and not called"


def number(version):
    return [int(x) for x in re.findall(r"\d+", version)]


def main(paths):
    seen = collections.OrderedDict()
    for path in sorted((p for p in paths if not p.startswith("--")), key=lambda p: number(os.path.basename(p).split("-")[1])):
        source = Source(path)
        library = source.distribution.replace("_", "-").replace("xgboost-cpu", "xgboost")
        for kind, module, name, rule, reason in source.rules():
            if reason.startswith("function") and not named(module, name):
                continue
            seen.setdefault((module, name), []).append((kind, rule, library, source.version, reason))
    if "--installed" in paths:
        for (kind, module, name, rule), version, reason in itertools.chain(ufuncs(), installed(["sklearn", "numpy", "scipy", "pandas", "lightgbm", "catboost"])):
            if reason.startswith("function") and not named(module, name):
                continue
            library, _, v = version.partition(" ")
            seen.setdefault((module, name), []).append((kind, rule, library.replace("sklearn", "scikit-learn"), v, reason))
    print("# Generated by testdata/vet.py. What libraries bring: class, module, name, rule, versions in which it was vetted, reason.")
    print("# Wheels: " + ", ".join(sorted("%s %s" % tuple(os.path.basename(p).split("-")[:2]) for p in paths if not p.startswith("--"))))
    for (module, name), rows in sorted(seen.items()):
        kind, rule, library, _, reason = rows[-1]
        versions = [v for _, _, l, v, _ in rows if l == library]
        span = versions[0] if versions[0] == versions[-1] else "%s to %s" % (versions[0], versions[-1])
        print("\t".join([kind, module, name, rule, "%s %s" % (library, span), reason]))


if __name__ == "__main__":
    main(sys.argv[1:])
