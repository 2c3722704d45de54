"""`bench verify` from the command line: records and entries made again, and every way in which that comes out."""

import contextlib
import hashlib
import json

import pandas as pd
import pytest

from benchmark.cli import _run as run
from benchmark.cohorts import Cohort
from benchmark.records import Identity
from tests import toy

NOISE = toy.SIGNAL.replace("- self.mean)", "- self.mean) + __import__('numpy').random.SeedSequence().entropy % 97")


@pytest.fixture
def bench(made_up, capsys, monkeypatch):
    """The command line on the made-up checkout; gives stdout, or stderr where the exit code is not 0."""
    monkeypatch.setattr("benchmark.cohorts.store.open_cohort", lambda workspace, name: Cohort.read(made_up.cohort_folder))

    def call(*arguments, code=0):
        found = run(["--root", str(made_up.root), "--data", "real", *map(str, arguments)])
        captured = capsys.readouterr()
        assert found == code, captured.err
        if code == 2:
            assert len(captured.err.strip().splitlines()) == 1
        return json.loads(captured.out) if "json" in arguments and captured.out else captured.err

    return call


def verify(bench, *arguments, code=0):
    return bench("verify", *arguments, "--format", "json", code=code)


def doctored(folder, change=lambda table: table, **header):
    """Edit a record and every sum in it, as somebody would who wants a better one."""
    table = change(pd.read_parquet(folder / "predictions.parquet"))
    table.to_parquet(folder / "predictions.parquet", index=False)
    info = json.loads((folder / "run.json").read_text()) | header
    with contextlib.suppress(KeyError, TypeError, ValueError):  # of a header that is no record's
        info["digest"] = Identity.of(info).digest
    info["predictions_sha256"] = hashlib.sha256((folder / "predictions.parquet").read_bytes()).hexdigest()
    del info["sha256"]
    info["sha256"] = hashlib.sha256(json.dumps(info, sort_keys=True).encode()).hexdigest()
    (folder / "run.json").write_text(json.dumps(info))


def draw(monkeypatch, *splits):
    """Make `bench verify --folds` draw these."""
    monkeypatch.setattr("benchmark.reporting.verify_find.drawn", lambda known, folds: list(splits) if folds else list(known))


def test_a_record_by_folder_and_digest_whole_and_in_part_until_somebody_improves_it(made_up, bench, monkeypatch):
    folder = made_up.run("signal", protocol="repeated").folder
    before = {path: path.read_bytes() for path in made_up.root.rglob("*") if path.is_file()}
    name = f"toy/repeated/signal/{folder.name}"
    assert verify(bench, folder) == {"run": name, "verdict": "identical", "detail": "6 folds, 106 rows: the same bits"}
    draw(monkeypatch, (0, 0), (1, 2))
    assert verify(bench, folder.name, "--folds", 2, "--write") == {
        "run": name,
        "verdict": "identical in the sample",
        "detail": "a sample of 2 of 6 folds, drawn at random (repeat/fold 0/0, 1/2), 35 rows: the same bits",
        "sample": {"folds": 2, "of": 6, "made_again": [[0, 0], [1, 2]]},
    }
    assert {path: path.read_bytes() for path in made_up.root.rglob("*") if path.is_file()} == before
    doctored(folder, lambda table: table.assign(risk=table["risk"].where(table.index != 100, 9.0)))
    found = verify(bench, folder, code=1)
    assert found["verdict"] == "different"
    assert "the first difference: repeat 1, fold 2" in found["detail"]
    draw(monkeypatch, (0, 0))
    assert verify(bench, folder, "--folds", 1)["verdict"] == "identical in the sample"
    draw(monkeypatch, (1, 2))
    assert verify(bench, folder, "--folds", 1, code=1)["verdict"] == "different"  # one difference is enough for the whole


STEERING = "\x1b]0;owned\x07\x1b[31m\u202e\x9b2J"


def test_a_record_does_not_steer_the_terminal(made_up, bench, capsys):
    made = made_up.run()
    folds = [{**fold, "status": "failed", "reason": f"{STEERING}\n{'x' * 9000}"} for fold in made.info["folds"]]
    environment = made.info["environment"] | {"blas": STEERING, "libraries": {"numpy": STEERING}}
    doctored(made.folder, lambda table: table.iloc[:0], folds=folds, environment=environment, label="signal")
    for form in ("table", "json"):
        assert run(["--root", str(made_up.root), "--data", "real", "verify", str(made.folder), "--format", form]) == 1
        captured = capsys.readouterr()
        assert "]0;owned" in captured.out  # as the text that it is
        assert (captured.out + captured.err).replace("\n", "").isprintable()
        assert len(captured.out) < 4000
    doctored(made.folder, label=f"signal{STEERING}")
    assert verify(bench, made.folder, code=2).strip().isprintable()


def test_a_record_with_a_fold_more_is_not_the_same_whatever_is_made_again(made_up, bench):
    """Its own folds are as honest as can be."""
    made = made_up.run()
    more = {**made.info["folds"][0], "repeat": 77}

    def change(table):
        rows = table[table["fold"] == 0].assign(repeat=77, risk=9.0).astype({"repeat": "int16"})
        return pd.concat([table, rows], ignore_index=True)

    doctored(made.folder, change, folds=[*made.info["folds"], more])
    for arguments in (["--write"], ["--folds", 1]):
        found = verify(bench, made.folder, *arguments, code=1)
        assert found["verdict"] == "different"
        assert "repeat 77, fold 0 is in run.json and no fold of the protocol" in found["detail"]
    assert not (made_up.root / "leaderboard").exists()


def test_a_reason_is_no_markup(made_up, bench, capsys):
    made = made_up.run()
    folds = [{**fold, "status": "failed", "reason": "\\[/x] [bold]"} for fold in made.info["folds"]]
    doctored(made.folder, lambda table: table.iloc[:0], folds=folds)
    assert run(["--root", str(made_up.root), "--data", "real", "verify", str(made.folder)]) == 1
    assert "\\[/x] [bold]" in " ".join(capsys.readouterr().out.split())


def test_a_digest_is_that_of_the_record_and_not_of_its_folder(made_up, bench):
    folder = made_up.run().folder
    name = "0123456789abcdef"
    folder.rename(folder.with_name(name))
    assert f"holds the record toy/paper/signal/{folder.name}" in verify(bench, name, code=2)
    assert verify(bench, folder.with_name(name))["verdict"] == "identical"  # of the folder it is told which record that is


def test_a_hand_edited_record_is_refused_before_anything_runs(made_up, bench):
    folder = made_up.run().folder
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace('"signal"', '"better"'))
    assert "does not match its own sha256" in verify(bench, folder, code=2)


def test_a_record_does_not_say_which_file_is_run(made_up, bench, tmp_path):
    mark = tmp_path / "mark"
    folder = made_up.run().folder
    (folder / "evil.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    doctored(folder, label=str(folder / "evil.py"))
    assert "unknown model" in verify(bench, folder, code=2)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ({"task": 5}, "key task"),
        ({"folds": "x"}, "key folds"),
        ({"cohort": {"name": "toy", "version": "1", "data": "../x"}}, "key cohort.data"),
        ({"seed": "0"}, "key seed"),
        ({"environment": {"python": "3", "libraries": {}, "cpu": "x", "blas": "x", "threads": "\x1b[31m"}}, "key environment.threads"),
    ],
)
def test_a_record_that_no_run_writes_is_bad_input(made_up, bench, header, key):
    folder = made_up.run().folder
    doctored(folder, **header)
    assert f"run.json, {key}" in verify(bench, folder, code=2)


def test_a_record_of_an_endpoint_that_the_task_has_not(made_up, bench):
    folder = made_up.run().folder
    doctored(folder, lambda table: table.assign(endpoint="relapsed"), endpoint="relapsed")
    assert "unknown endpoint 'relapsed' in task toy" in verify(bench, folder, code=2)


def test_the_board_of_a_fresh_clone_is_verified_and_then_says_so(made_up, bench):
    toy.write_model(made_up.root, "noise", NOISE)
    made_up.run()
    made_up.run("noise")
    bench("leaderboard", "--write")
    assert "a sample of 1 of 3 folds" in verify(bench, "toy/paper/signal", "--folds", 1)["detail"]  # the record is at hand
    (made_up.root / "runs").rename(made_up.root / "elsewhere")  # a clone has no records
    assert verify(bench, "toy/paper/signal", "--write") == {
        "run": "toy/paper/signal",
        "verdict": "identical",
        "detail": "3 folds, 53 rows: the values_sha256 that the board has",
    }
    assert "leave --folds out" in verify(bench, "toy/paper/signal", "--folds", 1, code=2)
    both = verify(bench, "--task", "toy", code=1)
    assert {item["run"]: item["verdict"] for item in both} == {"toy/paper/noise": "different", "toy/paper/signal": "identical"}
    (made_up.root / "elsewhere").rename(made_up.root / "runs")
    entries = bench("leaderboard", "--task", "toy", "--format", "json")["entries"]
    assert {entry["model"]: entry["provenance"] for entry in entries} == {"signal": "verified", "noise": "run here"}


def test_an_estimate_that_agrees_is_not_written_down_as_verified(made_up, bench):
    made_up.run()
    bench("leaderboard", "--write")
    (made_up.root / "runs").rename(made_up.root / "elsewhere")
    board = made_up.root / "leaderboard" / "board.json"
    boards = json.loads(board.read_text())
    for environment in boards[0]["environments"].values():
        environment["cpu"] = "another"
    boards[0]["entries"][0]["records"]["relapse"]["values_sha256"] = "0" * 64
    board.write_text(json.dumps(boards))
    assert "nothing written; without the record only the same bits count as verified" in bench("verify", "toy/paper/signal", "--write")
    assert verify(bench, "toy/paper/signal")["verdict"] == "compatible"
    assert not (made_up.root / "leaderboard" / "verified").exists()


def test_a_model_that_is_not_reproducible_is_different(made_up, bench):
    toy.write_model(made_up.root, "noise", NOISE)
    found = verify(bench, made_up.run("noise").folder, "--write", code=1)
    assert found["verdict"] == "different"
    assert "so the bits should be" in found["detail"]
    assert not (made_up.root / "leaderboard").exists()


def test_what_has_changed_is_named(made_up, bench):
    folder = made_up.run().folder
    other = made_up.run("signal[sign=-1]").folder
    toy.write_model(made_up.root, "signal", toy.SIGNAL + "\n# edited\n")
    assert "changed since is the source of the model" in verify(bench, folder, code=2)
    assert "not verified: toy/paper/signal" in bench("verify", folder, other, code=1)
    toy.write_model(made_up.root, "signal")
    (made_up.root / "baselines" / "signal.py").rename(made_up.root / "baselines" / "other.py")
    assert "unknown model 'signal'" in verify(bench, folder, code=2)


def test_a_record_of_a_file_named_by_its_path_is_made_again_once_the_file_is_a_baseline(made_up, bench, tmp_path):
    made = toy.write_model(tmp_path / "mine", "path_model")
    folder = made_up.run(str(made)).folder
    found = verify(bench, folder, code=2)
    assert f"toy/paper/path_model/{folder.name}: was made from a file that was named by its path" in found
    assert "put it at baselines/path_model.py" in found
    other = toy.write_model(made_up.root, "path_model", toy.SIGNAL + "\n# another\n")
    assert "put it at baselines/path_model.py" in verify(bench, folder, code=2)
    other.write_bytes(made.read_bytes())
    assert verify(bench, folder)["verdict"] == "identical"


def test_an_entry_that_no_board_holds_is_bad_input(made_up, bench):
    made_up.run()
    bench("leaderboard", "--write")
    path = made_up.root / "leaderboard" / "board.json"
    document = json.loads(path.read_text())
    document[0]["entries"][0]["fold_sd"] = {"a": "b"}
    path.write_text(json.dumps(document))
    assert "entry toy/paper/signal, endpoint relapse, key fold_sd: " in verify(bench, "toy/paper/signal", code=2)
    assert "key fold_sd: " in verify(bench, "--task", "toy", code=2)


def test_a_forged_entry_is_not_passed_over(made_up, bench):
    made_up.run()
    bench("leaderboard", "--write")
    path = made_up.root / "leaderboard" / "board.json"
    document = json.loads(path.read_text())
    entry = document[0]["entries"][0]
    forged = entry | {"model": "better", "estimate": 0.99, "provenance": "verified", "records": {}}
    document[0]["entries"].insert(0, forged)
    path.write_text(json.dumps(document))
    assert "entry toy/paper/better, endpoint relapse, key records: " in verify(bench, "--task", "toy", code=2)
    forged["provenance"] = "self-reported"
    path.write_text(json.dumps(document))
    said = bench("verify", "--task", "toy")
    assert "not made again: 1 of toy/paper, endpoint relapse: self-reported, no run here made them (better)" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give RUN"),
        (["toy/paper/signal", "--task", "toy"], "give RUN"),
        (["toy/paper/signal", "--protocol", "paper"], "--protocol: belongs to --task"),
        (["--task", "toi"], "unknown task 'toi'"),
        (["toy/paper/signal"], "no readable board"),
        (["toy/paper/signal", "--folds", "0"], "--folds"),
    ],
)
def test_bad_input(bench, arguments, message):
    assert message in bench("verify", *arguments, code=2)
