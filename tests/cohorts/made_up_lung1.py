"""Made-up source files in the layouts of LUNG1; no patient in them exists."""

from pathlib import Path

from benchmark.cohorts.schema import load_schema
from benchmark.cohorts.sources.lung1 import PATIENTS, PREDICTED, SEGMENTED

HEADER = "PatientID,age,clinical.T.Stage,Clinical.N.Stage,Clinical.M.Stage,Overall.Stage,Histology,gender,Survival.time,deadstatus.event"
ROW = dict(zip(HEADER.split(",")[1:], ("60.25", "2", "1", "0", "II", "large cell", "male", "500", "1"), strict=True))


def patient(number: int) -> str:
    """The id of a made-up patient."""
    return f"LUNG1-{number:03d}"


def clinical_table(path: Path, *changes: dict[str, str], newline: str = "\n") -> Path:
    """The clinical table of 422 patients; the first ones are changed, one per change; ``PatientID`` may be changed too."""
    rows = [{"PatientID": patient(number)} | ROW for number in range(1, PATIENTS + 1)]
    rows = [row | change for row, change in zip(rows, [*changes, *[{}] * (PATIENTS - len(changes))], strict=True)]
    path.write_bytes(newline.join([HEADER, *(",".join(row[name] for name in HEADER.split(",")) for row in rows)]).encode())
    return path


def feature_names() -> list[str]:
    """The 190 features that the source published."""
    return list(load_schema("lung1")["blocks"]["radiomics"])


def feature_table(path: Path, *, with_clinical: bool = False, names: list[str] | None = None, cell: str = "1.5") -> Path:
    """190 features of 421 patients, as derived or, ``with_clinical``, followed by the nine columns that the source's table has.

    Args:
        path: where to write it.
        with_clinical: the layout of the source.
        names: other feature columns.
        cell: the first patient's first value.
    """
    names = names or feature_names()
    clinical = HEADER.split(",")[1:] if with_clinical else []
    rows = [[patient(number), *(f"{number + place / 8}" for place in range(len(names)))] for number in range(1, SEGMENTED + 1)]
    rows[0][1] = cell
    lines = [["PatientID", *names, *clinical], *([*row, *(ROW[name] for name in clinical)] for row in rows)]
    path.write_text("\n".join(",".join(line) for line in lines) + "\n")
    return path


def cnn_table(path: Path, cell: str = '"[0.75, 0.25]"') -> Path:
    """The outputs of the CNN for 415 patients; ``cell`` is the first patient's."""
    cells = [cell, *['"[0.9, 0.1]"'] * (PREDICTED - 1)]
    lines = [f"{patient(number)},1.2.3,{value},0" for number, value in enumerate(cells, start=1)]
    path.write_text("\n".join(["PatientID,StudyInstanceUID,CNN_output_raw,CNN_output_argmax", *lines]) + "\n")
    return path
