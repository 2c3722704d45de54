"""Tables as CSV, the numbers behind a figure."""

import csv
import io
from collections.abc import Iterable, Sequence


def csv_bytes(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table; numbers with five significant digits, nothing where there is no value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.5g}"
    return "+".join(str(_cell(item)) for item in value) if isinstance(value, list | tuple) else value
