"""Site as a confounder: whether a block tells where a patient was treated, and where a patient was treated tells the outcome."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.audit.finding import Finding
from benchmark.audit.permutation import SEED, together
from benchmark.audit.view import Target, View, unit
from benchmark.inference import concordance

Floats = NDArray[np.float64]
SITE = "site"
LEAST = 10  # patients of a site
COMPONENTS = 10
FOLDS = 5
TELLS = 0.75  # AUC of a block for the site
LEVEL = 0.01


def check_site(view: View) -> Iterator[Finding]:
    """Whether site can be told from each block, and the outcome from site.

    Site from a block: five-fold cross-validated ridge regression of the site indicators on ten principal components of the ranks, mean AUC
    of a site against the rest, sites of ten patients or more. Outcome from site: the score test of the site indicators
    together, by permutation. A block that tells the site, where the site tells the outcome, can predict without knowing anything of the
    disease; what it is worth elsewhere shows only when whole sites are left out. An AUC far below 0.5 is no finding: blocks that were
    standardised within each site have equal means there, and what a training part has too much of, its test part lacks. Batches that no column records (of sequencing,
    of scanners) cannot be asked about.
    """
    columns = {
        f"{block}.{SITE}": table[SITE] for block, table in view.task.cohort.blocks.items() if SITE in table and table.index.nlevels == 1
    }
    if not columns:
        yield Finding("site", "ok", "the cohort records no site")
    for name, column in columns.items():
        site = column.reindex(view.ids).dropna().astype(str)
        site = site[site.map(site.value_counts()) >= LEAST]
        if site.nunique() < 2:
            yield Finding("site", "ok", f"{name}: fewer than two sites have {LEAST} patients or more", (name,))
            continue
        yield from _confounding(view, name, site)


def _confounding(view: View, name: str, site: "pd.Series[str]") -> Iterator[Finding]:
    told = {modality: _auc(view, modality, site) for modality in view.tables}
    known = {modality: auc for modality, auc in told.items() if auc is not None}
    values = ", ".join(f"{modality} {auc:.2f}" for modality, auc in known.items())
    tells = [modality for modality, auc in known.items() if auc >= TELLS]
    p = {target.endpoint: _outcome_p(target, site) for target in view.targets}
    related = [endpoint for endpoint, value in p.items() if value <= LEVEL]
    of_outcome = ", ".join(f"{endpoint} p {value:.2g}" for endpoint, value in p.items())
    message = (
        f"{name}, {site.nunique()} sites of {len(site)} patients: AUC of each block for the site: {values}; outcome by site: {of_outcome}"
    )
    if tells and related:
        message += f"; {', '.join(tells)} may predict {', '.join(related)} through the site"
    yield Finding("site", "note" if tells or related else "ok", message, (name, *tells))


def _auc(view: View, modality: str, site: "pd.Series[str]") -> float | None:
    """Mean cross-validated AUC of each site against the rest; None where too few patients have the modality."""
    table = view.tables[modality]
    own = site[site.index.isin(table.index)]
    own = own[own.map(own.value_counts()) >= LEAST]
    if own.nunique() < 2:
        return None
    ranks = view.columns[modality].rows(table.index.get_indexer(own.index)).ranks
    left, size, _ = np.linalg.svd(ranks, full_matrices=False)
    scores = unit((left * size)[:, :COMPONENTS])
    codes, names = pd.factorize(own, sort=True)
    indicators = np.eye(len(names))[codes]
    # each fold gets its share of each site
    fold = np.empty(len(codes), np.int64)
    shuffled = np.random.default_rng(SEED).permutation(len(codes))
    fold[shuffled[np.argsort(codes[shuffled], kind="stable")]] = np.arange(len(codes)) % FOLDS
    predicted = np.zeros_like(indicators)
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        mean = indicators[train].mean(axis=0)
        gram = scores[train].T @ scores[train] + np.eye(scores.shape[1]) / len(codes)
        predicted[test] = scores[test] @ np.linalg.solve(gram, scores[train].T @ (indicators[train] - mean))
    aucs = [
        concordance(codes == code, np.where(codes == code, 1.0, 2.0), predicted[:, code], fold=fold).estimate[0]
        for code in range(len(names))
    ]
    return float(np.mean(aucs))


def _outcome_p(target: Target, site: "pd.Series[str]") -> float:
    """p of site against the outcome; of several classes the smallest, times their number."""
    own = target.only(site.index)
    indicators, residuals = unit(pd.get_dummies(site[own.ids]).to_numpy(float)), own.residuals()
    smallest = min(together(indicators, residual)[1] for residual in residuals.T)
    return min(1.0, len(residuals.T) * smallest)
