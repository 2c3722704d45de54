"""The confusion matrix."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from benchmark.site.figures.choice import Shown
from benchmark.site.figures.curves import panels
from benchmark.site.words import Json

STRONGEST = 0.45  # opacity of a cell that holds a whole class: text stays readable on it in both themes


def confusion(shown: Sequence[Shown], data: Json) -> Markup:
    """True class by called class, mean patients of a repeat, for each model; the depth is the share of the true class."""
    rule = data["rules"][0]
    return panels([(one.label, _matrix(data["classes"], rule["pooled"][one.place])) for one in shown])


def _matrix(classes: Sequence[str], counts: Sequence[Sequence[float]]) -> Markup:
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in classes)
    lines = []
    for name, row in zip(classes, counts, strict=True):
        total = sum(row) or 1
        cells = "".join(f'<td style="background:rgba(var(--heat),{STRONGEST * value / total:.2f})">{value:.1f}</td>' for value in row)
        lines.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    return Markup(f'<table class="matrix"><thead><tr><td>true ↓ called →</td>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table>')
