"""Figures of a cohort: Table 1, and which modalities patients have together."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from benchmark.reporting.text import p_text
from benchmark.site.svg import element
from benchmark.site.words import Json, modality, percent_text

MOST_LEVELS, MOST_PATTERNS = 8, 14
YES = {"0": "1", "no": "yes", "absent": "present"}  # of a variable with these two levels only the second is a row: the first is the rest


def table_one(data: Json) -> Markup:
    """Who the patients are, overall and by site, with tests between sites."""
    groups = data["groups"]
    heads = "".join(f'<th scope="col" class="num">{escape(group["name"])}<br>{group["patients"]} patients</th>' for group in groups)
    tests = '<th scope="col">Test</th><th scope="col" class="num">p, Holm</th>' if groups else ""
    head = f'<tr><th scope="col">Variable</th><th scope="col" class="num">All<br>{data["patients"]} patients</th>{heads}{tests}</tr>'
    body = "".join(_variable(row, bool(groups)) for row in data["rows"])
    frame = '<div class="scroll" tabindex="0" role="region" aria-label="Table 1">'
    return Markup(f'{frame}<table class="plain tight"><thead>{head}</thead><tbody>{body}</tbody></table></div>')


def _variable(row: Json, tested: bool) -> str:
    values, unit = row["values"], f", {row['unit']}" if row["unit"] else ""
    width = len(row["known"])
    if row["kind"] == "number":
        lines = [("median [quartiles]", [_quartiles(values, k) for k in range(width)])]
    elif row["kind"] == "survival":
        lines = [(name.replace("_", " "), [_number(item) for item in counts]) for name, counts in values.items()]
    else:
        levels = _levels(values)
        lines = [(level, [_count(values[level][k], row["known"][k]) for k in range(width)]) for level in levels[:MOST_LEVELS]]
        if len(values) > MOST_LEVELS:
            lines.append((f"{len(values) - MOST_LEVELS} more levels in the CSV", [""] * width))
    test = f"<td>{escape(row['test'] or '–')}{'*' if row['sparse'] else ''}</td><td class='num'>{_p(row['p_holm'])}</td>" if tested else ""
    known = "".join(f'<td class="num muted">{count} known</td>' for count in row["known"])
    first = f'<tr class="variable"><th scope="row">{escape(row["variable"].replace("_", " ") + unit)}</th>{known}{test}</tr>'
    blank = "<td></td><td></td>" if tested else ""
    return first + "".join(
        f'<tr><th scope="row" class="level">{escape(name)}</th>{"".join(f"<td class=num>{escape(text)}</td>" for text in texts)}{blank}</tr>'
        for name, texts in lines
    )


def _levels(values: Json) -> list[str]:
    """The levels that are rows: all, or of a yes-or-no variable the yes."""
    levels = list(values)
    return [YES[level] for level in levels if set(levels) == {level, YES.get(level)}] or levels


def missingness(data: Json) -> Markup:
    """A row for each combination of modalities, its length the number of patients; no row is a patient."""
    blocks, patterns = data["blocks"], data["patterns"][:MOST_PATTERNS]
    most = max(pattern["patients"] for pattern in patterns)
    heads = "".join(
        f'<th scope="col">{escape(modality(name))}<br><span class="muted">{data["present"][name]}</span></th>' for name in blocks
    )
    lines = []
    for pattern in patterns:
        cells = "".join(f'<td class="{"has" if has else "lacks"}">{"yes" if has else "–"}</td>' for has in pattern["has"])
        bar = element("rect", width=f"{100 * pattern['patients'] / most:.1f}%", height=12, y=3, class_="f1")
        lines.append(
            f'<tr>{cells}<td class="num">{pattern["patients"]}</td><td class="length"><svg width="100%" height="18" aria-hidden="true">{bar}</svg></td></tr>'
        )
    rest = data["patterns"][MOST_PATTERNS:]
    more = (
        f'<p class="muted">{len(rest)} rarer combinations, {sum(item["patients"] for item in rest)} patients, in the CSV.</p>'
        if rest
        else ""
    )
    head = f'<tr>{heads}<th scope="col" class="num">Patients</th><td></td></tr>'
    frame = '<div class="scroll" tabindex="0" role="region" aria-label="Combinations of modalities">'
    table = f'{frame}<table class="plain tight patterns"><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table></div>{more}'
    return Markup(table) + _gaps(data["columns"])


def _gaps(columns: Sequence[Json]) -> Markup:
    """The columns that lack most."""
    worst = sorted((item for item in columns if item["missing"] > 0), key=lambda item: (-item["missing"], item["block"], item["column"]))[
        :12
    ]
    if not worst:
        return Markup('<p class="said">Where a modality is there, no value is missing in it.</p>')
    named = ", ".join(f"{item['block']}.{item['column']} {percent_text(item['missing'])}" for item in worst)
    return Markup(f'<p class="said">Values missing where the modality is there, most first: {escape(named)}.</p>')


def _quartiles(values: Json, k: int) -> str:
    if values["median"][k] is None:
        return "–"
    return f"{_number(values['median'][k])} [{_number(values['q1'][k])}, {_number(values['q3'][k])}]"


def _count(count: Any, known: int) -> str:
    return f"{int(count)} ({100 * count / known:.0f} %)" if known else "–"


def _number(value: Any) -> str:
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _p(p: float | None) -> str:
    return "" if p is None else p_text(p)
