"""Where a value stands on an axis, and where its ticks are."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000)


@dataclass(frozen=True)
class Axis:
    """A linear axis from ``low`` to ``high`` with its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def around(cls, values: Iterable[float], most: int = 6) -> "Axis":
        """An axis that holds the values and ends a little beyond them, with at most ``most`` ticks."""
        found = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        low, high = min(found), max(found)
        room = 0.03 * (high - low or 1.0)
        low, high = low - room, high + room
        step = next((step for step in STEPS if (high - low) / step <= most), (high - low) / most)
        first = math.ceil(low / step - 1e-9)
        ticks = tuple(round(k * step, 10) for k in range(first, math.floor(high / step + 1e-9) + 1))
        return cls(low, high, ticks)

    @classmethod
    def of(cls, low: float, high: float, ticks: Iterable[float]) -> "Axis":
        """An axis with given ends."""
        return cls(low, high, tuple(ticks))

    def share(self, value: float) -> float:
        """Where a value stands, 0 at the low end and 1 at the high end; beyond the ends it stays at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def text(self, tick: float) -> str:
        """A tick as it is printed, with as many decimals as its neighbours need."""
        decimals = max((len(f"{value:g}".partition(".")[2]) for value in self.ticks), default=0)
        return f"{tick:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")
