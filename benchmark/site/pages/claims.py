"""Printed numbers beside measured ones."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from benchmark.reporting.verdicts import VERDICTS
from benchmark.site.axis import Axis
from benchmark.site.content import Content
from benchmark.site.svg import element, number
from benchmark.site.words import Json, estimate

ROW = 24  # pixels
PENDING = "no run"
SHORT = {
    "reproduced": "reproduced",
    "within noise of trivial": "within noise",
    "not reproduced": "not reproduced",
    "not reproducible from public data": "not public",
    PENDING: PENDING,
}


def claims_context(content: Content) -> dict[str, Any]:
    """What ``claims.html`` is given: papers, their tasks, their tables."""
    papers = []
    for paper, of_paper in groupby(sorted(content.claims, key=lambda row: (row["paper"], row["task"])), key=lambda row: row["paper"]):
        rows = list(of_paper)
        tables = [
            {"task": task, "table": table, "rows": claim_rows(found), "note": found[0]["note"].removesuffix(found[0]["remark"]).strip()}
            for (task, table), of_table in groupby(rows, key=lambda row: (row["task"], row["table"]))
            for found in [list(of_table)]
        ]
        papers.append(
            {
                "id": paper,
                "name": _short(rows[0]["citation"]),
                "citation": rows[0]["citation"],
                "tables": tables,
                "tally": tally(rows),
                "count": len(rows),
            }
        )
    return {
        "papers": papers,
        "tally": tally(content.claims),
        "count": len(content.claims),
        "verdicts": [*VERDICTS, PENDING],
        "short": SHORT,
    }


def _short(citation: str) -> str:
    """``Chen and others, 2022``."""
    years = re.findall(r"\b(?:19|20)\d\d\b", citation)
    return (
        citation.split()[0].rstrip(",") + (" and others" if "," in citation.partition(".")[0] else "") + (f", {years[0]}" if years else "")
    )


def tally(claims: Sequence[Json]) -> list[tuple[str, int]]:
    """How many printed numbers have each verdict."""
    found = [row["verdict"] or PENDING for row in claims]
    return [(verdict, found.count(verdict)) for verdict in (*VERDICTS, PENDING) if verdict in found]


def claim_rows(claims: Sequence[Json]) -> list[dict[str, Any]]:
    """Rows with a strip each: our interval, the printed value and the trivial model's on one axis for each metric."""
    axes: dict[str, Axis] = {}
    for metric in dict.fromkeys(row["metric"] for row in claims):
        values = [value for row in claims if row["metric"] == metric and row["interval"] for value in _values(row)]
        axes[metric] = Axis.around(values, 4)
    return [
        {
            "claim": row,
            "verdict": row["verdict"] or PENDING,
            "short": SHORT[row["verdict"] or PENDING],
            "printed": _printed(row),
            "measured": _measured(row),
            "strip": _strip(row, axes[row["metric"]]) if row["interval"] else "",
        }
        for row in claims
    ]


def _values(row: Json) -> list[float]:
    printed = row["printed"] if isinstance(row["printed"], list) else [row["printed"]]
    return [*printed, *row["interval"], *([row["trivial"]] if row["trivial"] is not None else [])]


def _printed(row: Json) -> str:
    text = f"{row['printed'][0]:g} to {row['printed'][1]:g}" if isinstance(row["printed"], list) else f"{round(row['printed'], 4):g}"
    text += f" ± {row['printed_spread']:g}" if row["printed_spread"] is not None else ""
    text += f" [{row['printed_interval'][0]:g}, {row['printed_interval'][1]:g}]" if row["printed_interval"] else ""
    return text + (f", p {row['printed_p']:g}" if row["printed_p"] is not None else "")


def _measured(row: Json) -> str:
    if row["measured"] is None:
        return "–"
    return estimate(row["measured"], row["interval"]) if row["interval"] else f"{round(row['measured'], 3):g}"


def _strip(row: Json, axis: Axis) -> Markup:
    middle = ROW / 2
    low, high = (_x(axis, value) for value in row["interval"])
    parts = [element("line", x1=_x(axis, tick), x2=_x(axis, tick), y1=0, y2="100%", class_="grid") for tick in axis.ticks]
    if row["trivial"] is not None:
        parts.append(element("line", x1=_x(axis, row["trivial"]), x2=_x(axis, row["trivial"]), y1=3, y2=ROW - 3, class_="coin"))
    parts.append(element("line", x1=low, x2=high, y1=middle, y2=middle, class_="whisker leading"))
    parts.append(element("circle", cx=_x(axis, row["measured"]), cy=middle, r=4, class_="mark leading"))
    for value in row["printed"] if isinstance(row["printed"], list) else [row["printed"]]:
        x = _x(axis, value)
        parts.append(element("line", x1=x, x2=x, y1=4, y2=ROW - 4, class_="printed"))
    return Markup(f'<svg class="forest" aria-hidden="true" width="100%" height="{ROW}">{"".join(parts)}</svg>')


def _x(axis: Axis, value: float) -> str:
    return f"{number(100 * axis.share(value))}%"
