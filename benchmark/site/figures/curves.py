"""Figures of curves: ROC, precision and recall, AUC over time, calibration, net benefit."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from benchmark.site.axis import Axis
from benchmark.site.figures.choice import Shown, legend
from benchmark.site.svg import Drawing
from benchmark.site.words import Json, estimate, signed

SHARE = Axis.of(0, 1, (0, 0.25, 0.5, 0.75, 1))
DAYS = 365.25  # in a year
BANDS = 2  # how many models have their band drawn; more cannot be told apart by eye


def roc(shown: Sequence[Shown], item: Json) -> Markup:
    """Within-fold ROC curves of one class."""
    drawing = Drawing(SHARE, SHARE, height=300)
    drawing.curve((0, 1), (0, 1), "thin dash")
    xs = item["false_positive_rate"]
    for one in reversed(shown):
        model = item["models"][one.place]
        if one.colour <= BANDS:
            drawing.band(xs, model["tpr_lower"], model["tpr_upper"], f"f{one.colour}")
        drawing.curve(xs, model["tpr"], f"s{one.colour}")
    drawing.frame("false positive rate", "true positive rate")
    texts = [_value("AUC", item["models"][one.place]["auc"]) for one in shown]
    return legend(shown) + drawing.svg(f"ROC, {item['name']}", f"{_named(shown, texts)}. {item['positives']} positive.")


def precision_recall(shown: Sequence[Shown], item: Json) -> Markup:
    """Within-fold precision over recall of one class."""
    drawing = Drawing(SHARE, SHARE, height=300)
    prevalence = item["prevalence_within_folds"]
    drawing.curve((0, 1), (prevalence, prevalence), "thin dash")
    for one in reversed(shown):
        model = item["models"][one.place]
        if one.colour <= BANDS:
            drawing.band(item["recall"], model["precision_lower"], model["precision_upper"], f"f{one.colour}")
        drawing.curve(item["recall"], model["precision"], f"s{one.colour}")
    drawing.frame("recall", "precision")
    texts = [_value("average precision", item["models"][one.place]["average_precision"]) for one in shown]
    return legend(shown) + drawing.svg(
        f"Precision and recall, {item['name']}", f"{_named(shown, texts)}. Dashed: the share of positives, {prevalence:.2f}."
    )


def auc_over_time(shown: Sequence[Shown], data: Json) -> Markup:
    """Cumulative/dynamic AUC at each time, with its interval."""
    scale, unit = _years(data["unit"])
    times = [time / scale for time in data["times"]]
    kept = [data["models"][one.place] for one in shown]
    values = [value for model in kept for name in ("lower", "upper") for value in model[name] if value is not None]
    drawing = Drawing(Axis.around([0.0, *times], 7), Axis.around([0.5, *values], 6), height=260)
    drawing.rule(y=0.5, class_="coin")
    for one, model in reversed(list(zip(shown, kept, strict=True))):
        known = [k for k, value in enumerate(model["auc"]) if value is not None]
        xs = [times[k] for k in known]
        if one.colour <= BANDS:
            drawing.band(xs, [model["lower"][k] for k in known], [model["upper"][k] for k in known], f"f{one.colour}")
        drawing.curve(xs, [model["auc"][k] for k in known], f"s{one.colour}")
    drawing.frame(f"{unit} of follow-up", "AUC of events so far against those still free of one")
    last = len(times) - 1
    said = f"AUC from {times[0]:.1f} to {times[last]:.1f} {unit}; at the end {data['cases'][last]} had the event and {data['controls'][last]} were free of it."
    return legend(shown) + drawing.svg("AUC over time", said)


def calibration(shown: Sequence[Shown], item: Json) -> Markup:
    """Observed share over predicted probability."""
    known = [one for one in shown if (model := item["models"][one.place]) and model.get("predicted")]
    ends = [value for one in known for name in ("predicted", "upper") for value in item["models"][one.place][name] if value is not None]
    axis = Axis.around([0.0, *ends], 5)
    drawing = Drawing(axis, axis, height=300)
    drawing.curve((0, axis.high), (0, axis.high), "thin dash")
    kept, texts = [], []
    for one in known:
        model = item["models"][one.place]
        kept.append(one)
        texts.append(_slope(model))
        if one.colour <= BANDS:
            drawing.band(model["predicted"], model["lower"], model["upper"], f"f{one.colour}")
        drawing.curve(model["predicted"], model["observed"], f"s{one.colour}")
    drawing.frame("predicted probability", "observed share")
    return legend(kept, texts) + drawing.svg(
        f"Calibration, {item['name']}", _named(kept, texts) + ". On the dashed line, what is predicted is observed."
    )


def decision_curve(shown: Sequence[Shown], data: Json) -> Markup:
    """Net benefit over the threshold, with treating all and none."""
    last = sum(threshold <= max(0.5, 2 * data["prevalence"]) for threshold in data["thresholds"])
    thresholds = data["thresholds"][:last]
    kept = [data["models"][one.place] for one in shown]
    values = [value for model in kept for value in model["net_benefit"][:last] if value is not None]
    floor = -0.25 * max(values, default=0.1)
    drawing = Drawing(Axis.around(thresholds, 6), Axis.around([floor, *values, data["prevalence"]], 5), height=260)
    drawing.rule(y=0, class_="coin")
    reached = sum(value >= floor for value in data["treat_all"][:last])  # it falls all the way
    drawing.curve(thresholds[:reached], data["treat_all"][:reached], "thin dash")
    for one, model in reversed(list(zip(shown, kept, strict=True))):
        if one.colour <= BANDS:
            low, high = ([_above(floor, value) for value in model[name][:last]] for name in ("lower", "upper"))
            drawing.band(thresholds, low, high, f"f{one.colour}")
        drawing.curve(thresholds, [_above(floor, value) for value in model["net_benefit"][:last]], f"s{one.colour}")
    drawing.frame("threshold probability", "net benefit")
    extra = (("dash", "treat everybody"),)
    return legend(shown, extra=extra) + drawing.svg(
        "Decision curve", f"Net benefit of {_named(shown, [''] * len(shown))}; the level line at 0 is treating nobody."
    )


def panels(parts: Sequence[tuple[str, Markup]]) -> Markup:
    """Several drawings of one figure beside each other, each with its name."""
    if len(parts) == 1:
        return parts[0][1]
    inside = "".join(f"<div><h4>{escape(name)}</h4>{drawing}</div>" for name, drawing in parts)
    return Markup(f'<div class="panels">{inside}</div>')


def years(unit: str) -> tuple[float, str]:
    """What to divide times by, and the unit that they then have."""
    return _years(unit)


def _years(unit: str) -> tuple[float, str]:
    return (DAYS, "years") if unit.startswith("day") else (12.0, "years") if unit.startswith("month") else (1.0, unit)


def _above(floor: float, value: float | None) -> float | None:
    return None if value is None else max(floor, value)


def _slope(model: dict[str, Any]) -> str:
    if None in (
        model.get("slope"),
        model.get("intercept"),
        *(model.get("slope_interval") or [None]),
        *(model.get("intercept_interval") or [None]),
    ):
        return "slope not estimable"
    return f"slope {estimate(model['slope'], model['slope_interval'])}, intercept {signed(model['intercept'], model['intercept_interval'])}"


def _value(name: str, value: float | None) -> str:
    return f"no {name}" if value is None else f"{name} {value:.3f}"


def _named(shown: Sequence[Shown], texts: Sequence[str]) -> str:
    return "; ".join(f"{one.label} {text}".strip() for one, text in zip(shown, texts, strict=True))
