"""Made-up archives in the layout of Pathomic Fusion's repository."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.cohorts.sources._glioma_archive import read_archive
from benchmark.errors import InputError
from tests.cohorts.sources.glioma_release import made_up, write_archive

PEOPLE = {
    "TCGA-02-0001": (100.0, True, 2, 3, False),
    "TCGA-02-0002": (100.0, True, 2, 1, True),  # the same outcome as its neighbour: the second fold parts them
    "TCGA-02-0003": (50.0, False, -1, 2, True),
    "TCGA-02-0004": (0.0, False, 0, 1, False),
    "TCGA-02-0005": (70.0, True, 1, 1, True),
}
# train or test (e) in each of three folds
ROLES = {"TCGA-02-0001": "tte", "TCGA-02-0002": "tet", "TCGA-02-0003": "eet", "TCGA-02-0004": "ett", "TCGA-02-0005": "tte"}
Edit = Callable[[str, Any], Any]


def unchanged(name: str, content: Any) -> Any:
    return content


def recover(folder: Path, people: Any = PEOPLE, roles: Any = ROLES, edit: Edit = unchanged) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is read from the archive, and what was written to it."""
    table, divided, facts = made_up(people, roles)
    path = write_archive(folder / "archive.zip", table, divided, facts, edit)
    return read_archive(path, divided, facts[["time", "event"]]), table


def test_patients_and_values_are_recovered(tmp_path: Path) -> None:
    found, written = recover(tmp_path)
    expected = written.sort_values(["fold", "patient_id", "roi"], ignore_index=True)[list(found)]
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, atol=1e-9)


def test_neighbours_with_one_outcome_whom_no_fold_parts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing tells the ROIs of TCGA-02-0001"):
        recover(tmp_path, roles=ROLES | {"TCGA-02-0001": "tet"})


def test_patients_of_whom_either_may_have_genomics_are_refused(tmp_path: Path) -> None:
    twins = PEOPLE | {"TCGA-02-0005": (100.0, True, 2, 1, False)}
    with pytest.raises(InputError, match="2 ways, expected one, to tell who has genomics of those with the outcome of TCGA-02-0001"):
        recover(tmp_path, people=twins, roles=ROLES | {"TCGA-02-0005": "tet"})


def changed(pickle_name: str, change: Callable[[list[Any]], Any]) -> Edit:
    return lambda name, content: change(content) if name.endswith(pickle_name) else content


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (changed("path/path_1_pred_test.pkl", lambda content: None), "no item named"),
        (changed("graph_2_pred_train.pkl", lambda content: content[:4]), "not a list of five arrays"),
        (changed("graph_2_pred_train.pkl", lambda content: [None, *content[1:]]), "not a list of five arrays"),
        (changed("graph_2_pred_train.pkl", lambda content: [content[0][:-1], *content[1:]]), "differ in length"),
        (changed("graph_2_pred_train.pkl", lambda content: [content[0] * np.nan, *content[1:]]), "differ in length or hold no numbers"),
        (changed("graph_2_pred_train.pkl", lambda content: [part if part is None else part[::-1] for part in content]), "not those of the"),
        (
            changed("surv_15_rnaseq/path/path_3_pred_test.pkl", lambda content: [*content[:1], content[1] + 1, *content[2:]]),
            "times and events",
        ),
        (changed("omic_1_pred_train.pkl", lambda content: [*content[:1], content[1] + 1, *content[2:]]), "0 ways"),
        (changed("omic_1_pred_train.pkl", lambda content: Path("/")), "no part of an array"),
    ],
)
def test_an_archive_that_does_not_fit_is_refused(tmp_path: Path, edit: Edit, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        recover(tmp_path, edit=edit)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"no archive", "empty"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "archive.zip"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        zipfile.ZipFile(path, "w").close()
    _, roles, facts = made_up(PEOPLE, ROLES)
    with pytest.raises(InputError, match=r"archive\.zip"):
        read_archive(path, roles, facts)
