"""Writes the .onnx files beside it: what converters and the onnx package itself write.

    pip install onnx skl2onnx scikit-learn && python make.py

onnx and skl2onnx are Apache-2.0, scikit-learn BSD-3; the models are fitted to random numbers by this script.
"""
import pathlib

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from skl2onnx.common.data_types import StringTensorType

here = pathlib.Path(__file__).resolve().parent
rng = np.random.default_rng(1)
x = rng.random((40, 4)).astype(np.float32)
y = (x[:, 0] > 0.5).astype(int)
for name, m in {"logistic": make_pipeline(StandardScaler(), LogisticRegression()), "boosted": GradientBoostingClassifier(n_estimators=3), "forest": RandomForestRegressor(n_estimators=3, max_depth=3)}.items():
    (here / f"{name}.onnx").write_bytes(to_onnx(m.fit(x, y), x[:1]).SerializeToString())
texts = np.array(["lambda of a pickle", "os system exec", "Occupation________"])
(here / "text.onnx").write_bytes(to_onnx(TfidfVectorizer().fit(texts), initial_types=[("t", StringTensorType([None, 1]))]).SerializeToString())
words = np.array([["a"], ["b"]])
(here / "onehot.onnx").write_bytes(to_onnx(OneHotEncoder().fit(words), initial_types=[("t", StringTensorType([None, 1]))]).SerializeToString())

F = T.FLOAT
info = h.make_tensor_value_info
weights = numpy_helper.from_array(rng.random((64, 64)).astype(np.float32), "w")
outer = numpy_helper.from_array(rng.random((2, 3)).astype(np.float32), "outer")
onnx.external_data_helper.set_external_data(outer, "weights.bin", offset=0, length=24)
(here / "weights.bin").write_bytes(outer.raw_data)
outer.ClearField("raw_data")
outer.data_location = T.EXTERNAL
sparse = h.make_sparse_tensor(h.make_tensor("s", F, [3], [1.0, 2.0, 3.0]), h.make_tensor("si", T.INT64, [3], [1, 4, 11]), [3, 4])
sparse2 = h.make_sparse_tensor(h.make_tensor("t", F, [2], [1.0, 2.0]), numpy_helper.from_array(np.array([[0, 1], [2, 3]], np.int64), "ti"), [3, 4])
then = h.make_graph([h.make_node("Identity", ["w"], ["o"])], "then", [], [info("o", F, None)])
other = h.make_graph([h.make_node("Neg", ["w"], ["o"])], "else", [], [info("o", F, None)])
nodes = [h.make_node("If", ["c"], ["p"], then_branch=then, else_branch=other), h.make_node("Twice", ["p"], ["q"], domain="local"),
         h.make_node("Constant", [], ["k"], value=h.make_tensor("k", T.INT4, [3], [1, 2, 3])), h.make_node("Constant", [], ["u"], value=h.make_tensor("u", T.STRING, [1], [b"text"]))]
g = h.make_graph(nodes, "g", [info("c", T.BOOL, [])], [info("q", F, None)], [weights, outer, h.make_tensor("l", F, [2, 2], [1, 2, 3, 4])])
g.sparse_initializer.extend([sparse, sparse2])
functions = [h.make_function("local", "Twice", ["a"], ["b"], [h.make_node("Half", ["a"], ["x"], domain="local"), h.make_node("Add", ["x", "a"], ["b"])], [h.make_opsetid("", 21), h.make_opsetid("local", 1)]),
             h.make_function("local", "Half", ["a"], ["b"], [h.make_node("Identity", ["a"], ["b"])], [h.make_opsetid("", 21)])]
m = h.make_model(g, functions=functions, opset_imports=[h.make_opsetid("", 21), h.make_opsetid("local", 1)], producer_name="tacit")
h.set_model_props(m, {"author": "nobody", "note": "__class__ of os.system is only text here"})
(here / "everything.onnx").write_bytes(m.SerializeToString())
