"""S4: the printed width of a 95 % interval of the AUC against DeLong's."""

from pathlib import Path

import numpy as np
from scipy.stats import norm

from benchmark.inference import delong
from benchmark.tasks import load_spec
from benchmark.tasks.claims import Claim, load_claims
from experiments.common import Findings

TITLE = "S4: how wide the interval of an AUC is"
ABOUT = """Table 3 prints 30 AUCs with 95 % intervals "by DeLong", about ± 0.01 wide, on 55 to 153 patients. DeLong's interval depends on the AUC and on the numbers of positives and
negatives, hardly on anything else. So: simulate as many positives and negatives as printed, with normal scores that have the printed AUC, and take DeLong's half-width (benchmark.inference.delong),
1,000 times. Then ask what else would have the printed width: the mean of R AUCs, each from another resample, has an interval √R times narrower, if one takes the R as independent. The last column is that R."""
TASKS = ("nsclc_mutation", "nsclc_mutation_tcga")
SIMULATIONS = 1000
REPEATS = 50  # 5-fold cross-validation, 10 times: how the paper chose its classifiers
NORMAL = 1.959964
COLUMNS = (
    "AUC of",
    "positives of n",
    "printed",
    "printed half-width",
    "DeLong half-width, mean (95 % of simulations)",
    "times too narrow",
    "R",
)


def run(root: Path, simulations: int = SIMULATIONS) -> Findings:
    claims = printed_areas(root)
    rows, ratios = [], {}
    for claim in claims:
        widths = half_widths(claim, simulations)
        printed = (claim.interval[1] - claim.interval[0]) / 2
        ratios[claim.id] = ratio = widths.mean() / printed
        low, high = np.quantile(widths, [0.025, 0.975])
        rows.append(
            (
                claim.row,
                f"{claim.positives} of {claim.n}",
                f"{claim.value:.3f} [{claim.interval[0]:.3f}, {claim.interval[1]:.3f}]",
                f"{printed:.4f}",
                f"{widths.mean():.3f} ({low:.3f} to {high:.3f})",
                f"{ratio:.1f}",
                f"{ratio**2:.0f}",
            )
        )
    lvi = next(claim for claim in claims if claim.id == "lvi_deep_radscore.auc")
    simulated = next(row[4] for row in rows if row[0] == lvi.row)
    ratio = np.array(list(ratios.values()))
    reading = f"""No printed interval has DeLong's width: all are {ratio.min():.1f} to {ratio.max():.1f} times too narrow (median {np.median(ratio):.1f}), as if {np.median(ratio**2):.0f} measurements had been averaged (median R; 5-fold cross-validation,
10 times, has 50). For Deep-RadScore on lymphovascular invasion ({lvi.positives} of {lvi.n}, AUC {lvi.value}) DeLong's half-width is {simulated}; that of a mean over {REPEATS} resamples of one such test part is {mean_over_repeats(lvi):.4f};
{(lvi.interval[1] - lvi.interval[0]) / 2:.4f} is printed. So the printed intervals behave as those of a mean over repeats. Such an interval shrinks with the number of repeats, not with the number of patients, and does not say where the AUC of new
patients would lie."""
    return Findings(COLUMNS, tuple(rows), reading)


def printed_areas(root: Path) -> list[Claim]:
    """The 30 AUCs of Table 3."""
    found = [claim for task in TASKS for claim in load_claims(root / "tasks" / task, load_spec(root / "tasks" / task))]
    return [
        claim for claim in found if claim.metric == "auc" and claim.table == "Table 3" and claim.interval and claim.positives and claim.n
    ]


def half_widths(claim: Claim, simulations: int) -> np.ndarray:
    """DeLong's half-widths in simulated test parts of the printed size and AUC, shape (simulations,)."""
    random = np.random.default_rng(153)
    return np.array([NORMAL * np.sqrt(delong(*_scores(claim, random)).covariance[0, 0]) for _ in range(simulations)])


def mean_over_repeats(claim: Claim, simulations: int = 100) -> float:
    """Half-width of the mean of ``REPEATS`` AUCs, each on another resample of one test part, taken as independent; mean over test parts."""
    random = np.random.default_rng(49)
    widths = []
    for _ in range(simulations):
        outcome, score = _scores(claim, random)
        areas = [_resampled_area(outcome, score, random) for _ in range(REPEATS)]
        widths.append(NORMAL * np.std(areas, ddof=1) / np.sqrt(REPEATS))
    return float(np.mean(widths))


def _resampled_area(outcome: np.ndarray, score: np.ndarray, random: np.random.Generator) -> float:
    chosen = random.integers(0, len(outcome), len(outcome))
    positive, negative = score[chosen][outcome[chosen]], score[chosen][~outcome[chosen]]
    return float((positive[:, None] > negative).mean() + (positive[:, None] == negative).mean() / 2)


def _scores(claim: Claim, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and normal scores whose AUC is the printed one in the long run."""
    outcome = np.arange(claim.n) < claim.positives
    return outcome, random.normal(size=claim.n) + np.sqrt(2) * norm.ppf(claim.value) * outcome
