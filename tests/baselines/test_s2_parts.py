"""What S2's models are made of: records, oversampling, bags, pooling."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from imblearn.over_sampling import ADASYN, SMOTE
from threadpoolctl import threadpool_limits

from baselines.balanced_mlp import BalancedMlp, oversampled
from baselines.radiology_mil import MaximumNetwork
from baselines.shared.instances import Instances
from baselines.shared.records import Records
from baselines.wsi_mlp import GatedAttention, WsiMlp
from benchmark.models import Patients
from tests.baselines.kidney import fitted, of_sizes, patients


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with threadpool_limits(1):
        yield


# health records


def test_records_are_imputed_coded_and_scaled_by_the_training_part_alone() -> None:
    def table(ages: list[float], stages: list[Any], races: list[Any], smokes: list[Any]) -> Patients:
        ids = pd.Index([f"q{number}" for number in range(len(ages))])
        stage = pd.Categorical(stages, ["I", "II", "III", "IV"], ordered=True)
        frame = {"age": ages, "stage": stage, "race": races, "smokes": smokes, "same": 1.0}
        return Patients(ids, {"clinical": pd.DataFrame(frame, ids)})

    train = table([40, 50, np.nan, 80], ["I", None, "III", "III"], ["a", "b", "b", None], [True, None, False, True])
    records = Records(("clinical",)).fit(train)
    np.testing.assert_allclose(
        records.transform(train),  # age, median 50; stage, most frequent III; race is b, most frequent b; smokes, median 1
        [[0, 0, 0, 1], [0.25, 1, 1, 1], [0.25, 1, 1, 0], [1, 1, 1, 1]],
    )
    later = table([100, np.nan], [None, "IV"], ["never seen", "a"], [None, False])
    np.testing.assert_allclose(records.transform(later), [[1.5, 1, 1, 1], [0.25, 1.5, 0, 0]])


def test_smote_and_adasyn_are_those_of_imbalanced_learn() -> None:
    rng = np.random.default_rng(0)
    matrix, codes = rng.normal(size=(60, 3)), np.arange(60) % 4 // 3
    for name, sampler in (("smote", SMOTE(random_state=7)), ("adasyn", ADASYN(random_state=7))):
        more, labels = oversampled(matrix, codes, name, 7)
        expected, expected_labels = sampler.fit_resample(matrix, codes)
        np.testing.assert_array_equal(more, expected)
        np.testing.assert_array_equal(labels, expected_labels)
        np.testing.assert_array_equal(more[:60], matrix)
    assert oversampled(matrix, codes, "none", 7)[0] is matrix


@pytest.mark.parametrize("sampler", ["smote", "adasyn"])
def test_few_patients_of_a_class_are_oversampled_by_the_stated_rules(sampler: Any) -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(20, 3))
    more, labels = oversampled(matrix, np.repeat([0, 1], [19, 1]), sampler, 0)
    assert np.bincount(labels).tolist() == [19, 19]
    assert (more[labels == 1] == matrix[19]).all()  # copies of a single patient
    more, labels = oversampled(matrix, np.repeat([0, 1], [18, 2]), sampler, 0)
    low, high = np.sort(matrix[18:], axis=0)
    assert (labels == 1).sum() > 10
    assert ((more[labels == 1] >= low - 1e-12) & (more[labels == 1] <= high + 1e-12)).all()  # between the two


def test_adasyn_without_neighbours_of_another_class_is_smote() -> None:
    matrix = np.random.default_rng(0).normal(size=(30, 2)) + 100 * (np.arange(30) >= 20)[:, None]
    codes = (np.arange(30) >= 20).astype(int)
    with pytest.raises(RuntimeError):
        ADASYN(random_state=0).fit_resample(matrix, codes)
    np.testing.assert_array_equal(oversampled(matrix, codes, "adasyn", 0)[0], oversampled(matrix, codes, "smote", 0)[0])


def test_only_the_training_part_is_oversampled(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr("baselines.shared.balanced.train", _spy(seen))
    BalancedMlp(("clinical",)).fit(patients(40, 0, rare=0.25), patients(16, 1, rare=0.25))
    assert seen == [(60, 30), (16, 4)]  # 30 alive and 10 dead become 30 and 30; those who validate stay as they are


def _spy(seen: list[tuple[int, int]]) -> Any:
    def train(_build: Any, training: Any, validation: Any, *_rest: Any) -> None:
        seen.extend((len(part), int(part.codes.sum())) for part in (training, validation))

    return train


# bags


def test_bags_select_pool_and_weigh_by_patient() -> None:
    bags = of_sizes(2, 0, 3)
    rows = list(bags.values.split([2, 0, 3]))
    np.testing.assert_allclose(bags.means()[[0, 2]], torch.stack([rows[0].mean(0), rows[2].mean(0)]), rtol=1e-6)
    assert (bags.means()[1] == 0).all()
    assert torch.equal(bags.maxima(bags.values)[2], rows[2].amax(0))
    assert (bags.maxima(bags.values)[1] == -torch.inf).all()
    twice = bags[torch.tensor([2, 0, 2, 1])]
    assert twice.sizes.tolist() == [3, 2, 3, 0]
    assert torch.equal(twice.values, torch.cat([rows[2], rows[0], rows[2]]))
    weights = bags.softmax(torch.tensor([1.0, 2.0, 300.0, 301.0, 302.0]))
    np.testing.assert_allclose(weights[:2], torch.tensor([1.0, 2.0]).softmax(0), rtol=1e-6)
    np.testing.assert_allclose(weights[2:], torch.tensor([0.0, 1.0, 2.0]).softmax(0), rtol=1e-6)


def test_instances_are_scaled_by_those_of_the_training_patients_and_stay_with_their_patient() -> None:
    known = patients(12, 0)
    rows = known.blocks["ct"]
    some = replace(known, ids=known.ids[[7, 2, 5]])
    bags = Instances("ct").fit(some).transform(some)
    own = [rows.loc[[name]].to_numpy() for name in some.ids]
    assert bags.sizes.tolist() == [len(part) for part in own]
    together = np.vstack(own)
    np.testing.assert_allclose(bags.values, (together - together.mean(0)) / together.std(0), atol=1e-6)
    shuffled = replace(known, blocks={"ct": rows.sample(frac=1, random_state=0)})
    np.testing.assert_allclose(Instances("ct").fit(some).transform(replace(shuffled, ids=some.ids)).means(), bags.means(), atol=1e-6)


def test_a_patient_has_the_score_of_his_most_suspicious_scan() -> None:
    network = MaximumNetwork([4, 4], 1, 0.5, 0.3).eval()
    ct, mri = of_sizes(2, 3, 0), of_sizes(1, 0, 2, seed=1)
    with torch.no_grad():
        scores = network(ct, mri)[:, 0]
        single = [network.instance_scores(bag.values, block)[:, 0] for block, bag in enumerate((ct, mri))]
    expected = [torch.cat([single[0][:2], single[1][:1]]).max(), single[0][2:].max(), single[1][1:].max()]
    np.testing.assert_allclose(scores, torch.stack(expected), rtol=1e-5)


def test_noise_is_for_training_only() -> None:
    network, bags = MaximumNetwork([4], 1, 0.5, 0.0), of_sizes(2, 3)
    assert not torch.equal(network(bags), network(bags))
    network.eval()
    assert torch.equal(network(bags), network(bags))


def test_gated_attention_by_hand() -> None:
    torch.manual_seed(0)
    layer, bags = GatedAttention(4), of_sizes(3, 1, 2)
    weights = layer.weights(bags)
    np.testing.assert_allclose(bags.sums(weights[:, None]).detach(), 1, rtol=1e-6)
    assert float(weights[3].detach()) == 1  # an only slide
    first = bags.values[:3]
    content = torch.tanh(first @ layer.content.weight.T + layer.content.bias)
    gate = torch.sigmoid(first @ layer.gate.weight.T + layer.gate.bias)
    expected = torch.softmax((content * gate) @ layer.score.weight[0], 0)
    np.testing.assert_allclose(weights[:3].detach(), expected.detach(), rtol=1e-4)
    np.testing.assert_allclose(layer(bags)[0].detach(), (expected @ first).detach(), rtol=1e-4, atol=1e-6)


def test_attention_is_given_slide_by_slide() -> None:
    train = patients(30, 0)
    model = fitted(WsiMlp(("wsi",), "gated"), train, patients(12, 1))
    weights = model.attention(train)
    assert weights.index.value_counts().sort_index().equals(train.blocks["wsi"].groupby(level=0).size().rename("count"))
    np.testing.assert_allclose(weights.groupby(level=0).sum(), 1, rtol=1e-5)
    with pytest.raises(ValueError, match="gated"):
        fitted(WsiMlp(("wsi",), epochs=1), train, train).attention(train)
