"""The pages of the models: what they are, and how they stand on every board."""

import html
import re
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from benchmark.reporting.text import p_text
from benchmark.site.axis import Axis
from benchmark.site.content import Content, ModelFile
from benchmark.site.figures.explained import explained, explained_rows
from benchmark.site.figures.fused import fused_rows
from benchmark.site.figures.hidden import hidden_rows
from benchmark.site.figures.rows import fold_dots
from benchmark.site.paths import board_page, csv_path
from benchmark.site.svg import element, percent, span
from benchmark.site.words import Json, elsewhere, estimate, signed, slug

ROW = 26  # pixels
ROLE = r":\w+:`~?([^`]+)`"  # a cross-reference in a docstring
BEHIND = "models_behind"  # id of the grid behind every row
AXIS = Axis.of(0.2, 1.0, (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9))


def models_context(content: Content) -> dict[str, Any]:
    """What ``models.html`` is given."""
    rows = []
    for name, model in content.models.items():
        entries = _entries(content, name)
        labels = {entry["model"] for _, _, entry in entries}
        rows.append(
            {"name": name, "about": first_sentence(model.about), "boards": len({page for _, page, _ in entries}), "variants": len(labels)}
        )
    return {"rows": rows}


def model_context(content: Content, model: ModelFile) -> dict[str, Any]:
    """What ``model.html`` is given."""
    entries = _entries(content, model.name)
    labels = sorted({entry["model"] for _, _, entry in entries}, key=lambda label: (len(label), label))
    about, meanings = prose(model.about)
    variants = [{"label": label, "rows": [_row(content, *item) for item in entries if item[2]["model"] == label]} for label in labels]
    return {
        "model": model,
        "about": about,
        "parameters": [(*parameter, meanings.get(parameter[0], "")) for parameter in model.parameters],
        "variants": variants,
        "boards": len({page for _, page, _ in entries}),
        "axis": _head(),
        "grid": _grid(),
        "missing": _missing(content, model.name),
        "figures": _fold_figures(content, model.name),
        "explanations": _explanations(content, model.name),
    }


def _fold_figures(content: Content, name: str) -> list[dict[str, Any]]:
    """The folds of the model's variants on the default board of each task."""
    found = []
    for task, boards in content.of_task.items():
        statistics = content.statistics.get((task, boards[0]["protocol"], boards[0]["endpoint"]))
        numbers = statistics["figures"]["fold_dots"] if statistics else {"data": None}
        places = [k for k, label in enumerate(statistics["models"]) if label.partition("[")[0] == name] if statistics else []
        if numbers["data"] and places:
            mine = {key: value if key == "folds" else [value[k] for k in places] for key, value in numbers["data"].items()}
            labels = [statistics["models"][k] for k in places] if statistics else []
            found.append(
                {"task": task, "board": boards[0], "drawing": fold_dots(boards[0], labels, mine), "path": csv_path(boards[0], "fold_dots")}
            )
    return found


def _explanations(content: Content, name: str) -> list[dict[str, Any]]:
    """What was explained of the model's variants: the drawing, and the tables behind it by their path and title."""
    mine = [item for item in content.explanations if item["model"].partition("[")[0] == name]
    return [
        {
            "item": item,
            "endpoint": content.specs[item["task"]].endpoints[item["endpoint"]].title,
            "standing": _standing(content, item),
            "drawing": explained(item),
            "tables": {path: rows for path, _, rows in tables},
            "links": [(path, title) for path, title, _ in tables],
        }
        for item in mine
        for tables in [_tables(item)]
    ]


def _standing(content: Content, item: Json) -> str:
    """What the board says of the model: what a model looks at is worth no more than what it tells. Empty where it stands on no board."""
    place = (item["task"], item["protocol"], item["endpoint"])
    for board in content.boards:
        for entry in board["entries"]:
            if (board["task"], board["protocol"], board["endpoint"]) == place and entry["model"] == item["model"]:
                low, high = entry["interval"]
                coin = (
                    " The interval holds 0.5, a coin: what these fits look at is not shown to tell anything." if low <= 0.5 <= high else ""
                )
                return f"On its board: {board['metric_name']} {estimate(entry['estimate'], entry['interval'])}.{coin}"
    return ""


def _tables(item: Json) -> list[tuple[str, str, tuple[Sequence[str], list[list[object]]]]]:
    """(path, title, titles and rows) of each table behind an explanation that has rows."""
    stem = f"csv/{item['task']}.{item['protocol']}.{item['endpoint']}.explain.{slug(item['model'])}"
    tables = [(f"{stem}.csv", "Columns", explained_rows(item))] if item["features"] else []
    if item["fused"]:
        tables.append((f"{stem}.fused.csv", "RadScore and deep features", fused_rows(item["fused"])))
    if item["projections"]:
        tables.append((f"{stem}.hidden.csv", "Hidden layer", hidden_rows(item["projections"])))
    return tables


def first_sentence(text: str) -> str:
    """Of a docstring, without its markup."""
    plain = re.sub(r"``(.+?)``", r"\1", re.sub(ROLE, r"\1", " ".join(text.split("\n\n")[0].split())))
    return plain.partition(". ")[0].rstrip(".") + "."


def prose(text: str) -> tuple[Markup, dict[str, Markup]]:
    """A docstring as paragraphs, names in ``code``, and what its list of arguments says of each."""
    paragraphs, meanings = [], {}
    for block in text.split("\n\n"):
        head, *rest = block.split("\n")
        if head.strip() == "Args:":
            meanings = _arguments(rest)
        elif head.strip() not in ("Raises:", "Returns:"):
            paragraphs.append(f"<p>{_inline(' '.join(block.split()))}</p>")
    return Markup("".join(paragraphs)), meanings


def _arguments(lines: list[str]) -> dict[str, Markup]:
    """Argument → its meaning; several that share a line share the meaning."""
    items: list[str] = []
    for line in lines:
        if line.startswith("        ") and items:
            items[-1] += " " + line.strip()
        else:
            items.append(line.strip())
    found = [item.partition(": ") for item in items]
    return {name.strip(): Markup(_inline(meaning)) for names, _, meaning in found for name in names.split(",")}


def _inline(text: str) -> str:
    safe = html.escape(text, quote=False)
    safe = re.sub(ROLE, r"<code>\1</code>", safe)
    return re.sub(r"``(.+?)``", r"<code>\1</code>", safe)


def _entries(content: Content, name: str) -> list[tuple[Json, str, Json]]:
    """(board, its page, entry) of a model and its variants; boards of default protocols first."""
    return [
        (board, board_page(board, place == 0), entry)
        for boards in content.of_task.values()
        for place, board in enumerate(boards)
        for entry in board["entries"]
        if entry["model"].partition("[")[0] == name and not elsewhere(entry)
    ]


def _row(content: Content, board: Json, page: str, entry: Json) -> dict[str, Any]:
    gap = entry["difference"]
    reference = next((other["estimate"] for other in board["entries"] if other["model"] == board["reference"]), None)
    return {
        "board": board,
        "entry": entry,
        "page": page,
        "endpoints": len(content.specs[board["task"]].endpoints),
        "estimate": estimate(entry["estimate"], entry["interval"]),
        "difference": signed(gap["estimate"], gap["interval"]) if gap else "reference" if entry["model"] == board["reference"] else "–",
        "p": p_text(gap["p_retrained_holm"]) if gap and gap["p_retrained_holm"] is not None else "–",
        "strip": _strip(entry, reference),
    }


def _strip(entry: Json, reference: float | None) -> Markup:
    low, high = entry["interval"]
    parts = [f'<use href="#{BEHIND}"/>']
    if reference is not None:
        parts.append(element("line", x1=_x(reference), x2=_x(reference), y1=4, y2=ROW - 4, class_="reference-tick"))
    parts += span(AXIS, low, high, ROW / 2, "whisker leading")
    parts.append(element("circle", cx=_x(entry["estimate"]), cy=ROW / 2, r=4.5, class_="mark leading"))
    return Markup(f'<svg class="forest" aria-hidden="true" width="100%" height="{ROW}">{"".join(parts)}</svg>')


def _head() -> Markup:
    """The labels of the axis that all strips share."""
    ticks = [element("text", AXIS.text(tick), x=_x(tick), y=14, class_="tick", text_anchor="middle") for tick in AXIS.ticks]
    return Markup(f'<svg class="forest" aria-hidden="true" width="100%" height="18">{"".join(ticks)}</svg>')


def _grid() -> Markup:
    """The grid behind all strips, for a page to define once."""
    lines = [element("line", x1=_x(tick), x2=_x(tick), y1=0, y2="100%", class_="grid") for tick in AXIS.ticks]
    lines.append(element("line", x1=_x(0.5), x2=_x(0.5), y1=0, y2="100%", class_="coin"))
    return Markup(f'<svg class="hidden" aria-hidden="true"><defs><g id="{BEHIND}">{"".join(lines)}</g></defs></svg>')


def _x(value: float) -> str:
    return percent(AXIS.share(value))


def _missing(content: Content, name: str) -> list[dict[str, Any]]:
    return [
        {
            **{key: view[key] for key in ("task", "protocol", "endpoint")},
            "metric": view["metric_name"],
            "label": line["model"],
            "cells": line["cells"],
        }
        for board in content.boards
        if (view := board.get("missing"))
        for line in view["lines"]
        if line["model"].partition("[")[0] == name
    ]
