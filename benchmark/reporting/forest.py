"""A forest plot in a line of text: an estimate with its interval on an axis that all lines share."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ESTIMATE, LINE, LOW, HIGH, MARK = "●", "─", "├", "┤", "┊"
STEP = 0.05  # axis ends are multiples of it


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high`` in ``width`` characters."""

    low: float
    high: float
    width: int

    @classmethod
    def around(cls, values: Iterable[float | None], width: int) -> "Axis":
        """The shortest axis with round ends that holds all values; those that do not exist are left out."""
        known = [value for value in values if value is not None and math.isfinite(value)] or [0.0]
        low, high = math.floor(min(known) / STEP + 1e-9) * STEP, math.ceil(max(known) / STEP - 1e-9) * STEP
        return cls(low, high if high > low else low + STEP, width)

    def place(self, value: float) -> int:
        """The character that stands for a value; one beyond an end is put at that end."""
        share = (value - self.low) / (self.high - self.low)
        return min(self.width - 1, max(0, round(share * (self.width - 1))))

    @property
    def title(self) -> str:
        """Both ends, as far apart as the axis is wide."""
        low, high = f"{self.low:.2f}", f"{self.high:.2f}"
        return low + high.rjust(self.width - len(low))

    def draw(self, estimate: float | None, interval: tuple[float, float] | None, marks: Mapping[float, str] | None = None) -> str:
        """The line: marks first (value → character), over them the interval, over that the estimate."""
        cells = [" "] * self.width
        for value, sign in (marks or {}).items():
            cells[self.place(value)] = sign
        if interval is not None:
            first, last = (self.place(limit) for limit in interval)
            cells[first : last + 1] = [LOW, *LINE * (last - first - 1), HIGH] if last > first else [LINE]
        if estimate is not None:
            cells[self.place(estimate)] = ESTIMATE
        return "".join(cells)
