"""What a nested search chose: hyper-parameters by fold as a heat map, with both scores below (S0, figure 4)."""

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from benchmark.site.figures.curves import panels
from benchmark.site.words import Json, plural, signed

STRONGEST = 0.45  # opacity of the largest value of a row: text stays readable on it in both themes
DECADE = 10.0  # a positive row whose ends lie further apart is coloured by its logarithm
SCORES = (("inner_score", "score inside"), ("outer_score", "score on the test part"))


def searched(data: Json) -> Markup:
    """A panel for each model that was searched."""
    return panels([(model["model"], _map(model)) for model in data["models"]])


def _map(model: Json) -> Markup:
    folds = model["folds"]
    names = list(dict.fromkeys(name for fold in folds for name in fold["chosen"]))
    several = len({fold["repeat"] for fold in folds}) > 1
    heads = "".join(f'<th scope="col">{_fold(fold, several=several)}</th>' for fold in folds)
    lines = "".join(_line(name, [fold["chosen"].get(name) for fold in folds]) for name in names)
    lines += "".join(_line(title, [fold[key] for fold in folds], "{:.3f}") for key, title in SCORES)
    frame = f'<div class="scroll" tabindex="0" role="region" aria-label="Hyper-parameters of {escape(model["model"])} by fold">'
    table = f'<table class="matrix"><thead><tr><td>fold</td>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    return Markup(f'{frame}{table}<p class="said">{escape(_said(folds, names))}</p>')


def _line(name: str, values: Sequence[Any], spec: str = "{:.3g}") -> str:
    """One hyper-parameter over the folds, coloured from its lowest to its highest value; words have no colour."""
    cells = "".join(
        f"<td{_colour(depth)}>{escape(_text(value, spec))}</td>" for value, depth in zip(values, depths_of(values), strict=True)
    )
    return f'<tr><th scope="row">{escape(name.replace("_", " "))}</th>{cells}</tr>'


def _colour(depth: float | None) -> str:
    return "" if depth is None else f' style="background:rgba(var(--heat),{STRONGEST * depth:.2f})"'


def depths_of(values: Sequence[Any]) -> list[float | None]:
    """0 for the lowest number of a row, 1 for the highest; ``None`` for what is no number, and where all are the same."""
    known = [float(value) for value in values if _is_number(value)]
    if len(set(known)) < 2:
        return [None] * len(values)
    scale = math.log if min(known) > 0 and max(known) / min(known) > DECADE else float
    low, high = scale(min(known)), scale(max(known))
    return [(scale(float(value)) - low) / (high - low) if _is_number(value) else None for value in values]


def _said(folds: Sequence[Json], names: Sequence[str]) -> str:
    """How much the folds agree, and what of the inner score came back."""
    same = [name for name in names if len({str(fold["chosen"].get(name)) for fold in folds}) == 1]
    agree = (
        f"All {plural(len(folds), 'fold')} chose the same {', '.join(same)}"
        if same
        else f"No value is the same in all {plural(len(folds), 'fold')}"
    )
    both = [(fold["inner_score"], fold["outer_score"]) for fold in folds if None not in (fold["inner_score"], fold["outer_score"])]
    if not both:
        return f"{agree}."
    inner, outer = (sum(pair[k] for pair in both) / len(both) for k in (0, 1))
    failed = sum(fold["failed_trials"] or 0 for fold in folds)
    broken = f" {plural(failed, 'trial')} failed." if failed else ""
    return (
        f"{agree}. Mean score of the choices inside {inner:.3f}, on the test part {outer:.3f} ({signed(outer - inner)}). Colour: from the lowest to the "
        f"highest value of a row, not from bad to good.{broken}"
    )


def _fold(fold: Json, *, several: bool) -> str:
    return f"{fold['repeat'] + 1}.{fold['fold'] + 1}" if several else str(fold["fold"] + 1)


def _text(value: Any, spec: str) -> str:
    if value is None:
        return "–"
    return spec.format(value) if isinstance(value, float) else "+".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
