"""What scikit-learn says: trains the same estimator on the same rows and prints every figure as JSON.

Reads a JSON list of cases on standard input and prints a list of answers. A case:
  data     {"csv": "iris", "scale": true} (a file of examples/, target in the last column),
           or {"x": [[...]], "y": [...]} with class codes
  split    {"testSize", "randomState", "stratify"}
  model    LR, SVM, PER, PA or MLP, with `params` named as in src/contract/models.ts
  epochs   how many calls of partial_fit
"""
import json
import os
import sys
import warnings

# The matrices are small: threads would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from sklearn.linear_model import PassiveAggressiveClassifier, Perceptron, SGDClassifier
from sklearn.metrics import confusion_matrix, hinge_loss, log_loss, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_class_weight

warnings.filterwarnings("ignore", message=".*going to be clipped.*")
warnings.filterwarnings("ignore", category=FutureWarning)


def estimator(model, p, class_weight):
    """The estimator that a model code stands for."""
    penalty = None if p.get("penalty") == "none" else p.get("penalty")
    common = {"random_state": p["random_state"]}
    if model in ("LR", "SVM"):
        return SGDClassifier(
            loss="log_loss" if model == "LR" else "hinge",
            learning_rate=p["learning_rate_schedule"],
            eta0=p["learning_rate"],
            power_t=p["power_t"],
            penalty=penalty,
            alpha=p["alpha"],
            l1_ratio=p["l1_ratio"],
            class_weight=class_weight,
            **common,
        )
    if model == "PER":
        return Perceptron(
            penalty=penalty,
            alpha=p["alpha"],
            l1_ratio=p["l1_ratio"],
            eta0=p["learning_rate"],
            class_weight=class_weight,
            **common,
        )
    if model == "PA":
        return PassiveAggressiveClassifier(C=p["C"], loss=p["loss"], class_weight=class_weight, **common)
    return MLPClassifier(
        hidden_layer_sizes=p["hidden_layer_sizes"],
        activation=p["activation"],
        solver=p["solver"],
        alpha=p["alpha"],
        batch_size=p["batch_size"],
        learning_rate_init=p["learning_rate"],
        momentum=p["momentum"],
        **common,
    )


def rows_of(case):
    """All rows (a DataFrame or an array), their codes and labels."""
    data = case["data"]
    if "csv" not in data:
        y = np.array(data["y"])
        return np.array(data["x"], dtype=float), y, np.arange(y.max() + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.read_csv(f"examples/{data['csv']}.csv", float_precision="round_trip")
    labels, y = np.unique(frame.iloc[:, -1].to_numpy(), return_inverse=True)
    return frame.iloc[:, :-1].astype(float), y, labels


def scores(est, x, y, codes):
    """Accuracy and loss over all classes."""
    if hasattr(est, "predict_proba"):
        loss = log_loss(y, est.predict_proba(x), labels=codes)
    else:
        loss = hinge_loss(y, est.decision_function(x), labels=codes)
    return {"accuracy": est.score(x, y), "loss": loss}


def answer(case):
    x, y, labels = rows_of(case)
    codes = np.arange(len(labels))
    split = case["split"]
    train, test = train_test_split(
        np.arange(len(y)),
        test_size=split["testSize"],
        random_state=split["randomState"],
        stratify=y if split.get("stratify") else None,
    )
    result = {"train": train.tolist(), "test": test.tolist()}
    xs = [x.iloc[rows] if isinstance(x, pd.DataFrame) else x[rows] for rows in (train, test)]
    if case["data"].get("scale"):
        scaler = StandardScaler().fit(xs[0])
        result["scaler"] = {"mean": scaler.mean_.tolist(), "variance": scaler.var_.tolist(), "scale": scaler.scale_.tolist()}
        xs = [scaler.transform(part) for part in xs]
    x_train, x_test = (np.ascontiguousarray(part) for part in xs)
    y_train, y_test = y[train], y[test]

    params = case["params"]
    weight = params.get("class_weight")
    if weight == "balanced":
        weight = dict(zip(codes.tolist(), compute_class_weight("balanced", classes=codes, y=y_train)))
        result["classWeights"] = list(weight.values())
    elif weight is not None:
        weight = {k: weight[str(label)] for k, label in enumerate(labels) if str(label) in weight}
    est = estimator(case["model"], params, weight)
    result["epochs"] = []
    for _ in range(case["epochs"]):
        est.partial_fit(x_train, y_train, classes=codes)
        result["epochs"].append({"train": scores(est, x_train, y_train, codes), "validation": scores(est, x_test, y_test, codes)})

    if case["model"] == "MLP":
        result["weights"] = [w.ravel().tolist() for w in est.coefs_]
        result["biases"] = [b.tolist() for b in est.intercepts_]
        result["lossCurve"] = [float(loss) for loss in est.loss_curve_]
    else:
        result["coef"] = est.coef_.ravel().tolist()
        result["intercept"] = est.intercept_.tolist()
        result["decision"] = est.decision_function(x_test).ravel().tolist()
    if hasattr(est, "predict_proba"):
        result["proba"] = est.predict_proba(x_test).ravel().tolist()
    predicted = est.predict(x_test)
    result["predicted"] = predicted.tolist()
    result["confusion"] = confusion_matrix(y_test, predicted, labels=codes).tolist()
    figures = precision_recall_fscore_support(y_test, predicted, labels=codes, zero_division=0)
    result["figures"] = [part.tolist() for part in figures]
    return result


if __name__ == "__main__":
    print(json.dumps([answer(case) for case in json.load(sys.stdin)]))
