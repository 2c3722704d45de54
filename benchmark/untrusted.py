"""What strangers may have written: read within bounds, or refused with a ``ValueError`` that says what is wrong with it."""

import io
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

DEEP = 16  # nested lists and mappings of a JSON document
NESTED = f"nested more than {DEEP} deep"
ROWS = 10**6  # of a table: some hundred times the longest that a run here has written
COLUMNS = 200
TEXT, NUMBER, DICTIONARY = "string", "double", "dictionary<values=string, indices=int32, ordered=0>"  # as Arrow spells types
WIDE = 200  # characters of a text in a table
DECODED = 256 << 20  # bytes of a table's pages, decompressed
FOOTER = 1 << 20  # bytes; of a run's some thousands
SNAPPY = 1
PACKED = {0: "nothing", SNAPPY: "snappy"}  # numbers of codecs; others put a thousand bytes into one


class TooLongError(ValueError):
    """A file has more bytes than it may have."""


def printable_text(text: str, kept: str = "") -> str:
    """The text without control characters, but for those in ``kept``: what a stranger wrote must not steer a terminal."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() or letter in kept else " " for letter in text)


def printable(value: object, kept: str = "") -> object:
    """A text as :func:`printable_text` leaves it, anything else as it is."""
    return printable_text(value, kept) if isinstance(value, str) else value


def printable_json(value: Any) -> Any:
    """A JSON value with every text in it printable, keys too; ends of lines stay, for a traceback has them."""
    if isinstance(value, dict):
        return {printable(name): printable_json(item) for name, item in value.items()}
    return [printable_json(item) for item in value] if isinstance(value, list) else printable(value, "\n")


def read_bytes(path: Path, most: int, *, links: bool = True) -> bytes:
    """The bytes of a regular file.

    Args:
        links: whether ``path`` may be a symbolic link.

    Raises:
        OSError: it is not there or may not be read.
        TooLongError: more than ``most`` bytes.
        ValueError: a pipe or a device.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if links else os.O_NOFOLLOW)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError(f"{path.name} is no regular file")
        raw = file.read(most + 1)
    if len(raw) > most:
        raise TooLongError(f"{path.name} has more than {most >> 20} MiB")
    return raw


def plain_json(raw: bytes) -> Any:
    """A JSON document, as it stands.

    Raises:
        ValueError: it is none, or nested deeper than :data:`DEEP`.
    """
    try:
        value = json.loads(raw.decode("utf-8"))
    except RecursionError:
        raise ValueError(NESTED) from None
    _check_depth(value, DEEP)
    return value


def _check_depth(value: Any, left: int) -> None:
    """Whoever walks through the value later does so by recursion, and from deeper in the program."""
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if not left:
            raise ValueError(NESTED)
        _check_depth(item, left - 1)


def flat_table(raw: bytes, leading: Mapping[str, str]) -> "pd.DataFrame":
    """A Parquet file whose first columns are ``leading`` and whose others, one at least, are finite numbers of 64 bits.

    Nothing is decoded before the file's own account of itself has been looked at, and a text is decoded once, however many rows have
    it: a few kilobytes can stand for a million copies of a long one.

    Args:
        leading: name of a column → its type as Arrow spells it: ``string`` or an integer.

    Raises:
        ValueError: it is no such table, is larger than :data:`ROWS` and :data:`DECODED` say, lacks a value, or cannot be decoded.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        _check_account(raw)
        about = pq.read_metadata(io.BytesIO(raw))
        names = _flat_names(about, list(leading))
        if not about.num_rows:  # its writer knew no types either
            return pd.DataFrame(columns=names).astype({name: kind for name, kind in leading.items() if kind != TEXT})
        file = pq.ParquetFile(io.BytesIO(raw), read_dictionary=[name for name, kind in leading.items() if kind == TEXT])
        _check_types(file.schema_arrow, leading)
        return _decoded(file.read(use_threads=False))
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        said = printable_text(str(error)).strip() or type(error).__name__
        raise ValueError(said[:WIDE]) from error


def _check_account(raw: bytes) -> None:
    """Rows, bytes and packing, as the end of the file states them.

    Read here and not by the library, which ends the whole process at some footers when it is asked for a column's codec. The numbers of
    the fields are those of ``parquet.thrift``.
    """
    size = int.from_bytes(raw[-8:-4], "little")
    if raw[-4:] != b"PAR1" or not 0 < size <= min(FOOTER, len(raw) - 8):
        raise ValueError(f"it does not end as a Parquet file with a footer of at most {FOOTER >> 20} MiB")
    try:
        about = _Compact(raw[-8 - size : -8]).struct(DEEP)
        rows, groups = about[3], about[4]
        pages = [chunk[3] for group in groups for chunk in group[1]]
        counts = [*(group[3] for group in groups), *(page[5] for page in pages)]
        codecs, unpacked = [page[4] for page in pages], [page[6] for page in pages]
        sum([rows, *counts, *codecs, *unpacked])  # a number each
    except (LookupError, TypeError) as error:
        raise ValueError("its footer is not that of a Parquet file") from error
    if not 0 <= rows <= ROWS or len(pages) > COLUMNS:
        raise ValueError(f"{rows} rows of {len(pages)} columns, more than {ROWS} of {COLUMNS}")
    if len(groups) > 1 or set(counts) - {rows}:
        raise ValueError("its rows are not all in one group with one value of every column")
    if min(unpacked, default=0) < 0 or sum(unpacked) > DECODED:
        raise ValueError(f"it unpacks to more than {DECODED >> 20} MiB")
    if set(codecs) - set(PACKED):
        raise ValueError(f"it is not packed by {PACKED[SNAPPY]}, as a run does")


class _Compact:
    """Thrift's compact protocol, in which a footer is written; an end too early is an ``IndexError``."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def struct(self, left: int) -> dict[int, Any]:
        """Number of a field → its value."""
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = head & 15 if head & 15 in (1, 2) else self._value(head & 15, left)
        return fields

    def _value(self, kind: int, left: int) -> Any:
        if not left:
            raise ValueError(NESTED)
        if kind in (1, 2, 3):
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind in (7, 8):
            return self._skipped(8 if kind == 7 else self._unsigned())
        if kind in (9, 10):
            head = self._byte()
            size = head >> 4 if head >> 4 < 15 else self._unsigned()
            return [self._value(head & 15, left - 1) for _ in range(size)]
        if kind == 12:
            return self.struct(left - 1)
        raise ValueError(f"its footer has a field of type {kind}, which Parquet's have not")

    def _byte(self) -> int:
        self._at += 1
        return self._raw[self._at - 1]

    def _skipped(self, size: int) -> None:
        self._at += size

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)

    def _unsigned(self) -> int:
        number = 0
        for place in range(10):
            byte = self._byte()
            number |= (byte & 127) << 7 * place
            if byte < 128:
                break
        return number


def _flat_names(about: "pq.FileMetaData", leading: list[str]) -> list[str]:
    columns = [about.schema.column(number) for number in range(about.num_columns)]
    names = [column.path for column in columns]
    if names[: len(leading)] != leading or len(names) == len(leading) or len(set(names)) < len(names):
        raise ValueError(f"its columns are not {', '.join(leading)} and then the predictions")
    for name, column in zip(names, columns, strict=True):
        if column.max_repetition_level or column.max_definition_level > 1 or not _short(name):
            raise ValueError(f"column {name[:WIDE]}: not a flat column with a short, printable name")
    return names


def _check_types(schema: "pa.Schema", leading: Mapping[str, str]) -> None:
    for field in schema:
        kind = leading.get(field.name, NUMBER)
        if str(field.type) != (DICTIONARY if kind == TEXT else kind):
            raise ValueError(f"column {field.name} holds {field.type}, not {kind}")


def _decoded(table: "pa.Table") -> "pd.DataFrame":
    """The table for pandas, without what its file says about pandas."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count:
            raise ValueError(f"column {name} lacks a value")
        if str(column.type) == NUMBER and not pc.all(pc.is_finite(column)).as_py():
            raise ValueError(f"column {name} holds a value that is not finite")
        if str(column.type) == DICTIONARY:
            _check_texts(name, column.chunks)
            column = column.cast(pa.string())
        columns[name] = column
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame


def _check_texts(name: str, chunks: "list[pa.DictionaryArray]") -> None:
    import pyarrow.compute as pc

    for chunk in chunks:
        longest = pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0  # bytes, of which a character has four at most
        if longest > 4 * WIDE or not all(_short(text) for text in chunk.dictionary.to_pylist()):
            raise ValueError(f"column {name} holds a text that is long, or has control characters")


def _short(text: str | None) -> bool:
    return text is not None and len(text) <= WIDE and text.isprintable()
