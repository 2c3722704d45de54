"""Folds: no patient in two roles, the bytes that were frozen, and enough events in every test part."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from benchmark.audit.finding import Finding
from benchmark.tasks import Task
from benchmark.tasks.folds import digest_of

FEW = 5  # fewer events, or patients of a class, in one test part: its metric can be almost anything


def check_roles(task: Task) -> Iterator[Finding]:
    """Patients with two roles in one fold, and the folds against the digest in ``task.yaml``."""
    keys = ["protocol", "repeat", "fold", "patient_id"]
    twice = task.folds[task.folds.duplicated(keys)]
    if len(twice):
        first = twice.iloc[0]
        yield Finding("roles", "fail", f"patient {first['patient_id']} has two roles in protocol {first['protocol']}, fold {first['fold']}")
    else:
        splits = len(task.folds[keys[:3]].drop_duplicates())
        yield Finding("roles", "ok", f"no patient has two roles in any of {splits} folds")
    if task.cohort.data == "replica":
        yield Finding("digest", "ok", "the replica's folds are drawn anew from the protocols' seeds")
    elif digest_of(task.folds) != task.spec.folds_sha256:
        yield Finding("digest", "fail", "the folds differ from folds_sha256 in task.yaml; restore folds.csv from git")
    else:
        yield Finding("digest", "ok", f"the folds are those of folds_sha256 {task.spec.folds_sha256[:12]}…")


def check_balance(task: Task) -> Iterator[Finding]:
    """The smallest test part of every protocol, and the fewest events or patients of a class in one."""
    for protocol in task.spec.protocols:
        sizes, fewest = [], {}
        for name in task.estimable(protocol):
            tables = _per_test_part(task, protocol, name)
            sizes.append((int(tables.sum(axis=1).min()), name))
            counted = tables[["event"]] if task.spec.kind == "survival" else tables
            fewest[name] = (int(counted.min().min()), str(counted.min().idxmin()), int((counted.min(axis=1) < FEW).sum()), len(tables))
        poor = [
            f"{name}: {least} {_what(label)}, fewer than {FEW} in {folds} of {of} parts"
            for name, (least, label, folds, of) in fewest.items()
            if folds
        ]
        worst = min(fewest, key=lambda name: fewest[name][0])
        message = (
            f"{protocol}: the smallest test part has {min(sizes)[0]} patients with a known outcome ({min(sizes)[1]}); fewest in one part: "
        )
        if poor:
            yield Finding("balance", "note", message + "; ".join(poor))
        else:
            yield Finding("balance", "ok", message + f"{fewest[worst][0]} {_what(fewest[worst][1])} ({worst})")


def _what(label: str) -> str:
    return "events" if label == "event" else f"patients of class {label}"


def _per_test_part(task: Task, protocol: str, endpoint: str) -> pd.DataFrame:
    """Patients per test part (rows) and class, or with and without an event."""
    ids = task.eligible(protocol, endpoint)
    outcome, classes = task.outcome(ids, endpoint), task.classes(endpoint)
    label = np.array(classes)[outcome] if classes else np.where(outcome["event"], "event", "none")
    rows = task.folds[(task.folds["protocol"] == protocol) & (task.folds["role"] == "test")]
    rows = rows.assign(label=rows["patient_id"].map(dict(zip(ids, label, strict=True))))
    counts = rows.groupby(["repeat", "fold"])["label"].value_counts().unstack(fill_value=0)
    # a part in which nobody has a known outcome counts too
    parts = pd.MultiIndex.from_frame(rows[["repeat", "fold"]].drop_duplicates())
    return counts.reindex(index=parts, columns=list(classes) or ["event", "none"], fill_value=0)
