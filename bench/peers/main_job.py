"""The main job as one scikit-learn script: CSV in; split, impute, scale, encode; epochs with both scores; model out.

Arguments: CSV, target, model code, epochs, output directory. Prints JSON: seconds without and with the imports.
"""
import sys
import time

began = time.perf_counter()
import json
import os
import pickle
import resource

import joblib
import numpy
import pandas
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Perceptron, SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

imported = time.perf_counter()
csv, target, model, epochs, out = sys.argv[1:6]
table = pandas.read_csv(csv)
table = table[table[target].notna()]
X, y = table.drop(columns=target), table[target]
numeric = X.select_dtypes("number").columns
categorical = [name for name in X.columns if name not in numeric]
train_X, test_X, train_y, test_y = train_test_split(X, y, test_size=0.2, random_state=42)
preprocessing = ColumnTransformer(
    [
        ("numeric", Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())]), numeric),
        ("categorical", Pipeline([("impute", SimpleImputer(strategy="most_frequent")), ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False))]), categorical),
    ]
).fit(train_X)
os.makedirs(out, exist_ok=True)
with open(f"{out}/processed.pkl", "wb") as file:
    pickle.dump((preprocessing.transform(X), y), file)
a, b = preprocessing.transform(train_X), preprocessing.transform(test_X)
estimator = {
    "LR": lambda: SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.01, random_state=42),
    "SVM": lambda: SGDClassifier(loss="hinge", learning_rate="constant", eta0=0.01, random_state=42),
    "PER": lambda: Perceptron(random_state=42),
    "PA": lambda: SGDClassifier(loss="hinge", penalty=None, learning_rate="pa1", eta0=1.0, random_state=42),
    "MLP": lambda: MLPClassifier((100,), solver="sgd", learning_rate_init=0.01, batch_size=32, random_state=42),
}[model]()
classes = numpy.unique(y)
metrics = []
for epoch in range(int(epochs)):
    estimator.partial_fit(a, train_y, classes=classes)
    metrics.append([estimator.score(a, train_y), estimator.score(b, test_y)])
joblib.dump(Pipeline([("preprocessing", preprocessing), ("estimator", estimator)]), f"{out}/model.joblib")
done = time.perf_counter()
print(json.dumps({
    "seconds": done - imported,
    "secondsWithImports": done - began,
    "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "accuracy": metrics[-1],
}))
