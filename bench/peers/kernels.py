"""The peer of bench/kernels.ts: scikit-learn training on the same rows, an epoch a line of standard input.

Argument: JSON {directory, rows, validationRows, columns, classes, model, penalty, batchSize}. Each answer is a line of
JSON: seconds of `partial_fit`, of both accuracies by `score`, and of both losses by `sklearn.metrics`.
"""
import json
import resource
import sys
import time
import warnings

import numpy as np
from sklearn.linear_model import PassiveAggressiveClassifier, Perceptron, SGDClassifier
from sklearn.metrics import hinge_loss, log_loss
from sklearn.neural_network import MLPClassifier

warnings.filterwarnings("ignore")
spec = json.loads(sys.argv[1])


def part(name, rows):
    x = np.fromfile(f"{spec['directory']}/{name}.x").reshape(rows, spec["columns"])
    return x, np.fromfile(f"{spec['directory']}/{name}.y", dtype=np.int32)


train, validation = part("train", spec["rows"]), part("validation", spec["validationRows"])
codes = np.arange(spec["classes"])
sgd = {"penalty": spec["penalty"], "learning_rate": "constant", "eta0": 0.01, "random_state": 42}
estimator = {
    "LR": lambda: SGDClassifier(loss="log_loss", **sgd),
    "SVM": lambda: SGDClassifier(loss="hinge", **sgd),
    "PER": lambda: Perceptron(random_state=42),
    "PA": lambda: PassiveAggressiveClassifier(random_state=42),
    "MLP": lambda: MLPClassifier((100,), solver="sgd", learning_rate_init=0.01, batch_size=spec["batchSize"], random_state=42),
}[spec["model"]]()


def loss(x, y):
    if hasattr(estimator, "predict_proba"):
        return log_loss(y, estimator.predict_proba(x), labels=codes)
    return hinge_loss(y, estimator.decision_function(x), labels=codes)


for _ in sys.stdin:
    began = time.perf_counter()
    estimator.partial_fit(*train, classes=codes)
    fitted = time.perf_counter()
    accuracy = [estimator.score(x, y) for x, y in (train, validation)]
    scored = time.perf_counter()
    losses = [loss(x, y) for x, y in (train, validation)]
    done = time.perf_counter()
    print(
        json.dumps(
            {
                "fit": fitted - began,
                "accuracies": scored - fitted,
                "losses": done - scored,
                "figures": [*accuracy, *losses],
                "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        ),
        flush=True,
    )
