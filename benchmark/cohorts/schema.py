"""What a replica is made from: the aggregates of a real cohort, never a row of it.

``python -m benchmark.cohorts.schemas NAME`` writes ``schemas/NAME.json`` anew from the real cohort, which must be at hand.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.cohorts.cohort import Cohort, patients_of
from benchmark.errors import InputError

SCHEMAS = Path(__file__).parent / "schemas"
QUANTILES = tuple(range(5, 100, 5))


def schema_path(name: str) -> Path:
    """Where the schema of a cohort is kept: package data."""
    return SCHEMAS / f"{name}.json"


def load_schema(name: str) -> dict[str, Any]:
    """The committed schema of a cohort.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = schema_path(name)
    try:
        schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: no readable schema; write it with 'python -m benchmark.cohorts.schemas {name}' where the real data are"
        ) from error
    return schema


def describe(cohort: Cohort) -> dict[str, Any]:
    """The aggregates of a cohort.

    Returns:
        ``datasheet`` (without the files' digests), ``patients``, ``patterns`` (which blocks patients have together →
        how many), ``blocks`` (column → see :func:`describe_column`), ``instances`` (bag → number of instances → patients),
        ``outcomes`` (known, events, and the quantiles 5, 10, …, 95 % of follow-up in the datasheet's unit, by the reverse
        Kaplan-Meier estimator; or levels with counts), ``splits`` (published split → the block whose patients it is closest to, its
        patients, and the size of the parts of every fold).
    """
    have = pd.DataFrame({name: cohort.outcomes.index.isin(patients_of(table)) for name, table in cohort.blocks.items()})
    have.index = cohort.outcomes.index
    bags = {name: table for name, table in cohort.blocks.items() if cohort.datasheet.blocks[name].bag}
    survival = [name for name in cohort.datasheet.outcomes if name not in cohort.outcomes]
    patterns = have.apply(lambda row: "+".join(sorted(have.columns[row])), axis=1).value_counts()
    return {
        "datasheet": cohort.datasheet.model_dump(mode="json", exclude={"files", "truth", "published"}),
        "patients": len(cohort.outcomes),
        "patterns": {str(pattern): int(count) for pattern, count in sorted(patterns.items())},
        "blocks": {name: {column: describe_column(table[column]) for column in table} for name, table in cohort.blocks.items()},
        "instances": {name: _instances(table) for name, table in bags.items()},
        "outcomes": {
            name: _follow_up(cohort.outcomes, name) if name in survival else describe_column(cohort.outcomes[name])
            for name in cohort.datasheet.outcomes
        },
        "splits": {str(name): _sizes(rows, have) for name, rows in cohort.splits.groupby("split")},
    }


def describe_column(column: pd.Series) -> Any:
    """A category: its levels with counts; a 0/1 column: how many ones; a number: ``[mean, SD, missing, shape]``.

    The shape is ``count`` (whole numbers, not negative), ``lognormal`` (positive and wide), or ``normal``.
    """
    missing = int(column.isna().sum())
    if isinstance(column.dtype, pd.CategoricalDtype):
        counts = column.value_counts().reindex(column.cat.categories)
        return {
            "levels": {str(level): int(count) for level, count in counts.items()},
            "ordered": bool(column.cat.ordered),
            "missing": missing,
        }
    if column.dtype == "int8":
        return int(column.sum())
    values = column.dropna()
    mean, sd = float(values.mean()), float(values.std())
    shape = "lognormal" if values.min() > 0 and sd > mean / 5 else "normal"
    if (values % 1 == 0).all() and (values >= 0).all():
        shape = "count"
    if shape == "lognormal":
        return [float(f"{mean:.4g}"), float(f"{sd:.4g}"), missing, shape]  # however small: it is a scale, not rounding around zero
    return [_short(mean), _short(sd), missing, shape]


def dump(schema: dict[str, Any]) -> str:
    """JSON with one line per column: compact, and readable as a diff."""
    text = {key: json.dumps(value, ensure_ascii=False) for key, value in schema.items() if key != "blocks"}
    blocks = []
    for name, columns in schema["blocks"].items():
        lines = ",\n".join(f"{json.dumps(column)}:{json.dumps(spec, separators=(',', ':'))}" for column, spec in columns.items())
        blocks.append(f"{json.dumps(name)}:{{\n{lines}}}")
    head = ",\n".join(f"{json.dumps(key)}:{value}" for key, value in text.items())
    return f'{{{head},\n"blocks":{{{",".join(blocks)}}}}}\n'


def _follow_up(outcomes: pd.DataFrame, name: str) -> dict[str, Any]:
    from sksurv.nonparametric import kaplan_meier_estimator  # slow to import, and every command opens cohorts

    known = outcomes[outcomes[f"{name}_event"].notna()]
    event = known[f"{name}_event"].to_numpy(bool)
    times, still = kaplan_meier_estimator(~event, known[f"{name}_time"].to_numpy(float))
    ended = 1 - still
    quantiles = [float(times[min(int(np.searchsorted(ended, share / 100)), len(times) - 1)]) for share in QUANTILES]
    return {"known": len(known), "events": int(event.sum()), "follow_up": [_short(value, 3) for value in quantiles]}


def _instances(table: pd.DataFrame) -> dict[str, int]:
    counts = patients_of(table).value_counts().value_counts().sort_index()
    return {str(number): int(patients) for number, patients in counts.items()}


def _sizes(rows: pd.DataFrame, have: pd.DataFrame) -> dict[str, Any]:
    members = have.index.isin(rows["patient_id"].unique())
    overlap = {str(name): float((have[name] & members).sum() / (have[name] | members).sum()) for name in have}
    parts = rows.groupby(["repeat", "fold"])["role"].value_counts().unstack(fill_value=0).reindex(columns=["valid", "test"], fill_value=0)
    folds = [[int(repeat), int(fold), int(valid), int(test)] for (repeat, fold), valid, test in parts.itertuples()]
    return {"block": max(overlap, key=lambda name: overlap[name]), "patients": int(members.sum()), "folds": folds}


def _short(value: float, digits: int = 4) -> float:
    return 0.0 if abs(value) < 1e-6 else float(f"{value:.{digits}g}")
