"""Missing because of the outcome: modalities and columns whose absence says something about the label."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmark.audit.finding import Finding, Severity, some
from benchmark.audit.permutation import adjusted
from benchmark.audit.view import Target, View

Floats = NDArray[np.float64]
LEAST = 5  # fewer patients with, or without, a value say nothing
LEVEL = 0.01
PURE = 0.9  # this share of those with a gap has one class ...
PURE_LEAST = 10  # ... and there are so many of them


def check_missing(view: View) -> Iterator[Finding]:
    """Association of every modality's and every column's missingness with every endpoint.

    One statistic for all kinds of outcome (:meth:`Target.basis`), by permutation of the outcomes; p is that of the
    largest statistic of all columns (Westfall and Young), so it holds for them together. Columns that are missing for the same patients
    count once. Where (nearly) all who lack something that a model is given unasked have the same class, and most others do not, a model
    that sees the gap is told the label: that fails.
    """
    for target in view.targets:
        gaps, names = _gaps(view, target)
        if not names:
            yield Finding("missingness", "ok", f"{target.endpoint}: no modality and no column lacks {LEAST} patients or more")
            continue
        p = adjusted(gaps - gaps.mean(axis=0), target.basis())
        found = sorted((float(value), number) for number, value in enumerate(p) if value <= LEVEL)
        if not found:
            lowest = f"smallest p {p.min():.2g} after correction for {len(names)} patterns"
            yield Finding("missingness", "ok", f"{target.endpoint}: what is missing is not associated with the outcome ({lowest})")
        for value, number in found:
            gap = gaps[:, number].astype(bool)
            share = _shares(target, gap)
            given = {name.partition(".")[0] for name in names[number]} & set(view.task.spec.default_modalities)
            severity: Severity = "fail" if given and _tells(target, gap) else "note"
            message = f"{target.endpoint}: {some(names[number], 3)} missing in {share} (p {value:.2g}, corrected)"
            yield Finding("missingness", severity, message, tuple(names[number]))


def _gaps(view: View, target: Target) -> tuple[Floats, list[list[str]]]:
    """The different patterns of missingness, shape (n, patterns), and what is missing in each: "modality" or "modality.column"."""
    patterns: dict[bytes, list[str]] = {}
    for modality, table in view.tables.items():
        gaps = {modality: ~target.ids.isin(table.index)}
        isna = table.reindex(target.ids).isna()
        gaps |= {f"{modality}.{column}": isna[column].to_numpy() & ~gaps[modality] for column in isna}
        for name, gap in gaps.items():
            if LEAST <= gap.sum() <= len(gap) - LEAST:
                patterns.setdefault(np.packbits(gap).tobytes(), []).append(name)
    rows = [np.unpackbits(np.frombuffer(bits, np.uint8), count=len(target.ids)) for bits in patterns]
    return np.array(rows, float).reshape(len(rows), len(target.ids)).T, list(patterns.values())


def _tells(target: Target, gap: NDArray[np.bool_]) -> bool:
    """Whether a gap is (nearly) of one class that is not the class of most."""
    if target.survival or gap.sum() < PURE_LEAST:
        return False
    share = np.bincount(target.outcome[gap], minlength=len(target.classes)) / gap.sum()
    overall = np.bincount(target.outcome, minlength=len(target.classes)) / len(target.outcome)
    return bool(share.max() >= PURE and overall[share.argmax()] <= 1 - PURE / 2)


def _shares(target: Target, gap: NDArray[np.bool_]) -> str:
    """How many of which patients lack it; for survival also how long they and the others were followed."""
    if target.survival:
        event, time = target.outcome["event"], target.outcome["time"]
        groups, times = (
            {"with an event": event, "without": ~event},
            f", median time {np.median(time[gap]):g} against {np.median(time[~gap]):g}",
        )
    else:
        groups, times = {f"of {name}": target.outcome == code for code, name in enumerate(target.classes)}, ""
    return ", ".join(f"{int((gap & inside).sum())} of {int(inside.sum())} {name}" for name, inside in groups.items()) + times
