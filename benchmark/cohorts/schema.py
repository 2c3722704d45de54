"""What a replica is made from: the aggregates of a real cohort, never a row of it.

``python -m benchmark.cohorts.schemas NAME`` writes ``schemas/NAME.json`` anew from the real cohort, which must be at hand.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sksurv.nonparametric import kaplan_meier_estimator

from benchmark.cohorts.cohort import Cohort
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
        how many), ``blocks`` (column → see :func:`describe_column`), ``outcomes`` (known, events, and the quantiles
        5, 10, …, 95 % of follow-up in the datasheet's unit, by the reverse Kaplan-Meier estimator).
    """
    have = pd.DataFrame({name: cohort.outcomes.index.isin(table.index) for name, table in cohort.blocks.items()})
    patterns = have.apply(lambda row: "+".join(sorted(have.columns[row])), axis=1).value_counts()
    return {
        "datasheet": cohort.datasheet.model_dump(mode="json", exclude={"files", "truth"}),
        "patients": len(cohort.outcomes),
        "patterns": {str(pattern): int(count) for pattern, count in sorted(patterns.items())},
        "blocks": {name: {column: describe_column(table[column]) for column in table} for name, table in cohort.blocks.items()},
        "outcomes": {name: _follow_up(cohort.outcomes, name) for name in cohort.datasheet.outcomes},
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
    known = outcomes[outcomes[f"{name}_event"].notna()]
    event = known[f"{name}_event"].to_numpy(bool)
    times, still = kaplan_meier_estimator(~event, known[f"{name}_time"].to_numpy(float))
    ended = 1 - still
    quantiles = [float(times[min(int(np.searchsorted(ended, share / 100)), len(times) - 1)]) for share in QUANTILES]
    return {"known": len(known), "events": int(event.sum()), "follow_up": [_short(value, 3) for value in quantiles]}


def _short(value: float, digits: int = 4) -> float:
    return 0.0 if abs(value) < 1e-6 else float(f"{value:.{digits}g}")
