"""The same chains on Celery: late acks, tracked starts, confirmed publishing, results in PostgreSQL.

`no_op` says when it began and ended, on the clock that all processes of this machine share. The queues are of
QUEUE_TYPE: quorum, or the classic durable ones that are Celery's default; the prefetch multiplier is its default.
"""

import os
import time

from celery import Celery

app = Celery("chains", broker=os.environ["BROKER_URL"], backend=os.environ["BACKEND_URL"])
app.conf.update(
    task_acks_late=True,
    task_track_started=True,
    task_default_queue_type=os.environ["QUEUE_TYPE"],
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    result_expires=None,
    worker_hijack_root_logger=False,
)


@app.task
def no_op(times):
    began = time.time()
    return [*times, [began, time.time()]]


@app.task
def upload(path):
    import hashlib

    import pandas

    with open(path, "rb") as file:
        sha256 = hashlib.sha256(file.read()).hexdigest()
    table = pandas.read_csv(path)
    return {"path": path, "sha256": sha256, "rows": len(table)}


@app.task
def preprocess(before, target, folder):
    import joblib
    import pandas
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import LabelEncoder, StandardScaler

    table = pandas.read_csv(before["path"])
    labels = LabelEncoder().fit_transform(table[target])
    x = table.drop(columns=[target]).to_numpy(float)
    parts = train_test_split(x, labels, test_size=0.2, random_state=42)
    scaler = StandardScaler().fit(parts[0])
    file = os.path.join(folder, f"{time.time_ns()}.pkl")
    joblib.dump((scaler.transform(parts[0]), scaler.transform(parts[1]), parts[2], parts[3]), file)
    return {"file": file}


@app.task
def train(before, epochs, folder):
    import joblib
    import numpy
    from sklearn.linear_model import SGDClassifier

    x, x_test, y, y_test = joblib.load(before["file"])
    model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.01, random_state=42)
    metrics = []
    for _ in range(epochs):
        model.partial_fit(x, y, classes=numpy.unique(y))
        metrics.append([model.score(x, y), model.score(x_test, y_test)])
    joblib.dump(model, os.path.join(folder, f"{time.time_ns()}.joblib"))
    return {"metrics": metrics}
