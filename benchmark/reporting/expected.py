"""What a run of a task leaves for an endpoint: every fold, and of each that did not fail every test patient once."""

from dataclasses import dataclass
from itertools import zip_longest

import pandas as pd

from benchmark.records import Record, Split
from benchmark.reporting.provenance import KEY, outputs_of
from benchmark.scoring import expected_rows
from benchmark.tasks import Task

Row = tuple[int, int, str]  # repeat, fold, patient


@dataclass(frozen=True)
class Expected:
    """What a record must hold to be compared with others, or to be said to be the same as another."""

    splits: tuple[Split, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, task: Task, protocol: str, endpoint: str) -> "Expected":
        """From the folds and the patients of today."""
        return cls(tuple(task.splits(protocol)), task.outputs(endpoint), tuple(_rows(expected_rows(task, protocol, endpoint))))

    def misfit(self, record: Record) -> str | None:
        """The first thing in which a record is not that, in words that name no patient and repeat no text of the record; ``None`` where it is."""
        said = {(fold["repeat"], fold["fold"]) for fold in record.info["folds"]}
        if odd := sorted(said ^ set(self.splits)):
            place = f"repeat {odd[0][0]}, fold {odd[0][1]}"
            return (
                f"{place} is in run.json and no fold of the protocol" if odd[0] in said else f"{place} of the protocol is not in run.json"
            )
        if tuple(outputs_of(record.predictions)) != self.outputs:
            return f"the columns of its predictions are not {', '.join(self.outputs)}"
        failed = set(record.failed)
        due = (row for row in self.rows if row[:2] not in failed)
        for pair in zip_longest(_rows(record.predictions), due):
            if pair[0] != pair[1]:
                repeat, fold, _ = min(row for row in pair if row is not None)
                return f"repeat {repeat}, fold {fold}: its rows are not the test patients of that fold, each of them once"
        return None


def _rows(table: pd.DataFrame) -> list[Row]:
    """What a table has a prediction for, sorted; as a run writes it, it is sorted already."""
    return sorted(zip(*(table[name].tolist() for name in KEY), strict=True))
