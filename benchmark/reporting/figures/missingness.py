"""Which modalities patients have together, and what is not known of those who have them."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from benchmark.cohorts import Cohort, patients_of
from benchmark.reporting.figures.scene import Table

FEW = 60  # columns: of wider blocks (genes, features) only the mean share is told


@dataclass(frozen=True)
class Missingness:
    """What is there.

    Attributes:
        blocks: modality blocks of the cohort, by how many patients have them.
        present: patients with each block.
        patterns: which blocks a patient has → how many patients, the most frequent first.
        columns: block, column and share of the block's rows in which it is missing; of blocks with many columns one row with the mean.
        outcomes: patients of whom an outcome is known.
    """

    HOW: ClassVar[str] = (
        "Patients by the combination of modalities that they have, and, among the rows of a modality, the share in which a column is missing. "
        "Counts of patients only."
    )
    patients: int
    blocks: tuple[str, ...]
    present: dict[str, int]
    patterns: tuple[tuple[tuple[bool, ...], int], ...]
    columns: tuple[tuple[str, str, float], ...]
    outcomes: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return {
            "patients": self.patients,
            "blocks": list(self.blocks),
            "present": self.present,
            "patterns": [{"has": list(has), "patients": count} for has, count in self.patterns],
            "columns": [{"block": block, "column": column, "missing": share} for block, column, share in self.columns],
            "outcomes": self.outcomes,
        }

    def table(self) -> Table:
        return Table((*self.blocks, "patients"), [(*map(int, has), count) for has, count in self.patterns])


def missingness(cohort: Cohort) -> Missingness:
    """Counts over all patients of a cohort."""
    ids = cohort.outcomes.index
    has = pd.DataFrame({name: ids.isin(patients_of(table)) for name, table in cohort.blocks.items()}, index=ids)
    blocks = tuple(map(str, has.sum().sort_values(ascending=False, kind="stable").index))
    counted = has[list(blocks)].value_counts(sort=False).reset_index()
    patterns = [(tuple(map(bool, row[:-1])), int(row[-1])) for row in counted.itertuples(index=False)]
    return Missingness(
        patients=len(ids),
        blocks=blocks,
        present={name: int(has[name].sum()) for name in blocks},
        patterns=tuple(sorted(patterns, key=lambda pattern: (-pattern[1], [not there for there in pattern[0]]))),
        columns=tuple(row for name in blocks for row in _columns(name, cohort.blocks[name])),
        outcomes={name: int(cohort.outcomes[cohort.columns_of(name)].notna().all(axis=1).sum()) for name in cohort.datasheet.outcomes},
    )


def _columns(name: str, table: pd.DataFrame) -> list[tuple[str, str, float]]:
    share = table.isna().mean()
    if len(share) > FEW:
        return [(name, f"mean over {len(share)} columns", float(share.mean()))]
    return [(name, str(column), float(value)) for column, value in share.items()]
