"""Replicas: simulated cohorts with a real one's schema and a known truth, for the time when the real one is not at hand.

The design. Every patient has a few latent factors (proliferation, immune, burden, …), independent standard normals. The
log-hazard of an outcome is their weighted sum, scaled to the standard deviation ``spread``; event times are exponential
given it, and follow-up ends as in the real cohort. Every column of a block is a score

    ± sqrt(r) · factor + sqrt(q) · batch + sqrt(1 - r - q) · noise

with r in [0.1, 0.5] for the informative columns and 0 for the others, and one batch factor per block (q up to 0.3). The
score then takes the real column's form: mean and standard deviation, or the levels in their frequencies. A block sees
only some of the factors, so that no block tells the whole risk and fusion helps; factors that two blocks see are what they share.
The instances of a bag share their patient's score (64 % of their variance). An outcome with levels is the rank of log-odds made like the
log-hazard, plus logistic noise, cut at the real frequencies. Published splits keep their sizes and get other patients.
Which patients have which blocks, how many values of a column are missing, and how many events there are is as in the
real cohort. Missing values of a block that everybody has fall on the patients with the fewest other blocks.

Every column has its own generator, seeded with the design's seed and the column's name; arithmetic is element by element
and results are rounded to 6 digits, so that the same bytes come out everywhere.
"""

import hashlib
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmark.cohorts.cohort import BlockSheet, Cohort, Datasheet
from benchmark.cohorts.design import Design
from benchmark.cohorts.replica_splits import simulate_splits
from benchmark.cohorts.schema import QUANTILES, load_schema, schema_path

VERSION = "1"
LARGE = 20_000
WITHIN = 0.8  # correlation of an instance with what its patient has in common
Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Simulation:
    """Simulated outcomes with the truth behind them.

    Attributes:
        factors: latent factor → values, shape (n,).
        risk: outcome → log-hazard or log-odds, shape (n,).
        outcomes: ``x_event``, ``x_time`` of every survival outcome, all known; of every other one the noisy log-odds that rank
            the patients.
    """

    factors: dict[str, Numbers]
    risk: dict[str, Numbers]
    outcomes: pd.DataFrame


def replica_files(name: str) -> dict[str, str]:
    """What a replica is made from, with its sha256: stands in the datasheet's ``files``."""
    return {f"schemas/{name}.json": hashlib.sha256(schema_path(name).read_bytes()).hexdigest()}


def replica_version(version: str) -> str:
    """The version of a replica of a cohort whose reader has this version."""
    return f"{version}+replica{VERSION}"


def simulate_cohort(name: str, design: Design) -> Cohort:
    """The replica of a cohort: the same every time.

    Raises:
        InputError: the cohort's schema is missing.
    """
    schema = load_schema(name)
    count = int(schema["patients"])
    simulation = simulate(schema, design, count)
    ids = pd.Index([f"REPLICA-{row:04d}" for row in range(1, count + 1)], name="patient_id")
    have = _patterns(schema, design, ids)
    blocks = {block: _block(schema, design, block, simulation, have) for block in schema["blocks"]}
    for block, (columns, _) in design.extra.items():
        blocks[block] = _extra(design, block, columns, simulation, have)
    completeness = have.sum(axis=1) + _generator(design, "completeness").random(count)
    outcomes = simulation.outcomes.set_index(ids)
    for outcome, aims in schema["outcomes"].items():
        if "events" in aims:
            event = outcomes[f"{outcome}_event"].astype(bool)
            surplus = int(event.sum()) - aims["events"]  # so that the number of events stays the real one
            free = completeness[~event].nsmallest(count - aims["known"] - surplus).index
            unknown = free.union(completeness[event].nsmallest(surplus).index)
            outcomes.loc[unknown, [f"{outcome}_event", f"{outcome}_time"]] = pd.NA, np.nan
        elif outcome in design.copies:
            block, column = design.copies[outcome]
            outcomes[outcome] = blocks[block][column].reindex(ids)
        else:
            outcomes[outcome] = _levels(outcomes[outcome], aims, completeness)
    splits = simulate_splits(schema["splits"], have, lambda *names: _generator(design, "splits", *names))
    return Cohort(_datasheet(name, schema, design), outcomes, blocks, splits)


def simulate(schema: dict[str, Any], design: Design, count: int) -> Simulation:
    """Latent factors, risks and outcomes of ``count`` patients."""
    key = f"{count} patients"
    factors = {name: _generator(design, key, "factor", name).standard_normal(count) for name in design.factors}
    limit = _follow_up(schema, design, key, count)
    first = [design.terminal] if design.terminal else []
    risk: dict[str, Numbers] = {}
    columns: dict[str, dict[str, Any]] = {}
    for outcome in [*first, *(name for name in schema["outcomes"] if name not in (*first, *design.copies))]:
        weights = {name: weight[outcome] for name, weight in design.factors.items() if weight.get(outcome)}
        norm = sum(weight**2 for weight in weights.values()) ** 0.5
        risk[outcome] = np.asarray(sum(weight * design.spread / norm * factors[name] for name, weight in weights.items()), float)
        aims = schema["outcomes"][outcome]
        if "events" not in aims:
            columns[outcome] = {outcome: risk[outcome] + _generator(design, key, "odds", outcome).logistic(size=count)}
            continue
        waiting = _generator(design, key, "time", outcome).exponential(size=count) / np.exp(risk[outcome])
        event, time = _observe(waiting, limit, round(count * aims["events"] / aims["known"]))
        columns[outcome] = {f"{outcome}_event": pd.array(event, dtype="boolean"), f"{outcome}_time": time}
        limit = time if outcome == design.terminal else limit
    ordered = {column: values for outcome in schema["outcomes"] for column, values in columns.get(outcome, {}).items()}
    return Simulation(factors, risk, pd.DataFrame(ordered, index=range(count)))


def attainable(schema: dict[str, Any], design: Design) -> dict[str, float]:
    """Outcome → Harrell's C (two levels: AUC) of the simulation's own risk on 20,000 patients, to 3 digits."""
    from sklearn.metrics import roc_auc_score  # a second of imports, and every command opens cohorts
    from sksurv.metrics import concordance_index_censored

    large = simulate(schema, design, LARGE)
    found = {}
    for outcome, aims in schema["outcomes"].items():
        if "events" not in aims:
            if outcome in large.risk and len(counts := list(aims["levels"].values())) == 2 and sum(counts):
                above = np.argsort(np.argsort(large.outcomes[outcome])) >= LARGE * counts[0] / sum(counts)
                found[outcome] = round(float(roc_auc_score(above, large.risk[outcome])), 3)
            continue
        event, time = large.outcomes[f"{outcome}_event"].to_numpy(bool), large.outcomes[f"{outcome}_time"].to_numpy(float)
        found[outcome] = round(float(concordance_index_censored(event, time, large.risk[outcome])[0]), 3)
    return found


def _follow_up(schema: dict[str, Any], design: Design, key: str, count: int) -> Numbers:
    """When follow-up ends without an event: drawn from the real cohort's quantiles (of death, where death ends it)."""
    leading = design.terminal or next((name for name, aims in schema["outcomes"].items() if "events" in aims), None)
    if leading is None:
        return np.ones(count)
    quantiles = schema["outcomes"][leading]["follow_up"]
    shares = _generator(design, key, "follow-up").random(count) * 100
    ended = np.interp(shares, [0, *QUANTILES, 100], [1, *quantiles, quantiles[-1] * 1.1])
    return np.asarray(np.ceil(ended))


def _observe(waiting: Numbers, limit: Numbers, events: int) -> tuple[np.ndarray[Any, Any], Numbers]:
    """Events and whole days, with the baseline hazard at which exactly ``events`` of them are seen."""
    # patient i has an event when scale · waiting ≤ limit, that is when limit / waiting ≥ scale
    ratios = np.sort(limit / waiting)[::-1]
    time = np.ceil(waiting * (ratios[events - 1] + ratios[events]) / 2)
    event = time <= limit
    return event, np.where(event, np.maximum(time, 1), limit)


def _patterns(schema: dict[str, Any], design: Design, ids: pd.Index) -> pd.DataFrame:
    """Patient × block: who has what, in the real cohort's combinations."""
    combinations = [pattern.split("+") for pattern, count in schema["patterns"].items() for _ in range(count)]
    order = _generator(design, "patterns").permutation(len(combinations))
    return pd.DataFrame({block: [block in combinations[place] for place in order] for block in schema["blocks"]}, index=ids)


def _block(schema: dict[str, Any], design: Design, block: str, simulation: Simulation, have: pd.DataFrame) -> pd.DataFrame:
    rows = np.flatnonzero(have[block].to_numpy())
    batch = _generator(design, block, "batch").standard_normal(len(have))
    fewest = have.sum(axis=1).to_numpy() + _generator(design, block, "fewest").random(len(have))
    index = have.index[rows]
    if instances := schema["instances"].get(block):
        rows = rows.repeat(_generator(design, block, "instances").permutation(np.repeat([*map(int, instances)], [*instances.values()])))
        index = pd.MultiIndex.from_arrays(
            [have.index[rows], [f"{number:03d}" for number in _place(rows)]], names=["patient_id", "instance_id"]
        )
    columns = {}
    for column, spec in schema["blocks"][block].items():
        rng = _generator(design, block, column)
        score = _score(rng, design, block, column, simulation, batch)[rows]
        if instances:
            score = WITHIN * score + (1 - WITHIN**2) ** 0.5 * rng.standard_normal(len(rows))
        order = np.argsort(fewest[rows]) if have[block].all() else rng.permutation(len(rows))
        columns[column] = _shape(score, spec, order)
    table = pd.DataFrame(columns, index=index)
    return design.reconcile[block](table) if block in design.reconcile else table


def _place(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """0, 1, 2, … within every run of equal rows."""
    return np.asarray(pd.Series(rows).groupby(rows).cumcount())


def _levels(odds: "pd.Series[float]", aims: dict[str, Any], completeness: "pd.Series[float]") -> "pd.Series[Any]":
    """Log-odds as levels in their real frequencies; the patients with the fewest blocks are those of whom nothing is known."""
    known = odds.drop(completeness.nsmallest(aims["missing"]).index)
    codes = pd.Series(-1, index=odds.index)
    codes[known.sort_values().index] = np.repeat(np.arange(len(aims["levels"])), list(aims["levels"].values()))
    values = pd.Categorical.from_codes(codes.tolist(), categories=pd.Index(aims["levels"]), ordered=aims["ordered"])
    return pd.Series(values, index=odds.index)


def _extra(design: Design, block: str, columns: int, simulation: Simulation, have: pd.DataFrame) -> pd.DataFrame:
    rows = np.flatnonzero(have[design.extra_like[block]].to_numpy())
    batch = _generator(design, block, "batch").standard_normal(len(have))
    names = [f"{block}_{number:04d}" for number in range(columns)]
    scores = {name: _score(_generator(design, block, name), design, block, name, simulation, batch)[rows].round(6) for name in names}
    return pd.DataFrame(scores, index=have.index[rows])


def _score(rng: np.random.Generator, design: Design, block: str, column: str, simulation: Simulation, batch: Numbers) -> Numbers:
    """A standard normal score per patient that carries its factor, its block's batch, and noise."""
    seen = design.sees[block]
    informative, which, sign = rng.random() < design.informative, int(rng.integers(len(seen))), rng.choice([-1.0, 1.0])
    share, shared = rng.uniform(0.1, 0.5) * informative, rng.uniform(0.0, 0.3)
    factor = seen[which]
    if column in (fixed := design.loads.get(block, {})):
        (factor, share), sign = fixed[column], 1.0
    noise = rng.standard_normal(len(batch))
    return np.asarray(sign * share**0.5 * simulation.factors[factor] + shared**0.5 * batch + (1 - share - shared) ** 0.5 * noise)


def _shape(score: Numbers, spec: Any, order: np.ndarray[Any, Any]) -> Any:
    """Give scores the form that the schema describes; ``order``: which patients lack a value first."""
    if isinstance(spec, int):
        return (np.argsort(np.argsort(-score)) < spec).astype("int8")
    if isinstance(spec, dict):
        present = np.sort(order[spec["missing"] :])
        ranks = present[np.argsort(score[present])]
        codes = np.full(len(score), -1)
        codes[ranks] = np.repeat(np.arange(len(spec["levels"])), list(spec["levels"].values()))
        return pd.Categorical.from_codes(codes.tolist(), categories=pd.Index(spec["levels"]), ordered=spec["ordered"])
    mean, sd, missing, shape = spec
    if shape == "lognormal":
        variance = np.log1p((sd / mean) ** 2)
        values = np.exp(np.log(mean) - variance / 2 + variance**0.5 * score)
    else:
        values = mean + sd * score
    values = np.maximum(values, 0).round() if shape == "count" else _six_digits(values)
    values[order[:missing]] = np.nan
    return values


def _six_digits(values: Numbers) -> Numbers:
    return np.array([float(f"{value:.6g}") for value in values])


def _datasheet(name: str, schema: dict[str, Any], design: Design) -> Datasheet:
    sheet = Datasheet.model_validate(schema["datasheet"])
    truth = attainable(schema, design)
    spoken = ", ".join(f"{outcome} {value:.3f}" for outcome, value in truth.items())
    extra = {block: BlockSheet(description=description) for block, (_, description) in design.extra.items()}
    update = {
        "version": replica_version(sheet.version),
        "title": f"REPLICA (simulated patients) of {sheet.title}",
        "data": "replica",
        "source": f"simulated by benchmark/cohorts/replica.py from the aggregates in schemas/{name}.json, of: {sheet.source}",
        "licence": "Apache-2.0",
        "files": replica_files(name),
        "blocks": {**sheet.blocks, **extra},
        "absent": {block: reason for block, reason in sheet.absent.items() if block not in extra},
        "notes": (
            "REPLICA: no patient in it exists; results on it say nothing about any disease.",
            f"Attainable C-index or AUC (the simulation's own risk on {LARGE} simulated patients): {spoken}. No model does better but by luck; "
            "how close one comes shows how well it learns from this many patients.",
        ),
        "truth": truth,
    }
    return Datasheet.model_validate(sheet.model_dump() | update)


def _generator(design: Design, *names: str) -> np.random.Generator:
    return np.random.default_rng([design.seed, zlib.crc32("/".join(names).encode())])
