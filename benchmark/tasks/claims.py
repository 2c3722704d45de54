"""``claims.yaml``: the numbers that papers printed for a task, each with its table and row.

The file mirrors the papers: a list of tables, each a list of rows, one line per row. What all rows of a table share
(endpoint, protocol, part, n) stands at the table; a row that differs says so itself. ``printed`` maps a metric to

* a number,
* a list: one number per fold, in the paper's order,
* ``{value | per_fold | between, spread, interval, p_value}``; ``between`` is for a paper that prints a range in words.

Shares are fractions, also where the paper prints per cent. A row says how the benchmark can measure the same thing: a ``model``, or for what
describes patients ``counted``; or ``absent``: why nobody can from public data. ``load_claims`` returns one :class:`Claim` per number.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmark.errors import InputError, unknown
from benchmark.tasks.spec import Metric, TaskSpec, read_yaml

Finite = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=0)]
Part = Literal["train", "valid", "test"]

INFINITE = float("inf")
_UNIT = (*get_args(Metric), "f1", "precision", "recall", "specificity", "npv", "max_abs_correlation", "mean_abs_correlation", "share")
RANGES: dict[str, tuple[float, float]] = dict.fromkeys(_UNIT, (0.0, 1.0)) | dict.fromkeys(("count", "loss", "per_patient"), (0.0, INFINITE))
DESCRIPTIVE = ("count", "share", "per_patient")  # they describe the paper's patients, not a prediction

LABEL = re.compile(r"[a-z][a-z0-9_]*(?:\[([a-z0-9_]+=[^\[\],=]+(?:,[a-z0-9_]+=[^\[\],=]+)*)\])?")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Number(_Part):
    """One printed number; exactly one of ``value``, ``per_fold`` and ``between`` is given.

    Attributes:
        value: as printed.
        per_fold: one number per fold, in the paper's order.
        between: a range that the paper gives in words.
        spread: what stands after ± (the table's note says of what).
        interval: the printed interval, low and high.
        p_value: of the paper's test (the table's note says which, against what).
    """

    value: Finite | None = None
    per_fold: tuple[Finite, ...] = ()
    between: tuple[Finite, Finite] | None = None
    spread: Annotated[Finite, Field(ge=0)] | None = None
    interval: tuple[Finite, Finite] | None = None
    p_value: Share | None = None

    @model_validator(mode="before")
    @classmethod
    def number_or_list(cls, given: object) -> object:
        if isinstance(given, list):
            return {"per_fold": given}
        return given if isinstance(given, dict) else {"value": given}

    @model_validator(mode="after")
    def exactly_one_form(self) -> Self:
        if (self.value is not None) + bool(self.per_fold) + (self.between is not None) != 1:
            raise ValueError("needs exactly one of value, per_fold and between")
        return self

    @model_validator(mode="after")
    def ordered(self) -> Self:
        for pair in (self.between, self.interval):
            if pair is not None and pair[0] > pair[1]:
                raise ValueError(f"[{pair[0]}, {pair[1]}] is not low, high")
        if self.value is not None and self.interval is not None and not self.interval[0] <= self.value <= self.interval[1]:
            raise ValueError(f"{self.value} is outside its own interval")
        return self

    @property
    def numbers(self) -> tuple[float, ...]:
        """Everything on the metric's own scale."""
        one = () if self.value is None else (self.value,)
        return one + self.per_fold + (self.between or ()) + (self.interval or ())


class Paper(_Part):
    """A paper; ``url`` is ``None`` where it has no public address that we could verify."""

    citation: str = Field(min_length=1)
    url: Annotated[str, Field(pattern="^https://")] | None = None


class Counted(_Part):
    """How to count in the cohort what a paper counted in its patients.

    Attributes:
        blocks: the patients who have all these blocks; none: all patients.
        any_of: and one of these.
        known: and whose outcome of the row's endpoint is known.
        protocol: and who are eligible for this protocol of the task.
        part: and who have this role in it.
        level: and are of this class of the row's endpoint; a share is theirs among those without this condition.
        of: count the patients, or the instances, or the columns, of the first block.
    """

    blocks: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    known: bool = False
    protocol: str | None = None
    part: Part | None = None
    level: str | None = None
    of: Literal["patients", "instances", "columns"] = "patients"


class _Setting(_Part):
    """What a table says for all its rows, unless a row says otherwise.

    Attributes:
        endpoint: the task's endpoint; ``None`` where the task has none that is the paper's.
        protocol: the task's protocol that stands for the paper's design; ``None`` where none does.
        part: the patients that the number was measured on.
        n: how many they were (slides, where the metric counts slides).
        absent: why the number cannot be measured on public data; ``None`` where it can.
        positive: two classes: the one that precision, recall and F1 are about; ``None``: the endpoint's positive class.
        having: the number was measured on the patients who have one of these modalities; none: on all.
        note: contradictions, and what a reader must know. A row's note follows its table's.
        stand_in: what our model reads in the place of the paper's inputs, which are not public: it is measured and shown, and is no verdict.
    """

    endpoint: str | None = None
    protocol: str | None = None
    part: Part = "test"
    n: Count | None = None
    absent: str | None = None
    positive: str | None = None
    having: tuple[str, ...] = ()
    note: str = ""
    stand_in: str | None = None


class Row(_Setting):
    """A row of a table.

    Attributes:
        positives: how many of the n are of the positive class.
        model: the benchmark's label of the model that stands for the row; ``None`` where none does.
        against: the id of another row: this row's numbers are differences from that one's.
        counted: for numbers that describe patients: how to count them here.
    """

    id: str = Field(pattern="^[a-z][a-z0-9_]*$")
    row: str = Field(min_length=1)
    printed: dict[str, Number] = Field(min_length=1)
    positives: Count | None = None
    model: str | None = None
    against: str | None = None
    counted: Counted | None = None


class Table(_Setting):
    paper: str
    table: str = Field(min_length=1)
    rows: tuple[Row, ...] = Field(min_length=1)


class ClaimsFile(_Part):
    """The whole of ``claims.yaml``."""

    papers: dict[str, Paper] = Field(min_length=1)
    tables: tuple[Table, ...] = Field(min_length=1)


class Claim(Number):
    """One printed number with all that is known of it; the fields are those of :class:`Row`, :class:`Table` and :class:`Paper`.

    Attributes:
        id: ``<row id>.<metric>``.
        note: the table's, the caution of the task's protocol, the row's.
        remark: the row's own part of ``note``.
    """

    id: str
    paper: str
    citation: str
    url: str | None
    table: str
    row: str
    metric: str
    endpoint: str | None
    protocol: str | None
    part: Part
    n: int | None
    positives: int | None
    model: str | None
    against: str | None
    note: str
    absent: str | None = None
    positive: str | None = None
    having: tuple[str, ...] = ()
    counted: Counted | None = None
    stand_in: str | None = None
    remark: str = ""


def load_claims(folder: Path, spec: TaskSpec) -> tuple[Claim, ...]:
    """The claims of a task folder, in the file's order; empty where there is no ``claims.yaml``.

    Raises:
        InputError: not YAML; a key is unknown, missing or of the wrong type; an id twice; a metric, paper, endpoint,
            protocol or modality that does not exist; or a number outside its metric's range.
    """
    path = folder / "claims.yaml"
    if not path.exists():
        return ()
    file = read_yaml(path, ClaimsFile)
    rows: dict[str, Row] = {}
    for table in file.tables:
        if table.paper not in file.papers:
            raise unknown("paper", table.paper, file.papers, f"{path}, table {table.table}")
        for row in table.rows:
            if row.id in rows:
                raise InputError(f"{path}, row {row.id}: the id is there twice; rename one of the two rows")
            rows[row.id] = row
    for row in rows.values():
        if row.against is not None and row.against not in rows:
            raise unknown("row", row.against, rows, f"{path}, row {row.id}, key against")
    claims = tuple(claim for table in file.tables for row in table.rows for claim in _claims(spec, file.papers, table, row))
    for claim in claims:
        _check(path, claim, spec)
    return claims


def _claims(spec: TaskSpec, papers: dict[str, Paper], table: Table, row: Row) -> Iterator[Claim]:
    settings = ("endpoint", "protocol", "part", "n", "absent", "positive", "having", "stand_in")
    shared: dict[str, Any] = {name: getattr(row if name in row.model_fields_set else table, name) for name in settings}
    where = spec.protocols.get(shared["protocol"])
    caution = f"Caution: {where.caution}." if where and where.caution else ""
    shared |= {"note": " ".join(filter(None, (table.note, caution, row.note))), "paper": table.paper, "table": table.table, "row": row.row}
    shared |= dict(papers[table.paper]) | {"positives": row.positives, "model": row.model, "against": row.against}
    shared |= {"counted": row.counted, "remark": row.note}
    for metric, number in row.printed.items():
        yield Claim(id=f"{row.id}.{metric}", metric=metric, **dict(number), **shared)


def _check(path: Path, claim: Claim, spec: TaskSpec) -> None:
    where = f"{path}, claim {claim.id}"
    if claim.metric not in RANGES:
        raise unknown("metric", claim.metric, RANGES, where)
    low, high = RANGES[claim.metric]
    if claim.against is not None:
        low, high = low - high, high - low
    if outside := [number for number in claim.numbers if not low <= number <= high]:
        raise InputError(f"{where}: {outside[0]} is outside {claim.metric}'s range [{low:g}, {high:g}]; write fractions, not per cent")
    if claim.positives is not None and (claim.n is None or claim.positives > claim.n):
        raise InputError(f"{where}, key positives: {claim.positives} of {claim.n} patients")
    _check_place(where, claim, spec)
    _check_model(where, claim, spec)
    _check_patients(where, claim, spec)


def _check_place(where: str, claim: Claim, spec: TaskSpec) -> None:
    for what, name, known in (("endpoint", claim.endpoint, spec.endpoints), ("protocol", claim.protocol, spec.protocols)):
        if name is not None and name not in known:
            raise unknown(what, name, known, f"{where}, key {what}")
        if name is None and claim.metric not in DESCRIPTIVE and not claim.note:
            raise InputError(f"{where}, key {what}: names none of the task's; say why in note")


def _check_model(where: str, claim: Claim, spec: TaskSpec) -> None:
    if claim.model is None:
        return
    match = LABEL.fullmatch(claim.model)
    if match is None:
        raise InputError(f"{where}, key model: '{claim.model}' is not NAME or NAME[key=value,…]")
    pairs = dict(item.split("=") for item in (match.group(1) or "").split(",") if item)
    for name in filter(None, pairs.get("modalities", "").split("+")):
        if name not in spec.modalities:
            raise unknown("modality", name, spec.modalities, f"{where}, key model")


def _check_patients(where: str, claim: Claim, spec: TaskSpec) -> None:
    for name in claim.having:
        if name not in spec.modalities:
            raise unknown("modality", name, spec.modalities, f"{where}, key having")
    if claim.positive is not None:
        classes = spec.endpoints[claim.endpoint].classes if claim.endpoint else {}
        if len(classes) != 2 or claim.positive not in classes:
            raise unknown("class", claim.positive, classes, f"{where}, key positive (of an endpoint with two classes)")
    if claim.counted is None:
        return
    if claim.metric not in DESCRIPTIVE:
        raise InputError(f"{where}, key counted: {claim.metric} is no count; only {', '.join(DESCRIPTIVE)} are")
    if claim.counted.protocol is not None and claim.counted.protocol not in spec.protocols:
        raise unknown("protocol", claim.counted.protocol, spec.protocols, f"{where}, key counted.protocol")
    if claim.endpoint is None and (claim.counted.known or claim.counted.level):
        raise InputError(f"{where}, key counted: known and level are about an endpoint; name it")
