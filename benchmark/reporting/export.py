"""A board as a file for another program or for a paper: CSV, Parquet, JSON or LaTeX."""

import io
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from benchmark.reporting.board import Board, Difference, Entry
from benchmark.reporting.text import columns, essential, row

WRITTEN = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # in LaTeX
WRITTEN |= {sign: f"\\{sign}" for sign in "&%$#_{}"}
WRITTEN |= {"–": "--", "±": r"$\pm$", "Δ": r"$\Delta$", "·": r"$\cdot$", "×": r"$\times$", "−": "$-$", "<": "$<$", ">": "$>$"}
SPECIAL = re.compile("|".join(map(re.escape, WRITTEN)))
MINUS = re.compile(r"(?<![\w)-])-(?=\d)")


def table(board: Board) -> pd.DataFrame:
    """One row for each entry, numbers unrounded, every row with what it is a row of.

    A p-value is of one comparison; ``…_holm`` is adjusted over all models compared with the reference. Limits are of 95 % intervals. What
    does not exist (a difference of the reference to itself, a p of algorithms trained again where splits cannot tell) is empty.
    """
    return pd.DataFrame([_row(board, entry) for entry in board.entries])


def as_csv(board: Board) -> bytes:
    return table(board).to_csv(index=False, lineterminator="\n").encode()


def as_parquet(board: Board) -> bytes:
    buffer = io.BytesIO()
    table(board).to_parquet(buffer, index=False)
    return buffer.getvalue()


def as_json(board: Board) -> bytes:
    """The document of ``bench leaderboard --format json``."""
    return (json.dumps(board.as_dict(), indent=1, ensure_ascii=False) + "\n").encode()


def as_latex(board: Board) -> bytes:
    """A table float with the columns that carry the answer; needs the packages booktabs and graphicx."""
    kept = essential(board)
    lines = [[cells[k] for k in kept] for cells in (columns(board), *(row(board, entry) for entry in board.entries))]
    titles, *body = [" & ".join(map(latex, cells)) + r" \\" for cells in lines]
    label = f"tab:{board.task}-{board.protocol}-{board.endpoint}".replace("_", "-")
    alignment = "rl" + "r" * (len(kept) - 2)
    return "\n".join(
        [
            r"% needs \usepackage{booktabs} and \usepackage{graphicx}",
            r"\begin{table}",
            rf"\caption{{{latex(caption(board))}}}",
            rf"\label{{{label}}}",
            rf"\resizebox{{\linewidth}}{{!}}{{\begin{{tabular}}{{{alignment}}}",
            r"\toprule",
            titles,
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
            "",
        ]
    ).encode()


FORMATS: Mapping[str, Callable[[Board], bytes]] = {"csv": as_csv, "parquet": as_parquet, "json": as_json, "latex": as_latex}


def caption(board: Board) -> str:
    """What a reader of the table alone must know: whose patients, how many, what the numbers are."""
    cohort, tested = board.cohort, board.cohort["tested"]
    whose = "REPLICA: simulated patients, not real ones. " if board.replica else ""
    events = "" if tested["events"] is None else f" with {tested['events']} events"
    often = str(board.tests_per_patient)
    often += "" if board.tests_per_patient == board.tests_per_patient_most else f" to {board.tests_per_patient_most}"
    again = (
        "p retrained: algorithms trained again (corrected resampled t-test); models of a tier cannot be told from its best"
        if board.exchangeable
        else "such splits tell nothing of algorithms trained again, so all models share tier 1"
    )
    return (
        f"{whose}{board.title}, endpoint {board.endpoint}, protocol {board.protocol}: {tested['patients']} patients{events} of cohort "
        f"{cohort['name']} {cohort['version']}, each tested {often} ×. {board.metric_name} over pairs within test folds, 95 % interval from a bootstrap "
        f"of patients (BCa). Δ: paired difference to {board.reference} (95 %, not adjusted). p fitted: these fitted models (jackknife); {again}. "
        f"Both p adjusted by Holm. P(best): share of resamples of patients in which the fitted model is first; ranks: not excluded at 95 %. "
        f"fusebench, task {board.digests['task']}, folds {board.digests['folds']}, cohort {board.digests['cohort']}."
    )


def latex(text: str) -> str:
    """Plain text for LaTeX: signs that it reads as commands are written out, a minus is a minus."""
    return MINUS.sub("$-$", SPECIAL.sub(lambda match: WRITTEN[match.group()], text))


def _row(board: Board, entry: Entry) -> dict[str, Any]:
    tested = board.cohort["tested"]
    of = {name: getattr(board, name) for name in ("task", "protocol", "endpoint", "metric", "reference")}
    whose = {"data": board.cohort["data"], "cohort": board.cohort["name"], "cohort_version": board.cohort["version"]}
    counts = {"patients": tested["patients"], "events": tested["events"]}
    place = {"tier": entry.tier, "rank": entry.rank, "rank_low": entry.rank_set[0], "rank_high": entry.rank_set[1]}
    return {
        **of,
        **whose,
        **counts,
        **place,
        "model": entry.model,
        "modalities": "+".join(entry.modalities),
        "estimate": entry.estimate,
        **_limits("estimate", entry.interval),
        "fold_mean": entry.fold_mean,
        "fold_sd": entry.fold_sd,
        **_difference(entry.difference),
        "p_best": entry.p_best,
        **{key: value for name, second in entry.secondary.items() for key, value in _value(name, second.estimate, second.interval).items()},
        "tied_risk": entry.tied_risk,
        "failed_folds": entry.failed_folds,
        "seconds": entry.seconds,
        "provenance": entry.provenance,
        "source": entry.source,
        **{f"{name}_digest": digest for name, digest in board.digests.items()},
    }


def _difference(difference: Difference | None) -> dict[str, float | None]:
    names = ("p_fitted", "p_fitted_holm", "p_retrained", "p_retrained_holm")
    return {
        **_value("difference", difference.estimate if difference else None, difference.interval if difference else None),
        **_limits("difference_retrained", difference.interval_retrained if difference else None),
        **{name: getattr(difference, name) if difference else None for name in names},
    }


def _value(name: str, estimate: float | None, interval: tuple[float, float] | None) -> dict[str, float | None]:
    return {name: estimate, **_limits(name, interval)}


def _limits(name: str, interval: tuple[float, float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}
