"""The page that compares any two models of a board: its pairs lie in one script for each board, read when it is chosen."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmark.site.content import Content
from benchmark.site.figures.curves import years
from benchmark.site.words import Json, patients

DIGITS = 4
FIFTHS = 5
NUMBERS = (
    *("difference", "p_fitted", "p_fitted_holm", "difference_retrained", "p_retrained", "p_retrained_holm"),
    *("p_worse", "p_equivalent", "p_better", "minimal_detectable_difference"),
)


def compare_context(content: Content) -> dict[str, Any]:
    """What ``compare.html`` is given."""
    boards = [board for boards in content.of_task.values() for board in boards if key(board) in content.statistics]
    return {
        "boards": [
            {"id": place_of(board), "file": script_path(board), "name": f"{board['task']} · {board['protocol']} · {board['endpoint']}"}
            for board in boards
        ]
    }


def key(board: Json) -> tuple[str, str, str]:
    """Of a board's statistics."""
    return board["task"], board["protocol"], board["endpoint"]


def place_of(board: Json) -> str:
    """How the address of the page names a board: ``nsclc_recurrence.repeated.recurrence``."""
    return ".".join(key(board))


def address(board: Json) -> str:
    """The page, opened on this board."""
    return f"compare.html#board={place_of(board)}"


def script_path(board: Json) -> str:
    return f"pairs/{place_of(board)}.js"


def pairs_script(board: Json, statistics: Json) -> bytes:
    """The pairs of a board, as a call of the function that shows them; models by their place."""
    data = statistics["figures"]["pairwise"]["data"] or {"pairs": []}
    labels = [entry["model"] for entry in board["entries"]]
    place = {label: k for k, label in enumerate(labels)}
    document = {
        "title": board["title"],
        "protocol": board["protocol"],
        "endpoint": board["endpoint"],
        "data": board["cohort"]["data"],
        "patients": patients(board["cohort"]),
        "tested": board["cohort"]["tested"]["patients"],
        "metric": board["metric_name"],
        "models": [[entry["model"], _round(entry["estimate"]), *map(_round, entry["interval"])] for entry in board["entries"]],
        "numbers": NUMBERS,
        "pairs": [_pair(pair, place) for pair in data["pairs"] if pair["a"] in place and pair["b"] in place],
        "curves": _curves(statistics["figures"]),
        "agreement": _agreement(statistics["figures"], data["pairs"], place, statistics["models"]),
        "margin": data["pairs"][0]["margin"] if data["pairs"] else None,
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"showPairs({text})\n".encode()


def _curves(figures: Json) -> list[Json]:
    """What is drawn of any model: ROC per class, or AUC over time; shares in thousandths."""
    found: list[Json] = []
    if roc := figures["roc_pr"]["data"]:
        for item in roc["classes"]:
            values = [[_thousandths(model[name]) for name in ("tpr", "tpr_lower", "tpr_upper")] for model in item["models"]]
            found.append(
                {"name": f"ROC, {item['name']}", "axis": "false positive rate", "x": item["false_positive_rate"], "models": values}
            )
    if auc := figures["time_dependent_auc"]["data"]:
        scale, unit = years(auc["unit"])
        values = [[_thousandths(model[name]) for name in ("auc", "lower", "upper")] for model in auc["models"]]
        times = [round(time / scale, 3) for time in auc["times"]]
        found.append({"name": "AUC over time", "axis": unit, "x": times, "models": values})
    return found


def _thousandths(values: Sequence[float | None]) -> list[int | None]:
    return [None if value is None else round(1000 * value) for value in values]


def _agreement(figures: Json, pairs: Sequence[Json], place: dict[str, int], models: Sequence[str]) -> dict[str, str]:
    """Place of a and b → how many patients without and with the event are in each fifth of a's and of b's ranks: 25 counts and 25 more.

    Counts, one character each to the base 36 (larger ones: a plus and two characters), and no patient's values.
    """
    points = (figures["agreement"]["data"] or {}).get("points")
    if not points:
        return {}
    row = {label: k for k, label in enumerate(models)}
    fifth = np.clip((FIFTHS * np.array(points["rank"], float)).astype(int), 0, FIFTHS - 1)
    event = np.array(points["event"], int)
    found = {}
    for pair in pairs:
        if pair["a"] in place and pair["b"] in place:
            cell = event * FIFTHS**2 + fifth[row[pair["a"]]] * FIFTHS + fifth[row[pair["b"]]]
            counts = np.bincount(cell, minlength=2 * FIFTHS**2)
            found[f"{place[pair['a']]},{place[pair['b']]}"] = "".join(map(_digit, counts))
    return found


def _digit(count: int) -> str:
    return np.base_repr(count, 36) if count < 36 else f"+{np.base_repr(count, 36):0>2}"


def _pair(pair: Json, place: dict[str, int]) -> list[Any]:
    interval, again = pair["interval"], pair["interval_retrained"] or (None, None)
    return [place[pair["a"]], place[pair["b"]], *map(_round, interval), *map(_round, again), *(_round(pair[name]) for name in NUMBERS)]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
