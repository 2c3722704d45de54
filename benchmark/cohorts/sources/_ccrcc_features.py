"""ccRCC: MMIST's image features, one vector per slide or scan, as bags.

The authors publish one ``.npz`` per exam (array ``arr_0``) in their repository; a mirror may hold them stacked, one ``.npz`` per
modality with the arrays ``exam``, ``case_id`` and ``X``.
"""

import re
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from benchmark.cohorts.sources._ccrcc_clinical import CASES
from benchmark.errors import InputError

NORMAL = "11"  # TCGA sample type: solid normal tissue
STACKED = ("exam", "case_id", "X")
LARGEST = 1_000_000  # bytes of one exam's file; the published ones are below 10,000
_UNREADABLE = (OSError, EOFError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Features:
    """The published features of a modality: their folder in the repository, how many exams, and numbers per exam."""

    modality: str
    folder: str
    exams: int
    width: int


WSI = Features("wsi", "WSI Features", 2907, 1024)
CT = Features("ct", "CT Features", 736, 512)
MRI = Features("mri", "MRI Features", 522, 512)


def read_stacked(path: Path, expected: Features) -> pd.DataFrame:
    """The features from the stacked file; see :func:`read_archive`."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            exams, cases, values = (arrays[name] for name in STACKED)
            strange = set(arrays.files) - set(STACKED)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    if strange:
        raise InputError(f"{path}: array '{min(strange)}' is not in the published file; fetch it again")
    if not len(exams) == len(cases) == len(values):
        raise InputError(f"{path}: {len(exams)} exams, {len(cases)} cases, {len(values)} vectors; fetch the file again")
    table = _bag(list(map(str, exams)), values, expected, path)
    given = pd.Series(cases, index=exams)
    for case, exam in table.index:
        if given[exam] != case:
            raise InputError(f"{path}, exam {exam}: its case is '{given[exam]}', expected '{case}'; fetch the file again")
    return table


def read_archive(path: Path, expected: Features) -> pd.DataFrame:
    """The features from the zip archive of the official repository.

    Returns:
        Exams × ``<modality>_0001``, … (float); index ``patient_id``, ``instance_id`` (name of the exam), sorted.

    Raises:
        InputError: unreadable, another number of exams or features than published, an exam of nobody, or a value is not finite.
    """
    exams, values = [], []
    try:
        with zipfile.ZipFile(path) as archive:
            for item in archive.infolist():
                name = PurePosixPath(item.filename)
                if name.parts[-3:-1] != ("Features", expected.folder) or name.suffix != ".npz":
                    continue
                if item.file_size > LARGEST:
                    raise InputError(f"{path}, {item.filename}: {item.file_size} bytes are too many for one exam; fetch the archive again")
                with np.load(BytesIO(archive.read(item)), allow_pickle=False) as arrays:
                    values.append(np.asarray(arrays["arr_0"], np.float32).ravel())
                exams.append(name.stem)
    except _UNREADABLE as error:
        raise _unreadable(path, error) from error
    if len(widths := {len(value) for value in values}) > 1:
        raise InputError(
            f"{path}, {expected.folder}: vectors of different lengths ({min(widths)} to {max(widths)}); fetch the archive again"
        )
    return _bag(exams, np.array(values), expected, path)


def tumour_slides(slides: pd.DataFrame) -> pd.DataFrame:
    """Without the slides of normal tissue, as far as their names tell: ``TCGA-B0-4688-11A-01-TS1``."""
    names = slides.index.get_level_values("instance_id")
    return slides[~(names.str.startswith("TCGA") & (names.str[13:15] == NORMAL))]


def _bag(exams: list[str], values: np.ndarray[Any, Any], expected: Features, path: Path) -> pd.DataFrame:
    where = f"{path}, {expected.folder}"
    if values.shape != (expected.exams, expected.width) or not np.issubdtype(values.dtype, np.floating):
        raise InputError(
            f"{where}: an array {values.shape} of {values.dtype}, expected {(expected.exams, expected.width)} numbers; fetch it again"
        )
    if not np.isfinite(values).all():
        raise InputError(f"{where}, exam {exams[int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])]}: not finite; fetch it again")
    names = pd.Series(exams)
    if (twice := names[names.duplicated()]).size:
        raise InputError(f"{where}: exam {twice.iloc[0]} comes twice; fetch it again")
    columns = [f"{expected.modality}_{number:04d}" for number in range(1, expected.width + 1)]
    ids = [(_case(exam, where), exam) for exam in exams]
    index = pd.MultiIndex.from_tuples(ids, names=["patient_id", "instance_id"])
    return pd.DataFrame(values.astype(float), index=index, columns=columns).sort_index()


def _case(exam: str, where: str) -> str:
    found = re.match(rf"{CASES}-", exam)
    if found is None:
        raise InputError(f"{where}: exam '{exam}' does not begin with a patient of this cohort; fetch it again")
    return found[1]


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return InputError(f"{path}: cannot be read as feature arrays ({reason}); fetch the file again")
