"""A record that a stranger made: its texts are printable, and whatever no run writes is one line that says what to do."""

import hashlib
import io
import json
import os

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmark import records
from benchmark.errors import InputError
from benchmark.records import Draft, Identity, find_records, read_placed, read_record
from benchmark.untrusted import footer

SPLITS = [(0, 0), (0, 1), (1, 0)]
STATE = {"status": "ok", "reason": "", "traceback": "", "fit_seconds": 1.0, "predict_seconds": 0.5, "peak_memory": 1}
HEADER = {
    "label": "signal",
    "source": "baselines/signal.py",
    "cohort": {"name": "toy", "version": "1", "data": "real"},
    "task": "toy",
    "protocol": "paper",
    "endpoint": "relapse",
    "model": "signal",
    "parameters": {},
    "modalities": ["genomics"],
    "seed": 0,
    **{f"{name}_digest": "0" * 64 for name in ("task", "folds", "cohort", "source")},
    "isolation": "process",
    "environment": {"python": "3", "libraries": {"numpy": "2"}, "cpu": "one", "blas": "openblas", "threads": 1},
}
HEADER["digest"] = Identity.of(HEADER).digest
COLUMNS = {"task": "toy", "protocol": "paper", "endpoint": "relapse"}
ESCAPE = "\x1b]0;owned\x07\x1b[31m\u202e\ud800"


def written(folder, failed=()):
    """A record as a run leaves it, of three folds with two patients each."""
    draft = Draft(folder, SPLITS)
    for number, (repeat, fold) in enumerate(SPLITS):
        status = "failed" if (repeat, fold) in failed else "ok"
        rows = pd.DataFrame({"patient_id": ["A", "B"], "risk": [number + 0.5, -1.0]})
        draft.add(STATE | {"repeat": repeat, "fold": fold, "status": status}, rows)
    return draft.finish(HEADER, COLUMNS, ["risk"])


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path / "toy" / "paper" / "signal" / "0").folder


def forge(folder, table=None, **changes):
    """Put other bytes and other words into a record, and mend every sum in it."""
    if table is not None:
        (folder / "predictions.parquet").write_bytes(table)
    info = json.loads((folder / "run.json").read_text()) | changes
    info["digest"] = changes.get("digest") or Identity.of(info).digest
    info["predictions_sha256"] = hashlib.sha256((folder / "predictions.parquet").read_bytes()).hexdigest()
    del info["sha256"]
    info["sha256"] = hashlib.sha256(json.dumps(info, sort_keys=True).encode()).hexdigest()
    (folder / "run.json").write_text(json.dumps(info))


def refusal(folder):
    with pytest.raises(InputError) as error:
        read_record(folder)
    said = str(error.value)
    assert said.isprintable()
    assert "--force" in said
    assert len(said) < 600 + len(str(folder))
    assert find_records(folder.parents[3], "toy", "paper") == ([], [said])
    return said


def test_a_record_comes_back_as_it_was_written(folder):
    record = read_record(folder)
    pd.testing.assert_frame_equal(record.predictions, pd.read_parquet(folder / "predictions.parquet"), check_exact=True)
    info = json.loads((folder / "run.json").read_text())
    del info["sha256"]
    assert record.info == info


def test_a_record_without_a_prediction_comes_back(tmp_path):
    record = written(tmp_path, failed=SPLITS)
    assert record.failed == SPLITS
    pd.testing.assert_frame_equal(record.predictions, pd.read_parquet(tmp_path / "predictions.parquet"))


def test_every_text_of_a_record_is_printable_and_a_traceback_keeps_its_lines(folder):
    folds = [STATE | {"repeat": a, "fold": b, "reason": ESCAPE, "traceback": f"one\n{ESCAPE}"} for a, b in SPLITS]
    environment = HEADER["environment"] | {"blas": ESCAPE, "libraries": {ESCAPE: ESCAPE}}
    forge(folder, label=f"signal{ESCAPE}", folds=folds, environment=environment, parameters={ESCAPE: [ESCAPE]})
    info = read_record(folder).info
    assert json.dumps(info, ensure_ascii=False).isprintable()
    assert info["folds"][0]["traceback"].startswith("one\n ")
    assert info["label"].startswith("signal ]0;owned")


def test_a_record_in_the_folder_of_another_is_named_and_left_out(folder):
    info = json.loads((folder / "run.json").read_text())
    own = folder.with_name(info["digest"])
    folder.rename(own)
    assert [record.folder for record in find_records(own.parents[3], "toy", "paper")[0]] == [own]
    for place in ("toy/paper/signal/" + "0" * 16, "toy/paper/better/" + info["digest"]):
        other = own.parents[3] / place
        other.parent.mkdir(exist_ok=True)
        own.rename(other)
        with pytest.raises(InputError, match=f"holds the record toy/paper/signal/{info['digest']}; move it to that folder"):
            read_placed(other)
        assert find_records(own.parents[3], "toy", "paper")[0] == []
        assert read_record(other).info["digest"] == info["digest"]  # by its folder it is still read
        own = other


def fold_with(**changes):
    return {"folds": [STATE | {"repeat": a, "fold": b} | changes for a, b in SPLITS]}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"label": "signal\nverified: everything"}, "label"),
        ({"label": "x" * 1001}, "label"),
        ({"seed": "0"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"search": True}, "search"),
        ({"search": 0}, "search"),
        ({"drop": []}, "drop"),
        ({"drop": {"ct": 1}}, "drop"),
        ({"drop": ["a scan"]}, "drop.0"),
        ({"modalities": ["genomics", "a scan"]}, "modalities.1"),
        ({"digest": "../../../../etc"}, "digest"),
        ({"source_digest": 5}, "source_digest"),
        ({"isolation": ["none"]}, "isolation"),
        ({"environment": HEADER["environment"] | {"threads": ESCAPE}}, "environment.threads"),
        ({"environment": HEADER["environment"] | {"libraries": ["numpy"]}}, "environment.libraries"),
        ({"environment": HEADER["environment"] | {"libraries": {"x" * 9000: 5}}}, "environment.libraries.xxx"),
        pytest.param({"environment": HEADER["environment"] | {"threads": 10**4000}}, "environment.threads", id="threads of pages"),
        ({"environment": HEADER["environment"] | {"threads": 0}}, "environment.threads"),
        (fold_with(fit_seconds=1e308), "folds.0.fit_seconds"),
        (fold_with(predict_seconds=-1.0), "folds.0.predict_seconds"),
        (fold_with(repeat="0"), "folds.0.repeat"),
        (fold_with(fold=1e300), "folds.0.fold"),
        (fold_with(search="best"), "folds.0.search"),
    ],
)
def test_a_key_that_no_run_writes_so_is_named(folder, changes, key):
    forge(folder, **changes)
    assert f"run.json, key {key}" in refusal(folder)


IDENTITY = {
    "parameters": {"steps": 3},
    "modalities": ["imaging"],
    "seed": 1,
    "search": 5,
    "drop": ["imaging"],
    "model": "better",
    "endpoint": "death",
    **{f"{name}_digest": "1" * 64 for name in ("task", "folds", "cohort", "source")},
}


@pytest.mark.parametrize("key", IDENTITY)
def test_a_header_of_another_run_than_its_digest_says_is_refused(folder, key):
    digest = json.loads((folder / "run.json").read_text())["digest"]
    forge(folder, digest=digest, **{key: IDENTITY[key]})
    assert "run.json, key digest: is not that of its" in refusal(folder)


@pytest.mark.parametrize("key", ["parameters", "seed", "search", "drop"])
def test_a_header_with_the_digest_of_what_it_says_is_read(folder, key):
    forge(folder, **{key: IDENTITY[key]})
    assert read_record(folder).info[key] == IDENTITY[key]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 200_000, "nested more than 16 deep"),
        ('{"a":' * 200_000, "nested more than 16 deep"),
        ('{"a":' + "[" * 17 + "]" * 17 + "}", "nested more than 16 deep"),
        ("9" * 5000, "no readable record"),
        ("\x00", "no readable record"),
        ("[]", "its own sha256"),
    ],
)
def test_a_run_json_that_no_parser_survives_is_refused(folder, text, said):
    (folder / "run.json").write_text(text)
    assert said in refusal(folder)


@pytest.mark.parametrize(("limit", "name"), [("INFO_BYTES", "run.json"), ("TABLE_BYTES", "predictions.parquet")])
def test_a_file_that_is_too_large_is_not_read_to_its_end(folder, monkeypatch, limit, name):
    monkeypatch.setattr(records, limit, 100)
    assert f"{name} has more than" in refusal(folder)


@pytest.mark.parametrize("name", ["run.json", "predictions.parquet"])
def test_a_pipe_is_not_waited_for(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(InputError, match="is no regular file"):
        read_record(folder)


def packed(table, **options):
    sink = io.BytesIO()
    pq.write_table(table, sink, **({"compression": "snappy"} | options))
    return sink.getvalue()


def honest(folder):
    return pq.read_table(folder / "predictions.parquet").replace_schema_metadata(None)


def having(name, values, kind=None):
    """The honest table with another column in the place of one, or one more."""

    def change(folder):
        table, column = honest(folder), pa.array(values, kind)
        place = table.schema.get_field_index(name)
        return packed(table.set_column(place, name, column) if place >= 0 else table.append_column(name, column))

    return change


def corrupted(folder):
    raw = (folder / "predictions.parquet").read_bytes()
    return raw[:4] + bytes(200) + raw[204:]


def deadly(folder):
    """A column of texts that the footer calls one of truths, with the sizes of its texts: the library's accessor of its codec aborts."""
    raw = packed(honest(folder))
    text, truth = b"\x15\x0c\x25\x02\x18\x04task", b"\x15\x00\x25\x02\x18\x04task"
    assert raw.count(text) == 1
    return raw.replace(text, truth)


def listed(folder):
    """A struct in the place of the number of rows."""
    footer = b"\x3c\x00\x19\x0c\x00"
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def about_pandas(folder):
    return packed(honest(folder).replace_schema_metadata({"pandas": "{" * 100_000}))


WRONG = {
    "no Parquet": (lambda folder: b"PAR1 but not really", ""),
    "a footer of noise": (lambda folder: b"PAR1" + bytes(range(256)) * 4 + b"\xf0\x03\x00\x00PAR1", ""),
    "pages of noise": (corrupted, ""),
    "a footer at which the library ends the process": (deadly, "column task"),
    "a footer with a struct for a number": (listed, "its footer is not that of a Parquet file"),
    "repeat as text": (having("repeat", ["0"] * 6), "column repeat holds string, not int16"),
    "fold as float": (having("fold", [0.5] * 6), "column fold holds double, not int16"),
    "a column more, of text": (having("also", ["x"] * 6), "column also holds string, not double"),
    "a column more, nested": (having("also", [[1.0]] * 6), "column also.list.element: not a flat column"),
    "a name that steers": (having("\x1b[31m", [1.0] * 6), "not a flat column with a short, printable name"),
    "risk of 32 bits": (having("risk", [1.0] * 6, pa.float32()), "column risk holds float, not double"),
    "risk as text": (having("risk", [ESCAPE[:5]] * 6), "column risk holds string, not double"),
    "risk that is not finite": (having("risk", [1.0] * 5 + [float("inf")]), "column risk holds a value that is not finite"),
    "risk that is not there": (having("risk", [1.0] * 5 + [None]), "column risk lacks a value"),
    "a patient without a name": (having("patient_id", ["A"] * 5 + [None]), "column patient_id lacks a value"),
    "a patient that steers": (having("patient_id", ["A"] * 5 + [ESCAPE[:9]]), "column patient_id holds a text that is long"),
    "a patient of a megabyte": (having("patient_id", ["A" * 2**20] * 6), "column patient_id holds a text that is long"),
    "a patient of half a character": (having("patient_id", [b"\xff"] * 6), ""),
    "patients as numbers": (having("patient_id", range(6)), "column patient_id holds int64, not string"),
    "another task": (having("task", ["toy"] * 5 + ["other"]), "another task, protocol or endpoint"),
    "a fold that was not run": (having("fold", [9] * 6, pa.int16()), "rows of folds that run.json does not have"),
    "no prediction": (lambda folder: packed(honest(folder).drop_columns(["risk"])), "its columns are not task, protocol, repeat"),
    "another order": (lambda folder: packed(honest(folder).select([6, 5, 4, 3, 2, 1, 0])), "its columns are not task, protocol, repeat"),
    "packed a thousandfold": (lambda folder: packed(honest(folder), compression="zstd"), "it is not packed by snappy"),
    "in pieces": (lambda folder: packed(honest(folder), row_group_size=2), "not all in one group"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_table_that_no_run_writes_is_one_line(folder, what):
    change, said = WRONG[what]
    forge(folder, change(folder))
    found = refusal(folder)
    assert f"{folder}/predictions.parquet: " in found
    assert said in found


def test_what_a_table_says_of_pandas_is_not_read(folder):
    forge(folder, about_pandas(folder))
    assert len(read_record(folder).predictions) == 6


def test_a_table_of_too_many_rows_is_refused_before_one_is_decoded(folder, monkeypatch):
    rows = footer.ROWS + 1
    repeated = {name: pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), rows), ["x"]) for name in records.LEADING}
    raw = packed(pa.table({**repeated, "risk": repeated["task"]}))
    assert len(raw) < 30_000  # some 60 MB, decoded
    forge(folder, raw)

    def decode(self, *arguments, **options):
        raise AssertionError("decoded")

    monkeypatch.setattr(pq.ParquetFile, "read", decode)
    assert f"{rows} rows of 7 columns, more than {footer.ROWS}" in refusal(folder)


def test_a_table_that_unpacks_to_too_much_is_refused(folder, monkeypatch):
    monkeypatch.setattr(footer, "DECODED", 100)
    assert "it unpacks to more than" in refusal(folder)


def test_a_fold_that_stands_twice_is_refused(folder):
    forge(folder, **fold_with(repeat=0, fold=0))
    assert "rows of folds that run.json does not have, or has as failed, or twice" in refusal(folder)
