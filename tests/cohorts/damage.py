"""Damage to source files: tables (plain, gzip or zip), ARFF, stacked arrays and archives of annotations."""

import csv
import functools
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

Rows = list[list[str]]


@dataclass(frozen=True)
class Table:
    """Where a table is hit: a column that is needed, one whose cells have a type, and the one with the ids."""

    needed: str
    typed: str
    ids: str

    def missing_column(self, rows: Rows) -> Rows:
        place = rows[0].index(self.needed)
        return [row[:place] + row[place + 1 :] for row in rows]

    def extra_column(self, rows: Rows) -> Rows:
        return [[*row, cell] for row, cell in zip(rows, ["surprise", *["1"] * (len(rows) - 1)], strict=True)]

    def column_twice(self, rows: Rows) -> Rows:
        place = rows[0].index(self.needed)
        return [[*row, row[place]] for row in rows]

    def wrong_type(self, rows: Rows) -> Rows:
        place = rows[0].index(self.typed)
        return [rows[0], *([*row[:place], "x", *row[place + 1 :]] for row in rows[1:])]

    def duplicate_row(self, rows: Rows) -> Rows:
        return [*rows, rows[1]]

    def duplicate_id(self, rows: Rows) -> Rows:
        """Another patient under the first one's id."""
        place = rows[0].index(self.ids)
        other = next(number for number, row in enumerate(rows) if number > 1 and row[place] != rows[1][place])
        changed = [*rows[other][:place], rows[1][place], *rows[other][place + 1 :]]
        return [*rows[:other], changed, *rows[other + 1 :]]

    def no_rows(self, rows: Rows) -> Rows:
        return rows[:1]


EDITS: dict[str, Callable[[Table, Rows], Rows]] = {
    "missing column": Table.missing_column,
    "extra column": Table.extra_column,
    "column twice": Table.column_twice,
    "wrong type": Table.wrong_type,
    "duplicate row": Table.duplicate_row,
    "duplicate id": Table.duplicate_id,
    "no rows": Table.no_rows,
}
TEXT: dict[str, Callable[[bytes], bytes]] = {
    "BOM and CRLF": lambda text: b"\xef\xbb\xbf" + text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "not text": lambda text: text[:200] + b"\x00\xff\xfe" + text[200:],
    "no text": lambda text: b"",
}
BYTES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[: int(0.6 * len(content))],
    "flipped byte": lambda content: (
        content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 0xFF]) + content[len(content) // 2 + 1 :]
    ),
}


@functools.lru_cache(maxsize=1)
def read_rows(path: Path) -> Rows:
    """The cells of a delimited file."""
    text = _unpacked(path, path.read_bytes()).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def damaged_table(path: Path, table: Table, damage: str) -> bytes:
    """The bytes of a delimited file after one of :data:`EDITS`, :data:`TEXT`, :data:`BYTES`."""
    content = path.read_bytes()
    if damage in BYTES:
        return BYTES[damage](content)
    if damage in TEXT:
        return _packed(path, TEXT[damage](_unpacked(path, content)))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(EDITS[damage](table, read_rows(path)))
    return _packed(path, out.getvalue().encode())


def _arff(head: Callable[[bytes], bytes], row: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def edit(text: bytes) -> bytes:
        top, rows = text.split(b"@data\n")
        return head(top) + b"@data\n" + b"".join(row(line) + b"\n" for line in rows.splitlines())

    return edit


ARFF: dict[str, Callable[[bytes], bytes]] = {
    **BYTES,
    **{name: edit for name, edit in TEXT.items() if name != "no text"},
    "missing column": _arff(lambda top: top.replace(b"@attribute age numeric\n", b""), lambda row: row.partition(b",")[2]),
    "extra column": _arff(lambda top: top + b"@attribute surprise numeric\n", lambda row: row + b",1"),
    "wrong type": _arff(lambda top: top, lambda row: b"x" + row),
    "duplicate row": lambda text: text + text.splitlines(keepends=True)[-1],
    "no rows": lambda text: text[: text.index(b"@data\n") + 6],
}


def damaged_arrays(path: Path, damage: str) -> bytes:
    """The bytes of a stacked ``.npz`` after one of :data:`ARRAYS`."""
    if damage in BYTES:
        return BYTES[damage](path.read_bytes())
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    out = io.BytesIO()
    np.savez(out, **ARRAYS[damage](arrays))
    return out.getvalue()


ARRAYS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "missing array": lambda arrays: {name: array for name, array in arrays.items() if name != "case_id"},
    "extra array": lambda arrays: arrays | {"surprise": arrays["exam"]},
    "missing column": lambda arrays: arrays | {"X": arrays["X"][:, 1:]},
    "extra column": lambda arrays: arrays | {"X": np.hstack([arrays["X"], arrays["X"][:, :1]])},
    "wrong type": lambda arrays: arrays | {"X": arrays["X"].astype("U8")},
    "pickled objects": lambda arrays: arrays | {"exam": arrays["exam"].astype(object)},
    "duplicate id": lambda arrays: arrays | {"exam": np.concatenate([arrays["exam"][:1], arrays["exam"][:-1]])},
    "no rows": lambda arrays: {name: array[:0] for name, array in arrays.items()},
}


def damaged_annotations(path: Path, damage: str) -> bytes:
    """The bytes of a ``.tar.gz`` of XML files after one of :data:`ANNOTATIONS`."""
    if damage in BYTES:
        return BYTES[damage](path.read_bytes())
    with tarfile.open(path) as tar:
        files = {member.name: stream.read() for member in tar if (stream := tar.extractfile(member)) is not None}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for name, content in ANNOTATIONS[damage](files).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _in_first(old: bytes, new: bytes) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    def edit(files: dict[str, bytes]) -> dict[str, bytes]:
        name = min(name for name, content in files.items() if old in content)
        return files | {name: files[name].replace(old, new)}

    return edit


ANNOTATIONS: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "missing column": lambda files: {name: content.replace(b'"Nodule Shape"', b'"Emphysema"') for name, content in files.items()},
    "extra column": _in_first(b'"Nodule Shape"', b'"Surprise"'),
    "wrong type": _in_first(b'codeSystem="complex"', b'codeSystem="7"'),
    "duplicate id": lambda files: files | {min(files).replace(".xml", "v2.xml"): files[min(files)]},
    "no XML": _in_first(b"<ImageAnnotation", b"<<"),
    "no rows": lambda files: {},
}


def damaged_sheet(rows: Rows, table: Table, damage: str) -> bytes:
    """A spreadsheet with these rows on the sheet TCGA-CDR, after one of :data:`EDITS` or :data:`BYTES`."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("TCGA-CDR" if damage != "no sheet" else "Sheet1")
    for row in EDITS[damage](table, rows) if damage in EDITS else rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return BYTES[damage](out.getvalue()) if damage in BYTES else out.getvalue()


def _unpacked(path: Path, content: bytes) -> bytes:
    if path.suffix == ".gz":
        return gzip.decompress(content)
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(archive.namelist()[0])
    return content


def _packed(path: Path, text: bytes) -> bytes:
    if path.suffix == ".gz":
        return gzip.compress(text, compresslevel=1)
    if path.suffix != ".zip":
        return text
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(path.stem, text)
    return out.getvalue()
