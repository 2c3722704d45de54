"""``bench submit new``, ``check`` and ``report``, as a contributor and CI call them."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.cli import _run as run
from benchmark.cohorts import Cohort
from benchmark.errors import InputError
from benchmark.models import read_models
from benchmark.site.content import _model
from benchmark.submissions.check import digest_if_plain
from benchmark.submissions.report import CHECKS
from tests import toy
from tests.submissions.made_up import write

ISOLATION = ("--isolation", "none")  # the sandbox has tests of its own


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose only cohort is the made-up one, real and as a replica."""
    cohort = toy.make_cohort()
    sheet = cohort.datasheet.model_copy(update={"data": "replica", "truth": {"relapse": 0.9}})
    for data, patients in (("real", cohort), ("replica", replace(cohort, datasheet=sheet))):
        patients.write(tmp_path / "data" / "cohorts" / data / "toy")

    def opened(workspace: Any, name: str) -> Cohort:
        return Cohort.read(workspace.cohorts / ("replica" if workspace.data == "replica" else "real") / name)

    for place in ("benchmark.cohorts.store", "benchmark.submissions.check"):
        monkeypatch.setattr(f"{place}.open_cohort", opened)
    toy.write_task(tmp_path, cohort)
    toy.write_model(tmp_path, "signal")
    return tmp_path


def bench(root: Path, capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    found = run(["--root", str(root), *arguments])
    captured = capsys.readouterr()
    assert found == code, captured.out + captured.err
    return captured.out, captured.err


def test_the_way_of_a_submission(
    checkout: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmark.conformance.checks.SHUFFLES", 4)  # the statistics have tests of their own
    monkeypatch.setattr("benchmark.conformance.checks.FOLDS", 3)
    bench(checkout, capsys, "submit", "new", "my_model", "--task", "toy")
    folder = checkout / "submissions" / "my_model"
    assert {path.name for path in folder.iterdir()} == {"model.py", "submission.yaml", "README.md"}
    assert "class MyModel(Model)" in (folder / "model.py").read_text()
    text, _ = bench(checkout, capsys, "submit", "check", "my_model", *ISOLATION, "--jobs", "1", "--format", "json")
    document = json.loads(text)
    assert not [item for item in document["findings"] if item["severity"] == "fail"], document
    assert (document["submission"], document["model"], document["kind"], document["tasks"]) == ("my_model", "my_model", "model", ["toy"])
    assert {item["check"] for item in document["findings"]} >= set(CHECKS["model"])
    saved = tmp_path / "check.json"
    saved.write_text(text)
    page, _ = bench(checkout, capsys, "submit", "report", "my_model", "--check", str(saved))
    assert "**`toy`**: no place on its board: `no run of my_model, with its files as they are now, under protocol paper here" in page
    bench(checkout, capsys, "run", "--task", "toy", "--model", "signal", "my_model", *ISOLATION)
    page, _ = bench(checkout, capsys, "submit", "report", "my_model", "--check", str(saved))
    assert "**No check failed**" in page
    assert "to be read: `scope`, `spec`" in page
    assert "Of the one other on this board (algorithms trained again" in page
    assert "| tier | rank of 2 |" in page
    assert "Run without a sandbox" in page
    _, errors = bench(checkout, capsys, "submit", "new", "my_model", "--task", "toy", code=2)
    assert "exists; choose another id" in errors


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("new", "My-Model", "--task", "toy"), "not lower_snake_case"),
        (("new", "m" * 61, "--task", "toy"), "has 61 characters, more than 60"),
        (("new", "mine", "--task", "toyy"), "unknown task 'toyy'"),
        (("new", "signal", "--task", "toy"), "is taken by baselines/signal.py"),
        (("check", "mine"), "unknown submission 'mine'"),
        (("check", "../../etc"), "unknown submission"),
        (("report", "mine"), "unknown submission"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    checkout: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    _, errors = bench(checkout, capsys, "submit", *arguments, code=2)
    assert says in errors
    assert errors.count("\n") == 1
    assert not list((checkout / "submissions").glob("*"))


def failures(checkout: Path, capsys: pytest.CaptureFixture[str], name: str) -> dict[str, str]:
    text, _ = bench(checkout, capsys, "submit", "check", name, *ISOLATION, "--format", "json", code=1)
    return {item["check"]: item["message"] for item in json.loads(text)["findings"] if item["severity"] == "fail"}


def test_what_is_wrong_with_the_files_is_found_before_anything_is_run(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark = checkout / "mark"
    touching = f"from pathlib import Path\nPath({str(mark)!r}).touch()\nimport socket\n"
    write(checkout, "mine", touching)
    assert list(failures(checkout, capsys, "mine")) == ["imports"]
    write(checkout, "bad_form", touching, licence=None)
    assert "key licence" in failures(checkout, capsys, "bad_form")["spec"]
    write(checkout, "no_task", touching, tasks=["toys"])
    assert "did you mean toy?" in failures(checkout, capsys, "no_task")["spec"]
    write(checkout, "no_table", touching, kind="predictions")
    assert "predictions.csv must be there" in failures(checkout, capsys, "no_table")["spec"]
    (write(checkout, "pickled", touching) / "weights.txt").write_bytes(b"\x80\x04K\x01.")
    assert "a pickle" in failures(checkout, capsys, "pickled")["folder"]
    write(checkout, "signal", touching)
    assert "a baseline's" in failures(checkout, capsys, "signal")["duplicate"]
    write(checkout, "no_block", touching, modalities=["clinical", "genomic"])
    assert "unknown modality 'genomic'" in failures(checkout, capsys, "no_block")["spec"]
    assert not mark.exists()


def test_modalities_of_a_model_that_takes_none_are_not_left_out_in_silence(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(checkout, "mine", toy.misbehaving(), modalities=["clinical"])
    assert "those that it needs are fixed: genomics" in failures(checkout, capsys, "mine")["spec"]


def test_a_form_that_is_not_filled_in_is_a_note_at_home_and_fails_in_ci(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=checkout, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "base")
    write(checkout, "mine", "import socket\n", title="CHANGE ME: the model in one line")  # what fails keeps it from running
    git("add", "submissions")
    git("commit", "--quiet", "-m", "head")
    for against, severity in (((), "note"), (("--against", "HEAD^1"), "fail")):
        text, _ = bench(checkout, capsys, "submit", "check", "mine", *ISOLATION, *against, "--format", "json", code=1)
        (form,) = (item for item in json.loads(text)["findings"] if item["check"] == "spec")
        assert (form["severity"], "still says 'CHANGE ME'" in form["message"]) == (severity, True)
    write(checkout, "mine", "import socket\n")
    text, _ = bench(checkout, capsys, "submit", "check", "mine", *ISOLATION, "--against", "HEAD^1", "--format", "json", code=1)
    assert [item["severity"] for item in json.loads(text)["findings"] if item["check"] == "spec"] == ["ok"]


def test_a_broken_folder_hides_no_other(checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids, links, source that no parser takes, a file that raises: each is a problem with its reason, and the list goes on."""
    broken = {"Bad-id": "x = 1", "signal": "x = 1", "raises": "raise ValueError('not today')", "deep": "x = (" + "-\n" * 3000 + "1)"}
    for name, source in broken.items():
        (folder := checkout / "submissions" / name).mkdir(parents=True)
        (folder / "model.py").write_text(source)

    def refuse(path: Path, isolation: str) -> None:  # as the walls would; they have tests of their own
        raise InputError(f"{path}: cannot be imported")

    monkeypatch.setattr("benchmark.models.choice.described", refuse)
    text, errors = bench(checkout, capsys, "models", "--format", "json")
    assert [row["model"] for row in json.loads(text)] == ["signal"]
    assert errors.count("not shown: ") == 4
    bench(checkout, capsys, "run", "--task", "toy", "--model", "signal")
    text, errors = bench(checkout, capsys, "leaderboard", "--task", "toy", "--format", "json")
    assert [entry["model"] for entry in json.loads(text)["entries"]] == ["signal"]
    assert "the model id 'Bad-id' is not lower_snake_case" in errors
    models, problems = read_models(checkout, lambda _, path: _model(path, checkout))
    assert sorted(models) == ["raises", "signal"]
    assert [next(name for name in broken if f"/{name}/" in problem) for problem in problems] == ["Bad-id", "signal", "deep"]


def test_that_the_scope_was_not_looked_at_is_said(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(checkout, "mine", "import socket\n")  # what fails keeps it from running
    text, _ = bench(checkout, capsys, "submit", "check", "mine", *ISOLATION, "--format", "json", code=1)
    (scope,) = (item for item in json.loads(text)["findings"] if item["check"] == "scope")
    assert (scope["severity"], "--against origin/main" in scope["remedy"]) == ("note", True)


def test_the_report_finds_a_run_with_or_without_the_parameters_of_the_form(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(checkout, "mine", toy.SIGNAL, parameters={"sign": -1.0})
    saved = checkout / "check.json"
    digest = digest_if_plain(checkout, checkout / "submissions" / "mine")
    saved.write_text(json.dumps({"submission": "mine", "kind": "model", "model": "mine[sign=-1.0]", "digest": digest, "findings": []}))
    bench(checkout, capsys, "run", "--task", "toy", "--model", "submissions/mine", "signal", *ISOLATION, code=2)  # not from elsewhere
    bench(checkout, capsys, "run", "--task", "toy", "--model", str(checkout / "submissions" / "mine"), "signal", *ISOLATION)
    page, _ = bench(checkout, capsys, "submit", "report", "mine", "--check", str(saved))
    assert "This is `mine`: with its defaults, without the parameters of its form. The entry will be `mine[sign=-1.0]`" in page
    bench(checkout, capsys, "run", "--task", "toy", "--model", "mine[sign=-1.0]", *ISOLATION)
    page, _ = bench(checkout, capsys, "submit", "report", "mine", "--check", str(saved))
    assert "| tier | rank of 3 |" in page
    assert "with its defaults" not in page


def test_a_linked_folder_is_no_submission(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout / "submissions").mkdir()
    (checkout / "submissions" / "mine").symlink_to(checkout / "tasks", target_is_directory=True)
    _, errors = bench(checkout, capsys, "submit", "check", "mine", code=2)
    assert "is a link" in errors


def test_a_model_that_cannot_be_imported_is_a_finding(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(checkout, "mine", "from benchmark.models import Model\nraise ValueError('not today')\n")
    assert "not today" in failures(checkout, capsys, "mine")["contract"]


def test_a_wrong_parameter_is_the_sheet_s_fault_not_the_model_s(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = (checkout / "baselines" / "signal.py").read_text().replace("seed: int = 0", "seed: int = 0, width: int = 3")
    assert "width" in model
    write(checkout, "mine", model, parameters={"width": "wide"})
    assert "submission.yaml, key parameters: mine: parameter width='wide'" in failures(checkout, capsys, "mine")["spec"]


def test_a_table_does_not_take_the_place_of_a_baseline(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toy.write_model(checkout, "other")
    bench(checkout, capsys, "run", "--task", "toy", "--model", "signal", "other")
    rows = pd.read_parquet(next((checkout / "runs").rglob("predictions.parquet")))
    for name in ("mine", "signal"):
        folder = write(checkout, name, model=None, kind="predictions")
        rows[["protocol", "repeat", "fold", "patient_id", "risk"]].to_csv(folder / "predictions.csv", index=False)
    text, errors = bench(checkout, capsys, "leaderboard", "--task", "toy", "--format", "json")
    assert sorted(entry["model"] for entry in json.loads(text)["entries"]) == ["mine", "other", "signal"]
    assert "the id signal is a baseline's; rename the folder and the key id" in errors
    bench(checkout, capsys, "compare", "--task", "toy", "signal", "other")  # whom it does not concern
    page, _ = bench(checkout, capsys, "submit", "report", "mine")
    assert "| tier | rank of 3 |" in page
    page, _ = bench(checkout, capsys, "submit", "report", "signal")
    assert "rank of" not in page
    assert "the id signal is a baseline's" in page
    assert "a baseline's" in failures(checkout, capsys, "signal")["duplicate"]
