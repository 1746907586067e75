"""Loads written models and holds them against what scikit-learn's own objects answered. A warning is an error.

stdin: cases of fit-models.py, each with "file", the written model
stdout: for each case the largest differences
"""
import json
import pickle
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
from sklearn.base import clone

warnings.simplefilter("error")


def difference(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    assert a.shape == b.shape, (a.shape, b.shape)
    return float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b)), initial=0))


def weights_difference(estimator, state):
    if state["kind"] == "linear":
        assert estimator.t_ == state["t"]
        return max(difference(estimator.coef_, state["coef"]), difference(estimator.intercept_, state["intercept"]))
    assert estimator.t_ == state["t"] and difference(estimator.loss_curve_, state["lossCurve"]) < 1e-12
    pairs = list(zip(estimator.coefs_, state["weights"])) + list(zip(estimator.intercepts_, state["biases"]))
    return max(difference(a, b) for a, b in pairs)


results = []
for case in json.load(sys.stdin):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The 'float_precision' argument is deprecated")
        frame = pd.read_csv(case["csv"], float_precision="round_trip")
    y = frame[case["target"]].to_numpy()
    raw = frame.drop(columns=case["target"])
    model = joblib.load(case["file"])
    with open(case["file"], "rb") as file:
        again = pickle.load(file)
    estimator = model[-1]
    labels = model.predict(raw)
    shuffled = frame[frame.columns[::-1]]
    result = {
        "labels": labels.tolist() == case["labels"],
        "dtype": labels.dtype.kind == ("i" if isinstance(case["classes"][0], int) else "U"),
        "pickle": again.predict(raw).tolist() == case["labels"],
        "anyColumnOrderAndMore": model.predict(shuffled).tolist() == case["labels"],
        "score": model.score(raw, y) == case["score"],
        "names": list(model[0].get_feature_names_out()) == case["featureNames"],
        "inputNames": list(model.feature_names_in_) == case["inputColumns"],
        "params": {k: repr(v) for k, v in estimator.get_params().items()} == case["estimatorParams"],
        "kept": all(type(getattr(estimator, k)) in (int, float, str) and getattr(estimator, k) == v
                    for k, v in case["kept"].items()),
        "repr": "ColumnTransformer" in repr(model) and "<pre>" in model._repr_html_(),
        "proba": hasattr(model, "predict_proba") == (case["proba"] is not None),
        "decision": hasattr(model, "decision_function") == (case["decision"] is not None),
    }
    off = []
    if case["proba"] is not None:
        off.append(difference(model.predict_proba(raw), case["proba"]))
    if case["decision"] is not None:
        off.append(difference(model.decision_function(raw), case["decision"]))
    result["difference"] = max(off)
    with warnings.catch_warnings():
        # Newer versions announce the end of PassiveAggressiveClassifier whenever one is constructed.
        warnings.filterwarnings("ignore", "Class PassiveAggressiveClassifier is deprecated")
        copy = clone(model)
        result["clone"] = repr(copy) == repr(model) and repr(copy.get_params()) == repr(model.get_params())
        warnings.filterwarnings("ignore", "Stochastic Optimizer|Maximum number of iteration")
        copy.set_params(estimator__max_iter=5).fit(raw.iloc[case["train"]], y[case["train"]])
        result["refit"] = sorted(set(copy.predict(raw).tolist()) | set(case["classes"])) == case["classes"]
    X_train = model[0].transform(raw.iloc[case["train"]])
    estimator.partial_fit(X_train, y[case["train"]])
    result["after"] = weights_difference(estimator, case["after"])
    result["untouched"] = weights_difference(again[-1], case["state"])
    results.append(result)
print(json.dumps(results, default=bool))
