"""Figures that are tables: confusion, chosen hyper-parameters, and whatever has no drawing of its own."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from benchmark.site.figures.choice import Shown
from benchmark.site.figures.curves import panels
from benchmark.site.words import Json

MOST_ROWS = 80


def confusion(shown: Sequence[Shown], data: Json) -> Markup:
    """True class by called class, mean patients of a repeat, for each model; the depth is the share of the true class."""
    rule = data["rules"][0]
    return panels([(one.label, _matrix(data["classes"], rule["pooled"][one.place])) for one in shown])


def _matrix(classes: Sequence[str], counts: Sequence[Sequence[float]]) -> Markup:
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in classes)
    lines = []
    for name, row in zip(classes, counts, strict=True):
        total = sum(row) or 1
        cells = "".join(f'<td style="background:rgba(var(--heat),{0.65 * value / total:.2f})">{value:.1f}</td>' for value in row)
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return Markup(f'<table class="matrix"><thead><tr><td>true ↓ called →</td>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table>')


def search(data: Json) -> Markup:
    """Per model and hyper-parameter: how often each value was chosen over the folds."""
    parts = []
    for model in data["models"]:
        folds = model["folds"]
        names = list(dict.fromkeys(name for fold in folds for name in fold["chosen"]))
        lines = "".join(
            f"<tr><th scope='row'>{escape(name)}</th><td>{escape(_often([fold['chosen'].get(name) for fold in folds]))}</td></tr>"
            for name in names
        )
        scores = [(fold["inner_score"], fold["outer_score"]) for fold in folds if None not in (fold["inner_score"], fold["outer_score"])]
        inner, outer = (sum(pair[k] for pair in scores) / max(1, len(scores)) for k in (0, 1))
        said = f"{len(folds)} folds; mean score inside {inner:.3f}, of the same choices on the test part {outer:.3f}."
        parts.append((model["model"], Markup(f'<table class="plain"><tbody>{lines}</tbody></table><p class="said">{said}</p>')))
    return panels(parts)


def _often(values: Sequence[Any]) -> str:
    if all(isinstance(value, float) for value in values) and len(set(values)) > 6:
        ordered = sorted(values)
        return f"{ordered[0]:.3g} to {ordered[-1]:.3g}, median {ordered[len(ordered) // 2]:.3g}"
    counts = {str(value): sum(str(other) == str(value) for other in values) for value in values}
    return ", ".join(f"{name} {count}×" for name, count in sorted(counts.items(), key=lambda item: -item[1]))


def plain(columns: Sequence[str], rows: Sequence[Sequence[Any]], name: str) -> Markup:
    """The numbers themselves as a table; of many rows the first."""
    heads = "".join(f'<th scope="col">{escape(title)}</th>' for title in columns)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell_text(value))}</td>" for value in row) + "</tr>" for row in rows[:MOST_ROWS])
    more = f'<p class="muted">{len(rows) - MOST_ROWS} more rows in the CSV.</p>' if len(rows) > MOST_ROWS else ""
    frame = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}">'
    return Markup(f'{frame}<table class="plain"><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>{more}')


def cell_text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return ", ".join(map(cell_text, value)) if isinstance(value, list | tuple) else str(value)
