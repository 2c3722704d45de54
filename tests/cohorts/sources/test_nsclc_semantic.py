from pathlib import Path

import pandas as pd
import pytest

from benchmark.cohorts.sources._nsclc_semantic import MULTIPLE, SINGLE, semantic_block
from benchmark.errors import InputError

HERE = Path("aim.zip")


def annotated(**changes: str) -> pd.DataFrame:
    details = ("emphysema_", "fibrosis_")
    cells = {label: "" if name.startswith(details) else levels[0] for name, (label, levels) in SINGLE.items()}
    cells |= {label: "" for label, _ in MULTIPLE.values()}
    labels = {name: label for name, (label, _) in [*SINGLE.items(), *MULTIPLE.items()]}
    return pd.DataFrame([cells | {labels[name]: word for name, word in changes.items()}], index=pd.Index(["R01-001"], name="patient_id"))


def test_findings_become_indicators() -> None:
    row = semantic_block(annotated(associated="septal thickening|bronchovascular bundle / thickened"), HERE).iloc[0]
    assert (row["associated_septal_thickening"], row["associated_bronchovascular_bundle_thickened"], row["associated_entering_airway"]) == (
        1,
        1,
        0,
    )


def test_details_are_none_without_the_finding_and_missing_where_not_coded() -> None:
    absent = semantic_block(annotated(), HERE).iloc[0]
    assert (absent["emphysema_severity"], absent["emphysema_second_side"], absent["fibrosis_type"]) == ("none", "none", "none")
    seen = semantic_block(annotated(emphysema="present", emphysema_second_pattern="not applicable"), HERE).iloc[0]
    assert pd.isna(seen["emphysema_severity"])
    assert (seen["emphysema_second_pattern"], seen["emphysema_second_distribution"]) == ("none", "none")


def test_severity_and_attenuation_are_ordered() -> None:
    block = semantic_block(annotated(), HERE)
    assert [name for name in block if isinstance(block[name].dtype, pd.CategoricalDtype) and block[name].cat.ordered] == [
        "attenuation",
        "emphysema_severity",
    ]


@pytest.mark.parametrize(
    ("name", "word"), [("shape", "star"), ("shape", ""), ("associated", "septal thickening|wings"), ("emphysema_side", "up")]
)
def test_unknown_words_are_refused(name: str, word: str) -> None:
    with pytest.raises(InputError, match=r"aim\.zip, row R01-001"):
        semantic_block(annotated(**{name: word}), HERE)


def test_unknown_and_missing_labels_are_refused() -> None:
    with pytest.raises(InputError, match="'Colour' is not in the template"):
        semantic_block(annotated().assign(Colour="red"), HERE)
    with pytest.raises(InputError, match="'Emphysema' is missing"):
        semantic_block(annotated().drop(columns="Emphysema"), HERE)
