"""S1: the spread of single folds against the standard error of twenty-odd patients."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from baselines.coxnet import Coxnet
from benchmark.cli.common import open_task
from benchmark.inference import concordance, contrast
from benchmark.scoring import Scored, meet
from benchmark.tasks import load_spec
from benchmark.tasks.claims import load_claims
from benchmark.workspace import open_workspace
from experiments.common import Findings, number, predict_folds

TITLE = "S1: the spread of five folds"
ABOUT = """S1 prints the C-index of 20 systems in each of five folds of 21 or 22 patients, and reads differences between them. How much of that is the patients drawn? Two of its systems, `coxnet` on genes and on radiomics, on the 115 public patients, folds of 23, several divisions of the `repeated` protocol: the SD of C over single folds, beside the standard error of C in
*one* fold, which knows nothing but its patients (jackknife, benchmark.inference.concordance), and that of the paired difference of the two systems. Then the printed table: how many of its pairwise differences exceed two standard errors. Where nothing differs 5 of 100 do."""
TASK, ENDPOINT, PROTOCOL = "nsclc_recurrence", "recurrence", "repeated"
REPEATS = 4
COLUMNS = ("quantity", "value")


def run(root: Path, repeats: int = REPEATS, modalities: tuple[str, str] = ("genomics", "radiomics")) -> Findings:
    task = open_task(open_workspace(root, None, "real"), TASK)
    splits = [split for split in task.splits(PROTOCOL) if split[0] < repeats]
    tables = [predict_folds(task, PROTOCOL, ENDPOINT, (name,), lambda seed, name=name: Coxnet((name,)), splits) for name in modalities]  # type: ignore[misc]  # noqa: ARG005
    rest = [split for split in task.splits(PROTOCOL) if split not in splits]  # not predicted: scored as constants and then left out
    scored = meet(task, PROTOCOL, ENDPOINT, [type(table)(table.table, rest) for table in tables])
    values, errors, paired = single_folds(scored, repeats * 5)
    printed = printed_folds(root)
    spread = np.array([np.std(folds, ddof=1) for folds in printed.values()])
    single, of_means, pairs = exceeding(printed, float(np.median(paired)))
    rows = [
        (
            "patients, events in a test fold (ours)",
            f"{len(scored.rows) / len(task.splits(PROTOCOL)):.0f}, {scored.parts[0].event.mean() * len(scored.rows) / len(task.splits(PROTOCOL)):.1f}",
        ),
        *(
            (f"SD of C over {len(values)} single folds, coxnet on {name}", number(values[:, k].std(ddof=1)))
            for k, name in enumerate(modalities)
        ),
        *(
            (f"standard error of C in one fold, median, coxnet on {name}", number(float(np.median(errors[:, k]))))
            for k, name in enumerate(modalities)
        ),
        ("standard error of the difference of the two in one fold, median", number(float(np.median(paired)))),
        (
            "SD of the five printed folds, mean over 20 systems (smallest to largest)",
            f"{number(spread.mean())} ({number(spread.min())} to {number(spread.max())})",
        ),
        ("printed differences of two systems in the same fold", str(pairs * 5)),
        ("of them more than 2 standard errors", f"{single} ({single / (pairs * 5):.0%})"),
        ("printed differences of the means over five folds", str(pairs)),
        ("of them more than 2 standard errors", f"{of_means} ({of_means / pairs:.0%})"),
    ]
    means = {name: float(np.mean(folds)) for name, folds in printed.items()}
    best = max(means, key=lambda name: means[name])
    se = float(np.median(errors)) / np.sqrt(5)
    reading = f"""A C-index of one fold has a standard error of about {np.median(errors):.2f}; single folds of the same model have an SD of {values.std(axis=0, ddof=1).mean():.2f}, and the printed folds one of {spread.mean():.2f}. Most of the scatter of the printed table is that of its test folds (two systems have no spread at all). Of {pairs * 5} differences within a fold {single / (pairs * 5):.0%} exceed two standard errors of a difference, of
the {pairs} differences of means {of_means / pairs:.0%}; without any difference it would be about 5%, so some systems may differ, which this cannot name. The highest mean, {means[best]:.2f} ({best}), is the largest of 20, each with a standard error of about {se:.2f}: the largest of 20 systems without any skill would be
expected at {0.5 + 1.87 * se:.2f}. The table gives little ground for preferring one system to another."""
    return Findings(COLUMNS, tuple((str(name), value) for name, value in rows), reading)


def single_folds(scored: Scored, wanted: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """C and its standard error in the first folds, shape (folds, 2), and the standard error of the difference of the two, shape (folds,)."""
    values, errors, paired = [], [], []
    part = scored.parts[0]
    for label in np.unique(scored.split)[:wanted]:
        rows = scored.split == label
        found = concordance(part.event[rows], part.time[rows], part.score[rows])
        values.append(found.estimate)
        errors.append(np.sqrt(np.diag(found.covariance)))
        paired.append(contrast(found, 0, 1).se)
    return np.array(values), np.array(errors), np.array(paired)


def printed_folds(root: Path) -> dict[str, tuple[float, ...]]:
    """System → its five printed C-indices."""
    folder = root / "tasks" / TASK
    return {claim.row: claim.per_fold for claim in load_claims(folder, load_spec(folder)) if claim.per_fold}


def exceeding(printed: dict[str, tuple[float, ...]], error: float) -> tuple[int, int, int]:
    """How many differences in a fold, and of means over five folds, exceed two standard errors; ``error`` is that of one in one fold."""
    table = pd.DataFrame(printed)
    pairs = list(combinations(table.columns, 2))
    single = sum(int((np.abs(table[a] - table[b]) > 2 * error).sum()) for a, b in pairs)
    means = table.mean()
    return single, sum(abs(means[a] - means[b]) > 2 * error / np.sqrt(len(table)) for a, b in pairs), len(pairs)
