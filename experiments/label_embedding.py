"""S2: embeddings that were trained with the labels of all patients, cross-validated as if they were data."""

from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from baselines.balanced_mlp import BalancedMlp
from benchmark.cli.common import open_task
from benchmark.inference import bootstrap_auc
from benchmark.models import Patients
from benchmark.tasks import Task
from benchmark.workspace import open_workspace
from experiments.common import Findings, patients, with_interval

TITLE = "S2: embeddings trained with the labels"
ABOUT = """S2's fusion table holds, for every patient, the 64 numbers of the last hidden layer ("fc3") of a network that was trained to predict the label, beside the image features. Two ways to use such an embedding, on the 618 patients and five
folds (the first division of `repeated`): *inside*: the network (`balanced_mlp`, without oversampling) is trained on the training part of a fold, then a logistic regression on its 64 numbers, and both predict the test part; *all patients*:
the network is trained once, on all labels, and only the logistic regression is cross-validated. The last rows have labels that were shuffled among the patients: there is nothing to find. Interval: BCa over patients."""
TASK, ENDPOINT, PROTOCOL = "ccrcc_alive_12m", "alive_12m", "repeated"
BLOCKS = {"health records": ("clinical", "mutations"), "mean of the slides' features": ("wsi",)}
COLUMNS = ("features", "labels", "embedding trained inside: AUC [95 %]", "embedding trained on all patients: AUC [95 %]")


def run(root: Path, blocks: dict[str, tuple[str, ...]] | None = None) -> Findings:
    task = open_task(open_workspace(root, None, "real"), TASK)
    rows, found = [], {}
    for name, modalities in (blocks or BLOCKS).items():
        everyone = patients(task, task.eligible(PROTOCOL, ENDPOINT), ENDPOINT, modalities)
        shuffled = np.random.default_rng(0).permutation(np.asarray(everyone.outcome))
        for labels, outcome in (("real", np.asarray(everyone.outcome)), ("shuffled", shuffled)):
            known = Patients(everyone.ids, everyone.blocks, outcome, everyone.classes)
            values = [areas(task, known, modalities, everywhere) for everywhere in (False, True)]
            found[name, labels] = [value for value, _ in values]
            rows.append((name, labels, *(with_interval(value, interval) for value, interval in values)))
    (real, noise), *_ = [(found[name, "real"], found[name, "shuffled"]) for name in (blocks or BLOCKS)]
    last = found[list(blocks or BLOCKS)[-1], "shuffled"]
    reading = f"""Trained on all labels, the embedding of the health records has AUC {real[1]:.2f} instead of {real[0]:.2f}. With shuffled labels, where 0.5 is the truth, it still has {noise[1]:.2f}, that of the slides {last[1]:.2f}; trained inside,
{noise[0]:.2f} and {last[0]:.2f}. The more columns the network sees, the more of the test labels it stores in its 64 numbers. Cross-validation of what comes after it cannot see that."""
    return Findings(COLUMNS, tuple(rows), reading)


def areas(task: Task, known: Patients, modalities: tuple[str, ...], everywhere: bool) -> tuple[float, tuple[float, float]]:
    """AUC over the pairs within the five folds, with its interval; ``everywhere``: one embedding for all, trained on all labels."""
    outcome = np.asarray(known.outcome)
    score, fold = np.empty(len(outcome)), np.empty(len(outcome), int)
    one = _trained(known, known, modalities, 0) if everywhere else None
    for number in range(5):
        roles = task.roles(PROTOCOL, 0, number, ENDPOINT)
        train, valid, test = (known.take(known.ids.isin(roles[role])) for role in ("train", "valid", "test"))
        network = one or _trained(train, valid, modalities, number)
        classifier = LogisticRegression(class_weight="balanced", max_iter=2000)
        classifier.fit(embedding(network, train), np.asarray(train.outcome))
        tested = known.ids.isin(test.ids)
        score[tested] = classifier.predict_proba(embedding(network, test))[:, 1]
        fold[tested] = number
    resampled = bootstrap_auc(outcome == 1, score, fold=fold, resamples=2000)
    low, high = resampled.interval(method="bca")[0]
    return float(resampled.estimate[0]), (float(low), float(high))


def embedding(network: BalancedMlp, known: Patients) -> np.ndarray:
    """The 64 numbers of the last hidden layer, shape (n, 64)."""
    encoder = network.fitted.network[0]  # type: ignore[index]
    with torch.no_grad():
        return np.asarray(encoder.eval()(*network.inputs(known)))


def _trained(train: Patients, valid: Patients, modalities: tuple[str, ...], seed: int) -> BalancedMlp:
    model = BalancedMlp(modalities, "none", seed=seed)
    model.fit(train, valid)
    return model
