"""Writes src/learn/fixtures/*.json: answers of a real scikit-learn that the tests compare with.

Make them again, from the root of the repository:
  python3 test/oracle/make-learn-fixtures.py
"""
import json
import pathlib
import sys

import numpy as np
import sklearn

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from learn_oracle import answer  # noqa: E402

OUT = pathlib.Path("src/learn/fixtures")
COMMAND = "python3 test/oracle/make-learn-fixtures.py"
SGD = {
    "learning_rate": 0.01,
    "learning_rate_schedule": "constant",
    "power_t": 0.5,
    "penalty": "l2",
    "alpha": 0.0001,
    "l1_ratio": 0.15,
    "class_weight": None,
    "random_state": 42,
}
PER = {**SGD, "learning_rate": 1.0, "penalty": "none"}
PA = {"C": 1.0, "loss": "hinge", "class_weight": None, "random_state": 42}
MLP = {
    "learning_rate": 0.01,
    "batch_size": 32,
    "hidden_layer_sizes": [8],
    "activation": "relu",
    "solver": "sgd",
    "momentum": 0.9,
    "alpha": 0.0001,
    "random_state": 42,
}
BASE = {"LR": SGD, "SVM": SGD, "PER": PER, "PA": PA, "MLP": MLP}
SPLIT = {"testSize": 0.2, "randomState": 42, "stratify": False}

CASES = [
    ("iris", "LR", {}),
    ("iris", "SVM", {"penalty": "elasticnet", "alpha": 0.01}),
    ("iris", "PER", {"class_weight": "balanced"}),
    ("iris", "PA", {"loss": "squared_hinge", "C": 0.1}),
    ("iris", "MLP", {}),
    ("breast_cancer", "LR", {"learning_rate_schedule": "optimal"}),
    ("breast_cancer", "LR", {"penalty": "l1", "alpha": 0.003, "class_weight": "balanced"}),
    ("breast_cancer", "SVM", {"learning_rate_schedule": "invscaling", "power_t": 0.25}),
    ("breast_cancer", "PER", {"penalty": "l2"}),
    ("breast_cancer", "PA", {}),
    ("breast_cancer", "MLP", {"hidden_layer_sizes": [6, 4], "activation": "tanh", "solver": "adam"}),
    ("wine", "LR", {"class_weight": {"class_0": 2.5, "class_2": 0.5}}),
    ("wine", "SVM", {}),
    ("wine", "PER", {}),
    ("wine", "PA", {"class_weight": "balanced"}),
    ("wine", "MLP", {"activation": "logistic", "batch_size": 1000}),
]


def write(name, content):
    OUT.mkdir(parents=True, exist_ok=True)
    head = {"madeBy": COMMAND, "scikitLearn": sklearn.__version__, "numpy": np.__version__}
    (OUT / name).write_text(json.dumps({**head, **content}, separators=(",", ":")) + "\n")


def training():
    cases = []
    for i, (csv, model, changes) in enumerate(CASES):
        case = {
            "data": {"csv": csv, "scale": True},
            "split": {**SPLIT, "stratify": i % 3 == 2},
            "model": model,
            "params": {**BASE[model], **changes},
            "epochs": 5,
        }
        cases.append({"case": case, "answer": answer(case)})
    write("training.json", {"cases": cases})


def random():
    """Draws of numpy's legacy generator, for seeds at the ends of their range and between."""
    draws = []
    for seed in (0, 1, 42, 2**31, 2**32 - 1):
        r = np.random.RandomState(seed)
        draws.append(
            {
                "seed": seed,
                "words": r.randint(0, 2**32, size=4, dtype=np.uint32).tolist(),
                "doubles": r.random_sample(3).tolist(),
                "randint": [int(r.randint(1, 2**31 - 1)), int(r.randint(2**31 - 1)), int(r.randint(5, 6)), int(r.randint(0, 9))],
                "uniform": r.uniform(-0.25, 0.25, 3).tolist(),
                "permutation": r.permutation(20).tolist(),
                "choice": r.choice([3, 5, 8], size=3, replace=False).tolist(),
                "after": r.random_sample(700)[-1],
            }
        )
    write("random.json", {"draws": draws})


if __name__ == "__main__":
    training()
    random()
