"""What the methods do that a loader runs of a class of data: the words of vetted_libraries.txt. vet.py asks.

A method that sets attributes to what it was given, and no more, has no word. All else is told: whoever reads a pickle then looks at what the
methods are given. hooks.go says what each word means.
"""
import ast
import builtins

PLAIN_CALLS = {"isinstance", "issubclass", "hasattr", "getattr", "warn", "RuntimeError", "TypeError", "ValueError", "AttributeError", "NotImplementedError", "type", "id", "super", "vars", "object"}
# Of the state itself, which is a dict, a tuple or a list, and of the attributes of the object.
STATE_CALLS = {"pop", "get", "update", "setdefault", "copy", "items", "keys", "values"}

# Read by a person: the class that has the method, the method, and what there is to look at. What each does with its state is said beside it.
REVIEWED = {
    # compares the version with its own and prints it; super() has the rest
    ("sklearn.base", "BaseEstimator", "__setstate__"): {"plain:_sklearn_version"},
    # sets attributes, for which it asks whether they are among these
    ("torch.nn.modules.module", "Module", "__setstate__"): {"held:_parameters+_buffers+_modules+_non_persistent_buffers_set"},
    ("torch.nn.modules.module", "Module", "__setattr__"): {"held:_parameters+_buffers+_modules+_non_persistent_buffers_set"},
    ("torch.nn.modules.module", "Module", "__getattr__"): {"held:_parameters+_buffers+_modules+_non_persistent_buffers_set"},
    # asks whether with_module is true, and keeps the rest
    ("torch.nn.modules.module", "_WrappedHook", "__setstate__"): {"plain:with_module"},
    # runs the text in its state, for which there is a rule of its own, and counts with numargs
    ("scipy.stats._distn_infrastructure", "rv_generic", "__setstate__"): {"plain:numargs", "own:_attach_methods+_attach_argparser_methods+_construct_argparser+_construct_default_doc+_construct_doc+_construct_docstrings"},
    # __dict__ and __setstate__ are there, so that nothing is asked of the results
    ("statsmodels.base.wrapper", "ResultsWrapper", "__getattribute__"): set(),
    # looks a name up among those of its class: an object has such names of its own only where a state gave them
    ("transformers.configuration_utils", "PreTrainedConfig", "__getattribute__"): {"plain:attribute_map"},
    # keep the graph and its neighbours, and ask these for their method items
    ("networkx.classes.reportviews", "OutEdgeView", "__setstate__"): {"held:_adjdict"},
    ("networkx.classes.reportviews", "InEdgeView", "__setstate__"): {"held:_adjdict"},
    ("networkx.classes.reportviews", "InMultiEdgeView", "__setstate__"): {"held:_adjdict"},
    # keeps the state, and some of its own methods by a name that it compares
    ("statsmodels.discrete.discrete_model", "NegativeBinomial", "__setstate__"): {"own:_initialize", "plain:loglike_method"},
    # sets the attribute, and says what is wrong where there is none
    ("xarray.core.common", "AttrAccessMixin", "__setattr__"): set(),
    # ask the distribution for what suits the score, and make a class of both; the classes of several outcomes are made by a number
    ("ngboost.ngboost", "NGBoost", "__setstate__"): {"library:Dist+Score", "plain:K+Dist_name", "aliases"},
    ("ngboost.api", "NGBRegressor", "__setstate__"): {"library:Dist+Score", "plain:K+Dist_name", "aliases"},
    ("ngboost.api", "NGBClassifier", "__setstate__"): {"library:Dist+Score", "plain:K+Dist_name", "aliases"},
    ("ngboost.api", "NGBSurvival", "__setstate__"): {"library:Dist+Score+_basedist", "aliases"},
    # keeps what is in the state, and makes flags of a mapping
    ("pandas.core.generic", "NDFrame", "__setstate__"): {"held:_flags"},
}


# Bases of compiled code, whose methods no wheel has the sources of, by the distribution that derives from them: they fill themselves of arrays.
COMPILED = {
    "pandas": {"NDArrayBacked", "BlockManager", "SingleBlockManager", "Block", "NDFrameIndexerBase", "BaseMultiIndexCodesEngine", "IntervalMixin"},
    "scipy": {"cKDTree"},
    "gensim": {"MmReader"},
    "catboost": {"_PoolBase", "_MetricCalcerBase"},
}


def is_state(node, state):
    return isinstance(node, ast.Name) and node.id == state or own_dict(node)


def own_dict(node):
    """self.__dict__ and vars(self)."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "vars"
    return isinstance(node, ast.Attribute) and node.attr == "__dict__" and isinstance(node.value, ast.Name)


def is_super(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def aliases(function):
    """Whether a method makes a value that it did not make itself the attributes of the object: who has it changes them."""
    for node in ast.walk(function):
        targets, value = [], None
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
            targets, value = getattr(node, "targets", None) or [node.target], node.value
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
            given = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if name in ("__setattr__", "setattr") and "__dict__" in given and node.args[-1:]:
                targets, value = [ast.Attribute(attr="__dict__")], node.args[-1]
        whole = [t for target in targets for t in (target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target])]
        if any(isinstance(t, ast.Attribute) and t.attr == "__dict__" for t in whole) and not fresh(value):
            return True
    return False


def fresh(value):
    """Whether a value is a dict that nobody else has: a copy, or made of parts."""
    if isinstance(value, ast.Call):
        f = value.func
        return isinstance(f, ast.Name) and f.id in ("dict", "OrderedDict") or isinstance(f, ast.Attribute) and f.attr in ("copy", "deepcopy")
    return isinstance(value, (ast.Dict, ast.DictComp))


def shares(function):
    """Whether a __new__ may give an object that others have: one that it finds in a class, a module or a cache, and does not make."""
    others = {name for node in ast.walk(function) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and (isinstance(node.value, (ast.Attribute, ast.Subscript)) or isinstance(node.value, ast.Name) and node.value.id in others):
            return True
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id in ("cls", "class_", "type") or isinstance(t, ast.Subscript) and "cache" in ast.unparse(t.value).lower() for t in targets):
                return True
    return False


ENUMS = {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum", "ExplicitEnum"}


class Stores(ast.NodeVisitor):
    """Whether a method does no more than to set attributes: of what it does else, self.why has the first."""

    def __init__(self, function, properties, asks):
        arguments = [a.arg for a in function.args.posonlyargs + function.args.args]
        self.me, self.state = (arguments + ["", ""])[:2]
        self.properties, self.asks, self.why, self.setattr = properties, asks, "", False
        self.dicts = {self.state}
        for node in function.body:
            self.visit(node)

    def bad(self, node):
        self.why = self.why or ast.unparse(node)[:120]

    def is_dict(self, node):
        return isinstance(node, ast.Name) and node.id in self.dicts or own_dict(node)

    def visit_Call(self, node):
        f, name = node.func, ""
        if isinstance(f, ast.Name):
            name = f.id
            if name in ("setattr", "delattr"):
                self.setattr = True
            elif name in ("getattr", "hasattr") and (self.asks or len(node.args) > 1 and isinstance(node.args[1], ast.Constant) and node.args[1].value in self.properties or not isinstance(node.args[0], ast.Name)):
                self.bad(node)
            elif name in ("dict", "OrderedDict", "tuple", "list", "len") and len(node.args) == 1 and self.is_dict(node.args[0]):
                pass
            elif name not in PLAIN_CALLS and (node.args or node.keywords or name == self.state):
                self.bad(node)
        elif isinstance(f, ast.Attribute):
            name = f.attr
            if is_super(f.value) and name in ("__setstate__", "__new__", "__init__", "__setattr__", "__getattr__", "__hash__", "__eq__"):
                pass
            elif self.is_dict(f.value) and name in STATE_CALLS:
                pass
            elif name == "warn" or isinstance(f.value, ast.Name) and f.value.id == "object":
                pass
            elif isinstance(f.value, ast.Name) and f.value.id not in self.dicts | {self.me} and not node.args and not node.keywords:
                pass  # of a module, without arguments
            else:
                self.bad(node)
        else:
            self.bad(node)
        for a in node.args + [k.value for k in node.keywords]:
            self.visit(a)
        if isinstance(f, ast.Attribute) and not is_super(f.value):
            self.visit(f.value)

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name):
            if node.value.id == self.me and node.attr != "__dict__":
                if node.attr + (" =" if isinstance(node.ctx, ast.Store) else "") in self.properties:
                    self.bad(node)
                if isinstance(node.ctx, ast.Store):
                    self.setattr = True
                elif self.asks and node.attr not in ("__class__",):
                    self.bad(node)
            elif node.value.id in self.dicts:
                self.bad(node)
            return
        if own_dict(node.value) or is_super(node.value):
            return
        self.bad(node)

    def visit_Subscript(self, node):
        if not self.is_dict(node.value) or isinstance(node.slice, ast.Slice):
            self.bad(node)
        self.visit(node.slice)

    def visit_Compare(self, node):
        for op, right in zip(node.ops, node.comparators):
            known = isinstance(node.left, ast.Constant) and self.is_dict(right)
            plain = isinstance(node.left, ast.Call) and isinstance(node.left.func, ast.Name) and node.left.func.id == "len"
            if not isinstance(op, (ast.Is, ast.IsNot)) and not (isinstance(op, (ast.In, ast.NotIn)) and (known or isinstance(node.left, ast.Name) and self.is_dict(right))) and not plain:
                self.bad(node)
        self.generic_visit(node)

    def truth(self, test):
        if isinstance(test, ast.BoolOp):
            for v in test.values:
                self.truth(v)
        elif isinstance(test, ast.UnaryOp):
            self.truth(test.operand)
        elif not isinstance(test, (ast.Compare, ast.Constant)) and not (isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id in ("isinstance", "hasattr", "issubclass")) and not self.is_dict(test):
            self.bad(test)

    def visit_If(self, node):
        self.truth(node.test)
        self.generic_visit(node)

    visit_While = visit_IfExp = visit_If

    def visit_BoolOp(self, node):
        self.truth(node)
        self.generic_visit(node)

    def visit_Assign(self, node):
        for t in node.targets:
            if isinstance(t, (ast.Tuple, ast.List)) and not self.is_dict(node.value) and not (isinstance(node.value, ast.Tuple)):
                self.bad(node)
            if isinstance(t, ast.Name) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute) and node.value.func.attr == "copy" and self.is_dict(node.value.func.value):
                self.dicts.add(t.id)
            if isinstance(t, ast.Name) and is_state(node.value, self.state):
                self.dicts.add(t.id)
        self.generic_visit(node)

    def visit_For(self, node):
        i = node.iter
        if not self.is_dict(i) and not (isinstance(i, ast.Call) and isinstance(i.func, ast.Attribute) and self.is_dict(i.func.value)) and not isinstance(i, (ast.Constant, ast.Tuple, ast.List)):
            self.bad(node.iter)
        self.generic_visit(node)

    def visit_Raise(self, node):
        pass

    def visit_FunctionDef(self, node):
        self.bad(node)

    visit_Lambda = visit_With = visit_BinOp = visit_AugAssign = visit_JoinedStr = visit_ListComp = visit_DictComp = visit_SetComp = visit_GeneratorExp = visit_Starred = visit_FunctionDef
    visit_ClassDef = visit_AsyncFunctionDef = visit_FunctionDef


def trivial(function, *ways):
    """Whether a body is a docstring, an error, or returns a constant or what super() gives."""
    for node in function.body:
        if isinstance(node, (ast.Raise, ast.Pass)) or isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Return) and (node.value is None or isinstance(node.value, ast.Constant) or ast.unparse(node.value).startswith(("super()", "super(", "object.__", "id(self)", "hash(self.__class__", "hash(type(self)", "hash(id(self)"))):
            continue
        return False
    return True


class Hooks:
    """The words of one class, of the order of its classes and their methods (a Source of vet.py)."""

    def __init__(self, source, order, roots):
        self.source, self.order, self.words, self.notes = source, order, set(), []
        self.methods = {}
        for key in order:
            for name, body in source.methods[key].items():
                self.methods.setdefault(name, (key, body))
        self.properties = {n for key in order for n in source.properties.get(key, ())} | {n for n in self.methods if n.endswith(" =")}
        self.asks = "__getattr__" in self.methods or "__getattribute__" in self.methods
        self.roots = roots
        self.state()
        self.others()
        if roots & COMPILED.get(source.distribution, set()):
            self.words |= {"sets", "works", "makes"}

    def note(self, hook, why):
        self.notes.append("%s: %s" % (hook, why))

    def reviewed(self, key, method):
        words = REVIEWED.get((key[0], key[1], method))
        if words is None and key[0].startswith("sklearn.base"):
            words = REVIEWED.get(("sklearn.base", key[1], method))
        return words

    def runs(self, method, start=0):
        """What a method does to what it is given, through those of its bases and of itself; whether it sets attributes."""
        sets = False
        for n, key in enumerate(self.order[start:], start):
            body = self.source.methods[key].get(method)
            if body is None:
                continue
            known = self.reviewed(key, method)
            if known is not None:
                self.words |= known
                return True
            if method in ("__setstate__", "__setattr__") and aliases(body):
                self.words.add("aliases")
            s = Stores(body, self.properties, self.asks and not self.getattr_known())
            sets = sets or s.setattr
            if s.why:
                self.words.add("works")
                self.own(body, set())
                self.note(method, "%s.%s: %s" % (key[0], key[1], s.why))
            if any(is_super(c.func.value) for c in ast.walk(body) if isinstance(c, ast.Call) and isinstance(c.func, ast.Attribute)):
                return self.runs(method, n + 1) or sets
            return sets
        return sets

    def getattr_known(self):
        key, body = self.methods.get("__getattr__", (None, None))
        return key is not None and "__getattribute__" not in self.methods and (self.reviewed(key, "__getattr__") is not None or trivial(body))

    def own(self, body, seen):
        """The methods of the object that a method calls, in turn: an attribute of the same name replaces one."""
        if aliases(body):
            self.words.add("aliases")
        for c in ast.walk(body):
            if not isinstance(c, ast.Call):
                continue
            f = c.func
            if isinstance(f, ast.Attribute) and (isinstance(f.value, ast.Name) and f.value.id == "self" or is_super(f.value)):
                if f.attr in seen:
                    continue
                seen.add(f.attr)
                if not is_super(f.value) and not f.attr.startswith("__"):
                    self.words.add("own:" + f.attr)
                for key in self.order:
                    if f.attr in self.source.methods[key]:
                        self.own(self.source.methods[key][f.attr], seen)
            elif not isinstance(f, (ast.Name, ast.Attribute)) or isinstance(f, ast.Name) and not hasattr(builtins, f.id) and any(isinstance(t, ast.Name) and isinstance(t.ctx, ast.Store) and t.id == f.id for t in ast.walk(body)):
                self.words.add("calls")

    def state(self):
        setters = any(n == "__setattr__" or n.endswith(" =") for n in self.methods)
        if "__setattr__" in self.methods:
            key, body = self.methods["__setattr__"]
            known = self.reviewed(key, "__setattr__")
            if known is not None:
                self.words |= known
                setters = any(n.endswith(" =") for n in self.methods)
            elif trivial(body):
                setters = any(n.endswith(" =") for n in self.methods)
        names = sorted(n[:-2] for n in self.methods if n.endswith(" ="))
        if setters and "@slots" in self.roots and names and ("__setattr__" not in self.methods or self.reviewed(self.methods["__setattr__"][0], "__setattr__") is not None):
            self.words.add("assigns:" + "+".join(names))
        elif setters:
            self.words.add("setters")
        if "__setstate__" in self.methods:
            self.words.add("sets")
            if self.runs("__setstate__") and "__setattr__" in self.methods and "setters" in self.words and self.reviewed(self.methods["__setattr__"][0], "__setattr__") is None:
                self.words.add("works")
                self.own(self.methods["__setattr__"][1], set())
        if "__del__" in self.methods and not trivial(self.methods["__del__"][1]):
            self.words.add("works")
            self.own(self.methods["__del__"][1], set())
            self.note("__del__", "%s.%s" % self.methods["__del__"][0])
        asked = self.methods.get("__getattribute__")
        known = asked and self.reviewed(asked[0], "__getattribute__")
        if self.asks and "__setstate__" not in self.methods and not self.getattr_known():
            self.words.add("asks")
            self.note("asks", "%s.%s" % self.methods.get("__getattr__", self.methods.get("__getattribute__"))[0])
        if known is not None and asked:
            self.words |= known
        elif "__getattribute__" in self.methods and not trivial(self.methods["__getattribute__"][1]):
            self.words.add("works")
            self.own(self.methods["__getattribute__"][1], set())
            self.note("__getattribute__", "%s.%s" % self.methods["__getattribute__"][0])

    def others(self):
        if "__new__" in self.methods:
            if not trivial(self.methods["__new__"][1]):
                self.words.add("makes")
                self.note("__new__", "%s.%s" % self.methods["__new__"][0])
            if shares(self.methods["__new__"][1]):
                self.words.add("shared")
        elif "NamedTuple" in self.roots or "namedtuple()" in self.roots:
            self.words.add("keeps")
        elif self.roots & {"str", "int", "float", "bytes", "frozenset", "complex", "bytearray", "Enum", "ndarray"}:
            self.words.add("makes")
        if self.roots & ENUMS:
            self.words.add("shared")
        if "__hash__" in self.methods and not trivial(self.methods["__hash__"][1]) or self.roots & {"tuple", "frozenset", "NamedTuple", "namedtuple()", "@hashed"}:
            self.words.add("hashes")
            if "__hash__" in self.methods:
                self.note("__hash__", "%s.%s" % self.methods["__hash__"][0])
        for name in ("append", "extend", "add", "__setitem__", "update"):
            if name in self.methods and not trivial(self.methods[name][1]):
                body = self.methods[name][1]
                if Stores(body, self.properties, False).why:
                    self.words.add("puts" if name == "__setitem__" else "adds")


def text(words, items):
    """The words as vetted_libraries.txt has them."""
    out = sorted(w for w in words if ":" not in w and (items or w not in ("adds", "puts")))
    for kind in ("own", "plain", "held", "library", "assigns"):
        names = sorted({n for w in words if w.startswith(kind + ":") for n in w.split(":")[1].split("+")})
        if names:
            out.append(kind + ":" + "+".join(names))
    return out
