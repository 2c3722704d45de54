"""S0: stage from CT and clinic, with and without T, N and M among the inputs."""

from collections.abc import Callable
from pathlib import Path

from baselines.fmcib_mlp import FmcibMlp
from baselines.logistic import Logistic
from benchmark.cli.common import open_task
from benchmark.models import Model
from benchmark.scoring import Predictions, called_metric, expected_rows, meet
from benchmark.tasks import Task
from benchmark.workspace import open_workspace
from experiments.common import Findings, predict_folds, with_interval

TITLE = "S0: T, N and M among the inputs"
ABOUT = """The overall stage is a function of T, N and M, and S0's baseline had them among its 18 clinical columns. Both cohorts that S0 names, the five folds of `paper`; the same two models with `clinical` (age, sex, …) and with
`clinical_tnm`, which is `clinical` and T, N and M: S0's network (`fmcib_mlp`; radiomics in the place of the 4,096 CT features, which are not public) and a logistic regression. Intervals: BCa over patients. Printed: accuracy 0.46 ± 0.06, macro-F1 0.43 ± 0.07, macro-AUC 0.64 ± 0.04."""
TASKS = {"nsclc_staging": "stage_group", "nsclc_staging_lung1": "stage"}
PROTOCOL = "paper"
COLUMNS = ("task", "model", "inputs", "accuracy [95 %]", "macro F1 [95 %]", "macro AUC [95 %]")
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
                found = scores(task, endpoint, model, inputs)
                accuracy[name, model, inputs] = found[0][0]
                rows.append((name, model, " + ".join(inputs), *(with_interval(*value) for value in found)))
        rows.append((name, "most frequent class", "none", *(with_interval(*value) for value in trivial(task, endpoint))))
    words = [
        f"on `{name}` the {model} has accuracy {accuracy[name, model, INPUTS[0]]:.2f} without T, N and M, {accuracy[name, model, INPUTS[1]]:.2f} with them beside the radiomics, and {accuracy[name, model, INPUTS[2]]:.2f} from the clinical columns alone"
        for name in (tasks or TASKS)
        for model in models
    ]
    reading = f"""What T, N and M are worth: {"; ".join(words)}. The printed 0.46 lies nearer to what these models reach without them than to what T, N and M alone allow: the parts of the label stood among the inputs, and
thousands of CT features beside a few columns may have hidden them. A proposal that beats such a baseline by 20 points may have found no more than the label."""
    return Findings(COLUMNS, tuple(rows), reading)


def scores(task: Task, endpoint: str, model: str, inputs: tuple[str, ...]) -> list[tuple[float, tuple[float, float]]]:
    """Accuracy, macro-F1 and macro-AUC over the five folds, each with its interval."""
    return _measured(task, endpoint, predict_folds(task, PROTOCOL, endpoint, inputs, lambda seed: MODELS[model](inputs, seed)))


def trivial(task: Task, endpoint: str) -> list[tuple[float, tuple[float, float]]]:
    """The same for the class frequencies of the training part: a model that fails everywhere is scored as that."""
    empty = expected_rows(task, PROTOCOL, endpoint).head(0).assign(**dict.fromkeys(task.outputs(endpoint), 0.0))
    return _measured(task, endpoint, Predictions(empty, task.splits(PROTOCOL)))


def _measured(task: Task, endpoint: str, predictions: Predictions) -> list[tuple[float, tuple[float, float]]]:
    scored = meet(task, PROTOCOL, endpoint, [predictions])
    found = []
    for resampled in (called_metric(scored, "accuracy"), called_metric(scored, "macro_f1"), scored.bootstrap("macro_auc")):
        low, high = resampled.interval(method="bca")[0]
        found.append((float(resampled.estimate[0]), (float(low), float(high))))
    return found
