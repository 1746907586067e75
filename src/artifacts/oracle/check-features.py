"""Loads written models and prints what they make of a CSV as pandas.read_csv gives it. A warning is an error.

stdin: [{"file", "csv", "refit": indices of rows}]
"""
import json
import sys
import warnings

import joblib
import pandas as pd
from sklearn.base import clone

warnings.simplefilter("error")
results = []
for case in json.load(sys.stdin):
    raw = pd.read_csv(case["csv"])
    model = joblib.load(case["file"])
    Z = model[0].transform(raw)
    copy = clone(model[0]).fit(raw.iloc[case["refit"]])
    methods = [name for name in ("decision_function", "predict_proba") if hasattr(model, name)]
    answers = {name: getattr(model, name)(raw).tolist() for name in methods}
    results.append({
        "features": Z.tolist(), "names": list(model[0].get_feature_names_out()),
        "labels": model.predict(raw).tolist(),
        "blocks": [[name, list(columns)] for name, _, columns in model[0].transformers_],
        "dtype": str(Z.dtype), "refit": copy.transform(raw).tolist(), **answers,
    })
print(json.dumps(results))
