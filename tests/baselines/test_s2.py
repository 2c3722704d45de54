"""S2's models: architecture, oversampling, pooling, fusion, and patients who lack modalities."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import recall_score, roc_auc_score
from threadpoolctl import threadpool_limits
from torch import nn
from torch.nn import functional

from baselines.balanced_mlp import BalancedMlp, records_encoder
from baselines.early_fusion import EarlyFusion, FusionNetwork
from baselines.ehr_mlp import EhrMlp
from baselines.late_fusion_weighted import LateFusionWeighted, balanced_accuracy, weighted_mean
from baselines.radiology_mil import MaximumNetwork, RadiologyMil
from baselines.shared.balanced import BalancedClassifier, BalancedNetwork, at_prevalence
from baselines.shared.classifying import balanced_weights, train
from baselines.wsi_mlp import WsiMlp
from tests.baselines.kidney import THREE, TWO, blind, fitted, patients

FUSED = ("clinical", "mutations", "wsi", "ct", "mri")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


# architecture


def test_ehr_mlp_has_two_layers_a_smoothed_target_and_keeps_the_epoch_of_the_best_balanced_accuracy() -> None:
    train, valid = patients(60, 0), patients(30, 1)
    model = fitted(EhrMlp(("clinical",)), train, valid)
    width = model.records.width
    first, _, dropout, last = model.fitted.network
    assert (first.in_features, first.out_features, last.in_features, last.out_features) == (width, 64, 64, 2)
    assert sum(item.numel() for item in model.fitted.network.parameters()) == 64 * (width + 1) + 2 * 65
    assert dropout.p == 0.3
    assert model.fitted.epoch == 1 + int(np.argmax(model.fitted.scores))
    assert 0 <= min(model.fitted.scores) <= max(model.fitted.scores) <= 1  # balanced accuracies, no losses


def test_ehr_mlp_minimises_a_smoothed_and_weighted_cross_entropy(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = []

    def watched(build: Any, seen: Any, valid: Any, loss: Any, *rest: Any) -> Any:
        losses.append((loss, seen.codes))
        return train(build, seen, valid, loss, *rest)

    monkeypatch.setattr("baselines.ehr_mlp.train", watched)
    fitted(EhrMlp(("clinical",), epochs=1), patients(20, 0), patients(10, 1))
    (loss, codes), scores = losses[0], torch.tensor([[2.0, 0.0], [0.5, 1.0], [1.0, -1.0]])
    expected = functional.cross_entropy(scores, torch.tensor([0, 1, 1]), balanced_weights(codes, 2), label_smoothing=0.1)
    assert float(loss(scores, torch.tensor([0, 1, 1]))) == pytest.approx(float(expected))


def test_balanced_mlp_is_256_128_64_1_with_normalisation_and_two_dropouts() -> None:
    encoder = records_encoder(20, 0.3)
    assert [type(layer).__name__ for layer in encoder] == [
        *["Linear", "BatchNorm1d", "ReLU", "Dropout"] * 2,
        "Linear",
        "BatchNorm1d",
        "ReLU",
    ]
    assert [layer.out_features for layer in encoder if isinstance(layer, nn.Linear)] == [256, 128, 64]
    model = fitted(BalancedMlp(("clinical",), epochs=1), patients(20, 0), patients(10, 1))
    width = 3  # age, stage, sex without its first level
    linear = (width * 256 + 256) + (256 * 128 + 128) + (128 * 64 + 64) + (64 + 1)
    assert parameters(model.fitted.network) == linear + 2 * (256 + 128 + 64)


def test_radiology_mil_is_512_256_128_1() -> None:
    expected = (512 * 256 + 256) + (256 * 128 + 128) + (128 + 1)
    assert parameters(MaximumNetwork([512], 1, 0.1, 0.3)) == expected
    assert parameters(MaximumNetwork([512, 512], 1, 0.1, 0.3)) == expected  # one network for CT and MRI
    assert parameters(MaximumNetwork([512, 100], 1, 0.1, 0.3)) == expected + 100 * 256 + 256


@pytest.mark.parametrize(("pooling", "attention"), [("mean", 0), ("gated", 2 * (12 * 128 + 128) + 128 + 1)])
def test_wsi_mlp_is_256_128_1_behind_the_pooling(pooling: Any, attention: int) -> None:
    model = fitted(WsiMlp(("wsi",), pooling, epochs=1), patients(20, 0), patients(10, 1))
    assert parameters(model.fitted.network) == attention + (12 * 256 + 256) + (256 * 128 + 128) + 128 + 1


@pytest.mark.parametrize(("fusion", "width"), [("concat", 4 * 64), ("mean", 64)])
def test_early_fusion_projects_every_modality_to_64(fusion: Any, width: int) -> None:
    model = fitted(EarlyFusion(FUSED, fusion, epochs=1), patients(20, 0), patients(10, 1))
    records = parameters(records_encoder(3 + 2, 0.3))  # clinical and mutations are one table of records
    assert parameters(model.fitted.network) == records + 3 * (12 * 64 + 64) + (width * 64 + 64) + (64 + 1)


@pytest.mark.parametrize(
    "model",
    [
        BalancedMlp(("clinical",)),
        EhrMlp(("clinical",)),
        RadiologyMil(("ct",)),
        WsiMlp(("wsi",)),
        WsiMlp(("wsi",), "gated"),
        EarlyFusion(("ct", "wsi")),
    ],
)
def test_more_classes_have_a_score_each(model: BalancedNetwork) -> None:
    model.recipe = replace(model.recipe, epochs=1)
    model.fit(patients(21, 0, classes=THREE), patients(9, 1, classes=THREE))
    assert list(model.fitted.network.parameters())[-1].shape == (3,)


# fusion


class Constant(nn.Module):
    """An encoder that returns its own number whatever comes in."""

    def __init__(self, number: float) -> None:
        super().__init__()
        self.number = number

    def forward(self, table: torch.Tensor) -> torch.Tensor:
        return torch.full((len(table), 64), self.number)


@pytest.mark.parametrize(("fusion", "expected"), [("concat", [[1, 5], [1, 0], [0, 5]]), ("mean", [[3], [1], [5]])])
def test_early_fusion_sees_zeros_or_the_mean_of_those_present(fusion: Any, expected: list[list[float]]) -> None:
    network = FusionNetwork([Constant(1.0), Constant(5.0)], fusion, 1, 0.0)
    network.classifier = nn.Identity()
    fused = network(torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]), torch.zeros(3, 2), torch.zeros(3, 2))
    np.testing.assert_array_equal(fused[:, ::64], expected)
    assert fused.shape[1] == 64 * len(expected[0])


def test_late_fusion_averages_over_those_who_judge() -> None:
    nothing = [np.nan, np.nan]
    tables = np.array([[[0.2, 0.8], [0.2, 0.8], nothing, nothing], [[0.6, 0.4], nothing, [0.6, 0.4], nothing]])
    mean = weighted_mean(tables, np.array([0.75, 0.5]))
    np.testing.assert_allclose(mean[:3, 1], [(0.75 * 0.8 + 0.5 * 0.4) / 1.25, 0.8, 0.4])
    assert np.isnan(mean[3]).all()
    assert np.isnan(weighted_mean(tables, np.array([0.75, 0.0]))[2]).all()


def test_weights_are_the_balanced_accuracies_on_the_validation_part() -> None:
    table = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.8, 0.2], [np.nan, np.nan]])
    assert balanced_accuracy(table, np.array([0, 0, 1, 0, 1])) == pytest.approx((2 / 3 + 1) / 2)
    assert balanced_accuracy(table, np.array([0, 0, 0, 0, 1])) == 0.5  # the only positive one cannot be judged
    train, valid = patients(60, 0, signal=0.7, lacking=0.3), patients(40, 1, signal=0.7, lacking=0.3)
    model = fitted(LateFusionWeighted(FUSED), train, valid)
    assert [type(part).__name__ for part in model.parts] == ["BalancedMlp", "WsiMlp", "RadiologyMil"]
    assert [part.modalities for part in model.parts] == [("clinical", "mutations"), ("wsi",), ("ct", "mri")]
    for part, share in zip(model.parts, model.shares, strict=True):
        judged = part.balanced(valid)
        known = ~np.isnan(judged[:, 0])
        assert share == pytest.approx(recall_score(valid.outcome[known], judged[known].argmax(1), average="macro"))


def test_learned_weights_fall_back_where_a_class_does_not_validate() -> None:
    train, valid = patients(40, 0), patients(30, 1)
    model = fitted(LateFusionWeighted(FUSED, "learned"), train, valid)
    assert model.head.coef_.shape == (1, 3 * 2)
    alive = np.flatnonzero(valid.outcome == 0)
    model = fitted(LateFusionWeighted(FUSED, "learned"), train, replace(valid, ids=valid.ids[alive], outcome=valid.outcome[alive]))
    assert model.head is None
    assert model.shares.tolist() == [0.5] * 3


# all of them

MODELS: dict[str, Any] = {
    "balanced_mlp": lambda: BalancedMlp(("clinical",), epochs=20),
    "ehr_mlp": lambda: EhrMlp(("clinical",)),
    "radiology_mil": lambda: RadiologyMil(("ct", "mri"), epochs=20),
    "wsi_mlp": lambda: WsiMlp(("wsi",)),
    "wsi_mlp_gated": lambda: WsiMlp(("wsi",), "gated"),
    "early_fusion": lambda: EarlyFusion(FUSED),
    "early_fusion_mean": lambda: EarlyFusion(FUSED, "mean"),
    "late_fusion_weighted": lambda: LateFusionWeighted(FUSED),
    "late_fusion_learned": lambda: LateFusionWeighted(FUSED, "learned"),
}
EVERY = pytest.mark.parametrize("name", MODELS)


@EVERY
@pytest.mark.parametrize("classes", [TWO, THREE])
def test_it_learns_with_patients_who_lack_modalities(name: str, classes: tuple[str, ...]) -> None:
    train, valid = patients(20, 0, classes=classes, lacking=0.2), patients(20, 1, classes=classes, lacking=0.2)
    model = fitted(MODELS[name](), train, valid)
    everybody = model.predict(blind(train))
    judged = np.isfinite(model.balanced(blind(train))[:, 0])
    score = roc_auc_score(train.outcome[judged], everybody[judged], multi_class="ovr")
    assert score >= 0.9
    one = replace(blind(train), ids=train.ids[[3]])
    np.testing.assert_allclose(model.predict(one)[0], everybody[3], rtol=1e-4, atol=1e-6)


@EVERY
def test_who_has_no_modality_gets_the_training_prevalence(name: str) -> None:
    model = fitted(MODELS[name](), patients(40, 0, rare=0.25), patients(20, 1))
    nobody = patients(3, 2)
    empty = replace(blind(nobody), blocks={name: table.iloc[:0] for name, table in nobody.blocks.items()})
    np.testing.assert_allclose(model.predict(empty), 0.25)


@EVERY
def test_a_training_part_of_one_class_gives_the_prevalence(name: str) -> None:
    train = patients(20, 0)
    model = fitted(MODELS[name](), replace(train, outcome=np.zeros(20, dtype=np.int64)), patients(10, 1))
    assert model.predict(blind(patients(4, 2))).tolist() == [0] * 4


@EVERY
def test_an_absent_class_has_probability_zero_and_an_empty_validation_part_is_no_error(name: str) -> None:
    train = patients(24, 0, classes=THREE)
    two = replace(train, outcome=np.minimum(train.outcome, 1))
    table = fitted(MODELS[name](), two, replace(train, ids=train.ids[:0], outcome=train.outcome[:0])).predict(blind(patients(6, 2)))
    assert table.shape == (6, 3)
    np.testing.assert_allclose(table.sum(axis=1), 1)
    assert (table[:, 2] == 0).all()


@EVERY
def test_a_modality_that_nobody_has_in_training_is_left_out(name: str) -> None:
    train, test = patients(24, 0), patients(8, 2)
    bare = {**train.blocks, **{block: train.blocks[block].iloc[:0] for block in ("mri", "wsi")}}
    model = fitted(MODELS[name](), replace(train, blocks=bare), patients(8, 1))
    table = model.predict(blind(replace(test, blocks={**test.blocks, "ct": test.blocks["ct"].iloc[:0]})))
    assert np.isfinite(table).all()
    if name.startswith(("wsi", "radiology")):
        np.testing.assert_allclose(table, 0.5)  # the prevalence: nothing that trained is left


def test_half_becomes_the_prevalence_and_the_order_stays() -> None:
    balanced = np.array([[0.5, 0.5], [0.2, 0.8], [1.0, 0.0]])
    table = at_prevalence(balanced, np.array([0.9, 0.1]))
    np.testing.assert_allclose(table[:, 1], [0.1, 0.08 / (0.08 + 0.18), 0.0])
    train, test = patients(60, 0, rare=0.2, signal=1.0), blind(patients(40, 2))
    model = fitted(BalancedMlp(("clinical",)), train, patients(20, 1))
    odds = model.balanced(test)[:, 1] / model.balanced(test)[:, 0]
    probability = model.predict(test)
    np.testing.assert_allclose(probability / (1 - probability), odds * 0.2 / 0.8)


def test_what_they_take_where_the_user_names_nothing() -> None:
    kidney, default = ("clinical", "mutations", "wsi", "ct", "mri"), ("clinical", "mutations")
    lung = ("semantic", "radiomics", "radiomics_all", "genomics", "clinical")
    picked = {
        model: (model.pick(kidney, default), model.pick(lung, ("radiomics",))) for model in (BalancedMlp, RadiologyMil, WsiMlp, EarlyFusion)
    }
    assert picked[BalancedMlp] == (("clinical", "mutations"), ("clinical",))
    assert picked[RadiologyMil] == (("ct", "mri"), ())
    assert picked[WsiMlp] == (("wsi",), ())
    assert picked[EarlyFusion] == (kidney, ("radiomics", "clinical"))
    assert BalancedMlp.pick(("rna",), ("rna",)) == ("rna",)


@pytest.mark.parametrize("model", [BalancedMlp(), WsiMlp(("wsi", "ct")), EarlyFusion(("ct",)), LateFusionWeighted(("ct",)), RadiologyMil()])
def test_a_wrong_number_of_modalities_is_an_error(model: BalancedClassifier) -> None:
    with pytest.raises(ValueError, match="modalities needed"):
        model.fit(patients(10, 0), patients(10, 1))


def test_a_modality_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"'pet'.*clinical"):
        RadiologyMil(("pet",)).fit(patients(10, 0), patients(10, 1))
