"""Kaplan-Meier curves of patients whom a model ranks low and high."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from benchmark.site.axis import Axis
from benchmark.site.figures.choice import Shown
from benchmark.site.figures.curves import panels, years
from benchmark.site.svg import Drawing
from benchmark.site.words import Json, p_equals, signed

GROUPS = (("low", 1), ("high", 2))  # group → colour


def kaplan_meier(shown: Sequence[Shown], data: Json) -> Markup:
    """A panel for each model: two curves with bands, number at risk, log-rank."""
    found = [(one.label, _panel(data, data["models"][one.place])) for one in shown if data["models"][one.place]]
    return panels(found)


def _panel(data: Json, model: Json) -> Markup:
    scale, unit = years(data["unit"])
    times, ticks = [time / scale for time in data["times"]], [round(time / scale, 2) for time in data["ticks"]]
    drawing = Drawing(Axis.of(0, max(*times, *ticks), ticks), Axis.of(0, 1, (0, 0.25, 0.5, 0.75, 1)), height=210)
    above = max(GROUPS, key=lambda group: _last(model[group[0]]["survival"]))[0]
    for name, colour in GROUPS:
        group = model[name]
        xs, survival = _steps(times, group["survival"])
        drawing.band(*_steps_of_band(times, group["lower"], group["upper"]), f"f{colour}")
        drawing.curve(xs, survival, f"s{colour}")
        drawing.label(f"{name} risk", xs[-1], survival[-1], f"t{colour}", "end", dy=-6 if name == above else 15)
    drawing.frame(unit, "free of the event")
    heads = "".join(f'<th scope="col">{drawing.x.text(tick)}</th>' for tick in ticks)
    lines = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{count:.0f}</td>" for count in model[name]["at_risk"])}</tr>' for name, _ in GROUPS
    )
    table = (
        f'<table class="atrisk"><caption>At risk, mean over the repeats</caption><tr><th scope="col">{unit}</th>{heads}</tr>{lines}</table>'
    )
    at, said = model["at_horizon"], ""
    if at and None not in (at["difference"], *at["interval"]):
        said = f" At {at['time'] / scale:.3g} {unit}: low − high {signed(at['difference'], at['interval'])}."
    text = f"Log-rank, stratified by fold: {p_equals(model['p']) if model['p'] is not None else 'no test'}.{said}"
    return drawing.svg("Kaplan-Meier by predicted risk", text) + Markup(f'{table}<p class="said">{escape(text)}</p>')


def _steps_of_band(
    times: Sequence[float], lower: Sequence[float | None], upper: Sequence[float | None]
) -> tuple[list[float], list[float], list[float]]:
    """Both limits where both exist, as corners."""
    known = [k for k, pair in enumerate(zip(lower, upper, strict=True)) if None not in pair]
    kept = [times[k] for k in known]
    xs, low = _steps(kept, [lower[k] for k in known])
    return xs, low, _steps(kept, [upper[k] for k in known])[1]


def _last(values: Sequence[float | None]) -> float:
    return [value for value in values if value is not None][-1]


def _steps(times: Sequence[float], values: Sequence[float | None]) -> tuple[list[float], list[float]]:
    """A step function as the corners of its line; it ends where the estimate does."""
    known = [(time, value) for time, value in zip(times, values, strict=True) if value is not None]
    if not known:
        return [], []
    xs, ys = [known[0][0]], [known[0][1]]
    for time, value in known[1:]:
        xs += [time, time]
        ys += [ys[-1], value]
    return xs, ys
