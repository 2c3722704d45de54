import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from benchmark.cohorts.formats.aim import read_aim
from benchmark.errors import InputError

IDS = r"(R01|AMC)-\d{3}"
R01 = '<typeCode code="1"><iso:displayName value="{}" xmlns:iso="uri:iso.org:21090"/></typeCode>'
AMC = '<typeCode code="1" codeSystem="{}"/>'


def annotation(items: list[tuple[str, list[str]]], spelling: str = R01, head: str = "") -> bytes:
    body = "".join(
        f'<ImagingObservationCharacteristic>{"".join(spelling.format(value) for value in values)}<label value="{label}"/>'
        "</ImagingObservationCharacteristic>"
        for label, values in items
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}<A xmlns="gme://caCORE"><B>{body}</B></A>'.encode()


def tar(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "aim.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            item = tarfile.TarInfo(name)
            item.size = len(content)
            archive.addfile(item, io.BytesIO(content))
    return path


def zipped(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "aim.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


FILES = {
    "x/R01-002v1.xml": annotation([("Shape", ["round"]), ("Finding", ["a"]), ("Finding", ["b", "c  d"])]),
    "x/AMC-001.xml": annotation([("Shape", ["oval"])], AMC),
    "__MACOSX/x/._R01-002v1.xml": b"\x00",
    "x/readme.txt": b"hello",
}


@pytest.mark.parametrize("pack", [tar, zipped])
def test_both_spellings_in_both_archives(tmp_path: Path, pack: object) -> None:
    table = read_aim(pack(tmp_path, FILES), IDS)  # type: ignore[operator]
    assert table.index.tolist() == ["AMC-001", "R01-002"]
    assert table.loc["R01-002"].to_dict() == {"Shape": "round", "Finding": "a|b / c d"}
    assert table.loc["AMC-001"].to_dict() == {"Shape": "oval", "Finding": ""}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "no XML file"),
        ({"R01-001.xml": b"<a><b></a>"}, "not well-formed"),
        ({"R01-001.xml": b"\xff\xfe<\x00a\x00"}, "not well-formed"),
        ({"R01-001.xml": annotation([], head='<!DOCTYPE A [<!ENTITY e "boom">]>')}, "document type"),
        ({"R01-001.xml": annotation([("Shape", [])])}, "without label or value"),
        ({"x/R01-001.xml": annotation([("S", ["a"])]), "y/R01-001v2.xml": annotation([("S", ["a"])])}, "R01-001 has more than one row"),
        ({"Q-1.xml": annotation([("S", ["a"])])}, "'Q-1' is not a patient id"),
        ({"R01-001.xml": b" " * 5_000_001}, "far more than an annotation has"),
    ],
)
@pytest.mark.parametrize("pack", [tar, zipped])
def test_damage_is_bad_input(tmp_path: Path, pack: object, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_aim(pack(tmp_path, files), IDS)  # type: ignore[operator]


@pytest.mark.parametrize("pack", [tar, zipped])
@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.9])
def test_a_truncated_archive_is_bad_input(tmp_path: Path, pack: object, keep: float) -> None:
    path = pack(tmp_path, FILES)  # type: ignore[operator]
    content = path.read_bytes()
    path.write_bytes(content[: int(keep if keep > 1 else keep * len(content))])
    with pytest.raises(InputError, match=r"cannot be read as an archive|no XML file"):
        read_aim(path, IDS)
