"""The first page: all tasks at a glance."""

from typing import Any

from markupsafe import Markup

from benchmark.site.answers import answers, fair, first_tier
from benchmark.site.axis import Axis
from benchmark.site.content import Content
from benchmark.site.figures import over_tasks
from benchmark.site.pages.claims import tally
from benchmark.site.paths import board_page
from benchmark.site.svg import cuts, element, number, percent, span
from benchmark.site.words import Json, estimate

ROW = 40  # pixels
AXIS = Axis.of(0.3, 1.0, (0.4, 0.5, 0.6, 0.7, 0.8, 0.9))


def home_context(content: Content) -> dict[str, Any]:
    """What ``index.html`` is given."""
    tasks = [_task(content, boards) for boards in content.of_task.values()]
    entries = sum(len(board["entries"]) for board in content.boards)
    return {
        "tasks": tasks,
        "across": over_tasks(content.across),
        "axis": _head(),
        "entries": entries,
        "model_count": len(content.models),
        "tally": tally(content.claims),
        "printed": len(content.claims),
        "decided": sum(task["alone"] for task in tasks),
        "known": sum(task["board"]["exchangeable"] for task in tasks),
    }


def _task(content: Content, boards: list[Json]) -> dict[str, Any]:
    board = boards[0]
    spec = content.specs[board["task"]]
    best = fair(board)[0]
    reference = next((entry for entry in board["entries"] if entry["model"] == board["reference"]), None)
    return {
        "board": board,
        "spec": spec,
        "page": board_page(board, True),
        "best": best,
        "best_text": estimate(best["estimate"], best["interval"]),
        "strip": _strip(board, best, reference),
        "first_tier": len(first_tier(board)),
        "fair": len(fair(board)),
        "alone": board["exchangeable"] and len(first_tier(board)) == 1,
        "needed": answers(board, spec.margin)[2].short,
        "boards": len(boards),
    }


def _head() -> Markup:
    ticks = [element("text", AXIS.text(tick), x=_x(tick), y=14, class_="tick", text_anchor="middle") for tick in AXIS.ticks]
    return Markup(f'<svg class="forest" aria-hidden="true" width="100%" height="18">{"".join(ticks)}</svg>')


def _strip(board: Json, best: Json, reference: Json | None) -> Markup:
    """The best model and the reference with their intervals, over the zone that these patients do not resolve."""
    parts = []
    wide = board["minimal_detectable_difference_retrained"] or board["minimal_detectable_difference"]
    if reference is not None and wide:
        low, high = (reference["estimate"] + side * wide for side in (-1, 1))
        left, right = AXIS.share(low), AXIS.share(high)
        parts.append(element("rect", x=percent(left), width=percent(right - left), y=0, height="100%", class_="zone wide"))
        parts += cuts(AXIS, low, high, 5, "bracket")
    parts += [element("line", x1=_x(tick), x2=_x(tick), y1=0, y2="100%", class_="grid") for tick in AXIS.ticks]
    parts.append(element("line", x1=_x(0.5), x2=_x(0.5), y1=0, y2="100%", class_="coin"))
    for entry, y, kind in ((best, ROW * 0.35, "leading"), (reference, ROW * 0.68, "reference")):
        if entry is not None and (kind == "leading" or entry is not best):
            low, high = entry["interval"]
            parts += span(AXIS, low, high, y, f"whisker {kind}")
            parts.append(element("circle", cx=_x(entry["estimate"]), cy=number(y), r=4.5, class_=f"mark {kind}"))
    return Markup(f'<svg class="forest" aria-hidden="true" width="100%" height="{ROW}">{"".join(parts)}</svg>')


def _x(value: float) -> str:
    return percent(AXIS.share(value))
