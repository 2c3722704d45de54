"""S2: what a validation part with 19 positives of 20 can tell."""

from pathlib import Path

import numpy as np
from scipy.stats import beta

from benchmark.metrics.tables import of_tables
from experiments.common import Findings, number, with_interval

TITLE = 'S2: F1 of "always positive"'
ABOUT = """S2's CT/MRI network was validated on 20 patients, 19 of them positive (alive at 12 months), the slides' on 121 with 106. Its tables print F1 and precision
with survival as the positive class. Beside each printed confusion table stands the one of a rule that looks at no patient and says "alive" to everybody. Intervals: Clopper-Pearson for
sensitivity and specificity; for balanced accuracy the ends are the means of theirs, which errs on the wide side."""

# S2, Table 13 and the figures with its confusion matrices: (what, positives, negatives, positives found, negatives called positive)
PRINTED = (("CT/MRI", 19, 1, 14, 0), ("WSI", 106, 15, 64, 3), ("EHR", 160, 48, 101, 0))
COLUMNS = ("validation part", "rule", "accuracy", "precision", "F1", "sensitivity [95 %]", "specificity [95 %]", "balanced accuracy [95 %]")


def run(root: Path) -> Findings:  # noqa: ARG001 - arithmetic: it needs no data
    rows = []
    for name, positives, negatives, found, false in PRINTED:
        for rule, hits, alarms in (("printed", found, false), ("always positive", positives, negatives)):
            rows.append((f"{name}, {positives} of {positives + negatives} positive", rule, *measures(positives, negatives, hits, alarms)))
    low, high = clopper_pearson(1, 1)
    reading = f"""On 19 of 20, "always positive" has F1 {rows[1][4]}, the printed network {rows[0][4]}; on the slides' patients {rows[3][4]} against {rows[2][4]}, on the EHR's {rows[5][4]} against {rows[4][4]}: by F1 and accuracy the trivial
rule beats every single-modality network of the paper. Balanced accuracy is {rows[1][7].split()[0]} for it on any one test set. But with one negative patient it says little either: the printed specificity of 1 rests on
one patient, whose 95 % interval is {low:.3f} to {high:.0f}."""
    return Findings(COLUMNS, tuple(rows), reading)


def measures(positives: int, negatives: int, hits: int, alarms: int) -> tuple[str, ...]:
    """The row of a confusion table."""
    table = np.array([[negatives - alarms, alarms], [positives - hits, hits]])
    accuracy, precision, f1 = (number(float(of_tables(metric, table))) for metric in ("accuracy", "precision", "f1"))
    sensitivity, specificity = clopper_pearson(hits, positives), clopper_pearson(negatives - alarms, negatives)
    return (
        accuracy,
        precision,
        f1,
        with_interval(hits / positives, sensitivity),
        with_interval(1 - alarms / negatives, specificity),
        with_interval(float(of_tables("balanced_accuracy", table)), np.mean([sensitivity, specificity], axis=0)),
    )


def clopper_pearson(successes: int, trials: int) -> tuple[float, float]:
    """The exact 95 % interval of a share."""
    low = beta.ppf(0.025, successes, trials - successes + 1) if successes else 0.0
    high = beta.ppf(0.975, successes + 1, trials - successes) if successes < trials else 1.0
    return float(low), float(high)
