"""Writes the models below mlflow/ and models/ with MLflow 3.17 (Apache-2.0), scikit-learn 1.9 (BSD-3), skops 0.16 (MIT),
safetensors 0.8 (Apache-2.0), gguf 0.19 (MIT), XGBoost, LightGBM and CatBoost.

    pip install mlflow-skinny scikit-learn pandas skops safetensors gguf xgboost lightgbm catboost
    python make.py FOLDER

The data is drawn; what the files hold is nobody's.
"""
import sys

import catboost
import gguf
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import skops.io
import xgboost
from safetensors.numpy import save_file
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.manifold import SpectralEmbedding
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

folder = sys.argv[1] + "/"
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
y = (X[:, 0] > 0).astype(int)
frame = pd.DataFrame(X, columns=list("abc"))

pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, y)
mlflow.sklearn.save_model(
    pipeline,
    folder + "mlflow/sk_cloudpickle",
    input_example=frame.head(2),
    signature=mlflow.models.infer_signature(frame, y),
    serialization_format="cloudpickle",
)
mlflow.xgboost.save_model(xgboost.XGBClassifier(n_estimators=2, max_depth=2).fit(X, y), folder + "mlflow/xgb")
mlflow.lightgbm.save_model(lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, y), folder + "mlflow/lgb")
booster = lightgbm.train({"verbose": -1}, lightgbm.Dataset(X, y), 2)
mlflow.lightgbm.save_model(booster, folder + "mlflow/lgb_booster")
trees = catboost.CatBoostClassifier(iterations=2, verbose=0, allow_writing_files=False).fit(X, y)
mlflow.catboost.save_model(trees, folder + "mlflow/cat")

models = folder + "models/"
Z = np.abs(rng.normal(size=(60, 4))) + 0.1
columns = ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", OneHotEncoder(), [2])])
skops.io.dump(columns.fit(Z, y), models + "extra_ct.skops")
skops.io.dump(make_pipeline(FunctionTransformer(np.log1p), Ridge()).fit(Z, y), models + "extra_log1p.skops")
voting = VotingClassifier([("a", LogisticRegression()), ("b", RidgeClassifier())])
skops.io.dump(voting.fit(Z, y), models + "VotingClassifier.skops")
embedding = SpectralEmbedding(affinity="rbf").fit(Z)
embedding.affinity_matrix_ = sparse.csr_matrix(embedding.affinity_matrix_)
skops.io.dump(embedding, models + "SpectralEmbedding.skops")
arrays = {"a": np.zeros((3, 4), np.float32), "b": np.ones(5, np.int8), "c": np.zeros((0, 3), np.float64)}
save_file(arrays, models + "a.safetensors", metadata={"format": "np"})
save_file({}, models + "empty.safetensors")


def write(name, tensors, fill, **options):
    writer = gguf.GGUFWriter(models + name, "llama", **options)
    fill(writer)
    for key, array, kind in tensors:
        writer.add_tensor(key, array, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def fill(writer):
    writer.add_name("x")
    writer.add_token_list(["a", "b", "<s>"])
    writer.add_token_scores([0.0, 1.0, 2.0])
    writer.add_chat_template("{% for m in messages %}{{ m.content }}{% endfor %}")
    writer.add_bool("q.b", True)
    writer.add_float32("f", 1.5)
    writer.add_array("arr", [1, 2, 3])


Q8 = gguf.GGMLQuantizationType.Q8_0
quantised = gguf.quants.quantize(np.ones((2, 64), np.float32), Q8)
write("a.gguf", [("t", np.zeros((4, 6), np.float32), None), ("u", np.ones(3, np.float16), None), ("q", quantised, Q8)], fill)
write("big.gguf", [("t", np.zeros((4, 8), np.float32), None)], lambda w: w.add_name("x"), endianess=gguf.GGUFEndian.BIG)
pair = [("t", np.zeros(3, np.float32), None), ("t2", np.zeros(3, np.float32), None)]
write("align.gguf", pair, lambda w: w.add_custom_alignment(64))
