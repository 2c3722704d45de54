"""AIM 4 annotations (Annotation and Image Markup): one XML per patient, in a tar.gz or a zip."""

import tarfile
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from benchmark.cohorts.formats.text import by_patient
from benchmark.errors import InputError

NAME = "{uri:iso.org:21090}displayName"
LARGEST = 5_000_000


def read_aim(path: Path, ids: str) -> pd.DataFrame:
    """What the radiologists coded, by patient.

    Args:
        path: archive; ``R01-023v1.xml`` is patient ``R01-023``.
        ids: pattern of a patient id.

    Returns:
        One column per AIM label, spelt as in the files; several values are joined with "|"; empty where nothing was coded.

    Raises:
        InputError: the archive or one of its files is damaged, declares a document type, or a patient comes twice.
    """
    rows, names = [], []
    try:
        for member, content in _members(path):
            rows.append({label: "|".join(values) for label, values in _labels(content, f"{path}, {member}").items()})
            names.append(Path(member).stem.partition("v")[0])
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, RuntimeError, ValueError) as error:
        # zipfile raises the last two for encryption, unknown compression and impossible offsets
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"{path}: cannot be read as an archive ({reason}); fetch the file again") from error
    if not rows:
        raise InputError(f"{path}: no XML file inside; fetch the file again")
    return by_patient(pd.DataFrame(rows).fillna(""), pd.Series(names), path, ids)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for item in archive.infolist():
                if _wanted(item.filename, item.file_size, path):
                    yield item.filename, archive.read(item)
        return
    with tarfile.open(path, "r:*") as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.isfile() and _wanted(member.name, member.size, path) else None
            if stream is not None:
                yield member.name, stream.read()


def _wanted(name: str, size: int, path: Path) -> bool:
    wanted = name.endswith(".xml") and not Path(name).name.startswith("._") and "__MACOSX" not in name
    if wanted and size > LARGEST:
        raise InputError(f"{path}, {name}: {size} bytes, far more than an annotation has; fetch the file again")
    return wanted


def _labels(content: bytes, where: str) -> dict[str, list[str]]:
    """AIM label → the display names coded under it, in the order of the file."""
    try:
        text = content.decode("utf-8-sig")
        # without a document type there are no entities to expand
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise InputError(f"{where}: declares a document type, which an AIM file never does; fetch the file again")
        root = ET.fromstring(text)
    except (UnicodeDecodeError, ET.ParseError) as error:
        raise InputError(f"{where}: not well-formed XML ({error}); fetch the file again") from error
    found: dict[str, list[str]] = {}
    for element in root.iter():
        if element.tag.rpartition("}")[2] not in ("ImagingPhysicalEntity", "ImagingObservationCharacteristic"):
            continue
        label = element.find("{*}label")
        value = " / ".join(map(_name, element.findall("{*}typeCode")))  # a finding and, in a second code, its refinement
        if label is None or not value:
            raise InputError(f"{where}: an annotation without label or value; fetch the file again")
        found.setdefault(label.get("value", ""), []).append(value)
    return found


def _name(code: ET.Element) -> str:
    """The display name: an element below the code in the R01 files, its attribute ``codeSystem`` in the AMC files."""
    name = code.find(NAME)
    text = code.get("codeSystem", "") if name is None else name.get("value", "")
    return " ".join(text.split())
