"""What a function does with what it is given, as vet.py writes it behind the name of a function: a word, or none.

    acts   it opens, writes, removes, loads, imports, evaluates or starts what it is given
    calls  it calls what it is given, or reaches an attribute whose name it is given; or it is compiled code, which nobody has read

A function that computes with its arguments has no word: methods of the arguments are told by their objects. What a parameter comes to is followed
by names: through assignments, through functions of the library, through the functions in a function.
"""
import ast

ACTS = {"open", "exec", "eval", "compile", "__import__", "import_module", "exec_module", "find_spec", "import_string", "resolve_name", "Popen", "check_call", "check_output", "getoutput", "system", "popen", "run_path", "run_module",
        "literal_eval", "read_pickle", "to_pickle", "memmap", "open_memmap", "fromfile", "tofile", "urlopen", "urlretrieve", "rmtree", "unlink", "makedirs", "mkdir", "rmdir", "removedirs", "copyfile", "copytree", "copy2", "chmod", "symlink", "savetxt", "savez", "savez_compressed", "savefig",
        "genfromtxt", "loadtxt", "fromregex", "read_text", "read_bytes", "write_text", "write_bytes", "writelines", "save_model", "load_model", "load_rabit_checkpoint", "load_library", "CDLL", "LoadLibrary", "to_csv", "to_json", "to_parquet", "to_hdf", "to_excel", "to_sql",
        "read_csv", "read_json", "read_hdf", "read_parquet", "read_excel", "read_sql", "read_table", "read_feather", "read_html", "read_xml", "read_sas", "read_stata", "read_spss", "read_orc", "read_fwf", "load_npz", "save_npz", "mmread", "mmwrite", "loadmat", "savemat", "loadarff", "FortranFile", "netcdf_file",
        "ZipFile", "GzipFile", "BZ2File", "LZMAFile", "TarFile", "FileIO", "NamedTemporaryFile", "TemporaryFile", "Repository", "load_state_dict_from_url", "download_url_to_file", "load_url", "render", "dump_model", "run_command", "execv", "spawn", "fork_exec", "extractall", "install_opener", "Listener", "Client", "open_listener"}
# These only as builtins: patterns are compiled, networks evaluated.
BUILTIN = {"compile", "eval"}
# These only of a module: every list has a remove.
ACTS_OF = {
    "os": {"remove", "rename", "replace", "truncate", "link", "execv", "execve", "startfile", "kill", "putenv", "chdir"}, "shutil": {"move", "copy", "copyfileobj"}, "pickle": {"load", "loads", "dump"}, "joblib": {"load", "dump"}, "np": {"load", "save"}, "numpy": {"load", "save"},
    "torch": {"load", "save", "compile"}, "json": {"load", "dump"}, "yaml": {"load", "dump"}, "marshal": {"load", "loads"}, "cloudpickle": {"load", "loads"}, "dill": {"load", "loads"}, "subprocess": {"run", "call"}, "gzip": {"open"}, "io": {"open", "open_code"}, "jit": {"load", "save"}, "codecs": {"open"},
    "hub": {"load"}, "onnx": {"export"}, "sys": {"setprofile", "settrace"}, "ctypes": {"cast"}, "socket": {"create_connection"}, "runpy": {"run_path"},
}
# Whoever is given a function calls it, or keeps it to be called.
CALLERS = {"map", "filter", "partial", "delayed", "starmap", "reduce", "apply_along_axis", "apply_over_axes", "vectorize", "frompyfunc", "fromfunction", "piecewise", "apply", "applymap", "transform", "agg", "aggregate", "pipe", "Thread", "Process", "submit", "apply_async", "register", "checkpoint", "vmap", "call_user_function"}
REACHES = {"getattr", "attrgetter", "methodcaller", "setattr", "delattr", "globals", "locals"}


# Calls that give what they are given: texts, paths, items.
KEEPS = {"str", "bytes", "format", "join", "fspath", "fsdecode", "fsencode", "Path", "PurePath", "expanduser", "abspath", "realpath", "normpath", "replace", "strip", "lower", "upper", "encode", "decode", "split", "rsplit", "splitext", "basename", "dirname", "resolve", "absolute", "as_posix", "with_suffix",
         "get", "pop", "items", "values", "keys", "list", "tuple", "dict", "set", "iter", "next", "zip", "enumerate", "reversed", "sorted", "copy", "partial", "getattr", "attrgetter", "unwrap", "cast", "delayed", "deepcopy", "signature", "setdefault", "type", "vars"}

# What these give is no text or path of what they are given. What comes of a call of any other is followed to what acts alone.
LOSES = {"isinstance", "issubclass", "hasattr", "callable", "len", "bool", "id", "int", "float", "range", "sum", "min", "max", "abs", "any", "all", "round", "hash", "type"}


class Reading(ast.NodeVisitor):
    """One function: what each of its parameters comes to."""

    def __init__(self, body, asks, far):
        self.asks, self.far, self.found, self.of = asks, far, {}, {}
        self.parameters(body)
        for _ in range(2):  # what a loop assigns is known the second time
            for node in body.body:
                self.visit(node)

    def parameters(self, function):
        a = function.args
        for p in a.posonlyargs + a.args + a.kwonlyargs + [x for x in (a.vararg, a.kwarg) if x]:
            self.of[p.arg] = self.of.get(p.arg, set()) | {p.arg}

    def sources(self, node):
        """The parameters of which a value is made."""
        if node is None:
            return set()
        if isinstance(node, ast.Call):  # what a call gives is chosen by whoever calls where it is a text, a path or one of its parts
            f = node.func
            name = f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else ""
            if name not in KEEPS and not (self.far and name not in LOSES):
                return set()
            of = f.value if isinstance(f, ast.Attribute) else None
            return set().union(self.sources(of), *(self.sources(a) for a in node.args), *(self.sources(k.value) for k in node.keywords))
        if isinstance(node, (ast.Compare, ast.Constant, ast.Lambda)):
            return set()
        if isinstance(node, ast.Name):
            return self.of.get(node.id, set())
        return set().union(*(self.sources(c) for c in ast.iter_child_nodes(node)))

    def tell(self, word, parameters):
        for p in parameters:
            self.found.setdefault(p, set()).add(word)

    def bind(self, target, sources):
        for node in ast.walk(target):
            if isinstance(node, ast.Name):
                self.of[node.id] = self.of.get(node.id, set()) | sources

    def visit_Assign(self, node):
        self.generic_visit(node)
        for t in node.targets:
            self.bind(t, self.sources(node.value))

    def visit_AnnAssign(self, node):
        self.generic_visit(node)
        self.bind(node.target, self.sources(node.value))

    visit_AugAssign = visit_NamedExpr = visit_AnnAssign

    def visit_For(self, node):
        self.bind(node.target, self.sources(node.iter))
        self.generic_visit(node)

    visit_AsyncFor = visit_For

    def visit_comprehension(self, node):
        self.bind(node.target, self.sources(node.iter))
        self.generic_visit(node)

    def comprehension(self, node):
        for g in node.generators:
            self.visit(g)
        self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = comprehension

    def visit_With(self, node):
        for item in node.items:
            if item.optional_vars is not None:
                self.bind(item.optional_vars, self.sources(item.context_expr))
        self.generic_visit(node)

    def visit_FunctionDef(self, node):
        self.parameters(node)
        self.bind(ast.Name(node.name), set())
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node):
        self.parameters(node)
        self.generic_visit(node)

    def visit_Raise(self, node):
        pass

    def visit_Call(self, node):
        f = node.func
        given = [self.sources(a) for a in node.args] + [self.sources(k.value) for k in node.keywords]
        whole = set().union(*given) if given else set()
        name, before = "", ""
        if isinstance(f, ast.Name):
            name = f.id
            if name in self.of:
                self.tell("calls", self.of[name])
        elif isinstance(f, ast.Attribute):
            name, before = f.attr, f.value.id if isinstance(f.value, ast.Name) else f.value.attr if isinstance(f.value, ast.Attribute) else "?"
            if name in ACTS - BUILTIN or name == "open":
                whole = whole | self.sources(f.value)  # the object of a method is given to it
        else:
            self.tell("calls", self.sources(f))
        if name in ACTS and not (before and name in BUILTIN) or name in ACTS_OF.get(before, ()):
            self.tell("acts", whole)
        elif name in REACHES and len(node.args) > 1:
            self.tell("calls", self.sources(node.args[1]))
        elif name in REACHES and len(node.args) == 1:
            self.tell("calls", whole)
        elif name in CALLERS:
            self.tell("calls", set().union(*given[:2]) if given else set())
        for keyword in node.keywords:
            if keyword.arg in ("key", "func", "target", "callback", "default_factory", "metric") and name in ("sorted", "min", "max", "sort", "Thread", "Process", "defaultdict"):
                self.tell("calls", self.sources(keyword.value))
        self.follow(node, before, name)
        self.generic_visit(node)

    def follow(self, node, before, name):
        for parameters, words in self.asks(before, name):
            rest = parameters.get("*")
            for n, a in enumerate(node.args):
                p = rest if isinstance(a, ast.Starred) else n
                for word in words_of(words, parameters, p):
                    self.tell(word, self.sources(a))
            for k in node.keywords:
                for word in words_of(words, parameters, k.arg):
                    self.tell(word, self.sources(k.value))


def words_of(words, parameters, which):
    """What the parameter comes to to which an argument goes: by its place or its name; of several, all."""
    if isinstance(which, int):
        name = parameters.get(which, parameters.get("*"))
    elif which is None:
        return set().union(*words.values()) if words else ()
    else:
        name = which if which in parameters.values() else parameters.get("**")
    return words.get(name, ())


def named(function, skip=0):
    """The parameters of a function by their places; * and ** are those that take the rest."""
    a = function.args
    out = dict(enumerate([p.arg for p in a.posonlyargs + a.args][skip:]))
    out.update(("=" + p.arg, p.arg) for p in a.kwonlyargs)
    if a.vararg:
        out["*"] = a.vararg.arg
    if a.kwarg:
        out["**"] = a.kwarg.arg
    return out


class Library:
    """The functions of one wheel (a Source of vet.py): what each does with its parameters."""

    def __init__(self, source):
        self.source, self.words = source, {}
        self.todo = dict(source.bodies)
        for key, methods in source.methods.items():
            if "__init__" in methods:
                self.todo[key[0], key[1] + ".__init__"] = methods["__init__"]
        self.callers = {}
        waiting = set(self.todo)
        while waiting:
            again = set()
            for key in sorted(waiting):
                found = {}
                for far in (False, True):
                    asks = lambda before, name: self.asked(key, before, name)
                    for parameter, words in Reading(self.todo[key], asks, far).found.items():
                        found.setdefault(parameter, set()).update(words & {"acts"} if far else words)
                found = {parameter: words for parameter, words in found.items() if words}
                if found != self.words.get(key, {}):
                    self.words[key] = found
                    again |= self.callers.get(key, set())
            waiting = again

    def asked(self, of, before, name):
        """The parameters and what they come to, of each function that a call may run."""
        source, module = self.source, of[0]
        keys = []
        if before:
            keys = [(m, f) for m, f in source.by_function.get(name, ()) if m.endswith("." + before) or m == before]
        elif (module, name) in source.bodies:
            keys = [(module, name)]
        else:
            original = source.imported.get(module, {}).get(name)
            found = [k for k in source.by_function.get(original, ())] if original else []
            classes = [k for k in source.places.get(original or name, ()) if original or k[0] == module]
            keys = found + [(k[0], k[1] + ".__init__") for k in classes]
        for key in keys:
            if key in self.todo:
                self.callers.setdefault(key, set()).add(of)
                yield named(self.todo[key], key[1].endswith(".__init__")), self.words.get(key, {})

    def word(self, module, name):
        whole = set().union(*self.words.get((module, name), {"": ()}).values())
        return "acts" if "acts" in whole else "calls" if whole else "-"

