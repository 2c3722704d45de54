"""S0: stage from CT and clinic, with and without T, N and M among the inputs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from baselines.fmcib_mlp import FmcibMlp
from baselines.logistic import Logistic
from benchmark.cli.common import open_task
from benchmark.models import Model
from benchmark.scoring import Predictions, called_metric, expected_rows, meet
from benchmark.tasks import Task
from benchmark.workspace import open_workspace
from experiments.common import Findings, number, predict_folds, with_interval

TITLE = "S0: T, N and M among the inputs"
ABOUT = """The overall stage is a function of T, N and M, and S0's baseline had them among its 18 clinical columns. Both cohorts that S0 names, the five folds of `paper`; the same two models with `clinical` (age, sex, …) and with
`clinical_tnm`, which is `clinical` and T, N and M: S0's network (`fmcib_mlp`; radiomics in the place of the 4,096 CT features, which are not public) and a logistic regression. Intervals: BCa over patients. The network is trained from five seeds: means of the five values and of the ends of their intervals, and beside them
the SD over the seeds, which no interval holds (the boards and claims.md show one seed). Printed: accuracy 0.46 ± 0.06, macro-F1 0.43 ± 0.07, macro-AUC 0.64 ± 0.04."""
TASKS = {"nsclc_staging": "stage_group", "nsclc_staging_lung1": "stage"}
PROTOCOL = "paper"
COLUMNS = ("task", "model", "inputs", "accuracy [95 %]", "macro F1 [95 %]", "macro AUC [95 %]", "SD over seeds (accuracy, F1, AUC)")
SEEDS = {"fmcib_mlp": 5, "logistic": 1}
MODELS: dict[str, Callable[[tuple[str, ...], int], Model]] = {
    "fmcib_mlp": lambda modalities, seed: FmcibMlp(modalities, seed=seed),
    "logistic": lambda modalities, seed: Logistic(modalities),  # noqa: ARG005 - nothing in it is random
}
INPUTS = (("clinical", "radiomics"), ("clinical_tnm", "radiomics"), ("clinical_tnm",))


def run(root: Path, tasks: dict[str, str] | None = None, models: tuple[str, ...] = tuple(MODELS)) -> Findings:
    workspace = open_workspace(root, None, "real")
    rows, accuracy = [], {}
    for name, endpoint in (tasks or TASKS).items():
        task = open_task(workspace, name)
        for model in models:
            for inputs in INPUTS:
                every = np.array([scores(task, endpoint, model, inputs, seed) for seed in range(SEEDS[model])])
                value, low, high = every.mean(axis=0).T
                accuracy[name, model, inputs] = value[0]
                spread = ", ".join(number(one) for one in every[:, :, 0].std(axis=0, ddof=1)) if len(every) > 1 else "nothing is random"
                shown = (with_interval(*one) for one in zip(value, zip(low, high, strict=True), strict=True))
                rows.append((name, model, " + ".join(inputs), *shown, spread))
        floor = (with_interval(value, (low, high)) for value, low, high in trivial(task, endpoint))
        rows.append((name, "most frequent class", "none", *floor, "nothing is random"))
    words = [
        f"on `{name}` the {model} has accuracy {accuracy[name, model, INPUTS[0]]:.2f} without T, N and M, {accuracy[name, model, INPUTS[1]]:.2f} with them beside the radiomics, and {accuracy[name, model, INPUTS[2]]:.2f} from the clinical columns alone"
        for name in (tasks or TASKS)
        for model in models
    ]
    reading = f"""What T, N and M are worth: {"; ".join(words)}. The printed 0.46 lies nearer to what these models reach without them than to what T, N and M alone allow: the parts of the label stood among the inputs, and
thousands of CT features beside a few columns may have hidden them. A proposal that beats such a baseline by 20 points may have found no more than the label."""
    return Findings(COLUMNS, tuple(rows), reading)


def scores(task: Task, endpoint: str, model: str, inputs: tuple[str, ...], seed: int = 0) -> list[tuple[float, float, float]]:
    """Accuracy, macro-F1 and macro-AUC over the five folds, each with the ends of its interval."""
    return _measured(task, endpoint, predict_folds(task, PROTOCOL, endpoint, inputs, lambda fold: MODELS[model](inputs, 100 * seed + fold)))


def trivial(task: Task, endpoint: str) -> list[tuple[float, float, float]]:
    """The same for the class frequencies of the training part: a model that fails everywhere is scored as that."""
    empty = expected_rows(task, PROTOCOL, endpoint).head(0).assign(**dict.fromkeys(task.outputs(endpoint), 0.0))
    return _measured(task, endpoint, Predictions(empty, task.splits(PROTOCOL)))


def _measured(task: Task, endpoint: str, predictions: Predictions) -> list[tuple[float, float, float]]:
    scored = meet(task, PROTOCOL, endpoint, [predictions])
    found = []
    for resampled in (called_metric(scored, "accuracy"), called_metric(scored, "macro_f1"), scored.bootstrap("macro_auc")):
        low, high = resampled.interval(method="bca")[0]
        found.append((float(resampled.estimate[0]), float(low), float(high)))
    return found
