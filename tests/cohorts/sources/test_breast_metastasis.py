"""Real patients, offline everywhere: the file comes with scikit-survival."""

from pathlib import Path

import pytest
from sksurv.datasets import load_breast_cancer

from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.sources import breast_metastasis as breast
from benchmark.errors import InputError


@pytest.fixture
def packaged(tmp_path: Path) -> Path:
    located = locate_all(breast.SOURCES, tmp_path / "none")[breast.FILE]
    assert located.origin == "package"
    return located.path


def test_it_equals_what_scikit_survival_loads(packaged: Path) -> None:
    cohort = breast.read({breast.FILE: packaged})
    features, outcome = load_breast_cancer()
    assert cohort.counts()["metastasis events"] == outcome["e.tdm"].sum() == 51
    assert (cohort.outcomes["metastasis_time"].to_numpy() == outcome["t.tdm"]).all()
    genes = cohort.blocks["genomics"]
    assert genes.shape == (198, 76)
    assert (genes.to_numpy() == features[genes.columns].to_numpy()).all()
    assert cohort.blocks["clinical"]["grade"].isna().sum() == 2


@pytest.mark.parametrize(("old", "new"), [(b"@attribute er {", b"@attribute re {"), (b"@attribute X219340_s_at", b"@attribute Y")])
def test_a_missing_column_is_refused(packaged: Path, tmp_path: Path, old: bytes, new: bytes) -> None:
    changed = tmp_path / breast.FILE
    changed.write_bytes(packaged.read_bytes().replace(old, new))
    with pytest.raises(InputError, match=r"column 'er' is missing|column 'Y' is not in the published file"):
        breast.read({breast.FILE: changed})


@pytest.mark.parametrize("content", [b"", b"@relation x\n", b"\x00\xff\xfe", b"@relation x\n@attribute age numeric\n@data\n1,2,3\n"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / breast.FILE).write_bytes(content)
    with pytest.raises(InputError) as error:
        breast.read({breast.FILE: tmp_path / breast.FILE})
    assert "\n" not in str(error.value)
