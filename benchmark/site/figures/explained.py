"""What a fitted model looks at: columns by their mean effect, with how steady that is over the folds."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from benchmark.site.axis import Axis
from benchmark.site.figures.curves import panels
from benchmark.site.figures.fused import fused
from benchmark.site.figures.hidden import hidden
from benchmark.site.figures.weights import weights
from benchmark.site.forest import ROW
from benchmark.site.svg import element, percent
from benchmark.site.words import Json, percent_text, plural

SHOWN = 20  # columns of a model's only block; of each of several half as many
WAYS = {1: "↑", -1: "↓"}
WRAPPED = "white-space:normal;overflow-wrap:anywhere"  # names of radiomics differ at their end
KEY = (
    '<ul class="legend"><li><b style="color:var(--c1)">●</b> stable</li><li><b style="color:var(--grey)">○</b> not told from noise</li><li><i class="k2"></i>the same column, outcomes dealt out anew</li>'
    '<li class="muted">line: SD over folds; n of m: folds in which it is in the top; ↑ ↓: a higher value raises or lowers the output, in that share of folds</li></ul>'
)


def explained(item: Json) -> Markup:
    """Everything that is known of a model on a task: modalities, columns, weights, fused features, hidden layer; then how, and its limits."""
    parts = [_scope(item), _blocks(item), _columns(item), weights(item), fused(item["fused"]), hidden(item["projections"])]
    notes = "".join(f"<li>{escape(text)}</li>" for text in item["notes"])
    method = f"{escape(item['method'])} It says what these fitted models use, not what causes the outcome."
    said = f'<details class="how"><summary>How, and its limits</summary><p>{method}</p><ul>{notes}</ul></details>'
    return Markup("".join(parts) + said)


def explained_rows(item: Json) -> tuple[Sequence[str], list[list[object]]]:
    """The table behind the figure: the features with the largest effect of each block."""
    columns = list(item["features"][0]) if item["features"] else []
    return columns, [[feature[name] for name in columns] for feature in item["features"]]


def _scope(item: Json) -> str:
    folds = f"{item['folds']} of {item['all_folds']} folds" if item["all_folds"] > item["folds"] else f"all {plural(item['folds'], 'fold')}"
    same = (
        "each predicts what the record has" if item["same_folds"] == item["folds"] else f"{item['same_folds']} predict what the record has"
    )
    columns = f" Columns: {plural(item['patients'], 'explanation')} of test patients." if item["features"] else ""
    return f'<p class="said">Fitted again on {folds}; {same}.{columns}</p>'


def _blocks(item: Json) -> str:
    """How much of the output each modality accounts for."""
    known = [block for block in item["blocks"] if block["share"] is not None]
    shares = ", ".join(f"{block['name']} {percent_text(block['share'])}{_spread(block)}" for block in known)
    return f'<p class="said">Share of each modality in the output: {escape(shares)}.</p>' if len(known) > 1 else ""


def _spread(block: Json) -> str:
    return "" if block["spread"] is None else f" (SD over folds {percent_text(block['spread'])})"


def _columns(item: Json) -> str:
    """A panel for each block whose columns are known, all on one axis."""
    features = {block["name"]: [one for one in item["features"] if one["block"] == block["name"]] for block in item["blocks"]}
    most = SHOWN if sum(map(bool, features.values())) == 1 else SHOWN // 2
    shown = {name: sorted(known, key=lambda one: (-one["mean_abs"], one["name"]))[:most] for name, known in features.items() if known}
    if not shown:
        return ""
    ends = [value for some in shown.values() for one in some for value in (*_ends(one), one["null_mean_abs"] or 0.0)]
    axis = Axis.around([0.0, *ends], 6)
    drawn = [
        (_title(block), _panel(block, shown[block["name"]], axis, item["folds"])) for block in item["blocks"] if block["name"] in shown
    ]
    return Markup(KEY) + panels(drawn)


def _title(block: Json) -> str:
    return f"{block['name']}: {plural(block['columns'], 'column')}"


def _panel(block: Json, features: Sequence[Json], axis: Axis, folds: int) -> Markup:
    ticks = "".join(element("text", axis.text(tick), x=_x(axis, tick), y=12, class_="tick", text_anchor="middle") for tick in axis.ticks)
    head = f'<div class="row head"><span></span><svg class="forest" width="100%" height="16">{ticks}</svg><span>in the top {block["top"]}</span></div>'
    lines = "".join(_line(feature, axis, folds) for feature in features)
    said = _steadiness(block, folds)
    label = f"Mean effect of {plural(len(features), 'column')} of {block['name']}, largest first. {said}"
    return Markup(
        f'<div class="rows explained" role="img" aria-label="{escape(label)}">{head}{lines}</div><p class="said">{escape(said)}</p>'
    )


def _steadiness(block: Json, folds: int) -> str:
    """How many columns are stable, and how many different ones were ever at the top."""
    stable = "None is stable" if not block["stable"] else f"{block['stable']} {'is' if block['stable'] == 1 else 'are'} stable"
    if folds == 1:
        return "One fold: nothing can be said of stability."
    return (
        f"{stable}. {plural(block['ever'], 'column')} stood in the top {block['top']} of at least one of {folds} folds; the same ones every time would make "
        f"{block['top']} at most."
    )


def _line(feature: Json, axis: Axis, folds: int) -> str:
    kind = "floor" if feature["noise"] else "leading"
    middle, low, high = ROW / 2, *_ends(feature)
    parts = [element("line", x1=_x(axis, tick), x2=_x(axis, tick), y1=0, y2="100%", class_="grid") for tick in axis.ticks]
    if (null := feature["null_mean_abs"]) is not None:
        parts.append(element("line", x1=_x(axis, null), x2=_x(axis, null), y1=6, y2=ROW - 6, class_="printed"))
    parts.append(element("line", x1=_x(axis, low), x2=_x(axis, high), y1=middle, y2=middle, class_=f"whisker {kind}"))
    parts.append(element("circle", cx=_x(axis, feature["mean_abs"]), cy=middle, r=4.5, class_=f"mark {kind}"))
    way = f" · {WAYS[feature['direction']]} {percent_text(feature['sign_agreement'])}" if feature["direction"] else ""
    return (
        f'<div class="row"><span class="name" style="{WRAPPED}">{escape(feature["name"])}</span>'
        f'<svg class="forest" width="100%" height="{ROW}">{"".join(parts)}</svg>'
        f'<span class="muted">{feature["top20_folds"]} of {folds}{way}</span></div>'
    )


def _ends(feature: Json) -> tuple[float, float]:
    """The mean less and plus its SD over the folds; of one fold the mean alone."""
    spread = feature["spread"] or 0.0
    return max(0.0, feature["mean_abs"] - spread), feature["mean_abs"] + spread


def _x(axis: Axis, value: float) -> str:
    return percent(axis.share(value))
