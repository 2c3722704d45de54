"""A table of predictions that strangers may have written."""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from benchmark.untrusted import footer
from benchmark.untrusted.plain import printable_text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

TEXT, NUMBER, DICTIONARY = "string", "double", "dictionary<values=string, indices=int32, ordered=0>"  # as Arrow spells types
WIDE = 200  # characters of a text in a table


def flat_table(raw: bytes, leading: Mapping[str, str]) -> "pd.DataFrame":
    """A Parquet file whose first columns are ``leading`` and whose others, one at least, are finite numbers of 64 bits.

    Nothing is decoded before the file's own account of itself has been looked at, and a text is decoded once, however many rows have
    it: a few kilobytes can stand for a million copies of a long one.

    Args:
        leading: name of a column → its type as Arrow spells it: ``string`` or an integer.

    Raises:
        ValueError: it is no such table, is larger than :mod:`benchmark.untrusted.footer` says, lacks a value, or cannot be decoded.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = footer.check_account(raw)
        names = _flat_names(about, list(leading))
        if not about.num_rows:  # its writer knew no types either
            return pd.DataFrame(columns=names).astype({name: kind for name, kind in leading.items() if kind != TEXT})
        texts = [name for name, kind in leading.items() if kind == TEXT]
        file = pq.ParquetFile(io.BytesIO(raw), metadata=about, read_dictionary=texts)
        _check_types(file.schema_arrow, leading)
        return _decoded(file.read(use_threads=False))
    except (pa.ArrowException, OSError, ValueError, MemoryError, OverflowError) as error:
        said = printable_text(str(error)).strip() or type(error).__name__
        raise ValueError(said[:WIDE]) from error


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

    columns, left = {}, footer.DECODED
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count:
            raise ValueError(f"column {name} lacks a value")
        if str(column.type) == NUMBER and not pc.all(pc.is_finite(column)).as_py():
            raise ValueError(f"column {name} holds a value that is not finite")
        if str(column.type) == DICTIONARY:
            left -= _check_texts(name, column.chunks) * len(table)
            if left < 0:
                raise ValueError(footer.UNPACKS)
            column = column.cast(pa.string())
        columns[name] = column
    frame: pd.DataFrame = pa.table(columns).to_pandas()
    return frame


def _check_texts(name: str, chunks: "list[pa.DictionaryArray]") -> int:
    """Bytes of the longest text."""
    import pyarrow.compute as pc

    longest = max((pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0 for chunk in chunks), default=0)
    bytes_of_a_character = 4  # at most
    if longest > bytes_of_a_character * WIDE or not all(_short(text) for chunk in chunks for text in chunk.dictionary.to_pylist()):
        raise ValueError(f"column {name} holds a text that is long, or has control characters")
    return int(longest)


def _short(text: str | None) -> bool:
    return text is not None and len(text) <= WIDE and text.isprintable()
