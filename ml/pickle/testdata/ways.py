"""Which calls lead out of a library: they run code, read or write files, or load what is given."""
import ast

# What a hook itself may not call, by the last part of the name: it then does more than set attributes.
BAD_CALLS = {"eval", "exec", "compile", "open", "__import__", "import_module", "loads", "load", "system", "popen", "Popen", "run", "check_call", "check_output", "call", "literal_eval", "globals", "setattr", "exec_module", "unpickle", "read_pickle", "get_type", "resolve", "memmap", "fromfile", "urlopen", "remove", "unlink", "rmtree", "write"}
# What nothing that a hook reaches may call: functions by their name, methods by theirs and the module's before it.
BAD_FUNCTIONS = {"eval", "exec", "compile", "open", "__import__", "import_module", "find_spec", "Popen", "check_call", "check_output", "literal_eval", "exec_module", "read_pickle", "memmap", "fromfile", "urlopen", "urlretrieve", "rmtree", "import_string", "resolve_name", "system", "getoutput", "unlink", "deserialize", "load_spm", "open_listener"}
BAD_METHODS = {"import_module", "find_spec", "exec_module", "Popen", "check_call", "check_output", "system", "popen", "unlink", "rmtree", "read_pickle", "memmap", "fromfile", "urlopen", "literal_eval", "read_text", "read_bytes", "write_text", "write_bytes", "deserialize", "Load", "open_listener"}
BAD_OF = {"load", "loads", "open", "run", "call", "remove", "rename", "eval", "exec", "compile", "getoutput", "genfromtxt", "loadtxt", "spawn"}
MODULES = {"pickle", "marshal", "joblib", "dill", "cloudpickle", "torch", "np", "numpy", "os", "subprocess", "shutil", "io", "gzip", "builtins", "importlib", "json", "yaml", "zipfile", "jit", "runpy", "codecs", "pd", "pandas"}


def does_more(function):
    """The name of a call in a method that does more than set attributes."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            f = node.func
            name = f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else ""
            if name in BAD_CALLS:
                return name
    return ""


def calls(function):
    """The calls of a function: what is before the dot, and the name."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            f = node.func
            if isinstance(f, ast.Name):
                yield "", f.id
            elif isinstance(f, ast.Attribute):
                of = f.value
                if isinstance(of, ast.Call) and isinstance(of.func, ast.Name):
                    yield of.func.id + "()", f.attr
                elif isinstance(of, ast.Attribute):
                    yield of.attr, f.attr
                else:
                    yield of.id if isinstance(of, ast.Name) else "?", f.attr


def leads_out(of, name):
    """Whether a call that a hook reaches runs code, reads or writes files, or loads what is given."""
    return not of and name in BAD_FUNCTIONS or bool(of) and (name in BAD_METHODS or name in BAD_OF and of in MODULES)
