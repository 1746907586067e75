"""Asks for chains and prints how long they took, as JSON: celery_chains.py no-op|real COUNT ONE_BY_ONE FOLDER CSV TARGET"""

import json
import sys
import time

from celery import chain
from celery_app import no_op, preprocess, train, upload

kind, count, single, folder, csv, target = sys.argv[1:7]


def ask():
    if kind == "no-op":
        return chain(no_op.s([]), no_op.s(), no_op.s()).apply_async()
    return chain(upload.s(csv), preprocess.s(target, folder), train.s(10, folder)).apply_async()


def run(together):
    began = time.perf_counter()
    asked = [ask() for _ in range(together)]
    # The last is likely to end last; polling each of them would only load the database.
    results = [result.get(interval=0.02, timeout=300) for result in reversed(asked)]
    return time.perf_counter() - began, results


run(8)
seconds, _ = run(int(count))
one, hops = [], []
for _ in range(int(single)):
    began = time.time()
    result = ask().get(interval=0.005, timeout=60)
    one.append((time.time() - began) * 1000)
    if kind == "no-op":
        hops += [(after[0] - before[1]) * 1000 for before, after in zip(result, result[1:])]
print(json.dumps({"seconds": seconds, "oneMs": one, "hopsMs": hops}))
