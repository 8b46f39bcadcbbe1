"""Writes dangerous_libraries.txt: callables of libraries that import, evaluate, load or start what they are given.

    python testdata/gadgets.py WHEEL… > dangerous_libraries.txt

Nothing is imported of the wheels: their Python sources are read. Listed are functions, and methods as Class.method, in which an argument,
or what is made of arguments, comes to one of SINKS: the name of a module, a text of code, a pickle, a command. Functions that give
their argument to such a one of the same library are listed as well, and so is each module that imports one by its name. A function
that only passes on what it read elsewhere is none.
"""
import ast
import collections
import os
import re
import sys
import zipfile

SKIP = re.compile(r"(^|\.)(tests?|testing|_testing|conftest|setup|examples|benchmarks|docs?|_vendor|vendored|externals)(\.|$)|(^|\.)(test_|bench_)")
# By the last part of the call's name: the family, what must stand before the dot ("" for a bare name, None for anything), the reason.
SINKS = {
    "import_module": ("indirect import", {"", "importlib"}, "imports a module by the name that it is given"),
    "__import__": ("indirect import", {"", "builtins"}, "imports a module by the name that it is given"),
    "spec_from_file_location": ("indirect import", {"", "util", "importlib"}, "imports a module from the file that it is given"),
    "locate": ("indirect import", {"", "pydoc"}, "imports what the text names that it is given"),
    "resolve_name": ("indirect import", {"pkgutil"}, "imports what the text names that it is given"),
    "run_path": ("evaluates code", {"", "runpy"}, "runs the file that it is given"),
    "run_module": ("evaluates code", {"", "runpy"}, "runs the module that it is given"),
    "eval": ("evaluates code", {"", "builtins"}, "evaluates the text that it is given"),
    "exec": ("evaluates code", {"", "builtins"}, "runs the text that it is given"),
    "loads": ("nested deserialisers", {"pickle", "cloudpickle", "dill", "marshal", "cPickle", "_pickle", "cp", "pkl", "jsonpickle"}, "loads the pickle that it is given"),
    "load": ("nested deserialisers", {"pickle", "cloudpickle", "dill", "marshal", "cPickle", "_pickle", "cp", "pkl", "joblib"}, "loads the pickle that it is given"),
    "Unpickler": ("nested deserialisers", {"", "pickle", "cloudpickle", "dill"}, "loads the pickle that it is given"),
    "system": ("starts processes", {"os"}, "runs the command that it is given"),
    "popen": ("starts processes", {"os"}, "runs the command that it is given"),
    "Popen": ("starts processes", {"", "subprocess"}, "runs the command that it is given"),
    "run": ("starts processes", {"subprocess"}, "runs the command that it is given"),
    "call": ("starts processes", {"subprocess"}, "runs the command that it is given"),
    "check_call": ("starts processes", {"", "subprocess"}, "runs the command that it is given"),
    "check_output": ("starts processes", {"", "subprocess"}, "runs the command that it is given"),
    "getoutput": ("starts processes", {"", "subprocess"}, "runs the command that it is given"),
}


def names(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def tainted(function):
    """The names in a function that arguments, or what is made of them, have."""
    a = function.args
    given = {x.arg for x in a.posonlyargs + a.args + a.kwonlyargs + [y for y in (a.vararg, a.kwarg) if y]} - {"self", "cls"}
    for _ in range(4):
        before = len(given)
        for node in ast.walk(function):
            if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None and names(node.value) & given:
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    given |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
            elif isinstance(node, (ast.For, ast.comprehension)) and names(node.iter) & given:
                given |= names(node.target)
            elif isinstance(node, ast.With):
                for item in node.items:
                    if item.optional_vars is not None and names(item.context_expr) & given:
                        given |= names(item.optional_vars)
        if len(given) == before:
            break
    return given


def first(call):
    """What a call is given to import, evaluate, load or start: its first argument, by place or by name."""
    if call.args:
        return call.args[0]
    return call.keywords[0].value if call.keywords else None


class Library:
    def __init__(self, path):
        self.distribution, self.version = os.path.basename(path).split("-")[:2]
        self.bodies, self.imports = {}, collections.defaultdict(list)
        with zipfile.ZipFile(path) as z:
            for name in z.namelist():
                if not name.endswith(".py") or "-" in name.split("/")[0]:
                    continue
                module = name[:-3].replace("/", ".")
                package = module.endswith(".__init__")
                module = module[: -len(".__init__")] if package else module
                if SKIP.search(module):
                    continue
                try:
                    tree = ast.parse(z.read(name))
                except (SyntaxError, ValueError):
                    continue
                self.module(module, package, tree)

    def module(self, module, package, tree):
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.bodies[module, node.name] = node
            elif isinstance(node, ast.ClassDef):
                for item in node.body:
                    if isinstance(item, ast.FunctionDef) and not item.name.startswith("__"):
                        self.bodies[module, node.name + "." + item.name] = item
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                base = module if package else module.rpartition(".")[0]
                for _ in range((node.level or 1) - 1):
                    base = base.rpartition(".")[0]
                source = ".".join(x for x in (base if node.level else "", node.module or "") if x)
                for a in node.names:
                    self.imports[module].append((source, a.name, a.asname or a.name))

    def dangerous(self):
        found = {}
        for _ in range(3):
            before = len(found)
            for (module, name), body in self.bodies.items():
                if (module, name) not in found:
                    why = self.sink(module, body, found)
                    if why:
                        found[module, name] = why
            if len(found) == before:
                break
        for _ in range(4):
            within = collections.defaultdict(list)
            for (module, name), why in found.items():
                within[module, name.split(".")[0]].append((name, why))
            for module, rows in self.imports.items():
                for source, name, as_name in rows:
                    for full, why in within.get((source, name), ()):
                        found.setdefault((module, as_name + full[len(name):]), why)
        return found

    def sink(self, module, body, found):
        near = {as_name: (source, name) for source, name, as_name in self.imports[module]}
        for node in ast.walk(body):
            if not isinstance(node, ast.Call):
                continue
            f, what = node.func, first(node)
            of, name = ("", f.id) if isinstance(f, ast.Name) else (f.value.id if isinstance(f.value, ast.Name) else "?", f.attr) if isinstance(f, ast.Attribute) else ("?", "")
            why = None
            if name in SINKS and of in SINKS[name][1]:
                why = SINKS[name][0], SINKS[name][2]
            elif not of:
                why = found.get((module, name)) or found.get(near.get(name))
            if why and what is not None and names(what) & tainted(body):
                return why
        return None


def main(paths):
    rows = {}
    versions = []
    for path in sorted(paths):
        library = Library(path)
        versions.append("%s %s" % (library.distribution, library.version))
        for (module, name), (family, reason) in library.dangerous().items():
            rows[module, name] = (family, "%s (%s %s)" % (reason, library.distribution.replace("_", "-"), library.version))
    print("# Generated by testdata/gadgets.py. Callables of libraries that do what they are told: class, module, name, family, reason.")
    print("# Wheels: " + ", ".join(versions))
    for (module, name), (family, reason) in sorted(rows.items()):
        print("\t".join(["DANGEROUS", module, name, family, reason]))


if __name__ == "__main__":
    main(sys.argv[1:])
