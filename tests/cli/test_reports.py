"""``bench export``, ``report``, ``explain`` and ``--plain``: what stands on stdout, what in files, exit codes."""

import csv
import io
import json

import pytest

from benchmark.cli import _run
from benchmark.cli.common import verb_of
from benchmark.cohorts import Cohort
from benchmark.reporting.board import Contender
from tests import toy

FLOOR = """
class Floor(Model):
    def fit(self, train, valid):
        pass
    def predict(self, patients):
        return np.zeros(len(patients))
"""


@pytest.fixture
def bench(made_up, monkeypatch, capsys):
    monkeypatch.setattr("benchmark.cohorts.store.open_cohort", lambda workspace, name: Cohort.read(made_up.cohort_folder))
    made_up.run()
    made_up.run("signal[sign=-1]")
    capsys.readouterr()

    def run(*arguments):
        code = _run(["--root", str(made_up.root), *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_export_writes_to_stdout_or_to_a_file(bench, tmp_path):
    code, out, _ = bench("export", "--task", "toy", "--format", "csv")
    assert code == 0
    assert [row["model"] for row in csv.DictReader(io.StringIO(out))] == ["signal", "signal[sign=-1.0]"]
    file = tmp_path / "made" / "board.csv"
    code, nothing, remark = bench("export", "--task", "toy", "--format", "csv", "--out", file)
    assert (code, nothing, file.read_text()) == (0, "", out)
    assert "2 entries" in remark
    code, out, _ = bench("export", "--task", "toy", "--format", "json")
    assert out == bench("leaderboard", "--task", "toy", "--format", "json")[1]


@pytest.mark.parametrize(("verb", "form"), [(("export", "--task", "toy"), "parquet"), (("report", "toy/paper/signal"), "pdf")])
def test_bytes_are_not_poured_into_a_terminal(bench, verb, form, tmp_path):
    code, out, said = bench(*verb, "--format", form)
    assert (code, out) == (2, "")
    assert "--out FILE" in said
    file = tmp_path / f"file.{form}"
    assert bench(*verb, "--format", form, "--out", file)[0] == 0
    assert file.read_bytes()[:4] in (b"PAR1", b"%PDF")


def test_report_of_nothing_leaves_nothing(bench, tmp_path):
    code, out, said = bench("report", "toy/paper/absent", "--out", tmp_path / "report.md")
    assert (code, out) == (2, "")
    assert said.count("\n") == 1
    assert not (tmp_path / "report.md").exists()
    assert bench("report", "toy/paper/signal", "--endpoint", "all")[0] == 2
    assert "5. TRIPOD+AI checklist" in bench("report", "toy/paper/signal")[1]


def test_plain_output_is_tab_separated(bench):
    for verb in (("leaderboard", "--task", "toy"), ("compare", "--task", "toy", "signal", "signal[sign=-1]")):
        code, out, _ = bench(*verb, "--plain")
        assert code == 0
        rows = [line.count("\t") for line in out.splitlines() if not line.startswith("#")]
        assert len(set(rows)) == 1
        assert rows[0] > 0
        assert not set("─┤├●│") & set(out)


def test_explain_keeps_what_it_prints(bench, made_up):
    code, out, said = bench("explain", "--task", "toy", "--model", "signal", "--folds", 1, "--format", "json")
    assert (code, "wrote" in said) == (0, True)
    kept = made_up.root / "leaderboard" / "explain" / "toy" / "paper" / "signal.relapse.json"
    assert json.loads(kept.read_text()) == json.loads(out)
    code, table, _ = bench("explain", "--task", "toy", "--model", "signal", "--folds", 1)
    assert (code, "1 of 3 folds" in table, "gene_0" in table) == (0, True, True)
    assert bench("explain", "--task", "toy", "--model", "signal", "--endpoint", "all")[0] == 2


@pytest.mark.parametrize("verb", [("report", "toy/paper/signal"), ("export", "--task", "toy"), ("site",)])
def test_a_place_where_nothing_can_be_written_is_said_before_the_work(bench, verb, tmp_path, monkeypatch):
    monkeypatch.setattr("benchmark.cli.common.open_task", None)  # the work begins with it
    file = tmp_path / "file"
    file.write_text("kept")
    folder = file if verb == ("site",) else tmp_path
    for out, said in ((folder, "is a file" if verb == ("site",) else "is a folder"), (file / "x" / "y", "nothing can be written in")):
        code, nothing, message = bench(*verb, "--out", out)
        assert (code, nothing, message.count("\n")) == (2, "", 1)
        assert f"--out {out}: {said}" in message
    assert file.read_text() == "kept"
    assert list(tmp_path.rglob(".*partial")) == []


def test_predictions_without_a_run_are_called_what_they_are(bench, monkeypatch):
    theirs = Contender("theirs", (), {}, None, "imported", "a paper of 2020")
    monkeypatch.setattr("benchmark.reporting.imported.published_contenders", lambda task, protocol, endpoints: [theirs])
    for verb in (("report", "toy/paper/theirs"), ("compare", "--task", "toy", "signal", "theirs")):
        code, out, said = bench(*verb)
        assert (code, out, said.count("\n")) == (2, "", 1)
        assert "theirs: no run but a table of imported predictions (a paper of 2020)" in said
        assert "'bench export --task toy --protocol paper'" in said


@pytest.mark.parametrize(
    ("arguments", "verb"),
    [(["--root", "run", "export", "run"], "export"), (["--data=real", "run", "--task", "x"], "run"), (["--help"], None)],
)
def test_the_verb_is_found_behind_the_global_options(arguments, verb):
    assert verb_of(arguments) == verb


@pytest.mark.parametrize(("arguments", "tail"), [(["run", "--task", "toy"], True), (["export", "--task", "run"], False)])
def test_only_a_run_is_said_to_resume(arguments, tail, monkeypatch, capsys):
    def full(*given, **named):
        raise OSError(28, "No space left on device", "/disk")

    monkeypatch.setattr("benchmark.cli.app.app", full)
    assert _run(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("bench: cannot read or write /disk: No space left on device")
    assert ("the same command resumes" in said) == tail


def test_explain_refuses_a_floor_and_writes_nothing(bench, made_up):
    toy.write_model(made_up.root, "floor", "import numpy as np\nfrom benchmark.models import Model\n" + FLOOR)
    made_up.run("floor")
    code, out, said = bench("explain", "--task", "toy", "--model", "floor")
    assert (code, out) == (2, "")
    assert "floor: reads nothing of a patient" in said.strip().splitlines()[-1]
    assert not (made_up.root / "leaderboard" / "explain").exists()
