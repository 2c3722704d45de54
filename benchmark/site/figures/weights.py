"""Attention: how uneven the weights of a patient's slides or scans are, and whether another fit gives the same ones."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from benchmark.site.axis import Axis
from benchmark.site.forest import ROW
from benchmark.site.svg import element, percent
from benchmark.site.words import MINUS, Json, percent_text, plural

SHARE = Axis.of(0, 1.04, (0, 0.25, 0.5, 0.75, 1))  # room for the last tick
NULL = "outcomes dealt out anew"


def weights(item: Json) -> Markup:
    """The spread of the weights of these fits beside that of fits to false outcomes, and how far two fits agree; nothing without attention."""
    found, null = item["attention"], item["null_attention"]
    if not found:
        return Markup("")
    if not found["patients"]:
        return Markup('<p class="said">Attention: every test patient has one instance, so that there is nothing to weigh.</p>')
    lines = [("fitted to the outcomes", found["effective_share"], "leading")]
    lines += [(NULL, null["effective_share"], "floor")] if null and null["effective_share"] else []
    said = _said(found, null)
    ticks = "".join(element("text", f"{percent_text(tick)}", x=_x(tick), y=12, class_="tick", text_anchor="middle") for tick in SHARE.ticks)
    head = f'<div class="row head"><span></span><svg class="forest" width="100%" height="16">{ticks}</svg></div>'
    body = "".join(_line(*line) for line in lines)
    figure = f'<div class="rows" role="img" aria-label="{escape(said)}">{head}{body}</div>'
    return Markup(
        f'<h4>Attention: over how many of a patient’s instances the weights are spread</h4>{figure}<p class="said">{escape(said)}</p>'
    )


def _line(name: str, quartiles: Sequence[float], kind: str) -> str:
    low, middle, high = quartiles
    parts = [element("line", x1=_x(tick), x2=_x(tick), y1=0, y2="100%", class_="grid") for tick in SHARE.ticks]
    parts.append(element("line", x1=_x(low), x2=_x(high), y1=ROW / 2, y2=ROW / 2, class_=f"whisker {kind}"))
    parts.append(element("circle", cx=_x(middle), cy=ROW / 2, r=4.5, class_=f"mark {kind}"))
    return f'<div class="row"><span class="name">{name}</span><svg class="forest" width="100%" height="{ROW}">{"".join(parts)}</svg></div>'


def _said(found: Json, null: Json | None) -> str:
    low, middle, high = found["effective_share"]
    said = (
        f"{plural(found['patients'], 'patient')} with two instances (slides, scans) or more, median {found['instances']:g}: the weights are spread over "
        f"{percent_text(middle)} of them (median; quartiles {percent_text(low)} to {percent_text(high)}; 100 % is all alike: the plain mean); the largest is "
        f"{found['largest_over_uniform'][1]:.2f} times an equal share."
    )
    if found["agreement"] is None:
        return f"{said} No patient was tested twice, so that nothing is known of another fit."
    shuffled = "" if not null or null["agreement"] is None else f"; {_r(null['agreement'])} with {NULL}"
    return (
        f"{said} Two fits that tested the same patient order his instances with a rank correlation of {_r(found['agreement'])} (mean over "
        f"{found['compared']} pairs of fits{shuffled}): 0 is no agreement, 1 the same order. Where it is near 0, which slide a map of the weights points to "
        f"is an accident of the fit."
    )


def _r(value: float) -> str:
    """Two decimals, a true minus sign, and none before 0.00."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", MINUS)


def _x(value: float) -> str:
    return percent(SHARE.share(value))
