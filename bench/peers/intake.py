"""What pandas and scikit-learn do for the intake of one CSV. Arguments: CSV, numbers|mixed, output path. Prints JSON.

numbers: read_csv, dropna, to_pickle. mixed: read_csv, then a ColumnTransformer (median and StandardScaler, most
frequent and OneHotEncoder) fitted on the training rows, all rows transformed, to_pickle.
"""
import json
import resource
import sys
import time

import pandas

csv, kind, out = sys.argv[1:4]
if kind == "mixed":
    import numpy
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

used = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
began, processor = time.perf_counter(), used()
table = pandas.read_csv(csv)
if kind == "numbers":
    table = table.dropna()
    table.to_pickle(out)
else:
    X, y = table.drop(columns="y"), table["y"]
    numeric = list(X.select_dtypes("number").columns)
    text = [c for c in X.columns if c not in numeric]
    X[text] = X[text].astype(object)
    transformer = ColumnTransformer([
        ("numeric", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numeric),
        ("text", make_pipeline(SimpleImputer(strategy="most_frequent"),
                               OneHotEncoder(handle_unknown="ignore", sparse_output=False)), text)])
    train, test = train_test_split(numpy.arange(len(X)), test_size=0.2, random_state=42)
    transformer.fit(X.iloc[train])
    pandas.to_pickle((pandas.DataFrame(transformer.transform(X)), y), out)
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "processorSeconds": used() - processor,
    "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
