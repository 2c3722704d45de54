"""Columns that were chosen by the label of the very patients who are tested: every one of them is associated, none is by chance not."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from benchmark.audit.finding import Finding
from benchmark.audit.permutation import SEED, together
from benchmark.audit.view import Target, View, unit
from benchmark.errors import UndefinedError
from benchmark.inference import concordance

Floats = NDArray[np.float64]
LEAST_COLUMNS = 20  # fewer say nothing of how evenly associations are spread
LEVEL = 0.01  # of both tests
DRAWS = 2000
ALIKE = 0.4  # draws count whose overall association is within e^±0.4 of the one found
FOLDS = 5
IMPLAUSIBLE = 0.85  # cross-validated C or AUC of a plain ridge that a reviewer should not take for granted


def check_selection(view: View) -> Iterator[Finding]:
    """Whether a block looks as if its columns had been picked by their association with this outcome in these patients.

    A strong block is no evidence: RNA tells TP53 mutations with an AUC of 0.88 because it knows. What a pick leaves is a *hole*. In any block that
    nobody picked, effects differ between columns and noise adds to them, so many of the score statistics z lie near 0, whatever the others do.
    A pick keeps the large ones. The evenness (mean |z|)² / mean z² is 0.64 for normal z, lower for a few strong columns
    among many, and goes to 1 when none is small.

    It is compared with what unpicked columns with the *same correlations* would show (a block of shape features that all measure the
    size is even by nature): outcomes are simulated as the sum of small random effects of all columns and noise, the strength such that
    mean z² is as found, and draws of about that mean z² are kept. A finding needs both: the columns are associated with the
    outcome (Goeman's global test), and more evenly than simulated, both p ≤ 0.01, the second times the number of
    forms of the outcome (a survival outcome also as plain event indicator: labels are often binarised before the pick).

    Measured: the 140 genes that a published pipeline chose by recurrence in NSCLC Radiogenomics have p = 0.002 (``tests/audit/test_selection.py``);
    the 20 to 500 best of the 1,000 label-free genes by score 0.003, the 50 or 140 best by a random forest 0.002 to 0.02; the 1,000 themselves
    do not meet the first test. Of 59 pairs of a real block and an endpoint 19 meet it, and the smallest p is 0.06. Of 720 simulated
    outcomes on real blocks (of few columns, of all, of the second or fifth component) none was accused falsely.

    Limits: fewer than 20 columns are not judged. A pick by joint importance (recursive elimination with a support vector machine) leaves no hole:
    each column may be weak alone. For these the cross-validated concordance of a ridge is reported, and noted from 0.85 on: it may
    be true, but it is what a reviewer should ask about. An outcome that *is* the first component of a block of genes is accused falsely in
    10 to 20 % of simulations: read the finding as a question about how the columns came about. A pick in *other* patients is legitimate, and looks the same only where
    it replicates (the 76-gene signature of breast_metastasis: p = 0.2).
    """
    for modality, target, columns in view.pairs():
        varying = columns.ranks[:, (columns.ranks**2).sum(axis=0) > 0]
        if varying.shape[1] < LEAST_COLUMNS:
            continue
        found = [_Form(varying, residual[:, 0]) for residual in _forms(target)]
        ridge = _cross_validated(varying, target)
        where, p = f"{modality}, {target.endpoint}", _evenness_p(found)
        share = float((np.abs(found[0].z) > 2).mean())
        seen = f"{share:.0%} of {varying.shape[1]} columns have |z| > 2, mean z² {found[0].strength:.1f}, cross-validated ridge {ridge:.2f}"
        if p <= LEVEL:
            message = f"{where}: the columns look picked by the outcome of these patients: {seen}; almost none is near 0 (p {p:.2g})"
            yield Finding("selection", view.severity(modality), message, (modality,))
        elif ridge >= IMPLAUSIBLE:
            yield Finding("selection", "note", f"{where}: predicts unusually well, is that plausible? {seen}", (modality,))
        else:
            yield Finding("selection", "ok", f"{where}: {seen}", (modality,))


@dataclass(frozen=True)
class _Form:
    """The columns of a block, of unit length, shape (n, p), and one form of the outcome, shape (n,)."""

    columns: Floats
    residual: Floats

    @cached_property
    def z(self) -> Floats:
        return np.asarray(self.columns.T @ self.residual * np.sqrt(len(self.residual) - 1))

    @property
    def strength(self) -> float:
        return float((self.z**2).mean())

    def evenness_p(self) -> float:
        """How often columns that nobody picked are associated as evenly; 1 where they are not associated at all."""
        if together(self.columns, self.residual)[1] > LEVEL:
            return 1.0
        rows, count = self.columns.shape
        size, vectors = np.linalg.eigh(self.columns @ self.columns.T)
        size = np.clip(size, 0, None)

        def surplus(log_effect: float) -> float:
            spread = np.exp(log_effect) * size + 1
            return float((rows - 1) / count * (size * spread).sum() / spread.sum()) - self.strength

        low, high = -20.0, 20.0
        effect = np.exp(high if surplus(high) < 0 else low if surplus(low) > 0 else brentq(surplus, low, high))
        noise = np.random.default_rng(SEED).normal(size=(rows, DRAWS))
        drawn = self.columns.T @ unit(vectors @ (np.sqrt(effect * size + 1)[:, None] * noise)) * np.sqrt(rows - 1)
        alike = np.abs(np.log((drawn**2).mean(axis=0) / self.strength)) < ALIKE
        return float((1 + (_evenness(drawn[:, alike]) >= _evenness(self.z[:, None])).sum()) / (1 + alike.sum()))


def _evenness(z: Floats) -> Floats:
    return np.asarray(np.abs(z).mean(axis=0) ** 2 / (z**2).mean(axis=0))


def _evenness_p(forms: list[_Form]) -> float:
    return min(1.0, len(forms) * min(form.evenness_p() for form in forms))


def _forms(target: Target) -> list[Floats]:
    residuals = target.residuals()
    forms = [residuals[:, [number]] for number in range(residuals.shape[1])]
    return [*forms, unit(target.outcome["event"][:, None].astype(float))] if target.survival else forms


def _cross_validated(columns: Floats, target: Target) -> float:
    """Concordance (mean over classes) of ridge regression of the residuals, five folds, as much penalty as signal."""
    residuals, kernel = target.residuals(), columns @ columns.T
    kernel *= len(kernel) / np.trace(kernel)
    fold = np.random.default_rng(SEED).permutation(len(kernel)) % FOLDS
    predicted = np.zeros_like(residuals)
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        weights = np.linalg.solve(kernel[np.ix_(train, train)] + np.eye(int(train.sum())), residuals[train])
        predicted[test] = kernel[np.ix_(test, train)] @ weights
    values = []
    for number, (event, time) in enumerate(target.comparisons().values()):
        try:
            values.append(concordance(event, time, predicted[:, number], fold=fold).estimate[0])
        except UndefinedError:
            continue  # so few of a class that no fold has one beside another
    return float(np.mean(values)) if values else 0.5
