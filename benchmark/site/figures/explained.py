"""What a fitted model looks at: features by their mean effect, with how steady that is over the folds."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from benchmark.site.axis import Axis
from benchmark.site.figures.tables import cell_text
from benchmark.site.forest import ROW
from benchmark.site.svg import element, number
from benchmark.site.words import Json, plural

SHOWN = 20


def explained(item: Json) -> Markup:
    """The features with the largest mean effect, a row each; hollow where the folds do not agree that it matters."""
    known = [feature for feature in item["features"] if feature["mean_abs"] is not None]
    features = sorted(known, key=lambda feature: (-feature["mean_abs"], feature["name"]))[:SHOWN]
    if not features:
        return Markup(_blocks(item) + _attention(item.get("attention")))
    ends = [value for feature in features for value in _ends(feature)]
    axis = Axis.around([0.0, *(value for value in ends if value >= 0)], 6)
    lines = "".join(_line(feature, axis, item["folds"]) for feature in features)
    noise = sum(bool(feature["noise"]) for feature in features)
    steady = (
        f"{noise} of these {len(features)} are noise: not among the largest in more folds than a feature without any effect would be."
        if noise
        else ""
    )
    folds = plural(item["folds"], "fold") + (f" of {item['all_folds']}" if item["all_folds"] > item["folds"] else "")
    said = f"Mean size of the effect, with its SD over {folds}; {item['patients']} patients. {steady}"
    ticks = "".join(element("text", axis.text(tick), x=_x(axis, tick), y=12, class_="tick", text_anchor="middle") for tick in axis.ticks)
    head = f'<div class="row head"><span></span><svg class="forest" width="100%" height="16">{ticks}</svg><span>in the top 20 of folds · same sign</span></div>'
    notes = "".join(f"<li>{escape(text)}</li>" for text in item.get("notes", []))
    method = f'<p class="how">{escape(item["method"])} It says what these fitted models use, not what causes the outcome.</p>'
    figure = f'<div class="rows explained" role="img" aria-label="{escape(said)}">{head}{lines}</div><p class="said">{escape(said)}</p>'
    return Markup(_blocks(item) + figure + _attention(item.get("attention")) + method + (f'<ul class="note">{notes}</ul>' if notes else ""))


def _blocks(item: Json) -> str:
    """How much of the output each modality accounts for."""
    known = [block for block in item["blocks"] if block["share"] is not None]
    shares = ", ".join(f"{block['name']} {block['share']:.0%}{_spread(block)}, {block['columns']} columns" for block in known)
    return f'<p class="said">Share of each modality in the output: {escape(shares)}.</p>' if shares else ""


def _spread(block: Json) -> str:
    return "" if block["spread"] is None else f" (SD over folds {block['spread']:.0%})"


def _attention(found: Json | None) -> str:
    """How uneven the weights of slides or scans are, in a sentence."""
    if not found or not found["patients"]:
        return ""
    low, middle, high = found["effective_share"]
    again = (
        ""
        if found["agreement"] is None
        else f" Two fits that tested the same patient agree with a rank correlation of {found['agreement']:.2f} ({found['compared']} pairs)."
    )
    said = (
        f"Attention over slides or scans, {plural(found['patients'], 'patient')} with two or more: the weights are spread over {middle:.0%} of them "
        f"(quartiles {low:.0%} to {high:.0%}; 100 % is all alike).{again}"
    )
    return f'<p class="said">{escape(said)}</p>'


def explained_rows(item: Json) -> tuple[Sequence[str], list[list[object]]]:
    """The table behind the figure: all features."""
    columns = list(item["features"][0]) if item["features"] else []
    return columns, [[feature[name] for name in columns] for feature in item["features"]]


def _line(feature: Json, axis: Axis, folds: int) -> str:
    kind = "floor" if feature["noise"] else "leading"
    middle, low, high = ROW / 2, *_ends(feature)
    parts = [element("line", x1=_x(axis, tick), x2=_x(axis, tick), y1=0, y2="100%", class_="grid") for tick in axis.ticks]
    # what the same column gets from shuffled outcomes
    if (null := feature.get("null_mean_abs")) is not None:
        parts.append(element("line", x1=_x(axis, null), x2=_x(axis, null), y1=6, y2=ROW - 6, class_="printed"))
    parts.append(element("line", x1=_x(axis, low), x2=_x(axis, high), y1=middle, y2=middle, class_=f"whisker {kind}"))
    parts.append(element("circle", cx=_x(axis, feature["mean_abs"]), cy=middle, r=4.5, class_=f"mark {kind}"))
    sign = "" if feature["sign_agreement"] is None else f" · {feature['sign_agreement']:.0%}"
    return (
        f'<div class="row"><span class="name" title="{escape(feature["name"])}">{escape(feature["name"])} <span class="muted">{escape(feature["block"])}</span></span>'
        f'<svg class="forest" width="100%" height="{ROW}">{"".join(parts)}</svg>'
        f'<span class="muted">{cell_text(feature["top20_folds"])} of {folds}{sign}</span></div>'
    )


def _ends(feature: Json) -> tuple[float, float]:
    """The mean less and plus its SD over the folds; of one fold the mean alone."""
    spread = feature["spread"] or 0.0
    return max(0.0, feature["mean_abs"] - spread), feature["mean_abs"] + spread


def _x(axis: Axis, value: float) -> str:
    return f"{number(100 * axis.share(value))}%"
