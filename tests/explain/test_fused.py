"""RadScores beside deep features: contributions of a linear classifier in closed form, correlations by hand."""

import numpy as np
import pandas as pd
import pytest

from benchmark.explain.fused import by_chance, fused_of, fused_over, likeness
from benchmark.explain.refit import Refitted
from benchmark.models import Model, Patients


class Region:
    modality = "radiomics"


class Classifier:
    """0.1 · d0 + 0.3 · d1 + 0.2 · score, of rows in the model's own order."""

    name = "logistic"

    def probabilities(self, matrix):
        return matrix @ [0.1, 0.3, 0.2]


class Made(Model):
    """Deep features d0 and d1, then a RadScore, straight from a block."""

    modalities = ("radiomics", "deep")
    images = None

    def fit(self, train, valid):
        self.regions, self.best = [Region()], Classifier()

    def _inputs(self, patients):
        return (patients.blocks["radiomics"].to_numpy(),)

    def _fused(self, table):
        return table

    def predict(self, patients):
        return self.best.probabilities(self._fused(*self._inputs(patients)))


def fitted(seed=0, constant=False):
    random = np.random.default_rng(seed)

    def people(count):
        table = pd.DataFrame(random.normal(size=(count, 3)), pd.Index([f"p{k}" for k in range(count)]), ["d0", "d1", "score"])
        if constant:
            table["d0"] = 0.0
        return Patients(table.index, {"radiomics": table}, np.zeros(count, int), ("a", "b"))

    model, train, test = Made(), people(40), people(9)
    model.fit(train, train)
    return Refitted(model, train, test, pd.Series(dtype=str), True)


def test_contributions_of_a_linear_classifier_are_its_terms():
    """φ_j = w_j (x_j − mean x_j); the RadScore first, then the deep features, the larger one first."""
    fit = fitted()
    found = fused_of(fit)
    moves = (fit.test.blocks["radiomics"] - fit.train.blocks["radiomics"].mean()).abs().mean() * [0.1, 0.3, 0.2]
    spread = fit.model.predict(fit.test).std()
    np.testing.assert_allclose(found.size, moves[["score", "d1", "d0"]] / spread, rtol=1e-9)
    r = fit.train.blocks["radiomics"].corr().abs()
    assert found.train[0, 1] == pytest.approx(r.loc["score", "d1"])
    assert found.test[0, 2] == pytest.approx(fit.test.blocks["radiomics"].corr().abs().loc["score", "d0"])


def test_folds_together():
    folds = [fused_of(fitted(seed)) for seed in (0, 1, 2)]
    found = fused_over(folds, folds[:1])
    shares = [fold.size[0] / fold.size.sum() for fold in folds]
    assert found.share == pytest.approx((np.mean(shares), np.std(shares, ddof=1)))
    assert found.null_share == pytest.approx((shares[0], 0.0))
    assert found.fair_share == pytest.approx(1 / 3)
    assert found.names == ("RadScore of radiomics", "deep feature 1", "deep feature 2")
    assert found.correlation[1][0] == pytest.approx((np.mean(r := [fold.train[0, 1] for fold in folds]), np.std(r, ddof=1), 3))
    assert found.between["train_largest"][0] == pytest.approx(np.mean([fold.train[0, 1:].max() for fold in folds]))
    assert (found.patients, found.classifiers, found.constant, found.empty) == ((40.0, 9.0), {"logistic": 3}, 0.0, 0)


def test_a_feature_that_never_varies_has_no_correlation():
    found = fused_over([fused_of(fitted(constant=True))], [])
    assert (found.constant, found.null_share) == (1.0, None)
    assert found.correlation[2][0] is None
    assert found.size[2] == (0.0, 0.0)
    assert np.isnan(likeness(np.ones((5, 2)))).all()


def test_independent_columns_correlate_by_chance():
    random = np.random.default_rng(0)
    seen = [abs(np.corrcoef(random.normal(size=(2, 20)))[0, 1]) for _ in range(4000)]
    assert by_chance(20) == pytest.approx(np.mean(seen), rel=0.05)


def test_other_models_fuse_nothing():
    fit = fitted()
    fit.model.best = None
    assert fused_of(fit) is None
