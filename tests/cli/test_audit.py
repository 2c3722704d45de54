"""``bench audit`` as a contract: one JSON document, exit codes, what it writes."""

import json

import pytest

from benchmark.cli import audit as verb
from benchmark.cli.app import app
from benchmark.errors import InputError
from tests.audit import made_up


@pytest.fixture
def bench(tmp_path, monkeypatch, capsys):
    """Runs the verb on a made-up task; gives exit code, stdout and the README."""
    (tmp_path / "tasks" / "made_up").mkdir(parents=True)
    (tmp_path / "tasks" / "made_up" / "task.yaml").write_text("")

    def run(task, *arguments):
        monkeypatch.setattr(verb, "open_task", lambda workspace, name: task)
        code = app(["--root", str(tmp_path), "audit", *arguments], standalone_mode=False) or 0
        return code, capsys.readouterr().out, tmp_path / "tasks" / "made_up" / "README.md"

    return run


def leaky(**options):
    outcome, tables = made_up.outcomes("binary"), made_up.blocks()
    tables["clinical"]["age"] = outcome["x"].cat.codes.to_numpy(float)
    return made_up.task("binary", tables, outcome, **options)


def test_one_document_and_exit_codes(bench):
    code, out, _ = bench(made_up.task(), "--task", "made_up", "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert document["task"] == "made_up"
    assert {frozenset(finding) for finding in document["findings"]} == {frozenset({"check", "severity", "message", "columns"})}
    assert {finding["severity"] for finding in document["findings"]} <= {"ok", "note"}
    code, out, _ = bench(leaky(), "--format", "json")
    (document,) = json.loads(out)
    assert code == 1
    assert {"clinical.age"} in [set(finding["columns"]) for finding in document["findings"] if finding["severity"] == "fail"]


def test_table_for_people(bench):
    code, out, _ = bench(leaky(), "--task", "made_up")
    assert code == 1
    assert "made_up, paper, REAL" in out
    assert "too good for one column" in " ".join(out.split())


def test_write_the_datasheet_but_never_of_a_replica(bench):
    code, _, readme = bench(made_up.task(), "--task", "made_up", "--write")
    assert code == 0
    assert "### What can be resolved" in readme.read_text()
    readme.unlink()
    with pytest.raises(InputError, match="replica"):
        bench(made_up.task(data="replica"), "--task", "made_up", "--write")
    assert not readme.exists()
