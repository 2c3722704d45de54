"""A run made again beside the original: the same bytes, the same numbers, the same patients' ranking, or something else."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.inference import contrast
from benchmark.records import Record, Split
from benchmark.reporting.board import Contender, build_board
from benchmark.reporting.expected import Expected
from benchmark.reporting.provenance import KEY, Verdict, bits_of, changed_bits, values_sha256
from benchmark.reporting.verify_find import Original
from benchmark.scoring import METRICS, Part, Predictions, Scored, meet
from benchmark.tasks import Task

CLOSE = 1e-6  # of a probability; of a risk, whose unit is arbitrary, relative to the range of those made here
REASON = 300  # characters of why a fold failed: as many as a run keeps
PRINTED = 5e-4  # two estimates that differ by less print the same three digits, give or take one
# of an entry: what follows from its own run; seconds are those of the machine that made it, provenance that of the files beside the board
ALONE = ("modalities", "estimate", "interval", "fold_mean", "fold_sd", "secondary", "tied_risk", "failed_folds")
ORDER: tuple[Verdict, ...] = ("identical", "close", "compatible", "different")


@dataclass(frozen=True)
class Judgement:
    """What came of one record; ``detail`` says how much was compared and where the first difference is, and names no patient."""

    verdict: Verdict
    detail: str


def worst(found: Sequence[Judgement]) -> Verdict:
    """The verdict on several records together."""
    return max((item.verdict for item in found), key=ORDER.index)


def spoken(verdict: Verdict, *, whole: bool) -> str:
    """As it is printed: what was seen in some folds is said of these alone, while one difference is enough for the whole."""
    return verdict if whole or verdict == "different" else f"{verdict} in the sample"


def judge(task: Task, original: Original, again: Record, splits: Collection[Split]) -> Judgement:
    """Compare ``again`` with the original on the folds ``splits``, all that were made again.

    A record that holds other folds, outputs or rows than every run of the task is ``different``, whichever folds were made again.

    ``identical``: every prediction has the same bits. ``close``: none is off by more than 1e-6 (a risk: of the range of those made here).
    ``compatible``: the primary metric of the two, paired on the same patients, differs by an amount whose 95 % jackknife interval contains 0 *and*
    stays within the task's margin, so that a difference that matters is not only unproven but excluded; and libraries or CPU are others than
    the original's, for on the same ones the same bits are promised and there is nothing to excuse. ``different``: anything else.

    An entry of a board is ``different`` too where it prints other modalities, another estimate, interval, mean over folds, secondary metric (by its
    name), number of ties or of failed folds than its run gives. Rank, tier and differences follow from all entries together, and are not compared.

    What ``compatible`` cannot tell: whether it is the same model, for another that ranks these patients as well passes; whether somebody shifted the
    original by less than the margin, where the environment differs. The interval is for these fitted models: a model whose training hangs
    on the last bit varies more than it allows, and may come out as ``different`` without anybody's fault.

    Where the original's predictions are not at hand (an entry of the committed board, in a fresh clone), their sha256 decides on
    ``identical``. Without a pair of predictions there is no paired test and no ``close``: on other libraries or another CPU ``compatible`` then
    says that the estimate lies in the interval that the board prints and within the task's margin of it, and nothing more.
    """
    found = _made_again(task, original, again, splits)
    known = original.record or (again if found.verdict == "identical" else None)  # what the entry was made from, bit by bit
    if found.verdict != "different" and known and (wrong := _misprinted(task, original, known, again.info["modalities"])):
        return Judgement("different", f"{wrong}; the predictions: {found.detail}")
    return found


def _made_again(task: Task, original: Original, again: Record, splits: Collection[Split]) -> Judgement:
    changes = changed_bits(original.environment, bits_of(again.info["environment"]))
    after = f"; made with {', '.join(changes)}" if changes else ""
    if original.record is None:
        return _by_digest(task, original, again, after)
    then, now = original.record, again
    if odd := Expected.of(task, original.protocol, original.endpoint).misfit(then):
        return Judgement("different", f"no run of the task leaves such a record: {odd}")
    if failure := _failure(then, now, splits):
        return Judgement("different", failure + after)
    ours, theirs = (_rows(record.predictions, splits) for record in (then, now))
    outputs = list(task.outputs(original.endpoint))
    amount = _amount(task, original, splits, len(ours))
    old, new = (table[outputs].to_numpy(np.float64) for table in (ours, theirs))
    if old.tobytes() == new.tobytes():
        return Judgement("identical", f"{amount}: the same bits{after}")
    off = np.abs(new - old)
    if (off <= CLOSE * _unit(task, new)).all():
        return Judgement("close", f"{amount}: the largest difference is {off.max():.2g}{after}")
    first = _first(ours, old, new, outputs)
    verdict, why = _paired(task, original, (then, now), splits, bool(changes))
    return Judgement(verdict, f"{amount}: {why}; the first difference: {first}{after}")


def _by_digest(task: Task, original: Original, again: Record, after: str) -> Judgement:
    amount = _amount(task, original, task.splits(original.protocol), len(again.predictions))
    if values_sha256(again.predictions) == original.values_sha256:
        return Judgement("identical", f"{amount}: the values_sha256 that the board has{after}")
    assert original.printed is not None  # an original without a record is an entry
    if len(again.failed) != original.printed["failed_folds"]:
        return Judgement(
            "different", f"{amount}: failed folds: {original.printed['failed_folds']} on the board, {len(again.failed)} here{after}"
        )
    scored = meet(task, original.protocol, original.endpoint, [Predictions(again.predictions, again.failed)])
    estimate, metric = float(scored.concordance(task.spec.metrics.primary).estimate[0]), METRICS[task.spec.metrics.primary]
    printed, (low, high) = original.printed["estimate"], original.printed["interval"]
    said = f"{amount}: not the values_sha256 that the board has; {metric} {printed:.4f} [{low:.4f}, {high:.4f}] on the board, {estimate:.4f} here"
    if not after:
        return Judgement("different", f"{said}; libraries and CPU are the same, so the bits should be")
    agrees = low - PRINTED <= estimate <= high + PRINTED and abs(estimate - printed) <= task.spec.margin
    where = f"{'inside' if agrees else 'not inside both'} that interval and the task's margin of {task.spec.margin:g}"
    return Judgement(
        "compatible" if agrees else "different", f"{said}, {where}, by which alone it is judged: the record is not here{after}"
    )


def _misprinted(task: Task, original: Original, record: Record, modalities: Sequence[str]) -> str | None:
    """The first key of the entry at which something else stands than the record's predictions give, and a run of the model with its modalities."""
    if original.printed is None:
        return None
    record = replace(record, info={**record.info, "modalities": modalities})
    alone = build_board(task, original.protocol, [original.endpoint], [Contender.of({original.endpoint: record})])
    entry, printed = json.loads(json.dumps(asdict(alone.entries[0]))), dict(original.printed)
    stands = dict(_leaves("", {name: printed[name] for name in ALONE}))
    for key, here in _leaves("", {name: entry[name] for name in ALONE}):  # the names in a mapping come before what they name
        if not _agree(stands[key], here):
            return f"{key}: the board prints {_spell(stands[key])}; here it is {_spell(here)}"
    return None


def _leaves(key: str, value: object) -> Iterator[tuple[str, Any]]:
    """Key path → what stands there, in a value of a board's JSON; of a mapping first the names in it."""
    yield key, sorted(value) if isinstance(value, Mapping) else value
    for name, item in value.items() if isinstance(value, Mapping) else ():
        yield from _leaves(f"{key}.{name}".lstrip("."), item)


def _agree(board: Any, here: Any) -> bool:
    if isinstance(board, list) and isinstance(here, list):
        return len(board) == len(here) and all(map(_agree, board, here))
    if isinstance(board, int | float) and isinstance(here, int | float):
        return abs(board - here) <= PRINTED
    return bool(board == here)


def _spell(value: Any) -> str:
    return (", ".join(map(str, value)) or "none") if isinstance(value, list) else str(value)


def _failure(then: Record, now: Record, splits: Collection[Split]) -> str | None:
    """The first fold that failed in one of the two."""
    before, after = (set(record.failed) & set(splits) for record in (then, now))
    for repeat, fold in sorted(before ^ after):
        reasons = {
            (item["repeat"], item["fold"]): item["reason"] for record in (then, now) for item in record.info["folds"] if item["reason"]
        }
        where = "here and not in the record" if (repeat, fold) in after else "in the record and not here"
        reason = " ".join(reasons.get((repeat, fold), "no reason given").split())[:REASON]
        return f"repeat {repeat}, fold {fold} failed {where}: {reason}"
    return None


def _rows(predictions: pd.DataFrame, splits: Collection[Split]) -> pd.DataFrame:
    kept = pd.MultiIndex.from_frame(predictions[["repeat", "fold"]]).isin(list(splits))
    return predictions[kept].sort_values(KEY, ignore_index=True).astype({"repeat": "int64", "fold": "int64"})


def _unit(task: Task, values: NDArray[np.float64]) -> float:
    """Of the values made here: one huge risk in the record, in whichever fold, would make everything else close."""
    reach = float(np.ptp(values)) if task.spec.kind == "survival" and values.size else 1.0
    return reach or 1.0


def _first(rows: pd.DataFrame, old: NDArray[np.float64], new: NDArray[np.float64], outputs: list[str]) -> str:
    row, column = (int(place) for place in np.argwhere(old.view(np.int64) != new.view(np.int64))[0])
    repeat, fold = (int(rows[name].iloc[row]) for name in ("repeat", "fold"))
    place = row - int(((rows["repeat"] == repeat) & (rows["fold"] == fold)).to_numpy().argmax())
    return f"repeat {repeat}, fold {fold}, row {place + 1}, column {outputs[column]}: {old[row, column]:.9g} in the record, {new[row, column]:.9g} here"


def _paired(
    task: Task, original: Original, pair: tuple[Record, Record], splits: Collection[Split], other_bits: bool
) -> tuple[Verdict, str]:
    """Verdict and reason from the primary metric of the two on the same patients of these folds."""
    metric, margin = task.spec.metrics.primary, task.spec.margin
    predictions = [Predictions(record.predictions, record.failed) for record in pair]
    if len(splits) < len(task.splits(original.protocol)):
        predictions = [_whole(task, original.protocol, item, splits) for item in predictions]
    result = _within(meet(task, original.protocol, original.endpoint, predictions), splits).concordance(metric)
    found = contrast(result, 1, 0)
    low, high = found.interval
    said = (
        f"{METRICS[metric]} {result.estimate[0]:.4f} in the record, {result.estimate[1]:.4f} here, "
        f"difference {found.difference:+.4f} [{low:+.4f}, {high:+.4f}]"
    )
    if not low <= 0 <= high:
        return "different", f"{said}, more than chance"
    if max(-low, high) > margin:
        return "different", f"{said}, which does not exclude the task's margin of {margin:g}"
    if not other_bits:
        return "different", f"{said}; libraries and CPU are the same, so the bits should be"
    return "compatible", f"{said}, within the task's margin of {margin:g}"


def _whole(task: Task, protocol: str, predictions: Predictions, splits: Collection[Split]) -> Predictions:
    """As if the folds that were not made again had failed: a board's rows need a prediction each, and :func:`_within` counts none of theirs."""
    others = [split for split in task.splits(protocol) if split not in splits]
    return Predictions(_rows(predictions.table, splits), [*predictions.failed, *others])


def _within(scored: Scored, splits: Collection[Split]) -> Scored:
    """With the pairs of these folds alone: elsewhere nothing happens, so nothing can be compared."""
    kept = pd.MultiIndex.from_frame(scored.rows[["repeat", "fold"]]).isin(list(splits))
    return replace(scored, parts=tuple(Part(part.event & kept, part.time, part.score) for part in scored.parts))


def _amount(task: Task, original: Original, splits: Collection[Split], rows: int) -> str:
    all_of_them = len(task.splits(original.protocol))
    if len(splits) == all_of_them:
        return f"{all_of_them} folds, {rows} rows"
    which = ", ".join(f"{repeat}/{fold}" for repeat, fold in sorted(splits))
    return f"a sample of {len(splits)} of {all_of_them} folds, drawn at random (repeat/fold {which}), {rows} rows"
