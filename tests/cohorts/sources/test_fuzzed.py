"""Damaged copies of the real source files: each is refused in one line that names the file, or reads as if it were whole."""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.cli import _run as run
from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.formats import tcga_cdr
from benchmark.cohorts.manifest import list_cohorts, load_source
from benchmark.cohorts.sources import breast_metastasis as breast
from benchmark.cohorts.sources import ccrcc, lung1, nsclc_radiogenomics, tcga_luad
from benchmark.cohorts.sources import nsclc_rna_two_platforms as two_platforms
from benchmark.cohorts.sources import tcga_gbmlgg as glioma
from benchmark.errors import InputError
from tests.cohorts import damage

TABLES = {
    ccrcc.MMIST: damage.Table("grade", "age_diag", "case_id"),
    ccrcc.GDC: damage.Table("AJCC M", "AJCC T", "Case ID"),
    ccrcc.PFI_FOLDS: damage.Table("Repeat", "Fold", "Case ID"),
    **dict.fromkeys(ccrcc.FOLDS, damage.Table("val", "train", "train")),
    **dict.fromkeys((ccrcc.MOLECULAR, glioma.MOLECULAR, tcga_luad.TABLE), damage.Table("AAK1_rnaseq", "age", "case_id")),
    tcga_cdr.CSV: damage.Table("PFI", "OS.time", "bcr_patient_barcode"),
    lung1.CLINICAL_LF: damage.Table("Overall.Stage", "age", "PatientID"),
    lung1.FEATURES: damage.Table("original_shape_Elongation", "original_shape_Flatness", "PatientID"),
    lung1.CNN: damage.Table("CNN_output_raw", "CNN_output_raw", "PatientID"),
    nsclc_radiogenomics.LABELS: damage.Table("Recurrence", "CT Date", "Case ID"),
    nsclc_radiogenomics.RNA_DERIVED: damage.Table("R01-023", "R01-024", ""),
    nsclc_radiogenomics.RADIOMICS: damage.Table("original_shape_Elongation", "original_shape_Flatness", "Image"),
    **dict.fromkeys((two_platforms.LUAD, two_platforms.LUSC), damage.Table("A1BG", "A2M", "Patient_id")),
    two_platforms.FLAGS: damage.Table("Recurrence", "Recurrence", ""),
    glioma.LABELS: damage.Table("IDH status", "1p/19q codeletion", "case_id"),
    **dict.fromkeys(glioma.MRI, damage.Table("VOLUME_ET", "VOLUME_NET", "ID")),
    glioma.PNAS_LOWER_CASE: damage.Table("Randomization - 3", "Randomization - 4", "case_id"),
    glioma.PATHOMIC_DERIVED: damage.Table("path_surv_hazard", "roi", "case_id"),
}
HARMLESS = "BOM and CRLF"  # understood: the content is the same
FEW = ("missing column", "truncated")  # of a file that is read as another one is
LIKE_ANOTHER = (*ccrcc.FOLDS[1:], glioma.MOLECULAR, tcga_luad.TABLE, two_platforms.LUSC, glioma.MRI[1])
# what takes its time and reads one file: for a file that is whole, its answer is kept
SLOW = {
    ccrcc: ("read_cdr", "read_porpoise", "read_stacked", "read_pfi10x5"),
    nsclc_radiogenomics: ("read_matrix", "read_pyradiomics", "read_aim"),
    two_platforms: ("read_cdr", "read_log_rsem"),
    glioma: ("read_cdr", "survival_outcome", "read_porpoise", "read_radiomics", "read_pnas", "read_derived"),
    tcga_luad: ("read_cdr", "read_porpoise"),
}
pytestmark = pytest.mark.real_data


def damages(name: str) -> tuple[str, ...]:
    """What is done to a file."""
    if name in LIKE_ANOTHER:
        return FEW
    if name in TABLES:
        return (*damage.EDITS, *damage.TEXT, *damage.BYTES)
    if name in ccrcc.STACKED.values():
        return (*damage.ARRAYS, *damage.BYTES) if name == ccrcc.STACKED["mri"] else ("missing column", "truncated")
    return {breast.FILE: tuple(damage.ARFF), nsclc_radiogenomics.AIM_TAR: (*damage.ANNOTATIONS, *damage.BYTES)}.get(name, ())


def damaged(path: Path, name: str, what: str) -> bytes:
    """The bytes of a file after the damage."""
    if name in TABLES:
        return damage.damaged_table(path, TABLES[name], what)
    if name in ccrcc.STACKED.values():
        return damage.damaged_arrays(path, what)
    return damage.ARFF[what](path.read_bytes()) if name == breast.FILE else damage.damaged_annotations(path, what)


def cases() -> list[tuple[str, str, str]]:
    """Cohort, file, damage; a file of several cohorts is damaged in full for the first, and a little for the others."""
    found, seen = [], set[str]()
    for cohort in list_cohorts():
        for name in dict.fromkeys(file.name for file in load_source(cohort).SOURCES):
            found += [(cohort, name, what) for what in damages(name) if name not in seen or what in FEW]
            seen.add(name)
    return found


def remembering(reader: Callable[..., Any]) -> Callable[..., Any]:
    """``reader``, which answers at once what it has answered before; a table that it is given is known by its identity."""
    answers: dict[tuple[str, ...], tuple[Any, Any]] = {}

    def answer(*arguments: Any) -> Any:
        key = tuple(map(_key, arguments))
        if key not in answers:
            answers[key] = reader(*arguments), arguments  # kept, so that no other table gets the same identity
        return answers[key][0]

    return answer


def _key(argument: Any) -> str:
    if isinstance(argument, Mapping):  # whoever takes all files reads one of these
        return str([argument[file.name] for file in tcga_cdr.CDR if file.name in argument])
    return str(id(argument)) if isinstance(argument, pd.DataFrame) else str(argument)


@dataclass
class Whole:
    """The undamaged cohorts: their files, and their digests where asked for."""

    folder: Path

    def __post_init__(self) -> None:
        self.files = functools.cache(self._files)
        self.digest = functools.cache(lambda cohort: load_source(cohort).read(self.files(cohort)).digest)

    def _files(self, cohort: str) -> dict[str, Path]:
        return {name: item.path for name, item in locate_all(load_source(cohort).SOURCES, self.folder).items()}

    def read(self, cohort: str, *changed: Path, without: str = "") -> Cohort:
        files = self.files(cohort) | {path.name: path for path in changed}
        return load_source(cohort).read({name: path for name, path in files.items() if name != without})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with pytest.MonkeyPatch.context() as patch:
        for module, names in SLOW.items():
            for name in names:
                patch.setattr(module, name, remembering(getattr(module, name)))
        yield Whole(tmp_path_factory.mktemp("none"))


def refused(whole: Whole, cohort: str, path: Path, without: str = "") -> str:
    """The message, which is one line, names the file and says what to do."""
    with pytest.raises(InputError) as error:
        whole.read(cohort, path, without=without)
    message = str(error.value)
    assert "\n" not in message
    assert str(path) in message
    assert "; fetch" in message or "; use " in message
    return message


def test_every_file_of_the_mirror_is_damaged(whole: Whole) -> None:
    for cohort in list_cohorts():
        assert set(whole.files(cohort)) == {name for other, name, _ in cases() if other == cohort}


@pytest.mark.parametrize(("cohort", "name", "what"), cases())
def test_damage_is_refused_or_harmless(whole: Whole, tmp_path: Path, cohort: str, name: str, what: str) -> None:
    path = tmp_path / name
    path.write_bytes(damaged(whole.files(cohort)[name], name, what))
    if what == HARMLESS:
        assert whole.read(cohort, path).digest == whole.digest(cohort)
    else:
        refused(whole, cohort, path)


@pytest.mark.parametrize(("cohort", "name"), [(cohort, name) for cohort, name, what in cases() if what == "truncated"])
def test_the_loss_of_the_last_bytes_is_noticed(whole: Whole, tmp_path: Path, cohort: str, name: str) -> None:
    """Of a table that may be one row, which the file itself cannot tell: another file does."""
    content = whole.files(cohort)[name].read_bytes()
    (tmp_path / name).write_bytes(content[: int(0.999 * len(content))])
    with pytest.raises(InputError) as error:
        whole.read(cohort, tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("what", [*damage.EDITS, *damage.BYTES, "no sheet"])
def test_a_damaged_spreadsheet_is_refused(whole: Whole, tmp_path: Path, what: str) -> None:
    rows = [row for row in damage.read_rows(whole.files("tcga_luad")[tcga_cdr.CSV]) if row[2] in ("type", "LUAD")]
    path = tmp_path / tcga_cdr.XLSX
    path.write_bytes(damage.damaged_sheet(rows, TABLES[tcga_cdr.CSV], what))
    refused(whole, "tcga_luad", path, without=tcga_cdr.CSV)


@pytest.mark.parametrize(("cohort", "name"), [("lung1", lung1.CNN), ("tcga_luad", tcga_luad.TABLE)])
def test_wrong_bytes_are_refused_by_the_store(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], cohort: str, name: str
) -> None:
    """Every file is at hand, one with a changed byte; nobody answers under its address."""
    source, sources = load_source(cohort), tmp_path / "data" / "sources" / cohort
    nowhere = tuple(replace(file, address="http://127.0.0.1:9/") for file in source.SOURCES)
    monkeypatch.setattr(source, "SOURCES", nowhere)
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)
    monkeypatch.delenv("BENCH_MIRROR")
    sources.mkdir(parents=True)
    (tmp_path / "tasks").mkdir()
    for other, path in whole.files(cohort).items():
        content = path.read_bytes()
        (sources / other).write_bytes(content if other != name else damage.BYTES["flipped byte"](content))
    assert run(["--root", str(tmp_path), "data", "verify", cohort]) == 1
    assert "wrong bytes" in " ".join(capsys.readouterr().out.split())
    assert run(["--root", str(tmp_path), "data", "fetch", cohort]) == 2
    said = capsys.readouterr()
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert name in said.err
    assert not list((tmp_path / "data" / "cohorts" / "real").glob(f"*{cohort}/*"))
    assert sorted(path.name for path in sources.iterdir()) == sorted(set(whole.files(cohort)) - {name})
