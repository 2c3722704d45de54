import errno
import multiprocessing
import shutil
from pathlib import Path

import pytest

from benchmark.cohorts import Cohort
from benchmark.cohorts.sources import breast_metastasis as breast
from benchmark.cohorts.store import cohort_folder, fetch_cohort, list_cohorts, open_cohort, verify_cohort
from benchmark.errors import InputError, NotPresentError
from benchmark.workspace import DataMode, Workspace

BREAST, NSCLC = "breast_metastasis", "nsclc_radiogenomics"


def workspace(folder: Path, data: DataMode = "auto") -> Workspace:
    return Workspace(folder, folder / "runs", data)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCH_MIRROR", raising=False)


def test_cohorts_are_found_by_file_name() -> None:
    assert {BREAST, NSCLC} <= set(list_cohorts())


def test_an_unknown_cohort_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean nsclc_radiogenomics"):
        open_cohort(workspace(tmp_path), "nsclc_radiogenomic")


@pytest.mark.usefixtures("offline")
def test_breast_metastasis_is_real_and_offline_everywhere(tmp_path: Path) -> None:
    cohort = open_cohort(workspace(tmp_path, "real"), BREAST)
    assert (cohort.data, cohort.counts()["metastasis events"]) == ("real", 51)
    assert open_cohort(workspace(tmp_path), BREAST).digest == cohort.digest


@pytest.mark.usefixtures("offline")
def test_without_sources_auto_is_the_replica_and_real_says_what_to_do(tmp_path: Path) -> None:
    assert open_cohort(workspace(tmp_path), NSCLC).data == "replica"
    assert cohort_folder(workspace(tmp_path), NSCLC, "replica").is_dir()
    with pytest.raises(NotPresentError, match="bench data fetch nsclc_radiogenomics"):
        open_cohort(workspace(tmp_path, "real"), NSCLC)


@pytest.mark.real_data
def test_with_the_mirror_the_real_cohort_is_built_and_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = open_cohort(workspace(tmp_path), NSCLC)
    assert built.data == "real"
    assert all(check.state != "failed" for check in verify_cohort(workspace(tmp_path), NSCLC))
    monkeypatch.delenv("BENCH_MIRROR")
    assert open_cohort(workspace(tmp_path), NSCLC).digest == built.digest
    assert {check.item for check in verify_cohort(workspace(tmp_path), NSCLC) if check.state == "failed"} >= {
        "NSCLC_features_results_RG.csv"
    }


@pytest.mark.usefixtures("offline")
def test_another_reader_version_builds_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace(tmp_path)
    sheet = cohort_folder(place, BREAST, "real") / "cohort.json"
    open_cohort(place, BREAST)
    sheet.write_text(sheet.read_text().replace('"version": "1"', '"version": "0"'))
    assert open_cohort(place, BREAST).datasheet.version == "1"
    assert '"version": "1"' in sheet.read_text()
    sheet.write_text(sheet.read_text().replace(str(breast.SOURCES[0].sha256), "0" * 64))
    open_cohort(place, BREAST)
    assert "0" * 64 not in sheet.read_text()


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("damage", [b"", b"{}", None])
def test_a_damaged_cohort_is_found_and_built_again(tmp_path: Path, damage: bytes | None) -> None:
    place = workspace(tmp_path)
    digest = open_cohort(place, BREAST).digest
    folder = cohort_folder(place, BREAST, "real")
    if damage is None:
        (folder / "genomics.parquet").unlink()
    else:
        (folder / "cohort.json").write_bytes(damage)
    assert verify_cohort(place, BREAST)[-1].state == "failed"
    assert open_cohort(place, BREAST).digest == Cohort.read(folder).digest == digest


@pytest.mark.real_data
def test_a_replica_never_stands_in_for_patients_who_are_here_but_damaged(
    tmp_path: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = next(mirror.rglob("NSCLC_features_results_RG.csv"))
    copied = tmp_path / "copy"
    shutil.copytree(table.parent, copied)
    (copied / table.name).chmod(0o644)
    (copied / table.name).write_bytes(table.read_bytes()[:-100])
    monkeypatch.setenv("BENCH_MIRROR", str(copied))
    with pytest.raises(InputError, match=r"NSCLC_features_results_RG\.csv: has the wrong bytes .*replace it") as caught:
        open_cohort(workspace(tmp_path), NSCLC)
    assert not isinstance(caught.value, NotPresentError)
    assert "\n" not in str(caught.value)
    monkeypatch.setenv("BENCH_MIRROR", str(mirror))
    open_cohort(workspace(tmp_path), NSCLC)
    monkeypatch.delenv("BENCH_MIRROR")
    (cohort_folder(workspace(tmp_path), NSCLC, "real") / "genomics.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="is damaged or was built by another version; delete it"):
        open_cohort(workspace(tmp_path), NSCLC)


@pytest.mark.usefixtures("offline")
def test_verify_compares_with_a_rebuild(tmp_path: Path) -> None:
    place = workspace(tmp_path)
    assert [check.state for check in verify_cohort(place, BREAST)] == ["ok", "missing"]
    cohort = open_cohort(place, BREAST)
    assert [check.state for check in verify_cohort(place, BREAST)] == ["ok", "ok"]
    older = cohort.outcomes.assign(metastasis_time=cohort.outcomes["metastasis_time"] + 1)
    Cohort(cohort.datasheet, older, cohort.blocks).write(cohort_folder(place, BREAST, "real"))
    check = verify_cohort(place, BREAST)[-1]
    assert (check.state, "differs from what its source files give" in check.detail) == ("failed", True)


@pytest.mark.usefixtures("offline")
def test_fetch_takes_what_is_at_hand(tmp_path: Path) -> None:
    assert fetch_cohort(workspace(tmp_path), BREAST, progress=False)[breast.FILE].origin == "package"
    assert cohort_folder(workspace(tmp_path), BREAST, "real").is_dir()


@pytest.mark.usefixtures("offline")
def test_a_disk_that_refuses_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(InputError, match=r"cannot be written .*choose a writable --root"):
        open_cohort(workspace(tmp_path), BREAST)

    def full(self: Cohort, folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Cohort, "write", full)
    with pytest.raises(InputError, match="No space left on device"):
        open_cohort(workspace(tmp_path / "other"), BREAST)


def _open(folder: str) -> str:
    return open_cohort(workspace(Path(folder)), BREAST).digest


@pytest.mark.usefixtures("offline")
def test_two_processes_may_build_at_the_same_time(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        digests = pool.map(_open, [str(tmp_path)] * 6, chunksize=1)
    assert set(digests) == {Cohort.read(cohort_folder(workspace(tmp_path), BREAST, "real")).digest}
    assert [path.name for path in cohort_folder(workspace(tmp_path), BREAST, "real").parent.iterdir() if "partial" in path.name] == []
