"""A Parquet file's own account of itself, looked at before anything in it is decoded."""

import io
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from benchmark.untrusted.compact import Compact

if TYPE_CHECKING:
    import pyarrow.parquet as pq

ROWS = 10**6  # of a table: some hundred times the longest that a run here has written
COLUMNS = 200
DECODED = 256 << 20  # bytes of a table's pages, decompressed
FOOTER = 1 << 20  # bytes; of a run's some thousands
UNPACKS = f"it unpacks to more than {DECODED >> 20} MiB"
MAGIC = b"PAR1"
SNAPPY = 1
PACKED = {0: "nothing", SNAPPY: "snappy"}  # numbers of codecs; others put a thousand bytes into one
DATA, VALUES = 0, 2  # numbers of pages: of data, and of the values that those count off
ENCODINGS = (0, 2, 8)  # plain, and both numbers of "counted off"; in others a few bytes stand for texts of any length
PAGES = 100  # of a column; a run's have two, and one more for each 20,000 rows or MiB
ODD_PAGE = "a page of it is not one that a run writes"
ENCRYPTED = {8, 9}  # fields of a footer, and of a column of it; at some the library ends the process
STRUCTS, NUMBERS, LONGS, TEXTS = 12, 5, 6, 8  # Thrift's types
LISTS = {  # fields of a footer → what is in them: its schema, groups, pairs and orders; their columns and sorting; what those say of themselves
    **dict.fromkeys([(2,), (4,), (5,), (7,), (4, 1), (4, 4), (4, 1, 3, 8), (4, 1, 3, 13)], STRUCTS),
    **{(4, 1, 3, 2): NUMBERS, (4, 1, 3, 3): TEXTS, (4, 1, 3, 16, 2): LONGS, (4, 1, 3, 16, 3): LONGS},
}


@dataclass(frozen=True)
class _Chunk:
    """What the footer says of the values of one column.

    Attributes:
        values: how many; ``unpacked`` and ``packed``: bytes, their pages' headers included.
        start: where in the file its first page begins.
    """

    codec: int
    values: int
    unpacked: int
    packed: int
    start: int

    @classmethod
    def of(cls, fields: Mapping[int, Any]) -> "_Chunk":
        pages, dictionary = fields[9], fields.get(11, 0)
        return cls(fields[4], fields[5], fields[6], fields[7], dictionary if 0 < dictionary < pages else pages)


def check_account(raw: bytes) -> "pq.FileMetaData":
    """The footer as the library reads it, after rows, bytes and packing were looked at, as the end of the file states them.

    Read here first and not by the library alone, which ends the whole process at some footers when it is asked for a column's codec, and takes
    a list of any length at its word. What it has read it writes down again, and that account must be the same: a footer that two readers read
    in two ways is refused.
    """
    import pyarrow.parquet as pq

    rows, chunks = _account(raw)
    about = pq.read_metadata(io.BytesIO(raw))
    if _account(_written(about)) != (rows, chunks) or about.num_rows != rows or (rows and about.num_columns != len(chunks)):
        raise ValueError("its footer can be read in two ways")
    if about.num_columns > COLUMNS:
        raise ValueError(f"{about.num_columns} columns, more than {COLUMNS}")
    left = DECODED
    for chunk in chunks if rows else ():
        left -= _check_pages(memoryview(raw)[: -8 - _footer_size(raw)], chunk)
    if left < 0:
        raise ValueError(UNPACKS)
    return about


def _written(about: "pq.FileMetaData") -> bytes:
    sink = io.BytesIO()
    about.write_metadata_file(sink)
    return sink.getvalue()


def _footer_size(raw: bytes) -> int:
    size = int.from_bytes(raw[-8:-4], "little")
    if raw[-4:] != MAGIC or not 0 < size <= min(FOOTER, len(raw) - 8):
        raise ValueError(f"it does not end as a Parquet file with a footer of at most {FOOTER >> 20} MiB")
    return size


def _account(raw: bytes) -> tuple[int, list[_Chunk]]:
    """Rows, and the columns of the one group that they are in. The numbers of the fields are those of ``parquet.thrift``."""
    footer = raw[-8 - _footer_size(raw) : -8]
    try:
        reader = Compact(footer, LISTS)
        about = reader.struct()
        rows, groups = about[3], about[4]
        columns = [column for group in groups for column in group[1]]
        chunks = [_Chunk.of(column[3]) for column in columns]
        counts = [*(group[3] for group in groups), *(chunk.values for chunk in chunks)]
        sum([rows, *counts, *(number for chunk in chunks for number in astuple(chunk))])  # a number each
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError("its footer is not that of a Parquet file") from error
    if reader.at != len(footer) or any(ENCRYPTED & fields.keys() for fields in (about, *columns)):
        raise ValueError("its footer is not that of a Parquet file: it goes on after its end, or is signed or encrypted")
    _check_sizes(rows, counts, len(groups), chunks)
    return rows, chunks


def _check_sizes(rows: int, counts: list[int], groups: int, chunks: list[_Chunk]) -> None:
    if not 0 <= rows <= ROWS or len(chunks) > COLUMNS:
        raise ValueError(f"{rows} rows of {len(chunks)} columns, more than {ROWS} of {COLUMNS}")
    if groups > 1 or set(counts) - {rows}:
        raise ValueError("its rows are not all in one group with one value of every column")
    if min((chunk.unpacked for chunk in chunks), default=0) < 0 or sum(chunk.unpacked for chunk in chunks) > DECODED:
        raise ValueError(UNPACKS)
    if rows * len(chunks) * 8 > DECODED:  # a value that stands once in a file is a number for each row that has it
        raise ValueError(f"{rows} rows of {len(chunks)} columns: {UNPACKS}")
    if {chunk.codec for chunk in chunks} - set(PACKED):
        raise ValueError(f"it is not packed by {PACKED[SNAPPY]}, as a run does")


def _check_pages(raw: memoryview, chunk: _Chunk) -> int:
    """Bytes that the pages of a column unpack to, by their own headers: no footer says it, and the library sets aside what a header names."""
    at, end = chunk.start, chunk.start + chunk.packed
    if not 0 <= at <= end <= len(raw):
        raise ValueError("a column lies outside of the file")
    unpacked, counts = 0, {DATA: [0], VALUES: [0]}
    for _ in range(PAGES):
        if at == end:
            break
        reader = Compact(raw[at:end], {})
        try:
            page = reader.struct()
            kind, size, stored = page[1], page[2], page[3]
            within = page[5 if kind == DATA else 7]
            number, encoding = within[1], within[2]
            good = kind in counts and encoding in ENCODINGS and min(size, stored, number) >= 0
        except (LookupError, TypeError) as error:
            raise ValueError(ODD_PAGE) from error
        if not good:
            raise ValueError(ODD_PAGE)
        counts[kind].append(number)
        unpacked, at = unpacked + reader.at + size, at + reader.at + stored
    if at != end or sum(counts[DATA]) != chunk.values or unpacked != chunk.unpacked or sum(counts[VALUES]) > ROWS:
        raise ValueError("the pages of a column are not what its footer says")
    return unpacked
