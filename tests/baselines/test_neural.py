"""The neural models through the contract: signal, noise, determinism, independence of companions, refusals."""

import numpy as np
import pytest
from sksurv.metrics import concordance_index_censored

from baselines.block_fusion import BlockFusion
from baselines.intermediate_fusion import IntermediateFusion
from baselines.late_fusion import LateFusion
from baselines.mfh_fusion import MfhFusion
from baselines.mlp import Mlp
from baselines.shared.neural import RankingNetwork
from benchmark.models import Patients
from tests.baselines.made_up import BLOCKS, make_patients, subset

PAIR = ("genomics", "radiomics")
CASES = [
    (Mlp, ("genomics",)),
    (Mlp, ("clinical",)),
    (IntermediateFusion, BLOCKS),
    (LateFusion, BLOCKS),
    (BlockFusion, BLOCKS),
    (MfhFusion, PAIR),
]
QUICK = {"initialisations": 1, "l2": (0.01,), "max_steps": 60}
each = pytest.mark.parametrize(("model", "modalities"), CASES)


def c_index(patients: Patients, risk: np.ndarray) -> float:
    assert patients.outcome is not None
    return float(concordance_index_censored(patients.outcome["event"], patients.outcome["time"], risk)[0])


@pytest.mark.parametrize("model", [Mlp, IntermediateFusion, LateFusion, BlockFusion, MfhFusion])
def test_overfits_twenty_patients_with_signal(model: type[RankingNetwork]) -> None:
    train = make_patients(20, 1, signal=3.0)
    modalities = ("genomics",) if model is Mlp else PAIR
    fitted = model(modalities=modalities, initialisations=1, l2=(0.0,), dropout=0.0, learning_rate=0.01, max_steps=800, patience=800)
    fitted.fit(train, train)
    assert c_index(train, fitted.predict(train)) > 0.95


def test_noise_stays_near_chance() -> None:
    test = make_patients(300, 99)
    scores = []
    for seed in range(6):
        fitted = IntermediateFusion(modalities=PAIR, seed=seed, **QUICK)
        fitted.fit(make_patients(60, seed), make_patients(12, 50 + seed))
        scores.append(c_index(test, fitted.predict(test)))
    assert np.mean(scores) == pytest.approx(0.5, abs=0.05)


@each
def test_same_seed_same_bytes_and_another_seed_another_model(model: type[RankingNetwork], modalities: tuple[str, ...]) -> None:
    train, valid, test = make_patients(40, 1, missing=0.05), make_patients(12, 2), make_patients(15, 3)
    risks = []
    for seed in (7, 7, 8):
        fitted = model(modalities=modalities, seed=seed, **QUICK)
        fitted.fit(train, valid)
        risks.append(fitted.predict(test).tobytes())
    assert risks[0] == risks[1] != risks[2]


@each
def test_a_prediction_does_not_depend_on_companions(model: type[RankingNetwork], modalities: tuple[str, ...]) -> None:
    fitted = model(modalities=modalities, **QUICK)
    fitted.fit(make_patients(40, 1), make_patients(12, 2))
    test = make_patients(15, 3)
    order = np.random.default_rng(0).permutation(15)
    risk = fitted.predict(test)
    assert risk.shape == (15,)
    assert risk.dtype == np.float64
    np.testing.assert_allclose(fitted.predict(subset(test, order)), risk[order], rtol=0, atol=1e-12)
    np.testing.assert_allclose([fitted.predict(subset(test, [number]))[0] for number in range(15)], risk, rtol=0, atol=1e-12)


def test_test_patients_may_lack_a_modality() -> None:
    fitted = IntermediateFusion(modalities=PAIR, **QUICK)
    fitted.fit(make_patients(40, 1), make_patients(12, 2))
    test = make_patients(6, 3)
    blocks = {name: table.iloc[2:] for name, table in test.blocks.items()}
    risk = fitted.predict(Patients(test.ids, blocks))
    assert np.isfinite(risk).all()
    assert risk[0] == risk[1]  # all they have is the training mean


@pytest.mark.parametrize(
    ("model", "modalities", "message"),
    [
        (Mlp, PAIR, "exactly 1 modalities needed, got genomics"),
        (BlockFusion, ("genomics",), "2 to 3 modalities needed, got genomics"),
        (MfhFusion, (*BLOCKS, "genomics"), "2 to 3 modalities"),
        (LateFusion, ("genomics",), "2 to 3 modalities needed, got genomics"),
        (IntermediateFusion, (), "got none"),
    ],
)
def test_wrong_number_of_modalities(model: type[RankingNetwork], modalities: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model(modalities=modalities).fit(make_patients(20), make_patients(10, 1))


def test_a_relu_on_the_output_can_kill_the_gradient() -> None:
    """The finding behind ``relu_output=False``: some initialisations never move, and all patients tie."""
    tied = []
    for seed in range(8):
        fitted = LateFusion(modalities=PAIR, relu_output=True, seed=seed, **QUICK)
        fitted.fit(make_patients(40, 1, signal=2.0), make_patients(12, 2, signal=2.0))
        tied.append(len(np.unique(fitted.predict(make_patients(15, 3)))) == 1)
    assert any(tied)


@each
def test_an_event_free_validation_part_leaves_the_last_weights(model: type[RankingNetwork], modalities: tuple[str, ...]) -> None:
    valid = make_patients(12, 2)
    assert valid.outcome is not None
    valid.outcome["event"] = False
    fitted = model(modalities=modalities, **{**QUICK, "l2": (0.1, 0.01)})
    fitted.fit(make_patients(40, 1), valid)
    assert {(run.steps, run.best_step) for run in fitted.runs} == {(60, 60)}
    assert np.isfinite(fitted.predict(make_patients(5, 3))).all()
