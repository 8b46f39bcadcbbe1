"""make.py FOLDER: small fitted estimators of the installed scikit-learn with what they predict.

Run once with each version named in ../doc.go; FOLDER is then the version. Each model is a pickle, by a
protocol that goes round, or joblib's; golden.json has for each the inputs (columns, null for what is
missing) and the outputs of its methods. The models are trained on numbers drawn here; no data of others is used.
"""
import json
import pathlib
import pickle
import sys
import warnings

import joblib
import numpy as np
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (ExtraTreesClassifier, ExtraTreesRegressor, GradientBoostingClassifier, GradientBoostingRegressor,
                              HistGradientBoostingClassifier, HistGradientBoostingRegressor, IsolationForest, RandomForestClassifier, RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (ARDRegression, BayesianRidge, ElasticNet, ElasticNetCV, GammaRegressor, HuberRegressor, Lars, LarsCV, LassoCV, LassoLars, LassoLarsCV, LassoLarsIC,
                                  OrthogonalMatchingPursuit, QuantileRegressor, RidgeClassifierCV, RidgeCV, TheilSenRegressor, Lasso, LinearRegression, LogisticRegression, LogisticRegressionCV, Perceptron, PoissonRegressor, Ridge, RidgeClassifier,
                                  SGDClassifier, SGDRegressor, TweedieRegressor)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Binarizer, FunctionTransformer, MaxAbsScaler, MinMaxScaler, Normalizer, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, ExtraTreeRegressor

warnings.simplefilter("ignore")
VERSION = tuple(int(p) for p in sklearn.__version__.split(".")[:2])
DRAW = np.random.RandomState(7)
X = DRAW.randn(80, 4)
TWO = (X[:, 0] + X[:, 1] > 0.1).astype(int)
THREE = np.array(["red", "green", "blue"])[np.digitize(X[:, 0] - X[:, 2], [-0.5, 0.7])]
Y = X @ [1.5, -2, 0.5, 0] + 0.1 * DRAW.randn(80) + 3
GAPS = X.copy()
GAPS[DRAW.rand(*X.shape) < 0.15] = np.nan
TEXTS = np.empty((80, 3), dtype=object)
TEXTS[:, 0], TEXTS[:, 1], TEXTS[:, 2] = DRAW.choice(["a", "b", "çé"], 80), DRAW.choice(["x", "y"], 80), X[:, 0]
DEEP = dict(max_depth=4, random_state=0)


def columns():
    return ColumnTransformer([
        ("words", OneHotEncoder(handle_unknown="ignore"), [0, 1]), ("numbers", Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())]), [2])])


def cases():
    yield "linear", LinearRegression(), X, Y
    yield "linear_two", LinearRegression(), X, np.c_[Y, -Y]
    yield "ridge", Ridge(), X, Y
    yield "lasso", Lasso(alpha=0.05), X, Y
    yield "elastic", ElasticNet(alpha=0.05), X, Y
    yield "sgd_regressor", SGDRegressor(random_state=0), X, Y
    yield "linear_svr", LinearSVR(random_state=0), X, Y
    yield "poisson", PoissonRegressor(), X, np.abs(Y)
    yield "tweedie", TweedieRegressor(power=1.5), X, np.abs(Y)
    yield "logistic", LogisticRegression(), X, TWO
    yield "logistic_three", LogisticRegression(), X, THREE
    yield "logistic_cv", LogisticRegressionCV(Cs=2, cv=2, **({"use_legacy_attributes": False} if VERSION >= (1, 9) else {})), X, TWO
    yield "sgd_log", SGDClassifier(loss="log_loss", random_state=0), X, THREE
    yield "sgd_huber", SGDClassifier(loss="modified_huber", random_state=0), X, THREE
    yield "sgd_hinge", SGDClassifier(random_state=0), X, TWO
    yield "perceptron", Perceptron(random_state=0), X, THREE
    yield "ridge_classifier", RidgeClassifier(), X, THREE
    yield "linear_svc", LinearSVC(random_state=0), X, TWO
    yield "discriminant", LinearDiscriminantAnalysis(), X, THREE
    yield "standard", StandardScaler(), X, None
    yield "minmax", MinMaxScaler(clip=True), X, None
    yield "maxabs", MaxAbsScaler(), X, None
    yield "robust", RobustScaler(), X, None
    yield "normalizer", Normalizer(), X, None
    yield "binarizer", Binarizer(threshold=0.2), X, None
    yield "imputer", SimpleImputer(strategy="median"), GAPS, None
    yield "pca", PCA(2, random_state=0), X, None
    yield "pca_white", PCA(2, whiten=True, random_state=0), X, None
    yield "svd", TruncatedSVD(2, random_state=0), X, None
    yield "one_hot", OneHotEncoder(handle_unknown="ignore"), TEXTS[:, :2], None
    yield "one_hot_drop", OneHotEncoder(drop="if_binary"), TEXTS[:, :2], None
    yield "one_hot_numbers", OneHotEncoder(), np.round(X), None
    yield "ordinal", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), TEXTS[:, :2], None
    yield "tree", DecisionTreeClassifier(**DEEP), X, THREE
    yield "tree_regressor", DecisionTreeRegressor(**DEEP), X, Y
    yield "extra_tree", ExtraTreeClassifier(**DEEP), X, TWO
    yield "forest", RandomForestClassifier(5, **DEEP), X, THREE
    yield "forest_weighted", RandomForestClassifier(3, class_weight="balanced", **DEEP), X, TWO
    yield "forest_regressor", RandomForestRegressor(4, **DEEP), X, Y
    yield "extra", ExtraTreesClassifier(4, **DEEP), X, TWO
    yield "extra_regressor", ExtraTreesRegressor(3, **DEEP), X, Y
    yield "boosting", GradientBoostingClassifier(n_estimators=5, max_depth=2, random_state=0), X, TWO
    yield "boosting_three", GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0), X, THREE
    yield "boosting_exponential", GradientBoostingClassifier(n_estimators=3, loss="exponential", max_depth=2), X, TWO
    yield "boosting_regressor", GradientBoostingRegressor(n_estimators=5, max_depth=2, random_state=0), X, Y
    yield "boosting_huber", GradientBoostingRegressor(n_estimators=3, loss="huber", max_depth=2, random_state=0), X, Y
    yield "hist", HistGradientBoostingClassifier(max_iter=4, max_depth=3, categorical_features=None, random_state=0), GAPS, TWO
    yield "hist_three", HistGradientBoostingClassifier(max_iter=2, max_depth=3, categorical_features=None), GAPS, THREE
    yield "hist_regressor", HistGradientBoostingRegressor(max_iter=4, max_depth=3, categorical_features=None), GAPS, Y
    yield "isolation", IsolationForest(n_estimators=5, max_samples=32, random_state=0), X, None
    yield "isolation_part", IsolationForest(n_estimators=4, max_features=2, max_samples=16, contamination=0.1, random_state=0), X, None
    if VERSION >= (1, 3):
        yield "tree_gaps", DecisionTreeClassifier(**DEEP), GAPS, THREE
    if VERSION >= (1, 4):
        yield "forest_gaps", RandomForestClassifier(4, **DEEP), GAPS, TWO
    yield "pipeline", make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression()), GAPS, THREE
    yield "pipeline_trees", make_pipeline(MinMaxScaler(), "passthrough", RandomForestClassifier(3, **DEEP)), X, TWO
    yield "columns", make_pipeline(columns(), LogisticRegression()), TEXTS, TWO
    yield "columns_rest", ColumnTransformer([("scale", RobustScaler(), [0, 2])], remainder="passthrough"), X, None
    if VERSION >= (1, 9):  # the kin of those above
        for model in (Lars(), LassoLars(0.01), LassoLarsIC(), LarsCV(cv=2), LassoLarsCV(cv=2), OrthogonalMatchingPursuit(), BayesianRidge(), ARDRegression(), HuberRegressor(),
                      TheilSenRegressor(max_subpopulation=50, random_state=0), QuantileRegressor(alpha=0.01), RidgeCV(), LassoCV(cv=2, alphas=3), ElasticNetCV(cv=2, alphas=3), ExtraTreeRegressor(**DEEP)):
            yield f"kin_{type(model).__name__.lower()}", model, X, Y
        yield "kin_gamma", GammaRegressor(), X, np.abs(Y) + 0.1
        yield "kin_tweedie", TweedieRegressor(power=0), X, Y
        yield "kin_ridge_two", RidgeClassifierCV(), X, TWO
        yield "kin_discriminant_two", LinearDiscriminantAnalysis(), X, TWO
        yield "kin_sgd_huber_two", SGDClassifier(loss="modified_huber", random_state=0), X, TWO
        yield "kin_boosting_quantile", GradientBoostingRegressor(n_estimators=3, loss="quantile", max_depth=2, random_state=0), X, Y
        yield "kin_boosting_zero", GradientBoostingRegressor(n_estimators=3, init="zero", max_depth=2, random_state=0), X, Y
        yield "kin_hist_poisson", HistGradientBoostingRegressor(max_iter=3, max_depth=3, loss="poisson", categorical_features=None), GAPS, np.abs(Y)
        yield "kin_hist_quantile", HistGradientBoostingRegressor(max_iter=3, max_depth=3, loss="quantile", quantile=0.7, categorical_features=None), GAPS, Y
        yield "kin_normalizer_l1", Normalizer("l1"), X, None
        yield "kin_normalizer_max", Normalizer("max"), X, None
        yield "kin_function", FunctionTransformer(validate=True), X, None
        yield "kin_imputer_texts", SimpleImputer(strategy="most_frequent"), TEXTS[:, :2], None
        yield "kin_ordinal_numbers", OrdinalEncoder(encoded_missing_value=-5), np.round(GAPS), None
        yield "kin_one_hot_numbers", OneHotEncoder(drop="first"), np.round(GAPS), None


def cells(a):
    a = a.toarray() if hasattr(a, "toarray") else np.asarray(a)
    a = a.reshape(len(a), -1)
    return [[None if isinstance(v, float) and v != v else v for v in a[:, j].tolist()] for j in range(a.shape[1])]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    golden = {}
    for i, (name, model, inputs, target) in enumerate(cases()):
        model.fit(inputs) if target is None else model.fit(inputs, target)
        rows = inputs[:24]
        file = f"{name}.pkl"
        if i % 7 == 6:
            file = f"{name}.joblib"
            joblib.dump(model, folder / file, compress=[0, ("zlib", 3), ("gzip", 3), ("bz2", 3)][i // 7 % 4])
        else:
            (folder / file).write_bytes(pickle.dumps(model, protocol=i % 7 if i % 7 < 6 else 4))
        methods = ["predict", "decision_function", "predict_proba"] + (["score_samples"] if "isolation" in name else []) + ([] if hasattr(model, "predict") else ["transform"])
        outputs = {m: cells(getattr(model, m)(rows)) for m in methods if hasattr(model, m)}
        golden[name] = {"file": file, "class": type(model).__name__, "inputs": cells(rows), "outputs": outputs}
    (folder / "golden.json").write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False) + "\n")


main()
