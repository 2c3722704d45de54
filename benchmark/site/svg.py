"""A small writer of SVG: positions across in per cent and down in pixels, so that a figure grows with the page and its text does not.

Curves lie in a nested drawing that is stretched (its strokes are not); marks and text lie outside of it and keep their shape.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from benchmark.site.axis import Axis

GRAIN = 1000  # units of the nested drawing, either way


def number(value: float) -> str:
    """A coordinate with one decimal where it needs one."""
    return f"{round(value, 1) + 0.0:g}"


def percent(share: float) -> str:
    """A share of the width as a position across: ``0.253`` → ``25.3%``."""
    return f"{number(100 * share)}%"


def span(axis: Axis, low: float, high: float, y: float, class_: str) -> list[str]:
    """An interval as a line at height ``y`` (pixels); where the axis cuts it, an arrow head says that it goes on."""
    ends = {"x1": percent(axis.share(low)), "x2": percent(axis.share(high)), "y1": number(y), "y2": number(y)}
    return [element("line", **ends, class_=class_), *cuts(axis, low, high, y, class_)]


def cuts(axis: Axis, low: float, high: float, y: float, class_: str) -> list[str]:
    """An arrow head at each end of the axis beyond which the interval goes on."""
    heads = [("0%", "M7-4L1 0l6 4")] if low < axis.low else []
    heads += [("100%", "M-7-4L-1 0l-6 4")] if high > axis.high else []
    return [f'<svg class="cut" x="{x}" y="{number(y)}">{element("path", d=d, class_=class_)}</svg>' for x, d in heads]


def route(points: Iterable[tuple[int, int]]) -> str:
    """A line through points of whole numbers as the data of a path, each step relative to the last: a fraction of the characters of a list of points."""
    parts: list[str] = []
    here = None
    for point in points:
        if here is None:
            parts.append(f"M{point[0]} {point[1]}")
        elif point != here:
            across, down = point[0] - here[0], point[1] - here[1]
            parts.append(f"h{across}" if not down else f"v{down}" if not across else f"l{across}{' ' if down > 0 else ''}{down}")
        here = point
    return "".join(parts)


def element(name: str, content: str | None = None, **attributes: object) -> str:
    """One element; ``class_`` is ``class``, other underscores become dashes, content is escaped."""
    inside = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items() if value is not None)
    return f"<{name}{inside}/>" if content is None else f"<{name}{inside}>{escape(content)}</{name}>"


@dataclass
class Drawing:
    """A figure with one plotting area.

    Args:
        x, y: the axes; ``y`` runs upwards.
        height: of the plotting area, pixels.
        left, right: margins, per cent of the width.
        top, bottom: margins, pixels.
    """

    x: Axis
    y: Axis
    height: int = 240
    left: float = 11.0
    right: float = 2.0
    top: int = 24
    bottom: int = 40
    under: list[str] = field(default_factory=list)
    curves: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)

    def at(self, value: float) -> str:
        """Across, in per cent of the figure."""
        return f"{number(self.left + (100 - self.left - self.right) * self.x.share(value))}%"

    def down(self, value: float) -> float:
        """Down, in pixels."""
        return self.top + self.height * (1 - self.y.share(value))

    def route(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        """A line through values, as the data of a path in the nested drawing."""
        return route((round(GRAIN * self.x.share(x)), round(GRAIN * (1 - self.y.share(y)))) for x, y in zip(xs, ys, strict=True))

    def curve(self, xs: Sequence[float], ys: Sequence[float | None], class_: str) -> None:
        """A line through the points that exist."""
        known = [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None]
        if known:
            self.curves.append(element("path", d=self.route(*zip(*known, strict=True)), class_=f"curve {class_}"))

    def band(self, xs: Sequence[float], low: Sequence[float | None], high: Sequence[float | None], class_: str) -> None:
        """What lies between two lines, behind all curves, where both exist."""
        known = [(x, below, above) for x, below, above in zip(xs, low, high, strict=True) if below is not None and above is not None]
        if known:
            there, below, above = zip(*known, strict=True)
            outline = self.route([*there, *reversed(there)], [*below, *reversed(above)])
            self.curves.insert(0, element("path", d=f"{outline}z", class_=f"band {class_}"))

    def rule(self, x: float | None = None, y: float | None = None, class_: str = "grid") -> None:
        """A line over the whole area: upright at ``x`` or level at ``y``."""
        if x is not None:
            at = self.at(x)
            self.under.append(element("line", x1=at, x2=at, y1=self.top, y2=self.top + self.height, class_=class_))
        if y is not None:
            level = number(self.down(y))
            ends = f"{number(self.left)}%", f"{number(100 - self.right)}%"
            self.under.append(element("line", x1=ends[0], x2=ends[1], y1=level, y2=level, class_=class_))

    def segment(self, x: tuple[float, float], y: tuple[float, float], class_: str) -> None:
        ends = {"x1": self.at(x[0]), "x2": self.at(x[1]), "y1": number(self.down(y[0])), "y2": number(self.down(y[1]))}
        self.over.append(element("line", **ends, class_=class_))

    def dot(self, x: float, y: float, class_: str, r: float = 3.5) -> None:
        self.over.append(element("circle", cx=self.at(x), cy=number(self.down(y)), r=r, class_=class_))

    def label(self, text: str, x: float, y: float, class_: str = "label", anchor: str = "start", dx: float = 0, dy: float = 4) -> None:
        place = {"x": self.at(x), "y": number(self.down(y)), "dx": number(dx), "dy": number(dy)}
        self.over.append(element("text", text, **place, class_=class_, text_anchor=anchor))

    def frame(self, x_title: str, y_title: str) -> None:
        """Grid, tick labels and titles of both axes."""
        for tick in self.y.ticks:
            self.rule(y=tick)
            at = {"x": f"{number(self.left)}%", "y": number(self.down(tick)), "dx": "-6", "dy": "4"}
            self.under.append(element("text", self.y.text(tick), **at, class_="tick", text_anchor="end"))
        base = self.top + self.height
        for tick in self.x.ticks:
            self.rule(x=tick)
            self.under.append(element("text", self.x.text(tick), x=self.at(tick), y=base + 16, class_="tick", text_anchor="middle"))
        middle = f"{number(self.left + (100 - self.left - self.right) / 2)}%"
        self.under.append(element("text", x_title, x=middle, y=base + 34, class_="axis-title", text_anchor="middle"))
        self.under.append(element("text", y_title, x=f"{number(self.left)}%", y=self.top - 10, class_="axis-title"))

    def svg(self, title: str, description: str) -> Markup:
        """The figure, with its name and its text alternative."""
        total = self.top + self.height + self.bottom
        nested = (
            f'<svg x="{number(self.left)}%" y="{self.top}" width="{number(100 - self.left - self.right)}%" height="{self.height}" '
            f'viewBox="0 0 {GRAIN} {GRAIN}" preserveAspectRatio="none">{"".join(self.curves)}</svg>'
        )
        inside = "".join([element("title", title), element("desc", description), *self.under, nested if self.curves else "", *self.over])
        return Markup(f'<svg class="figure" role="img" width="100%" height="{total}">{inside}</svg>')
