"""Printed numbers beside measured ones."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup

from benchmark.reporting.verdicts import VERDICTS
from benchmark.scoring import METRICS
from benchmark.site.axis import Axis
from benchmark.site.content import Content
from benchmark.site.svg import element, number, percent, span
from benchmark.site.words import Json, estimate

ROW = 24  # pixels
AXIS = Axis.of(-0.02, 1.02, (0, 0.25, 0.5, 0.75, 1))  # of every strip: what papers print with an interval is a share of patients or pairs
BEHIND = "claims_behind"  # id of the grid, which is drawn once on a page
PENDING = "no run"
SHORT = {
    "reproduced": "reproduced",
    "within noise of trivial": "within noise",
    "not reproduced": "not reproduced",
    "not reproducible from public data": "not public",
    PENDING: PENDING,
}


def axis() -> Markup:
    """The labels of the axis that all strips share."""
    ticks = [element("text", f"{tick:g}", x=_x(tick), y=12, class_="tick", text_anchor="middle") for tick in AXIS.ticks]
    return Markup(f'<svg class="forest" aria-hidden="true" width="100%" height="16">{"".join(ticks)}</svg>')


def grid() -> Markup:
    """The grid behind all strips, for a page to define once."""
    lines = "".join(element("line", x1=_x(tick), x2=_x(tick), y1=0, y2="100%", class_="grid") for tick in AXIS.ticks)
    return Markup(f'<svg class="hidden" aria-hidden="true"><defs><g id="{BEHIND}">{lines}</g></defs></svg>')


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
        "axis": axis(),
        "grid": grid(),
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
    """Rows with a strip each: our interval, the printed value and the trivial model's, on one axis."""
    return [
        {
            "claim": row,
            "metric": METRICS.get(row["metric"], row["metric"].replace("_", " ")),
            "verdict": row["verdict"] or PENDING,
            "short": SHORT[row["verdict"] or PENDING],
            "printed": _printed(row),
            "measured": _measured(row),
            "strip": _strip(row) if row["interval"] else "",
        }
        for row in claims
    ]


def claims_csv(claims: Sequence[Json]) -> tuple[list[str], list[list[Any]]]:
    """The rows as a table; what is said of a whole paper or table (citation, note) stands on the page and not in every row again."""
    names = [name for name in (claims[0] if claims else ()) if name not in ("citation", "note")]
    return names, [[row[name] for name in names] for row in claims]


def _printed(row: Json) -> str:
    text = f"{row['printed'][0]:g} to {row['printed'][1]:g}" if isinstance(row["printed"], list) else f"{round(row['printed'], 4):g}"
    text += f" ± {row['printed_spread']:g}" if row["printed_spread"] is not None else ""
    text += f" [{row['printed_interval'][0]:g}, {row['printed_interval'][1]:g}]" if row["printed_interval"] else ""
    return text + (f", p {row['printed_p']:g}" if row["printed_p"] is not None else "")


def _measured(row: Json) -> str:
    if row["measured"] is None:
        return "–"
    return estimate(row["measured"], row["interval"]) if row["interval"] else f"{round(row['measured'], 3):g}"


def _strip(row: Json) -> Markup:
    parts = [f'<use href="#{BEHIND}"/>']
    if row["trivial"] is not None:
        parts.append(element("line", x1=_x(row["trivial"]), x2=_x(row["trivial"]), y1=3, y2=ROW - 3, class_="coin"))
    low, high = row["interval"]
    parts += span(AXIS, low, high, ROW / 2, "whisker leading")
    parts.append(element("circle", cx=_x(row["measured"]), cy=number(ROW / 2), r=4, class_="mark leading"))
    for value in row["printed"] if isinstance(row["printed"], list) else [row["printed"]]:
        x = _x(value)
        parts.append(element("line", x1=x, x2=x, y1=4, y2=ROW - 4, class_="printed"))
    return Markup(f'<svg class="forest" aria-hidden="true" width="100%" height="{ROW}">{"".join(parts)}</svg>')


def _x(value: float) -> str:
    return percent(AXIS.share(value))
