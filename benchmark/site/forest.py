"""The forest plot of a board: one drawing for each row of its table and one for its head, all on the same axis.

A row of the table is a row of the plot, so both can be sorted and filtered, and the text beside it is its text alternative.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from benchmark.site.axis import Axis
from benchmark.site.svg import element, number, percent, span
from benchmark.site.words import Json, elsewhere

COIN = 0.5
ROW, HEAD = 26, 46  # pixels
ROOM = 0.45  # of the width: what a band needs to carry its name
BEHIND = "behind"  # id of the drawing that every row repeats


@dataclass(frozen=True)
class Forest:
    """The axis and the bands of a board.

    Attributes:
        axis: of the primary metric.
        reference: estimate of the reference, or ``None`` where it has no run.
        fitted, retrained: the smallest differences to it that would show with 80 % power.
    """

    axis: Axis
    reference: float | None
    fitted: float | None
    retrained: float | None

    @classmethod
    def of(cls, board: Json) -> "Forest":
        entries = board["entries"]
        reference = next((entry["estimate"] for entry in entries if entry["model"] == board["reference"]), None)
        fitted, retrained = board["minimal_detectable_difference"], board["minimal_detectable_difference_retrained"]
        ends = [value for entry in entries for value in entry["interval"]]
        wide = max(filter(None, (fitted, retrained)), default=0.0)
        bands = [] if reference is None else [max(reference - wide, min(ends)), min(1.0, reference + wide)]
        return cls(Axis.around([*ends, COIN, *bands], 7), reference, fitted, retrained)

    @property
    def cut(self) -> bool:
        """Whether a band goes on beyond an end of the axis."""
        wide = max(filter(None, (self.fitted, self.retrained)), default=0.0)
        return self.reference is not None and (self.reference - wide < self.axis.low or self.reference + wide > self.axis.high)

    def head(self) -> Markup:
        """Ticks, brackets that name the bands, and what lies behind every row, drawn once."""
        behind = [*self._bands(), *(self._upright(tick, "grid") for tick in self.axis.ticks), self._upright(COIN, "coin")]
        if self.reference is not None:
            behind.append(self._upright(self.reference, "reference-line"))
        parts = [f'<defs><g id="{BEHIND}">{"".join(behind)}</g></defs>']
        parts += [self._text(tick, HEAD - 6, self.axis.text(tick), "tick") for tick in self.axis.ticks]
        for wide, y, name in ((self.retrained, 9, "trained again"), (self.fitted, 23, "as fitted")):
            if wide is not None and self.reference is not None:
                parts += self._bracket(wide, y, f"±{wide:.2f} {name}")
        return _svg(parts, HEAD)

    def row(self, entry: Json, kind: str) -> Markup:
        """One model: its interval and its estimate; ``kind`` is reference, leading, behind or floor."""
        low, high = entry["interval"]
        whisker = span(self.axis, low, high, ROW / 2, f"whisker {kind}")
        mark = element("circle", cx=self._x(entry["estimate"]), cy=number(ROW / 2), r=4.5, class_=f"mark {kind}")
        return _svg([f'<use href="#{BEHIND}"/>', *whisker, mark], ROW)

    def _bands(self) -> list[str]:
        if self.reference is None:
            return []
        return [self._band(wide, name) for wide, name in ((self.retrained, "wide"), (self.fitted, "narrow")) if wide is not None]

    def _band(self, wide: float, name: str) -> str:
        left, right = (self.axis.share(float(self.reference or 0) + side * wide) for side in (-1, 1))
        return element("rect", x=percent(left), width=percent(right - left), y=0, height="100%", class_=f"zone {name}")

    def _bracket(self, wide: float, y: int, name: str) -> list[str]:
        """A line over the band with a foot at each end, an arrow head where the axis cuts it, and its name on it, or beside it where it is short."""
        at = float(self.reference or 0)
        left, right = self.axis.share(at - wide), self.axis.share(at + wide)
        line = span(self.axis, at - wide, at + wide, y, "bracket")
        feet = [percent(self.axis.share(end)) for end in (at - wide, at + wide) if self.axis.low <= end <= self.axis.high]
        ends = [element("line", x1=x, x2=x, y1=y - 3, y2=y + 3, class_="bracket") for x in feet]
        if right - left > ROOM:
            text = element("text", name, x=percent((left + right) / 2), y=y, dy=4, class_="bracket-name", text_anchor="middle")
        elif right < 0.5:
            text = element("text", name, x=percent(right), y=y, dx=6, dy=4, class_="bracket-name")
        else:
            text = element("text", name, x=percent(left), y=y, dx=-6, dy=4, class_="bracket-name", text_anchor="end")
        return [*line, *ends, text]

    def _upright(self, value: float, class_: str) -> str:
        return element("line", x1=self._x(value), x2=self._x(value), y1=0, y2="100%", class_=class_)

    def _text(self, value: float, y: int, text: str, class_: str) -> str:
        return element("text", text, x=self._x(value), y=y, class_=class_, text_anchor="middle")

    def _x(self, value: float) -> str:
        return percent(self.axis.share(value))


def kind_of(board: Json, entry: Json) -> str:
    """How a model is marked: leak (it was shown the label), reference, floor (it sees no patient), leading (tier 1) or behind."""
    if entry["leak"]:
        return "leak"
    if entry["model"] == board["reference"]:
        return "reference"
    if not entry["modalities"] and not elsewhere(entry):
        return "floor"
    return "leading" if entry["tier"] == 1 else "behind"


def _svg(parts: Sequence[str], height: int) -> Markup:
    return Markup(f'<svg class="forest" aria-hidden="true" width="100%" height="{height}">{"".join(parts)}</svg>')
