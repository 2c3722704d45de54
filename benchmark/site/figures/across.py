"""Figures over tasks: the critical-difference diagram, and cross-validation against another centre."""

from markupsafe import Markup, escape

from benchmark.reporting.text import p_text
from benchmark.site.axis import Axis
from benchmark.site.figures.curves import panels
from benchmark.site.forest import ROW
from benchmark.site.svg import Drawing, element, percent, span
from benchmark.site.words import Json, estimate, plural

NAMES = {"survival": "Survival", "classes": "Classes", "all": "All kinds"}


def critical_difference(data: Json) -> Markup:
    """Mean ranks of the models that stand on several boards; a bar as long as the critical difference."""
    groups = {
        (*group["tasks"], *group["models"]): group for group in reversed(data["groups"])
    }  # one that is the same over all kinds stands once
    shown = reversed(groups.values())
    return panels(
        [(f"{NAMES.get(group['name'], group['name'])}: {plural(len(group['tasks']), 'task')}", _diagram(group)) for group in shown]
    )


def _diagram(group: Json) -> Markup:
    count, critical = len(group["models"]), group["critical_difference"]
    axis = Axis.of(0.8, count + 0.2, range(1, count + 1, 1 if count <= 12 else 2))
    ticks = [element("text", axis.text(tick), x=_x(axis, tick), y=12, class_="tick", text_anchor="middle") for tick in axis.ticks]
    lines = [f'<div class="row head"><span></span><svg class="forest" width="100%" height="16">{"".join(ticks)}</svg></div>']
    for model, rank in zip(group["models"], group["mean_ranks"], strict=True):
        grid = [element("line", x1=_x(axis, tick), x2=_x(axis, tick), y1=0, y2="100%", class_="grid") for tick in axis.ticks]
        reach = span(axis, rank, rank + critical, ROW / 2, "whisker floor")
        dot = element("circle", cx=_x(axis, rank), cy=ROW / 2, r=4.5, class_="mark leading")
        lines.append(
            f'<div class="row"><span class="name" title="{escape(model)}">{escape(model)} <span class="muted">{rank:.2f}</span></span>'
            f'<svg class="forest" width="100%" height="{ROW}">{"".join([*grid, *reach, dot])}</svg></div>'
        )
    p = p_text(group["p"])
    apart = sum(value < 0.05 for k, row in enumerate(group["nemenyi_p"]) for value in row[k + 1 :])
    said = f"Friedman p {p if p.startswith('<') else '= ' + p}; critical difference {critical:.2f}; {apart} of {count * (count - 1) // 2} pairs lie further apart."
    tasks = f"Tasks: {', '.join(group['tasks'])}."
    body = f'<div class="rows" role="img" aria-label="Mean ranks of {count} models over {len(group["tasks"])} tasks. {escape(said)}">{"".join(lines)}</div>'
    return Markup(f'{body}<p class="said">{escape(said)} {escape(tasks)}</p><p class="warning">Warning: {escape(group["warning"])}.</p>')


def cv_against_external(data: Json) -> Markup:
    """Each model within a cohort against the same on another centre, with both intervals."""
    return panels([(f"{pair['task']} → {pair['external']}", _scatter(pair)) for pair in data["pairs"]])


def _scatter(pair: Json) -> Markup:
    ends = [value for point in pair["points"] for side in ("within_interval", "external_interval") for value in point[side]]
    axis = Axis.around([*ends, 0.5], 6)
    drawing = Drawing(axis, axis, height=300)
    drawing.curve((axis.low, axis.high), (axis.low, axis.high), "thin dash")
    for point in pair["points"]:
        (left, right), (low, high) = point["within_interval"], point["external_interval"]
        drawing.segment((left, right), (point["external"], point["external"]), "whisker thin leading")
        drawing.segment((point["within"], point["within"]), (low, high), "whisker thin leading")
        drawing.dot(point["within"], point["external"], "mark leading")
    drawing.frame(f"within the cohort, {pair['metric']}", f"on the other centre, {pair['external_metric']}")
    lines = "".join(
        f'<tr><th scope="row">{escape(point["model"])}</th><td>{estimate(point["within"], point["within_interval"])}</td>'
        f"<td>{estimate(point['external'], point['external_interval'])}</td></tr>"
        for point in pair["points"]
    )
    table = f'<details><summary>{plural(len(pair["points"]), "model")} with intervals</summary><table class="plain tight"><tbody>{lines}</tbody></table></details>'
    caution = f" {pair['caution']}." if pair["caution"] else ""
    said = f"Rank correlation of the {len(pair['points'])} estimates {pair['spearman']:.2f}; no p, for models are no sample.{caution}"
    return drawing.svg(f"{pair['task']} against {pair['external']}", said) + Markup(f'<p class="said">{escape(said)}</p>{table}')


def _x(axis: Axis, value: float) -> str:
    return percent(axis.share(value))
