"""Runs written graphs in ONNX Runtime on raw tables and holds them against the scikit-learn pipelines written beside them.

stdin: [{"onnx", "joblib" or null, "csv"}]
stdout: for each case its inputs, outputs and answers, how many labels differ, and the largest difference of a number
        (relative where above 1)
"""
import json
import sys
import warnings

import joblib
import numpy as np
import onnx
import onnxruntime
import pandas as pd

warnings.simplefilter("error")


def tensor(values, kind):
    """A raw column as pandas read it, `[N, 1]`."""
    if kind == "tensor(string)":
        return values.fillna("").astype(str).to_numpy(object)[:, None]
    return values.astype(float).to_numpy()[:, None]


def difference(found, expected):
    assert found.dtype == np.float64 and found.shape == expected.shape, (found.dtype, found.shape, expected.shape)
    return float(np.max(np.abs(found - expected) / np.maximum(1, np.abs(expected)), initial=0))


results = []
for case in json.load(sys.stdin):
    onnx.checker.check_model(case["onnx"], full_check=True)
    session = onnxruntime.InferenceSession(case["onnx"], providers=["CPUExecutionProvider"])
    raw = pd.read_csv(case["csv"])
    inputs = {one.name: tensor(raw[one.name], one.type) for one in session.get_inputs()}
    label, values = session.run(None, inputs)
    about = session.get_modelmeta()
    result = {
        "inputs": [[one.name, one.type] for one in session.get_inputs()],
        "outputs": [[one.name, one.type, list(one.shape)] for one in session.get_outputs()],
        "metadata": about.custom_metadata_map,
        "producer": about.producer_name,
    }
    if case["joblib"] is None:
        result |= {"labels": label.tolist(), "values": values.tolist()}
    else:
        model = joblib.load(case["joblib"])
        scored = model.predict_proba(raw) if hasattr(model, "predict_proba") else model.decision_function(raw)
        result |= {
            "rows": len(raw),
            "wrongLabels": int((label.astype(object) != model.predict(raw).astype(object)).sum()),
            "labelType": str(label.dtype),
            "difference": difference(values, scored),
        }
    results.append(result)
print(json.dumps(results))
