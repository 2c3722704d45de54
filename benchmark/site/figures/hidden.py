"""The hidden layer of a classifier on two axes, each test patient marked by whether he was called right (S2's UMAP, by principal components)."""

from collections import Counter
from collections.abc import Sequence

from markupsafe import Markup, escape

from benchmark.site.axis import Axis
from benchmark.site.figures.curves import panels
from benchmark.site.svg import Drawing, element, number
from benchmark.site.words import Json, percent_text, plural

CAUTION = (
    "A picture that proves nothing: the layer was trained to pull the classes apart and two axes show a part of it. Patients near the border are called wrong "
    "because calls change there. Another fold has other axes."
)
BIG, SMALL = 5.0, 3.0  # pixels: of two classes the patients of the second are drawn larger


def hidden(projections: Sequence[Json]) -> Markup:
    """One panel for each fold; nothing without one."""
    if not projections:
        return Markup("")
    drawn = [(f"Hidden layer, division {item['repeat'] + 1}, fold {item['fold'] + 1}", _panel(item)) for item in projections]
    return _key(projections[0]["classes"]) + panels(drawn) + Markup(f'<p class="warning">{escape(CAUTION)}</p>')


def hidden_rows(projections: Sequence[Json]) -> tuple[Sequence[str], list[list[object]]]:
    """The table behind the panels: the points of each fold by their coordinates, without ids."""
    rows: list[list[object]] = [
        [item["repeat"], item["fold"], x, y, item["classes"][code], "right" if right else "wrong"]
        for item in projections
        for x, y, code, right in item["points"]
    ]
    return ("repeat", "fold", "first_axis", "second_axis", "class", "called"), rows


def _panel(item: Json) -> Markup:
    points = item["points"]
    drawing = Drawing(Axis.around([x for x, *_ in points], 6), Axis.around([y for _, y, *_ in points], 6), height=280)
    for point in sorted(points, key=lambda point: (not point[3], point[2] > 0)):  # the many that are right and of the first class first
        _mark(drawing, point, two=len(item["classes"]) == 2)
    first, second = item["explained"]
    drawing.frame(f"first axis, {percent_text(first)} of the variance", f"second axis, {percent_text(second)}")
    said = _said(item)
    return drawing.svg("Hidden layer of test patients on two axes", said) + Markup(f'<p class="said">{escape(said)}</p>')


def _mark(drawing: Drawing, point: Sequence[float], *, two: bool) -> None:
    """A filled circle for a right call, an orange cross for a wrong one."""
    x, y, code, right = point
    large = two and code > 0
    if right:
        drawing.dot(x, y, "f1" if large else "f1 faint", BIG if large else SMALL)
        return
    style = f"font-size:{20 if large else 13}px;font-weight:{700 if large else 400}"
    place = {"x": drawing.at(x), "y": number(drawing.down(y)), "dy": "0.35em"}
    drawing.over.append(element("text", "×", **place, class_="t2", text_anchor="middle", style=style))


def _said(item: Json) -> str:
    points, classes = item["points"], item["classes"]
    counts = Counter(classes[code] for _, _, code, _ in points)
    right, most = sum(hit for *_, hit in points), counts.most_common(1)[0]
    rule = "at the training part's share of positives, as on the boards" if len(classes) == 2 else "the most probable class"
    absent = "" if item["tested"] == len(points) else f" of {item['tested']} tested, the others lack what it reads"
    return (
        f"{plural(len(points), 'test patient')}{absent}: {', '.join(f'{name} {counts[name]}' for name in classes)}. Called right ({rule}): {right}; "
        f"balanced accuracy {item['balanced_accuracy']:.2f} in this fold; calling everybody {most[0]} is right for {most[1]}, balanced {1 / len(counts):.2f}. "
        f"Axes: principal components of the {item['units']} units over the training part, in its SDs along the first."
    )


def _key(classes: Sequence[str]) -> Markup:
    larger = f'<li class="muted">large: {escape(classes[1])}, small: {escape(classes[0])}</li>' if len(classes) == 2 else ""
    return Markup(
        f'<ul class="legend"><li><b style="color:var(--c1)">●</b> called right</li><li><b style="color:var(--c2)">×</b> called wrong</li>{larger}</ul>'
    )
