"""RadScores beside deep features: what each adds to the classifier, and how alike they are (S4, figure 4)."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from benchmark.site.axis import Axis
from benchmark.site.forest import ROW
from benchmark.site.svg import element, percent
from benchmark.site.words import Json, percent_text, plural

STRONGEST = 0.45  # opacity of the cell of |r| = 1: text stays readable on it in both themes


def fused(item: Json | None) -> Markup:
    """Contributions, then the heat map of absolute correlations; nothing for a model that fuses neither."""
    if item is None:
        return Markup("")
    return Markup(
        f'<h4>RadScore and deep features: what each adds</h4>{_contributions(item)}<p class="said">{escape(_share(item))}</p>'
        f'<h4>RadScore and deep features: how alike they are</h4>{_heat(item)}<p class="said">{escape(_likeness(item))}</p>'
    )


def fused_rows(item: Json) -> tuple[Sequence[str], list[list[object]]]:
    """The table behind both: a row for each pair, and for each feature its contribution."""
    titles = ("feature", "other_feature", "quantity", "mean", "sd_over_folds", "folds")
    names = item["names"]
    rows: list[list[object]] = [
        [name, "", "mean |SHAP|", *(pair or (None, None)), None] for name, pair in zip(names, item["size"], strict=True)
    ]
    rows += [
        [names[i], names[j], "|r| over training patients", *(cell or (None, None, 0))]
        for i, row in enumerate(item["correlation"])
        for j, cell in enumerate(row)
        if j < i
    ]
    return titles, rows


def _contributions(item: Json) -> str:
    pairs = [pair or (0.0, 0.0) for pair in item["size"]]
    axis = Axis.around([0.0, *(mean + spread for mean, spread in pairs)], 6)
    lines = [_line(name, pair, axis) for name, pair in zip(item["names"], pairs, strict=True)]
    ticks = "".join(element("text", axis.text(tick), x=_x(axis, tick), y=12, class_="tick", text_anchor="middle") for tick in axis.ticks)
    head = f'<div class="row head"><span></span><svg class="forest" width="100%" height="16">{ticks}</svg></div>'
    label = "Mean |SHAP| of each feature that the classifier sees, with its SD over folds, in SDs of the output"
    return f'<div class="rows" role="img" aria-label="{label}">{head}{"".join(lines)}</div>'


def _line(name: str, pair: Sequence[float], axis: Axis) -> str:
    mean, spread = pair
    parts = [element("line", x1=_x(axis, tick), x2=_x(axis, tick), y1=0, y2="100%", class_="grid") for tick in axis.ticks]
    ends = {"x1": _x(axis, max(0.0, mean - spread)), "x2": _x(axis, mean + spread)}
    kind = "leading" if name.startswith("RadScore") else "behind"
    parts.append(element("line", **ends, y1=ROW / 2, y2=ROW / 2, class_=f"whisker {kind}"))
    parts.append(element("circle", cx=_x(axis, mean), cy=ROW / 2, r=4.5, class_=f"mark {kind}"))
    return f'<div class="row"><span class="name">{escape(name)}</span><svg class="forest" width="100%" height="{ROW}">{"".join(parts)}</svg></div>'


def _share(item: Json) -> str:
    chosen = ", ".join(f"{name.replace('_', ' ')} {count}×" for name, count in item["classifiers"].items())
    said = f"Mean |SHAP|, in SDs of the output; line: SD over folds. The RadScore has {_percent(item['share'])} of the sum"
    said += f" ({percent_text(item['fair_share'])} if all added alike"
    said += f"; {_percent(item['null_share'])} with outcomes dealt out anew)." if item["null_share"] else ")."
    return (
        f"{said} Deep features are numbered within each fold by what they add there, so that the first is the largest by definition; they are not the "
        f"same quantity in two folds. Classifier chosen of seven: {chosen}."
    )


def _heat(item: Json) -> str:
    """A symmetric table of |r|; deep features by their number."""
    short = [name.replace("deep feature ", "D") if name.startswith("deep") else "RadScore" for name in item["names"]]
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in short)
    lines = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(_cell(row[j], own=i == j) for j in range(len(row)))}</tr>'
        for i, (name, row) in enumerate(zip(short, item["correlation"], strict=True))
    )
    frame = '<div class="scroll" tabindex="0" role="region" aria-label="Absolute correlation of RadScore and deep features">'
    return f'{frame}<table class="matrix"><thead><tr><td>mean |r|</td>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'


def _cell(cell: Sequence[float] | None, *, own: bool) -> str:
    if own or cell is None:
        return f"<td>{'·' if own else '–'}</td>"
    mean, spread, folds = cell
    title = f"SD over folds {spread:.2f}, {folds:g} folds"
    return f'<td style="background:rgba(var(--heat),{STRONGEST * mean:.2f})" title="{title}">{mean:.2f}</td>'


def _likeness(item: Json) -> str:
    between, (train, test) = item["between"], item["patients"]
    if between["train_mean"] is None:
        return "No fold has a RadScore that varies: the filters or the LASSO left nothing."
    said = (
        f"Pearson correlation, absolute, within the training part of each fold, mean over folds (SD in the CSV). RadScore against deep features: mean "
        f"{_pair(between['train_mean'])}, largest {_pair(between['train_largest'])} (± SD over folds) on {train:.0f} training patients, where both "
        f"were fitted to the same outcomes; "
    )
    if between["test_mean"]:
        said += f"mean {_pair(between['test_mean'])}, largest {_pair(between['test_largest'])} on {test:.0f} test patients. "
    said += f"Independent columns would show a mean of {item['independent'][0]:.2f} and {item['independent'][1]:.2f}."
    if item["constant"]:
        said += f" {item['constant']:.1f} of the deep features are the same for every training patient (mean over folds) and have no correlation."
    return said + (f" In {plural(item['empty'], 'fold')} the RadScore is a constant." if item["empty"] else "")


def _pair(pair: Sequence[float]) -> str:
    return f"{pair[0]:.2f} ± {pair[1]:.2f}"


def _percent(pair: Sequence[float] | None) -> str:
    return "no share" if pair is None else f"{percent_text(pair[0])} (SD over folds {percent_text(pair[1])})"


def _x(axis: Axis, value: float) -> str:
    return percent(axis.share(value))
