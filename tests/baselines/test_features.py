"""Features: fitted on the training part only; every kind of column, missing values, degenerate columns."""

import numpy as np
import pandas as pd
import pytest

from baselines.shared.features import Features
from benchmark.models import Patients
from tests.baselines.made_up import changed, make_patients

SCALINGS = ("zscore", "maximum", "both")


def test_zscore_and_maximum_by_hand() -> None:
    table = pd.DataFrame({"a": [1.0, 3.0], "b": [-10.0, 30.0]}, index=["x", "y"])
    train = Patients(table.index, {"radiomics": table})
    np.testing.assert_allclose(Features("radiomics", 500, "zscore").fit(train).transform(train), [[-1, -1], [1, 1]])
    np.testing.assert_allclose(Features("radiomics", 500, "maximum").fit(train).transform(train), table / 30)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_row_does_not_depend_on_the_other_rows_transformed(scaling: str) -> None:
    features = Features("clinical", 500, scaling).fit(make_patients(40, 1))
    test = make_patients(20, 2)
    wild = test.blocks["clinical"].copy()
    wild.iloc[1:, 0] = 1e6
    np.testing.assert_array_equal(features.transform(test)[0], features.transform(changed(test, "clinical", wild))[0])


def test_the_most_variable_genes_are_kept_and_other_blocks_are_not_selected() -> None:
    train = make_patients(40, 1)
    table = train.blocks["genomics"] * np.linspace(1, 5, 30)
    features = Features("genomics", 5, "maximum").fit(changed(train, "genomics", table))
    assert features.width == 5
    kept = sorted(np.argsort(table.std().to_numpy())[-5:])
    np.testing.assert_allclose(
        features.transform(changed(train, "genomics", table)), table.iloc[:, kept] / table.iloc[:, kept].abs().max().max()
    )
    assert Features("radiomics", 5, "zscore").fit(train).width == 8


def test_missing_values_become_the_training_mean() -> None:
    train, test = make_patients(40, 1, missing=0.1), make_patients(5, 2)
    absent = changed(test, "genomics", test.blocks["genomics"].iloc[1:])
    matrix = Features("genomics", 500, "zscore").fit(train).transform(absent)
    np.testing.assert_allclose(matrix[0], 0, atol=1e-12)
    assert np.isfinite(matrix).all()


def test_categories_booleans_and_strings() -> None:
    train = make_patients(60, 1)
    features = Features("clinical", 500, "zscore").fit(train)
    # age, stage as rank, biopsied; sex 2, smoking 3 of 4 levels (nobody is unknown), centre 2
    assert features.width == 10
    test = make_patients(6, 2)
    table = test.blocks["clinical"].copy()
    table["smoking"] = pd.Categorical(["unknown"] * 6, categories=table["smoking"].cat.categories)
    table["centre"] = "west"
    unseen = changed(test, "clinical", table.iloc[:4])  # two patients lack the block: booleans become objects
    assert np.isfinite(features.transform(unseen)).all()
    ranks = np.sort(np.unique(features.transform(train)[:, features.numbers.index("stage")]))
    np.testing.assert_allclose(np.diff(ranks), np.diff(ranks)[0])


def test_training_patients_without_the_block() -> None:
    train = make_patients(40, 1)
    absent = changed(train, "clinical", train.blocks["clinical"].iloc[5:])
    for scaling in SCALINGS:
        features = Features("clinical", 500, scaling).fit(absent)
        assert np.isfinite(features.transform(absent)).all()
        assert np.isfinite(features.transform(make_patients(9, 3))).all()


def test_empty_and_constant_columns_are_dropped() -> None:
    train = make_patients(40, 1)
    table = train.blocks["clinical"].assign(empty=np.nan, nothing=None, same=0.1, one=pd.Categorical(["a"] * 40))
    broken = changed(train, "clinical", table)
    test = changed(train, "clinical", table.assign(empty=1.0, nothing="seen", same=7.0))
    features = Features("clinical", 500, "zscore")
    np.testing.assert_array_equal(features.fit(broken).transform(test), Features("clinical", 500, "zscore").fit(train).transform(train))


@pytest.mark.parametrize("value", [1.0, np.nan])
def test_a_block_in_which_nothing_varies_is_refused(value: float) -> None:
    train = make_patients(10)
    constant = changed(train, "radiomics", train.blocks["radiomics"] * 0 + value)
    with pytest.raises(ValueError, match="radiomics: no column varies in the training part"):
        Features("radiomics", 500, "zscore").fit(constant)


def test_an_unknown_modality_is_refused() -> None:
    with pytest.raises(ValueError, match="no modality 'mri' here, only clinical, genomics, radiomics"):
        Features("mri", 500, "zscore").fit(make_patients(10))
