"""A board's figures in the order in which they are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from benchmark.site import words
from benchmark.site.figures import across, cohort, curves, rows, searched, survival
from benchmark.site.figures.choice import Shown, chosen
from benchmark.site.figures.confusion import confusion
from benchmark.site.paths import csv_path
from benchmark.site.words import Json


@dataclass(frozen=True)
class Figure:
    """A figure on a page.

    Attributes:
        name: of the numbers; title: of the figure.
        lead: one sentence that says what to look at.
        how: how its numbers were computed, or why there are none.
        wide: whether it takes the whole width.
        path: of the table behind it; csv: its titles and rows, ``None`` where there is none.
    """

    name: str
    title: str
    lead: str
    how: str
    body: Markup
    wide: bool
    path: str
    csv: tuple[Sequence[str], Sequence[Sequence[Any]]] | None


@dataclass(frozen=True)
class _Subject:
    """What a figure is drawn from: the board, the labels of its models, the chosen ones among them, and the numbers."""

    board: Json
    models: Sequence[str]
    shown: Sequence[Shown]
    data: Json


@dataclass(frozen=True)
class _Kind:
    """How a figure is called and drawn."""

    title: str
    lead: str
    draw: Callable[[_Subject], Markup]
    wide: bool = False


def _classes(draw: Callable[[Sequence[Shown], Json], Markup]) -> Callable[[_Subject], Markup]:
    """A panel for each class."""
    return lambda it: curves.panels([(item["name"], draw(it.shown, item)) for item in it.data["classes"]])


KINDS: dict[str, _Kind] = {
    "fold_dots": _Kind(
        "Fold by fold",
        "One tick for each test fold; the dot is their mean, the line its 95 % interval with the correction for folds that share training patients. The ticks' spread is no error of the mean.",
        lambda it: rows.fold_dots(it.board, it.models, it.data),
        wide=True,
    ),
    "rank_distribution": _Kind(
        "How often at which rank",
        "Drawn from resamples of these patients: deep cells, often at that rank. A wide smear is a rank that nobody should print.",
        lambda it: rows.rank_distribution(it.models, it.data),
    ),
    "pairwise": _Kind(
        "Who is told from whom",
        "A deep cell is a difference that holds when the algorithms are trained again, after adjustment for all pairs; the board’s p are adjusted for those with the reference only.",
        lambda it: rows.pairwise(it.models, it.data),
    ),
    "kaplan_meier": _Kind(
        "Kaplan-Meier by predicted risk",
        "Patients whom the model ranks in the lower and the upper half of their own test fold. Who dies of something else is censored where the outcome is not death: 1 − the curve is then no absolute risk.",
        lambda it: survival.kaplan_meier(it.shown, it.data),
        wide=True,
    ),
    "time_dependent_auc": _Kind(
        "Discrimination over time",
        "Whether a model sees early events, late ones or both. Bands for the first two models.",
        lambda it: curves.auc_over_time(it.shown, it.data),
    ),
    "roc": _Kind("ROC", "The mean of the curves within folds; bands for the first two models.", _classes(curves.roc)),
    "precision_recall": _Kind(
        "Precision and recall",
        "Dashed: the share of positives. In small folds even random scores lie above it: read a model against class_prior’s own value.",
        _classes(curves.precision_recall),
    ),
    "calibration": _Kind(
        "Calibration",
        "Whether a predicted probability of 20 % means two in ten. Above the line, risks are too low.",
        _classes(curves.calibration),
    ),
    "decision_curve": _Kind(
        "Decision curve",
        "Whether acting on the model would do more good than treating everybody or nobody, by how much harm one accepts.",
        lambda it: curves.decision_curve(it.shown, it.data),
    ),
    "confusion": _Kind(
        "Called classes",
        "Patients by true and called class, mean over the repeats.",
        lambda it: confusion(it.shown, it.data),
    ),
    "agreement": _Kind(
        "Who ranks patients alike",
        "Rank correlation of two models' predictions within folds: deep cells see the same patients as high risk.",
        lambda it: rows.correlation(it.models, it.data),
    ),
    "search": _Kind(
        "What the search chose",
        "Hyper-parameters chosen inside the training part of each fold, and the score that they had there and on the test part. A row that changes colour from fold to fold was not settled by these patients.",
        lambda it: searched.searched(it.data),
        wide=True,
    ),
}
MISSED = ("calibration",)  # whose absence is explained; nobody looks for a search that was not run
OF_CHOSEN = (
    "roc_pr",
    "kaplan_meier",
    "time_dependent_auc",
    "calibration",
    "decision_curve",
    "confusion",
)  # the table holds the models that are drawn
SPLIT = {"roc": "roc_pr", "precision_recall": "roc_pr"}  # figures drawn from one set of numbers


def drawn(board: Json, statistics: Json) -> list[Figure]:
    """The figures that the statistics of a board hold; one that cannot be drawn says why."""
    models = statistics["models"]
    shown = chosen(board, models)
    found, counted = [], _counted(board, statistics["about"])
    for name, kind in KINDS.items():
        numbers = statistics["figures"].get(SPLIT.get(name, name))
        if numbers is None or (numbers["data"] is None and not numbers["absent"]):
            continue
        found.append(_figure(board, name, kind, {**numbers, "how": f"{counted} {numbers['how']}"}, (models, shown)))
    return [figure for figure in found if figure.csv or figure.name in MISSED]


def _counted(board: Json, about: Json) -> str:
    """``115 patients (32 events), 50 test folds.``"""
    return f"{words.patients(board['cohort'])}, {words.plural(about['splits'], 'test fold')}."


OF_COHORT: dict[str, tuple[str, str, Callable[[Json], Markup]]] = {
    "table_one": (
        "Table 1",
        "Who the patients are, and where sites differ. A star: expected counts below 5, a rough test.",
        cohort.table_one,
    ),
    "missingness": (
        "Which modalities patients have together",
        "Each line is a combination of modalities, not a patient.",
        cohort.missingness,
    ),
}
OVER_TASKS: dict[str, tuple[str, str, Callable[[Json], Markup]]] = {
    "critical_difference": (
        "Mean ranks over tasks",
        "A dot is a model’s mean rank; models whose dots lie closer than the dashed reach cannot be told apart. With so few tasks hardly any can.",
        across.critical_difference,
    ),
    "cv_against_external": (
        "Does the order come back at another centre?",
        "Each cross is a model with both its intervals; on the dashed line it does as well elsewhere.",
        across.cv_against_external,
    ),
}


def of_cohort(name: str, numbers: Json) -> list[Figure]:
    """The figures of a cohort."""
    return [_simple(kind, key, numbers[key], f"csv/{name}.{key}.csv") for key, kind in OF_COHORT.items() if _there(numbers, key)]


def over_tasks(numbers: Json) -> list[Figure]:
    """The figures over tasks."""
    return [_simple(kind, key, numbers[key], f"csv/{key}.csv") for key, kind in OVER_TASKS.items() if _there(numbers, key)]


def _there(numbers: Json, key: str) -> bool:
    data = numbers.get(key, {}).get("data")
    return bool(data and (data.get("rows") or data.get("patterns") or data.get("groups") or data.get("pairs")))


def _simple(kind: tuple[str, str, Callable[[Json], Markup]], name: str, numbers: Json, path: str) -> Figure:
    title, lead, draw = kind
    return Figure(name, title, lead, numbers["how"], draw(numbers["data"]), True, path, (numbers["columns"], numbers["rows"]))


def _figure(board: Json, name: str, kind: _Kind, numbers: Json, who: tuple[Sequence[str], Sequence[Shown]]) -> Figure:
    path = csv_path(board, SPLIT.get(name, name))
    if numbers["data"] is None:
        body = Markup(f'<p class="absent">{escape(numbers["absent"])}</p>')
        return Figure(name, kind.title, "Not shown.", "", body, False, path, None)
    body = kind.draw(_Subject(board, *who, numbers["data"]))
    return Figure(name, kind.title, kind.lead, numbers["how"], body, kind.wide, path, (numbers["columns"], _kept(name, numbers, who[1])))


def _kept(name: str, numbers: Json, shown: Sequence[Shown]) -> Sequence[Sequence[Any]]:
    """The rows of the models that a figure draws; where it draws all, all."""
    if SPLIT.get(name, name) not in OF_CHOSEN or "model" not in numbers["columns"]:
        return list(numbers["rows"])
    at, labels = numbers["columns"].index("model"), {one.label for one in shown}
    return [row for row in numbers["rows"] if row[at] in labels or row[at] in (None, "")]
