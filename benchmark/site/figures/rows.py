"""Figures with a row for each model: folds, ranks, and which pairs are told apart."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from benchmark.site.axis import Axis
from benchmark.site.forest import ROW
from benchmark.site.svg import GRAIN, element, number, percent, span
from benchmark.site.words import Json, plural, slug

LEVEL = 0.05
SMALLEST = 0.004  # share of resamples below which a rank is not drawn
RUG = 18  # pixels
PALE = 0.35  # depth of a difference between fitted models only

Cell = tuple[int, str, float]  # column, class of its colour, depth 0 … 1


def fold_dots(board: Json, models: Sequence[str], data: Json) -> Markup:
    """Every fold's value as a tick, their mean with the 95 % interval of the corrected error."""
    axis = Axis.around([value for values in data["values"] for value in values if value is not None], 6)
    grid = "".join(element("line", x1=_x(axis, tick), x2=_x(axis, tick), y1=0, y2="100%", class_="grid") for tick in axis.ticks)
    behind = f"folds_{slug(board['task'])}"  # drawn once, in the head
    lines = []
    for values, mean, error in zip(data["values"], data["mean"], data["se_corrected"], strict=True):
        places = sorted({round(GRAIN * axis.share(value)) for value in values if value is not None})
        ticks = "".join(f"M{place} 0v{RUG}" for place in places)
        rug = f'<svg y="4" height="{RUG}" width="100%" viewBox="0 0 {GRAIN} {RUG}" preserveAspectRatio="none"><path class="rug" d="{ticks}"/></svg>'
        parts = [f'<use href="#{behind}"/>', rug]
        if error is not None:
            parts += span(axis, mean - 1.96 * error, mean + 1.96 * error, ROW / 2, "whisker reference")
        parts.append(element("circle", cx=_x(axis, mean), cy=number(ROW / 2), r=4, class_="mark reference"))
        lines.append(_svg(parts))
    folds = data["folds"]
    said = f"{board['metric_name']} in each of {plural(len(folds), 'test fold')} for {plural(len(models), 'model')}"
    return _rows(models, lines, _ticks(axis, f'<defs><g id="{behind}">{grid}</g></defs>'), f"{said}; the values are in the CSV.")


def rank_distribution(models: Sequence[str], data: Json) -> Markup:
    """How often each model comes at each rank, as the depth of a cell."""
    count = len(models)
    # square root, so that a rank taken in one resample of a hundred is still seen
    depths = [[(k, "s1", value**0.5) for k, value in enumerate(share) if value >= SMALLEST] for share in data["share"]]
    lines = [_cells(row, count) for row in depths]
    heads = _numbers(count)
    best = models[max(range(count), key=lambda k: data["share"][k][0])]
    said = f"Share of {data['resamples']:,} resamples in which each of {count} models comes at each rank; {best} is first most often."
    return _rows(models, lines, heads, said)


def pairwise(models: Sequence[str], data: Json) -> Markup:
    """Which pairs are told apart: deep where trained again, pale where only the fitted models differ."""
    place = {label: k for k, label in enumerate(models)}
    marks: list[list[Cell]] = [[(k, "self", 1.0)] for k in range(len(models))]
    apart = {"again": 0, "fitted": 0}
    for pair in data["pairs"]:
        again = pair["p_retrained_holm"] is not None and pair["p_retrained_holm"] < LEVEL
        if not again and pair["p_fitted_holm"] >= LEVEL:
            continue
        apart["again" if again else "fitted"] += 1
        a, b = place[pair["a"]], place[pair["b"]]
        higher, lower = (a, b) if pair["difference_retrained" if again else "difference"] > 0 else (b, a)
        depth = 1.0 if again else PALE
        marks[higher].append((lower, "s1", depth))
        marks[lower].append((higher, "s2", depth))
    lines = [_cells(row, len(models)) for row in marks]
    of = f"Of {plural(len(data['pairs']), 'pair')}"
    if all(pair["p_retrained_holm"] is None for pair in data["pairs"]):
        said = f"{of} {apart['fitted']} are told apart as fitted, Holm-adjusted; nothing is known of training again."
    else:
        said = f"{of} {apart['again']} are told apart when trained again and {apart['fitted']} more as fitted, Holm-adjusted."
    return (
        Markup(
            '<ul class="legend"><li><i class="k1"></i>the row’s model is higher than the column’s</li><li><i class="k2"></i>lower</li><li class="muted">pale: only these fitted models differ; blank: not told apart</li></ul>'
        )
        + _rows([f"{k} {label}" for k, label in enumerate(models, 1)], lines, _numbers(len(models)), said)
        + Markup(f'<p class="said">{escape(said)}</p>')
    )


def correlation(models: Sequence[str], data: Json) -> Markup:
    """How alike two models rank the patients: the depth of a cell is the rank correlation, orange where it is negative."""
    lines = []
    for row in data["correlation"]:
        found = [(k, "s1" if value > 0 else "s2", abs(value)) for k, value in enumerate(row) if value is not None]
        lines.append(_cells(found, len(models)))
    named = [f"{k} {label}" for k, label in enumerate(models, 1)]
    return _rows(
        named,
        lines,
        _numbers(len(models)),
        f"Rank correlation of the predictions of every pair of {len(models)} models; numbers in the CSV.",
    )


def _rows(labels: Sequence[str], lines: Sequence[str], head: str, said: str) -> Markup:
    body = "".join(
        f'<div class="row"><span class="name" title="{escape(label)}">{escape(label)}</span>{line}</div>'
        for label, line in zip(labels, lines, strict=True)
    )
    return Markup(f'<div class="rows" role="img" aria-label="{escape(said)}"><div class="row head"><span></span>{head}</div>{body}</div>')


def _svg(parts: Sequence[str]) -> str:
    return f'<svg class="forest" width="100%" height="{ROW}">{"".join(parts)}</svg>'


def _cells(cells: Iterable[Cell], count: int) -> str:
    """Cells of a row, those of one colour and depth (in twentieths) as one path: a line as thick as the row, neighbours in one stroke."""
    columns: dict[tuple[str, int], list[int]] = {}
    for column, colour, depth in sorted(cells):
        columns.setdefault((colour, round(20 * depth)), []).append(column)
    paths = {key: _strokes(found) for key, found in columns.items()}
    drawn = "".join(
        element("path", d=d, class_=name, opacity=None if level == 20 else f"{level / 20:g}".lstrip("0"))
        for (name, level), d in sorted(paths.items())
        if level
    )
    return (
        f'<svg class="cells" width="100%" height="18" viewBox="0 0 {count} 1" preserveAspectRatio="none">'
        f'<rect class="ground" width="{count}" height="1"/>{drawn}</svg>'
    )


def _strokes(columns: Sequence[int]) -> str:
    """``[2, 3, 4, 7]`` → ``M2 .5h3M7 .5h1``."""
    starts = [column for column in columns if column - 1 not in columns]
    ends = [column + 1 for column in columns if column + 1 not in columns]
    return "".join(f"M{start} .5h{end - start}" for start, end in zip(starts, ends, strict=True))


def _numbers(count: int) -> str:
    """1 … count over the columns; of many every few."""
    step = 1 if count <= 12 else 3
    texts = [
        element("text", str(k + 1), x=percent((k + 0.5) / count), y=12, class_="tick", text_anchor="middle") for k in range(0, count, step)
    ]
    return f'<svg class="forest" width="100%" height="16">{"".join(texts)}</svg>'


def _ticks(axis: Axis, defined: str) -> str:
    """The labels of an axis, and what the rows below it repeat."""
    texts = [element("text", axis.text(tick), x=_x(axis, tick), y=12, class_="tick", text_anchor="middle") for tick in axis.ticks]
    return f'<svg class="forest" width="100%" height="16">{defined}{"".join(texts)}</svg>'


def _x(axis: Axis, value: float) -> str:
    return percent(axis.share(value))
