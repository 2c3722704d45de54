"""Coxnet, the clinical Cox model and the floors."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sksurv.linear_model import CoxnetSurvivalAnalysis

from baselines import coxnet
from baselines.clinical_cox import ClinicalCox
from baselines.coxnet import Coxnet, fit_path
from baselines.kaplan_meier import KaplanMeier
from baselines.random_risk import RandomRisk
from benchmark.models import Patients
from tests.baselines.made_up import changed, make_patients, subset

PAIR = ("genomics", "radiomics")


def fitted(**parameters: object) -> Coxnet:
    model = Coxnet(**parameters)  # type: ignore[arg-type]
    model.fit(make_patients(50, 1, signal=1.0, missing=0.03), make_patients(12, 2, signal=1.0))
    return model


def test_early_fusion_is_one_path_and_late_fusion_the_sum_of_single_risks() -> None:
    test = make_patients(20, 3, signal=1.0)
    assert len(fitted(modalities=PAIR).paths) == 1
    late = fitted(modalities=PAIR, fusion="late").predict(test)
    singles = [fitted(modalities=(modality,)).predict(test) for modality in PAIR]
    np.testing.assert_allclose(late, singles[0] + singles[1])


def test_alpha_is_the_smallest_or_the_best_on_the_validation_part() -> None:
    model = fitted(modalities=("genomics",))
    assert model.alphas == [model.paths[0].alphas_[-1]]
    assert model.paths[0].alphas_[-1] <= 1e-3 * model.paths[0].alphas_[0]  # scikit-survival's default would end at 1e-2
    chosen = fitted(modalities=("genomics",), alpha="valid")
    path, group, valid = chosen.paths[0], chosen.groups[0], make_patients(12, 2, signal=1.0)
    scores = []
    for alpha in path.alphas_:
        risk = path.predict(group[0].transform(valid), alpha=alpha)
        scores.append(coxnet.concordance_index_censored(valid.outcome["event"], valid.outcome["time"], risk, tied_tol=0)[0])
    assert chosen.alphas[0] == path.alphas_[int(np.argmax(scores))]  # argmax: the first, so the largest alpha among equals


def test_signal_is_found_and_the_direction_is_right() -> None:
    test = make_patients(200, 3, signal=1.0)
    risk = fitted(modalities=("genomics",), alpha="valid").predict(test)
    assert coxnet.concordance_index_censored(test.outcome["event"], test.outcome["time"], risk)[0] > 0.6


def test_coxnet_is_deterministic_and_independent_of_companions() -> None:
    test, order = make_patients(15, 3), np.random.default_rng(0).permutation(15)
    model = fitted(modalities=("genomics", "clinical"))
    risk = model.predict(test)
    assert risk.tobytes() == fitted(modalities=("genomics", "clinical")).predict(test).tobytes()
    np.testing.assert_allclose(model.predict(subset(test, order)), risk[order], atol=1e-10)
    np.testing.assert_allclose(model.predict(subset(test, [4])), risk[[4]], atol=1e-10)


def test_validation_patients_never_change_a_fit_at_the_smallest_alpha() -> None:
    train, test = make_patients(50, 1), make_patients(15, 3)
    risks = []
    for valid in (make_patients(12, 2), make_patients(12, 77, signal=3.0)):
        model = Coxnet(modalities=PAIR)
        model.fit(train, valid)
        risks.append(model.predict(test).tobytes())
    assert risks[0] == risks[1]


class FailsBelow(CoxnetSurvivalAnalysis):
    """Stands in for a solver that overflows, or does not converge, at small alphas."""

    limit = 0.3
    warn = False

    def fit(self, X: np.ndarray, y: np.ndarray) -> "FailsBelow":  # noqa: N803 - scikit-survival's names
        super().fit(X, y)
        if self.alphas_[-1] < self.limit * self.alphas_[0]:
            if not self.warn:
                raise ArithmeticError("Numerical error, because weights are too large. Consider increasing alpha.")
            warnings.warn("terminated early", ConvergenceWarning, stacklevel=2)
        return self


@pytest.mark.parametrize("warn", [False, True])
def test_the_path_ends_where_the_solver_fails(monkeypatch: pytest.MonkeyPatch, warn: bool) -> None:
    train = make_patients(50, 1, signal=1.0)
    matrix = train.blocks["genomics"].to_numpy()
    whole = fit_path(matrix, train.outcome, 0.3, 100)
    monkeypatch.setattr(coxnet, "CoxnetSurvivalAnalysis", FailsBelow)
    monkeypatch.setattr(FailsBelow, "warn", warn)
    path = fit_path(matrix, train.outcome, 0.3, 100)
    length = len(path.alphas_)
    np.testing.assert_allclose(path.alphas_, whole.alphas_[:length])
    np.testing.assert_allclose(path.coef_, whole.coef_[:, :length], atol=1e-6)
    assert whole.alphas_[length] < 0.3 * whole.alphas_[0] <= path.alphas_[-1]
    monkeypatch.setattr(FailsBelow, "limit", 2.0)
    with pytest.raises(ArithmeticError, match="even at the largest alpha"):
        fit_path(matrix, train.outcome, 0.3, 100)


def test_degenerate_folds_are_errors() -> None:
    train, valid = make_patients(20, 1), make_patients(10, 2)
    censored = Patients(train.ids, train.blocks, train.outcome.copy())
    censored.outcome["event"] = False
    with pytest.raises(ValueError, match="censored"):
        Coxnet(modalities=PAIR).fit(censored, valid)
    with pytest.raises(ValueError, match="at least one modality"):
        Coxnet().fit(train, valid)


def test_clinical_cox_takes_stage_or_what_stands_for_it() -> None:
    train, test = make_patients(60, 1), make_patients(10, 3)
    model = ClinicalCox()
    model.fit(train, make_patients(5, 2))
    assert model.used == ["age", "sex", "smoking", "stage"]
    assert model.predict(test).shape == (10,)
    table = train.blocks["clinical"].drop(columns="stage").assign(grade=np.arange(60) % 3)
    model.fit(changed(train, "clinical", table), make_patients(5, 2))
    assert model.used == ["age", "sex", "smoking", "grade"]
    named = ClinicalCox(columns=("centre", "nowhere"))
    named.fit(train, make_patients(5, 2))
    assert named.used == ["centre"]


def test_clinical_cox_without_its_columns() -> None:
    train = make_patients(20, 1)
    with pytest.raises(ValueError, match="clinical_cox: block 'clinical' has none of the columns age, sex, smoking, size, grade, er"):
        ClinicalCox().fit(changed(train, "clinical", train.blocks["clinical"][["biopsied"]]), train)


def test_floors() -> None:
    test = make_patients(400, 3)
    blind = Patients(test.ids, test.blocks)
    assert (KaplanMeier().predict(blind) == 0).all()
    risk = RandomRisk(seed=4).predict(blind)
    assert len(np.unique(risk)) == 400
    assert risk.mean() == pytest.approx(0.5, abs=0.05)
    np.testing.assert_array_equal(RandomRisk(seed=4).predict(subset(blind, [9, 2])), risk[[9, 2]])
    assert not np.array_equal(RandomRisk(seed=5).predict(blind), risk)
