"""The classes and functions of a wheel, and which of them are data: vet.py asks."""
import ast
import builtins
import collections
import os
import sys
import zipfile

import functions
import hooks
import ways
import wheels

# What a pickle makes run of a class that it makes empty and fills: its constructor without __init__, the methods that BUILD, keys of dicts
# and the end of its life ask for. Setters of properties run where a state has slots; methods of containers where the rule is items.
HOOKS = ("__new__", "__setstate__", "__del__", "__setattr__", "__getattr__", "__getattribute__", "__hash__", "__eq__")
ITEM_HOOKS = ("append", "extend", "add", "__setitem__", "update")

# Classes whose items, text or end are read of files or delete them: no hook above runs these, but whoever is handed such an object does.
READERS = {("numpy.lib.npyio", "NpzFile"), ("numpy.lib._npyio_impl", "NpzFile"), ("shap._serializable", "Deserializer"), ("lightgbm.basic", "_TempFile"), ("skorch.history", "DistributedHistory"),
           # they open the data base, the file or the server that a text of their state names
           ("optuna.storages._rdb.storage", "RDBStorage"), ("optuna.storages._grpc.client", "GrpcStorageProxy"), ("optuna.storages.journal._redis", "JournalRedisBackend"), ("optuna.storages.journal._redis", "JournalRedisStorage"),
           ("optuna.storages.journal._storage", "JournalStorage"),
           ("sklearn.callback._scoring_monitor", "ScoringMonitor")}

# Bases of objects that are memory of C, a file, a process, what stands for another object, or a class, whose methods are then what the file
# gives it: their state or their end does more than to set attributes.
HOLDS = {"type", "ABCMeta", "EnumMeta", "EnumType", "_TensorMeta", "_ProtocolMeta", "ModelMetaclass", "ObjectProxy", "BaseObjectProxy", "CallableObjectProxy", "_ndptr_base", "Structure", "Union", "c_void_p", "_SimpleCData", "py_object", "_ndptr", "RawIOBase", "IOBase", "BufferedIOBase", "TextIOBase", "TextIOWrapper", "BufferedReader", "BufferedWriter", "FileIO", "Pool", "Process", "Thread", "Pickler", "Unpickler", "_Pickler", "_Unpickler"}

# Ways out, by their ends, on which a library imports no module but those that it names itself.
CLOSED = ("_get_cached_duck_array_module > DuckArrayModule > import_module", "attempt_import > import_module", "module_available > find_spec")

# Ways out, by their ends, that a rule for the state closes: the machine looks at the text that scipy's distributions run.
STATES = {"distribution": " > _attach_methods > _attach_argparser_methods > exec"}


def slotted(node):
    """Whether a class names the attributes that its objects have."""
    targets = [t.id for item in node.body if isinstance(item, (ast.Assign, ast.AnnAssign)) for t in getattr(item, "targets", None) or [item.target] if isinstance(t, ast.Name)]
    return {"@slots"} if "__slots__" in targets else set()


def hashed(node):
    """Whether a decorator gives a class a hash of its attributes."""
    for d in node.decorator_list:
        text = ast.unparse(d)
        if "dataclass" in text and ("frozen=True" in text or "unsafe_hash=True" in text) or text.split("(")[0].split(".")[0] in ("attr", "attrs", "define", "frozen", "total_ordering"):
            return {"@hashed"}
    return set()


def is_exception(methods, roots, inside):
    """Whether a class is an exception that keeps its arguments as those of Python do: none of its classes here has a hook or a constructor."""
    raised = {b for b in roots if isinstance(getattr(builtins, b, None), type) and issubclass(getattr(builtins, b), Exception)}
    return bool(raised) and roots <= raised | inside and not any(m in ("__init__", "__reduce__", "__reduce_ex__") or m in HOOKS or m.endswith(" =") for m in methods)


def flat(body):
    """The statements of a class, and those of its branches but for what only types see."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from flat(node.body if isinstance(node.test, ast.UnaryOp) else node.orelse)
        elif isinstance(node, (ast.If, ast.Try)):
            yield from flat(node.body + node.orelse + [h for handler in getattr(node, "handlers", []) for h in handler.body])
        else:
            yield node


class Source:
    """The classes and functions of one wheel."""

    def __init__(self, path):
        self.distribution, self.version = os.path.basename(path).split("-")[:2]
        self.classes, self.functions, self.enums = {}, set(), set()
        self.properties, self.roots, self.words = {}, {}, {}  # of classes: what reading an attribute runs, bases as written and decorators, words
        self.methods, self.bodies, self.imported = {}, {}, {}  # of classes by module and name, of functions likewise, what a module has from others
        self.origins, self.written = {}, {}  # where a module has a name from, bases as (name before the dot, name)
        self.foreign, self.fallbacks = set(), set()  # classes of other wheels, and those that stand for one that cannot be imported
        only = wheels.ONLY.get(self.distribution)
        with zipfile.ZipFile(path) as z:
            for name in z.namelist():
                if not name.endswith(".py") or "-" in name.split("/")[0]:
                    continue
                module = name[:-3].replace("/", ".")
                module = module[: -len(".__init__")] if module.endswith(".__init__") else module
                if wheels.SKIP.search(module) or only and not module.startswith(only):
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
                self.bodies[module, node.name] = node
        origins = self.origins.setdefault(module, {})
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                self.imported.setdefault(module, {}).update((a.asname or a.name, a.name) for a in node.names)
                origins.update((a.asname or a.name, (node.module or "", a.name)) for a in node.names if not node.level)
            elif isinstance(node, ast.Import):
                origins.update((a.asname or a.name.split(".")[0], (a.name, "")) for a in node.names)

    def add(self, module, outer, node):
        bases = [b.attr if isinstance(b, ast.Attribute) else b.id for b in node.bases if isinstance(b, (ast.Name, ast.Attribute))]
        bad, methods = "", self.methods.setdefault((module, outer + node.name), {})
        properties = self.properties.setdefault((module, outer + node.name), set())
        self.roots[module, outer + node.name] = set(bases) | {"namedtuple()" for b in node.bases if isinstance(b, ast.Call)} | hashed(node) | slotted(node)
        for item in flat(node.body):
            if isinstance(item, ast.Assign):
                for hook in [t.id for t in item.targets if isinstance(t, ast.Name) and t.id in HOOKS + ITEM_HOOKS]:
                    if isinstance(item.value, ast.Name) and item.value.id in methods:
                        methods.setdefault(hook, methods[item.value.id])
                    elif isinstance(item.value, (ast.Call, ast.Lambda)) and hook == "__hash__":
                        self.roots[module, outer + node.name].add("@hashed")
                    elif isinstance(item.value, (ast.Call, ast.Lambda)) and hook != "__eq__":
                        bad = bad or "%s, which is made by a call" % hook
            if isinstance(item, ast.FunctionDef):
                setter = any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in item.decorator_list)
                methods.setdefault(item.name + " =" if setter else item.name, item)
                if not setter and item.decorator_list and any("property" in ast.unparse(d) or "cache" in ast.unparse(d) for d in item.decorator_list):
                    properties.add(item.name)
            if isinstance(item, ast.FunctionDef) and item.name in HOOKS[:4]:
                bad = bad or ways.does_more(item)
            if isinstance(item, ast.ClassDef):
                self.add(module, outer + node.name + ".", item)
        self.classes[module, outer + node.name] = (bases, bad)
        self.written[module, outer + node.name] = [(ast.unparse(b).split(".")[0], b.attr if isinstance(b, ast.Attribute) else b.id) for b in node.bases if isinstance(b, (ast.Name, ast.Attribute))]
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

    def order(self, by_name, module, name):
        """The classes of this library that a class is, itself first, as (module, name)."""
        out, todo = [], [(module, name)]
        while todo:
            key = todo.pop(0)
            if key in out:
                continue
            out.append(key)
            for base in self.classes[key][0]:
                near = [k for k in self.places[base] if k[0] == key[0] and k != key]
                todo += near or self.places[base]
        return out

    def reaches(self, by_name, module, name, items):
        """The ways to calls that lead out, from the hooks of a class through its own methods and the functions of its library."""
        order = self.order(by_name, module, name)
        seen, todo = set(), []
        hooks = HOOKS + (ITEM_HOOKS if items else ())
        for key in order:
            for method, body in self.methods[key].items():
                if method in hooks and not any(method in self.methods[k] for k in order[: order.index(key)]) or method.endswith(" ="):
                    todo.append((key[0], method, body, order))
        while todo:
            place, way, body, line = todo.pop()
            if id(body) in seen:
                continue
            seen.add(id(body))
            for of, called in ways.calls(body):
                if ways.leads_out(of, called):
                    yield "%s > %s" % (way, called)
                for where, next_body, next_line in self.called(place, of, called, line):
                    todo.append((where, "%s > %s" % (way, called), next_body, next_line))

    def called(self, module, of, name, line):
        """The bodies that a call may run: a method of the object's classes, a function or a class of the library."""
        if of in ("self", "cls", "super()", "type()", "__class__"):
            found = [(k[0], self.methods[k][name], line) for k in line if name in self.methods[k]]
            return found if of == "super()" else found[:1]
        if of:
            found = [(m, self.bodies[m, f], []) for m, f in self.by_function[name] if m.endswith("." + of)]
            return found + [(k[0], self.methods[k][name], self.order(None, *k)) for k in self.places[of] if name in self.methods[k]]
        if (module, name) in self.bodies:
            return [(module, self.bodies[module, name], [])]
        if name in self.imported.get(module, {}):
            name = self.imported[module][name]
            found = [(m, self.bodies[m, f], []) for m, f in self.by_function[name]]
            return found + [(k[0], self.methods[k][hook], self.order(None, *k)) for k in self.places[name] for hook in ("__init__", "__new__") if hook in self.methods[k]]
        return [(k[0], self.methods[k][hook], self.order(None, *k)) for k in self.places[name] if k[0] == module for hook in ("__init__", "__new__") if hook in self.methods[k]]

    def takes_items(self, by_name, bases):
        return bool(self.ancestors(by_name, bases) & {"dict", "list", "set", "OrderedDict", "UserDict", "UserList", "defaultdict", "MutableMapping"})

    def rule(self, by_name, module, name, bases):
        """What is to be looked at when a class is filled: scipy's distributions run a text of their state."""
        if "rv_generic" in self.ancestors(by_name, bases) | {name}:
            return "distribution"
        if name == "vectorize" and module.startswith("numpy.lib."):
            return "vectorize"
        if "ModelData" in self.ancestors(by_name, bases) | {name} and module.startswith("statsmodels."):
            return "formula"
        return "items" if self.takes_items(by_name, bases) else "-"

    def hooked(self, key, elsewhere):
        """What is to be looked at when a class is made, filled and hashed: hooks.py has the words."""
        if key not in self.words:
            order = self.order(None, *key)
            roots = {b for k in order for b in self.roots[k]}
            h = hooks.Hooks(self, order, roots)
            for base in sorted(b for b in roots if not set(self.places[b]) - set(order[:1])):
                h.words |= elsewhere.get(base, set())
            for note in h.notes:
                print("looked at: %s %s %s.%s: %s" % (self.distribution, self.version, *key, note), file=sys.stderr)
            if "ModelData" in {k[1] for k in order} and key[0].startswith("statsmodels."):
                h.words.add("calls")  # a formula names columns, which may be callables
            self.words[key] = h.words
        return self.words[key]

    def holds(self, module, name):
        """What an object of a class is in the loading process, if that is more than attributes."""
        roots = {b for k in self.order(None, module, name) for b in self.roots[k]}
        return "it is " + min(roots & HOLDS) if roots & HOLDS else ""

    def place(self):
        """Where the classes and functions are, by their names."""
        self.places, self.by_function = collections.defaultdict(list), collections.defaultdict(list)
        for module, name in self.classes:
            self.places[name.split(".")[-1]].append((module, name))
        for module, name in self.bodies:
            self.by_function[name].append((module, name))

    def join(self, others):
        """Adds the classes of other wheels of which those here derive, with theirs. others are the wheels by the package that they bring."""
        for key in list(self.written):
            module, name = key
            for root, last in self.written[key] + [(name, name)]:  # a class is often made only where one of its name cannot be imported
                place, of = self.origins[module].get(root, ("", ""))
                if not place or (root, last) == (name, name) and not of:
                    continue
                for other in others.get(place.split(".")[0], ()):
                    if other.distribution == self.distribution:
                        continue
                    found = other.places.get(of if root == last and of else last, [])
                    for base in [k for k in found if k[0] == place] or [k for k in found if k[0].startswith(place + ".")] or found:
                        self.take(other, base)
                        self.classes[key] = (self.classes[key][0] + [base[1].split(".")[-1]], self.classes[key][1])
                if (root, last) == (name, name) and place.split(".")[0] != module.split(".")[0]:
                    self.fallbacks.add(key)
        self.place()

    def take(self, other, base):
        """Adds a class of another wheel and those that it is there."""
        for key in other.order(None, *base):
            if key not in self.classes:
                self.foreign.add(key)
                self.classes[key], self.methods[key] = other.classes[key], other.methods[key]
                self.properties[key], self.roots[key] = other.properties[key], other.roots[key]

    def rules(self, elsewhere):
        by_name = collections.defaultdict(list)
        for (module, name), what in self.classes.items():
            by_name[name.split(".")[-1]].append(what)
        for (module, name), (bases, bad) in self.classes.items():
            if (module, name) in self.foreign:
                continue
            rule = self.rule(by_name, module, name, bases)
            ways = [w for w in self.reaches(by_name, module, name, rule == "items") if not (rule in STATES and w.endswith(STATES[rule]) or self.distribution == "xarray" and w.endswith(CLOSED))]
            way = bad or self.unfit(by_name, bases) or (ways or [""])[0] or ("it reads files" if (module, name) in READERS else "")
            way = way or self.holds(module, name) or ("it may be the class of another library" if (module, name) in self.fallbacks else "")
            if way:
                print("left out: %s %s %s.%s: %s" % (self.distribution, self.version, module, name, way), file=sys.stderr)
                continue
            order = self.order(by_name, module, name)
            if (module, name) in self.enums:
                yield "VETTED", module, name, "-", "an enumeration: looks a member up"
            elif is_exception({m for k in order for m in self.methods[k]}, {b for k in order for b in self.roots[k]}, {k[1] for k in order}):
                yield "VETTED", module, name, "-", "an exception, with plain arguments"
            else:
                yield "DATA", module, name, (rule, self.hooked((module, name), elsewhere)), "class"
            if rule == "distribution" and "_entropy" in self.methods[module, name]:
                yield "DATA", module, name + "._entropy", "-", "a method that distributions keep, named and not called"
        if self.distribution in wheels.FUNCTIONS:
            library = functions.Library(self)
            for module, name in self.functions:
                if not name.startswith(("test_", "fetch_", "load_", "read_", "_fetch", "_load", "_download")) and ".cli." not in module:
                    yield "DATA", module, name, library.word(module, name), "function, named and not called"
