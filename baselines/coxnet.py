"""S1's linear models: a Cox model with elastic net, on one modality or on several, fused early or late.

Source: Subramanian, Do, Syeda-Mahmood (2020), "Multimodal fusion of imaging and genomics for lung cancer recurrence
prediction", section 3. Solver: Simon, Friedman, Hastie, Tibshirani (2011), as in scikit-survival.
"""

import warnings
from typing import Any, Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sksurv.linear_model import CoxnetSurvivalAnalysis
from sksurv.metrics import concordance_index_censored

from baselines.shared.features import Features, Matrix
from benchmark.models import Model, Patients

MIN_RATIO = 1e-4  # the smallest alpha of a path over its largest; see Coxnet


class Coxnet(Model):
    """Cox(G), Cox(P), Cox(D), Cox EF and Cox LF of S1's table 1a.

    As in S1: 0.3 of the penalty is L1, 100 alphas, prediction at the smallest alpha, each block divided by one scalar
    maximum, the 500 most variable genes. That scalar keeps the columns' own scales, so in a block such as radiomics the
    penalty leaves only the columns with the largest numbers to the model. On ``nsclc_recurrence`` these are two equal ones,
    energy and total energy, and the test C-index of five trial folds was that of energy alone, to two digits; S1's
    Cox(P) was probably little else. The path runs down to 1e-4 of the largest alpha for any shape: scikit-survival 0.12, which S1
    used, had that default; today's is 1e-2 for more columns than patients. (The solver ends it sooner, as glmnet does,
    once the deviance no longer falls.)

    Deviations: the scalar is taken over the training part (S1: train and valid) and of absolute values; missing
    values are imputed; a block with coded columns, which S1 does not have, is z-scored first. See
    :class:`baselines.shared.features.Features`.

    Args:
        modalities: the blocks to use.
        fusion: ``early`` puts their columns side by side, ``late`` adds the risks of one model per block.
        l1_ratio: share of L1 in the penalty.
        n_alphas: length of the path.
        genes: how many genes enter: the most variable ones of the training part.
        alpha: ``smallest`` of the path, as S1 does without a look at the validation part; or ``valid``, the one with the
            best validation C-index (of equal ones the largest), which is what a careful user would do. Late fusion
            chooses for each block by itself.
    """

    def __init__(
        self,
        modalities: tuple[str, ...] = (),
        fusion: Literal["early", "late"] = "early",
        l1_ratio: float = 0.3,
        n_alphas: int = 100,
        genes: int = 500,
        alpha: Literal["smallest", "valid"] = "smallest",
    ) -> None:
        self.modalities = modalities
        self.fusion = fusion
        self.l1_ratio = l1_ratio
        self.n_alphas = n_alphas
        self.genes = genes
        self.alpha = alpha

    def fit(self, train: Patients, valid: Patients) -> None:
        """Fit one path on all columns (early) or one for each modality (late).

        Raises:
            ValueError: no modality, no event or no column that varies in training, or (``alpha="valid"``) no comparable
                pair in the validation part.
            ArithmeticError: the solver fails at the largest alpha already.
        """
        if not self.modalities:
            raise ValueError("coxnet needs at least one modality")
        features = [Features(modality, self.genes, "maximum").fit(train) for modality in self.modalities]
        self.groups = [features] if self.fusion == "early" else [[one] for one in features]
        self.paths = [fit_path(_side_by_side(group, train), train.outcome, self.l1_ratio, self.n_alphas) for group in self.groups]
        self.alphas = [self._choose(path, group, valid) for path, group in zip(self.paths, self.groups, strict=True)]

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        fitted = zip(self.paths, self.groups, self.alphas, strict=True)
        risks = [path.predict(_side_by_side(group, patients), alpha=alpha) for path, group, alpha in fitted]
        return np.asarray(np.sum(risks, axis=0))

    def _choose(self, path: CoxnetSurvivalAnalysis, group: list[Features], valid: Patients) -> float:
        alphas = [float(alpha) for alpha in path.alphas_]  # from the largest to the smallest
        if self.alpha == "smallest" or valid.outcome is None:
            return alphas[-1]
        matrix, outcome = _side_by_side(group, valid), valid.outcome
        risks = (path.predict(matrix, alpha=alpha) for alpha in alphas)
        scores = [concordance_index_censored(outcome["event"], outcome["time"], risk, tied_tol=0)[0] for risk in risks]
        return alphas[int(np.argmax(scores))]


def fit_path(matrix: Matrix, outcome: np.ndarray[Any, Any] | None, l1_ratio: float, n_alphas: int) -> CoxnetSurvivalAnalysis:
    """The path from the alpha that leaves no coefficient down to the last one at which the solver converges.

    scikit-survival gives up the whole path when one alpha fails; like glmnet, this keeps the part before it. A path to alpha k
    does not depend on what follows, so the longest one that converges is found by bisection.

    Raises:
        ArithmeticError: not even the largest alpha converges.
    """

    def fit(**path: Any) -> CoxnetSurvivalAnalysis:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            warnings.filterwarnings("ignore", "all coefficients are zero")  # at the largest alpha they are, by definition
            return CoxnetSurvivalAnalysis(l1_ratio=l1_ratio, **path).fit(matrix, outcome)

    def try_fit(**path: Any) -> CoxnetSurvivalAnalysis | None:
        try:
            return fit(**path)
        except (ArithmeticError, ConvergenceWarning):
            return None

    whole = try_fit(n_alphas=n_alphas, alpha_min_ratio=MIN_RATIO)
    if whole is not None:
        return whole
    largest = try_fit(n_alphas=2, alpha_min_ratio=0.99)
    if largest is None:
        raise ArithmeticError("the elastic-net Cox solver does not converge even at the largest alpha of its path")
    alphas = np.geomspace(1.0, MIN_RATIO, n_alphas) * largest.alphas_[0]
    best, good, bad = largest, 1, n_alphas
    while bad - good > 1:
        middle = (good + bad) // 2
        if (fitted := try_fit(alphas=alphas[:middle])) is not None:
            best, good = fitted, middle
        else:
            bad = middle
    return best


def _side_by_side(group: list[Features], patients: Patients) -> Matrix:
    return np.hstack([features.transform(patients) for features in group])
