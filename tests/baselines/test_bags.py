"""Ragged bags as tensors: padding, masks, samples, and z-scores of instances."""

from sys import maxsize

import numpy as np
import pandas as pd
import pytest
import torch

from baselines.shared.bags import BagFeatures, Bags
from baselines.shared.features import Features
from baselines.shared.zscores import LIMIT, ZScores, z_scores
from benchmark.models import Patients
from tests.baselines.made_up import make_patients

SIZES = {"a": 3, "b": 1, "d": 5, "e": 2}  # c has no slide


def patients_with(sizes: dict[str, int], ids: str = "abcde", seed: int = 0, columns: int = 4) -> Patients:
    rng = np.random.default_rng(seed)
    names = [(name, number) for name, size in sizes.items() for number in range(size)]
    index = pd.MultiIndex.from_tuples(names, names=["patient_id", "instance"])
    table = pd.DataFrame(rng.normal(5, 3, (len(names), columns)), index=index, columns=[f"w{number}" for number in range(columns)])
    return Patients(pd.Index(list(ids)), {"wsi": table})


def bags_of(patients: Patients) -> Bags:
    return BagFeatures("wsi").fit(patients).transform(patients)


def test_each_patient_has_his_instances_and_padding_behind() -> None:
    patients = patients_with(SIZES)
    bags = bags_of(patients)
    values, mask = bags.padded()
    assert values.shape == (5, 5, 4)
    assert mask.sum(1).tolist() == [3, 1, 1, 5, 2]
    raw = patients.blocks["wsi"]
    expected = ((raw - raw.mean()) / raw.std(ddof=0)).loc["d"].to_numpy()
    np.testing.assert_allclose(values[3].numpy(), expected, atol=1e-5)
    assert torch.equal(values[~mask], torch.zeros(13, 4))
    assert torch.equal(values[2], torch.zeros(5, 4))  # one instance, the mean


def test_rows_are_padded_to_their_own_largest_bag() -> None:
    bags = bags_of(patients_with(SIZES))
    some = bags.rows(torch.tensor([4, 1]))
    assert some.mask.tolist() == [[True, True], [True, False]]
    assert torch.equal(some.padded()[0][0], bags.padded()[0][4, :2])
    assert bags.rows(torch.tensor([], dtype=torch.int64)).padded()[0].shape[0] == 0


def test_order_of_patients_and_instances_in_the_table_does_not_matter() -> None:
    patients = patients_with(SIZES)
    fitted = BagFeatures("wsi").fit(patients)
    shuffled = Patients(patients.ids[::-1], {"wsi": patients.blocks["wsi"].sample(frac=1, random_state=0)})
    ours, theirs = fitted.transform(patients).padded()[0], fitted.transform(shuffled).padded()[0]
    torch.testing.assert_close(theirs.sum(1).flip(0), ours.sum(1), rtol=0, atol=1e-5)


def test_instances_of_others_in_the_table_are_not_seen() -> None:
    patients = patients_with(SIZES)
    few = Patients(pd.Index(["b", "e"]), patients.blocks)
    fitted = BagFeatures("wsi").fit(few)
    raw = patients.blocks["wsi"].loc[["b", "e"]]
    np.testing.assert_allclose(fitted.columns.mean, raw.mean())
    assert fitted.transform(few).names.get_level_values(0).tolist() == ["b", "e", "e"]


def test_samples_are_without_replacement_and_small_bags_stay_whole() -> None:
    bags = bags_of(patients_with({"a": 40, "b": 2, "c": 7}, ids="abc"))
    seen = set()
    for _ in range(60):
        drawn = bags.sampled(7, torch.Generator().manual_seed(len(seen)))
        assert drawn.mask.sum(1).tolist() == [7, 2, 7]
        for patient in range(3):
            chosen = drawn.places[patient][drawn.mask[patient]].tolist()
            assert len(set(chosen)) == len(chosen)
            assert set(chosen) <= set(bags.places[patient][bags.mask[patient]].tolist())
        seen.update(drawn.places[0].tolist())
    assert len(seen) > 30  # not always the same ones


def test_same_seed_same_sample() -> None:
    bags = bags_of(patients_with({"a": 40}, ids="a"))
    first, same, other = (bags.sampled(5, torch.Generator().manual_seed(seed)).places.tolist() for seed in (1, 1, 2))
    assert first == same != other
    assert bags.sampled(40, torch.Generator()) is bags


def test_a_table_with_one_row_per_patient_makes_bags_of_one() -> None:
    patients = make_patients(9)
    bags = BagFeatures("radiomics").fit(patients).transform(patients)
    assert bags.mask.shape == (9, 1)
    expected = Features("radiomics", maxsize, "zscore").fit(patients).transform(patients)
    np.testing.assert_allclose(bags.padded()[0][:, 0].numpy(), expected, atol=1e-5)
    assert bags.names.names == ["patient_id", "instance"]


def test_nobody_has_the_modality() -> None:
    fitted = BagFeatures("wsi").fit(patients_with(SIZES))
    values, mask = fitted.transform(patients_with({}, ids="xy")).padded()
    assert values.shape == (2, 1, 4)
    assert mask.all()
    assert not values.any()


@pytest.mark.parametrize("coded", [False, True])
def test_numbers_take_the_fast_way_to_the_same_matrix(coded: bool) -> None:
    train, test = make_patients(30, 1, missing=0.2), make_patients(10, 2, missing=0.2)
    modality = "clinical" if coded else "genomics"
    if not coded:
        train.blocks["genomics"][["g3", "g4"]] = [0.5, np.nan]  # neither varies
        train.blocks["genomics"].loc[train.ids[:4], "g3"] = np.nan
    fitted = z_scores(modality, train)
    assert isinstance(fitted, Features if coded else ZScores)
    slow = Features(modality, maxsize, "zscore").fit(train)
    assert fitted.width == slow.width == (28 if not coded else slow.width)
    np.testing.assert_allclose(fitted.transform(test), slow.transform(test), atol=1e-12)


def test_outliers_are_cut_off() -> None:
    patients = patients_with({"a": 50, "b": 1}, ids="ab")
    patients.blocks["wsi"].iloc[0, 0] = 1e6
    assert float(bags_of(patients).instances.abs().max()) == LIMIT


def test_what_is_not_there_or_does_not_vary_is_refused() -> None:
    patients = patients_with(SIZES)
    with pytest.raises(ValueError, match="no modality 'ct' here, only wsi"):
        BagFeatures("ct").fit(patients)
    patients.blocks["wsi"][:] = 1.0
    with pytest.raises(ValueError, match="wsi: no column varies"):
        BagFeatures("wsi").fit(patients)
    with pytest.raises(ValueError, match="wsi: no column varies"):
        BagFeatures("wsi").fit(patients_with({}, ids="ab"))
