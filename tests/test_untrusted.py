"""A table whose own account of itself two readers would read in two ways, or whose pages are not those that it accounts for."""

import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmark.untrusted import compact, flat_table, table
from benchmark.untrusted import footer as account

LEADING = {"patient_id": "string", "fold": "int16"}
ROWS, GROUPS, COLUMNS, CHUNK = 3, 4, 1, 3  # numbers of the fields of a footer, of its group and of its columns
UNPACKED, PACKED, PAGES, DICTIONARY = 6, 7, 9, 11  # and of a column
SIZE, ABOUT, ABOUT_VALUES = 2, 5, 7  # of a page
BOOLEANS, NUMBERS, TEXT, LIST, STRUCT, WIDE = (1, 2), (3, 4, 5, 6), 8, 9, 12, 6


class Thrift:
    """What Thrift's compact protocol says, to be changed and written again: a struct is a list of [number, type, value]."""

    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def struct(self):
        fields, number = [], 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.signed()
            fields.append([number, head & 15, None if head & 15 in BOOLEANS else self.value(head & 15)])
        return fields

    def value(self, kind):
        if kind in NUMBERS:
            return self.signed()
        if kind == TEXT:
            size = self.unsigned()
            self.at += size
            return self.raw[self.at - size : self.at]
        if kind == LIST:
            head = self.byte()
            size = head >> 4 if head >> 4 < 15 else self.unsigned()
            return [head & 15, [self.value(head & 15) for _ in range(size)]]
        assert kind == STRUCT
        return self.struct()

    def byte(self):
        self.at += 1
        return self.raw[self.at - 1]

    def unsigned(self):
        byte = self.byte()
        return byte if byte < 128 else byte - 128 + 128 * self.unsigned()

    def signed(self):
        number = self.unsigned()
        return number >> 1 ^ -(number & 1)


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def zigzag(number):
    return varint(number * 2 if number >= 0 else -number * 2 - 1)


def struct(fields):
    return b"".join(bytes([kind]) + zigzag(number) + value(kind, item) for number, kind, item in fields) + b"\0"


def value(kind, item):
    if kind in BOOLEANS:
        return b""
    if kind in NUMBERS:
        return zigzag(item)
    if kind == TEXT:
        return varint(len(item)) + item
    return (
        bytes([0xF0 | item[0]]) + varint(len(item[1])) + b"".join(value(item[0], one) for one in item[1]) if kind == LIST else struct(item)
    )


def field(fields, number):
    (found,) = (one for one in fields if one[0] == number)
    return found


def ended(body, footer):
    return body + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def parts(raw):
    """What stands before the footer, and the footer."""
    size = int.from_bytes(raw[-8:-4], "little")
    return raw[: -8 - size], Thrift(raw[-8 - size : -8]).struct()


def columns_of(footer):
    (group,) = field(footer, GROUPS)[2][1]
    return field(group, COLUMNS)[2][1]


def last_column(footer):
    return field(columns_of(footer)[-1], CHUNK)[2]


def packed(rows=6, text="A", **options):
    rows_of = pa.table({"patient_id": [text] * rows, "fold": pa.array([0] * rows, pa.int16()), "risk": [0.5, 1.0] * (rows // 2)})
    sink = io.BytesIO()
    pq.write_table(rows_of, sink, **({"compression": "snappy"} | options))
    return sink.getvalue()


def refused(raw, said=""):
    with pytest.raises(ValueError, match=said) as error:
        flat_table(raw, LEADING)
    assert len(str(error.value)) <= table.WIDE


def refooted(change, **options):
    body, footer = parts(packed(**options))
    change(footer)
    return ended(body, struct(footer))


def repaged(change, place):
    """With another header of a page of the last column (``place`` 0: its values, 1: its data), and the footer's sums made right."""
    body, footer = parts(packed())
    column = last_column(footer)
    start = at = field(column, DICTIONARY)[2]
    pages = []
    while at < len(body):
        reader = Thrift(body[at:])
        header = reader.struct()
        begin, at = at + reader.at, at + reader.at + field(header, 3)[2]
        pages.append((header, body[begin:at]))
    change(pages[place][0])
    written = [struct(header) + data for header, data in pages]
    whole = b"".join(written)
    field(column, UNPACKED)[2] += len(whole) - (len(body) - start)
    field(column, PACKED)[2], field(column, PAGES)[2] = len(whole), start + len(written[0])
    return ended(body[:start] + whole, struct(footer))


def test_what_is_written_again_without_a_change_is_read():
    for raw in (packed(), refooted(lambda footer: None), repaged(lambda header: None, 0), repaged(lambda header: None, 1), packed(20_000)):
        assert list(flat_table(raw, LEADING)) == ["patient_id", "fold", "risk"]


@pytest.mark.parametrize("kind", [5, 8, 12])
def test_a_list_that_is_longer_than_its_file_is_not_begun(kind, monkeypatch):
    """Of 2^60 items that have no bytes it never ended."""
    looked = []
    value_of = compact.Compact._value
    monkeypatch.setattr(compact.Compact, "_value", lambda self, kind, path: looked.append(kind) or value_of(self, kind, path))
    with pytest.raises(IndexError):
        compact.Compact(bytes([0x19, 0xF0 | kind]) + varint(1 << 17) + bytes(1000), {(1,): kind}).struct()
    assert looked == [LIST]


def test_the_footer_that_never_ended():
    refused(ended(b"PAR1", b"\x99\xf7" + varint(1 << 60) + b"\0"), "it has a list that Parquet's have not")


def test_nothing_is_passed_over_behind_the_end():
    reader = compact.Compact(bytes(4), {})
    with pytest.raises(IndexError):
        reader._skipped(5)
    reader._skipped(4)


@pytest.mark.parametrize(("path", "kind"), [((5,), TEXT), ((2,), 5), ((10,), 5)])
def test_a_list_of_what_parquet_does_not_list_is_refused(path, kind):
    """The library reads what it expects there, and so all that comes after from another place."""

    def change(footer):
        footer[:] = [one for one in footer if one[0] not in path] + [[path[0], LIST, [kind, []]]]
        footer.sort(key=lambda one: one[0])

    refused(refooted(change), "it has a list that Parquet's have not")


def again(footer, number, of=lambda other: other):
    """The rows of a larger table, said once more under another number of the field."""
    _, other = parts(packed(50))
    footer += [[of(wanted), *field(other, wanted)[1:]] for wanted in (ROWS, GROUPS)] if number is None else [[number, WIDE, 50]]


@pytest.mark.parametrize("turns", [1 << 16, 1 << 32])
def test_a_number_of_a_field_that_the_library_cuts_short_is_refused(turns):
    raw = refooted(lambda footer: again(footer, None, lambda number: number + turns))
    if turns == 1 << 16:
        assert pq.read_metadata(io.BytesIO(raw)).num_rows == 50  # and six, as field 3 says
    refused(raw, "a number has more than the 16 bits")


@pytest.mark.parametrize("number", [ROWS, 0, -1, 6])
def test_a_field_that_does_not_stand_in_its_place_is_refused(number):
    refused(refooted(lambda footer: again(footer, number)), "not as Thrift writes it")


@pytest.mark.parametrize(("kind", "bits"), [(4, 16), (5, 32), (6, 64)])
def test_a_number_that_its_type_does_not_hold_is_refused(kind, bits):
    read = compact.Compact(bytes([0x10 | kind]) + zigzag(-(1 << bits - 1)) + b"\0", {}).struct()
    assert read == {1: -(1 << bits - 1)}
    for raw in (zigzag(1 << bits - 1), b"\xff" * 10 + b"\0"):
        with pytest.raises(ValueError, match=f"more than the {bits} bits"):
            compact.Compact(bytes([0x10 | kind]) + raw + b"\0", {}).struct()


def test_a_footer_of_which_the_library_passes_over_a_field_is_refused():
    """A number of 32 bits where one of 64 belongs: the library takes it for something else, and begins to read elsewhere."""
    raw = refooted(lambda footer: field(last_column(footer), DICTIONARY).__setitem__(1, 5))
    refused(raw, "its footer can be read in two ways")


def longer(raw):
    body, footer = parts(raw)
    return ended(body, struct(footer) + bytes(28))


@pytest.mark.parametrize(
    "raw",
    [
        longer(packed()),
        refooted(lambda footer: footer.append([8, STRUCT, [[1, STRUCT, []]]])),
        refooted(lambda footer: footer.append([9, TEXT, b"x"])),
        refooted(lambda footer: columns_of(footer)[-1].append([8, STRUCT, [[1, STRUCT, []]]])),
        refooted(lambda footer: columns_of(footer)[-1].append([9, TEXT, b"x"])),
    ],
)
def test_a_footer_that_is_signed_or_goes_on_is_refused(raw):
    with pytest.raises(ValueError, match="goes on after its end, or is signed or encrypted"):
        account._account(raw)  # the library ends the process at the second


def test_an_encrypted_file_is_refused():
    refused(packed()[:-4] + b"PARE", "it does not end as a Parquet file")


def changed(*path, by):
    """A change of a number in a header, by its path of fields."""

    def change(header):
        for number in path[:-1]:
            header = field(header, number)[2]
        field(header, path[-1])[2] += by

    return change


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (changed(ABOUT_VALUES, 1, by=(1 << 31) - 10), 0, "the pages of a column are not what"),  # set aside before one is looked for
        (changed(SIZE, by=1 << 30), 0, "the pages of a column are not what"),
        (changed(SIZE, by=1 << 30), 1, "the pages of a column are not what"),
        (changed(SIZE, by=1), 1, "the pages of a column are not what"),
        (changed(ABOUT, 1, by=1), 1, "the pages of a column are not what"),
        (changed(ABOUT, 1, by=-100), 1, "a page of it is not one that a run writes"),
        (changed(ABOUT, 2, by=-1), 1, "a page of it is not one that a run writes"),  # of texts, by what they share with the one before
        (changed(1, by=1), 0, "a page of it is not one that a run writes"),
        (changed(1, by=1), 1, "a page of it is not one that a run writes"),
        (changed(3, by=1), 1, "a page of it is not one that a run writes"),
        (lambda header: header.pop(), 1, "a page of it is not one that a run writes"),
        (
            lambda header: field(header, ABOUT).__setitem__(slice(1, None), [LIST, [5, [0, 6, 8]]]),
            1,
            "it has a list that Parquet's have not",
        ),
    ],
)
def test_a_page_that_is_not_what_the_footer_says_is_refused(change, place, said):
    refused(repaged(change, place), said)


@pytest.mark.parametrize(("number", "by"), [(DICTIONARY, 1), (PAGES, -(1 << 40)), (PACKED, 1 << 40), (PACKED, -(1 << 40))])
def test_a_column_that_lies_elsewhere_is_refused(number, by):
    refused(
        refooted(lambda footer: changed(number, by=by)(last_column(footer))),
        "a column lies outside of the file|not what its footer says|not one that",
    )


@pytest.mark.parametrize(
    "options",
    [
        {"use_dictionary": False, "column_encoding": {"patient_id": "DELTA_BYTE_ARRAY"}},  # a few bytes for a million long texts
        {"data_page_version": "2.0"},
    ],
)
def test_what_no_run_writes_is_refused(options):
    refused(packed(**options), "a page of it is not one that a run writes")


def test_a_column_of_many_pages_is_refused():
    raw = packed(2 * account.PAGES + 2, use_dictionary=False, data_page_size=1, write_batch_size=1)
    refused(raw, "the pages of a column are not what its footer says")


def test_few_bytes_that_stand_for_many_values_are_refused(monkeypatch):
    raw = packed(1000)
    assert len(raw) < 4000
    monkeypatch.setattr(account, "DECODED", 20_000)
    refused(raw, "1000 rows of 3 columns: it unpacks to more than")


def test_a_long_text_that_stands_in_every_row_is_refused(monkeypatch):
    raw = packed(300, text="A" * 100)
    monkeypatch.setattr(account, "DECODED", 20_000)
    refused(raw, "it unpacks to more than")
    assert len(flat_table(packed(300), LEADING)) == 300


def test_many_columns_without_a_row_are_refused():
    sink = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([], pa.float64()) for name in map(str, range(account.COLUMNS + 1))}), sink)
    body, footer = parts(sink.getvalue())
    field(footer, GROUPS)[2][1].clear()
    refused(ended(body, struct(footer)), "201 columns, more than 200")


def test_noise_in_a_footer_is_refused_or_read():
    """By what is read here, before the library sees it."""
    body, footer = parts(packed())
    whole, random_bytes = struct(footer), random.Random(0)
    for _ in range(1000):
        noise = bytearray(whole)
        noise[random_bytes.randrange(len(noise))] = random_bytes.randrange(256)
        try:
            rows, chunks = account._account(ended(body, bytes(noise)))
        except ValueError:
            continue
        assert 0 <= rows <= account.ROWS
        assert len(chunks) <= account.COLUMNS
