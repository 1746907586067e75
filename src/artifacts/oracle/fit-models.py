"""Fits preprocessing and every classifier with scikit-learn itself and prints what they learned.

stdin: {"examples": folder of CSVs, "out": folder for the frames that predictions are made on}
stdout: a list of cases: statistics, weights, and what scikit-learn predicts with them
"""
import json
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import PassiveAggressiveClassifier, Perceptron, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.simplefilter("ignore")
request = json.load(sys.stdin)

SGD = dict(learning_rate=0.02, learning_rate_schedule="constant", power_t=0.5, penalty="l2", alpha=0.0001,
           l1_ratio=0.15, class_weight=None, random_state=42)
MLP = dict(learning_rate=0.01, batch_size=32, hidden_layer_sizes=[7, 5], activation="relu", solver="sgd",
           momentum=0.9, alpha=0.0001, random_state=3)
SPECS = [
    ("LR", SGD),
    ("LR", {**SGD, "learning_rate_schedule": "invscaling", "penalty": "elasticnet", "class_weight": "weights"}),
    ("SVM", {**SGD, "learning_rate_schedule": "optimal", "penalty": "none"}),
    ("PER", dict(learning_rate=0.5, penalty="none", alpha=0.0001, l1_ratio=0.15, class_weight=None, random_state=7)),
    ("PA", dict(C=0.5, loss="hinge", class_weight=None, random_state=1)),
    ("PA", dict(C=2.0, loss="squared_hinge", class_weight="weights", random_state=1)),
    ("MLP", MLP),
    ("MLP", {**MLP, "activation": "tanh", "solver": "adam", "hidden_layer_sizes": [6]}),
    ("MLP", {**MLP, "activation": "logistic", "random_state": 4294967295}),
]


def native(model, p, weights):
    """The estimator that a spec stands for."""
    if model == "MLP":
        return MLPClassifier(tuple(p["hidden_layer_sizes"]), activation=p["activation"], solver=p["solver"],
                             alpha=p["alpha"], batch_size=p["batch_size"], learning_rate_init=p["learning_rate"],
                             momentum=p["momentum"], random_state=p["random_state"])
    if model == "PA":
        return PassiveAggressiveClassifier(C=p["C"], loss=p["loss"], class_weight=weights, random_state=p["random_state"])
    shared = dict(penalty=None if p["penalty"] == "none" else p["penalty"], alpha=p["alpha"], l1_ratio=p["l1_ratio"],
                  eta0=p["learning_rate"], class_weight=weights, random_state=p["random_state"])
    if model == "PER":
        return Perceptron(**shared)
    return SGDClassifier(loss="log_loss" if model == "LR" else "hinge", learning_rate=p["learning_rate_schedule"],
                         power_t=p["power_t"], **shared)


def state(estimator):
    if isinstance(estimator, MLPClassifier):
        return {"kind": "mlp", "weights": [w.tolist() for w in estimator.coefs_],
                "biases": [b.tolist() for b in estimator.intercepts_], "t": int(estimator.t_),
                "lossCurve": [float(loss) for loss in estimator.loss_curve_]}
    return {"kind": "linear", "coef": estimator.coef_.tolist(), "intercept": estimator.intercept_.tolist(),
            "t": float(estimator.t_)}


def table(name, file, target, labels, classes=None, dropped=()):
    frame = pd.read_csv(f"{request['examples']}/{file}").dropna(subset=[target]).reset_index(drop=True)
    if classes is not None:
        frame = frame[frame[target].isin(sorted(frame[target].unique())[:classes])].reset_index(drop=True)
    codes, kinds = pd.factorize(frame[target], sort=True)
    frame[target] = codes * 10 - 10 if labels == "whole" else [f"sınıf {kinds[code]}" for code in codes]
    y = frame[target].to_numpy()
    X = frame.drop(columns=target)
    used = [c for c in X.columns if c not in dropped]
    numeric = [c for c in used if pd.api.types.is_numeric_dtype(X[c])]
    categorical = [c for c in used if c not in numeric]
    return name, X, y, target, numeric, categorical


def preprocess(X, numeric, categorical):
    imputer, scaler, encoder = SimpleImputer(strategy="median"), StandardScaler(), OneHotEncoder(handle_unknown="ignore")
    steps = [("numeric", Pipeline([("imputer", imputer), ("scaler", scaler)]), numeric)]
    if categorical:
        fill = SimpleImputer(strategy="most_frequent")
        steps.append(("categorical", Pipeline([("imputer", fill), ("encoder", encoder)]), categorical))
    ct = ColumnTransformer(steps, sparse_threshold=0.0, verbose_feature_names_out=False).fit(X)
    fitted = ct.named_transformers_["numeric"]
    scale = fitted["scaler"]
    stats = [
        {"column": c, "impute": "median", "fill": float(fitted["imputer"].statistics_[i]), "boolean": False,
         "standard": {"mean": float(scale.mean_[i]), "variance": float(scale.var_[i]), "scale": float(scale.scale_[i])}}
        for i, c in enumerate(numeric)
    ]
    blocks = [
        {"column": c, "fill": ct.named_transformers_["categorical"]["imputer"].statistics_[i],
         "categories": list(ct.named_transformers_["categorical"]["encoder"].categories_[i])}
        for i, c in enumerate(categorical)
    ]
    return ct, stats, blocks


TABLES = [
    table("penguins whole", "penguins.csv", "species", "whole", dropped=["year"]),
    table("penguins text", "penguins.csv", "species", "text"),
    table("penguins binary text", "penguins.csv", "sex", "text", dropped=["island"]),
    table("penguins binary whole", "penguins.csv", "species", "whole", classes=2),
    table("iris text", "iris.csv", "species", "text"),
    table("breast cancer whole", "breast_cancer.csv", pd.read_csv(f"{request['examples']}/breast_cancer.csv", nrows=1).columns[-1], "whole"),
    table("digits whole", "digits.csv", pd.read_csv(f"{request['examples']}/digits.csv", nrows=1).columns[-1], "whole"),
    table("wine text", "wine.csv", "cultivar", "text"),
]

cases = []
for name, X, y, target, numeric, categorical in TABLES:
    train = np.arange(len(X)) % 4 != 0
    ct, stats, blocks = preprocess(X[train], numeric, categorical)
    raw = X.copy()
    # Rows that no training saw: unseen texts, and gaps.
    if categorical:
        raw.loc[raw.index[0], categorical] = "never seen"
        raw.loc[raw.index[4], categorical] = np.nan
    raw.loc[raw.index[8], numeric] = np.nan
    csv = f"{request['out']}/{name}.csv"
    raw.assign(**{target: y}).to_csv(csv, index=False)
    raw = pd.read_csv(csv, float_precision="round_trip").drop(columns=target)
    Z, Z_train = ct.transform(raw), ct.transform(X[train])
    classes = np.unique(y)
    # Every choice of parameters on the first tables, every model on all.
    for model, params in SPECS if len(cases) < 36 else [SPECS[i] for i in (0, 2, 3, 4, 6)]:
        weights = {label: 0.5 + i for i, label in enumerate(classes.tolist())} if params.get("class_weight") else None
        estimator = native(model, params, weights)
        for _ in range(3):
            estimator.partial_fit(Z_train, y[train], classes=classes)
        case = {
            "name": name, "csv": csv, "target": target, "model": model,
            "params": {**params, "class_weight": weights} if "class_weight" in params else params,
            "classWeights": None if weights is None else list(weights.values()),
            "classes": classes.tolist(), "state": state(estimator), "numeric": stats, "categorical": blocks,
            "inputColumns": list(X.columns), "fittedRows": int(train.sum()),
            "featureNames": list(ct.get_feature_names_out()), "train": np.flatnonzero(train).tolist(),
            "labels": estimator.predict(Z).tolist(), "score": float(estimator.score(Z, y)),
            "proba": estimator.predict_proba(Z).tolist() if hasattr(estimator, "predict_proba") else None,
            "decision": estimator.decision_function(Z).tolist() if hasattr(estimator, "decision_function") else None,
            "estimatorParams": {k: repr(v) for k, v in estimator.get_params().items()},
            "kept": {k: v for k, v in vars(estimator).items()
                     if k in ("_no_improvement_count", "best_loss_", "loss_", "n_layers_", "n_outputs_",
                              "out_activation_", "n_features_in_", "t_")},
        }
        if model == "MLP":
            del estimator._optimizer
        estimator.partial_fit(Z_train, y[train])
        case["after"] = state(estimator)
        cases.append(case)
print(json.dumps(cases, default=float))
