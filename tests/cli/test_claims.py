"""``bench claims``: JSON, exit codes and the page."""

import json

import pytest
import yaml

from benchmark.cli import _run as run
from benchmark.cohorts import Cohort

KEYS = ["paper", "table", "row", "metric", "printed", "measured", "interval", "trivial", "verdict", "reason"]


@pytest.fixture
def bench(made_up, monkeypatch, capsys):
    """The command on a checkout whose only cohort is the made-up one; it has one printed number, and one count."""
    monkeypatch.setattr("benchmark.cohorts.store.open_cohort", lambda workspace, name: Cohort.read(made_up.cohort_folder))
    rows = [
        {"id": "good", "row": "Good", "endpoint": "relapse", "protocol": "paper", "model": "signal", "printed": {"harrell_c": 0.85}},
        {"id": "all", "row": "All", "counted": {}, "printed": {"count": 60}},
    ]
    content = {"papers": {"p": {"citation": "Made up, 2026"}}, "tables": [{"paper": "p", "table": "Table 1", "rows": rows}]}
    (made_up.folder / "claims.yaml").write_text(yaml.safe_dump(content))

    def command(*arguments, code=0):
        found = run(["--root", str(made_up.root), "--data", "real", "claims", *arguments])
        captured = capsys.readouterr()
        assert found == code, captured.err
        return captured

    return command


def test_a_number_without_a_run_ends_with_1_and_names_the_command(bench):
    good, everybody = json.loads(bench("--task", "toy", "--format", "json", code=1).out)
    assert list(good)[: len(KEYS)] == KEYS
    assert (good["verdict"], good["measured"], good["interval"]) == (None, None, None)
    assert good["reason"] == "not run: bench run --task toy --protocol paper --endpoint relapse --model 'signal'"
    assert (everybody["verdict"], everybody["measured"]) == ("reproduced", 60)


def test_json_table_and_page_hold_the_same_numbers(bench, made_up):
    made_up.run(protocol="paper")
    assert json.loads(bench("--format", "json", code=1).out)[0]["reason"].startswith("not run: bench run --task toy --protocol repeated")
    made_up.run(protocol="repeated")
    good = json.loads(bench("--format", "json").out)[0]
    assert (good["verdict"], good["task"], good["model"], good["repeated_protocol"]) == ("reproduced", "toy", "signal", "repeated")
    shown = bench("--task", "toy").out
    assert f"{good['measured']:.3f}" in shown
    written = bench("--write")
    assert "wrote 2 printed numbers" in written.err
    page = made_up.root / "docs" / "claims.md"
    low, high = good["interval"]
    assert f"| Good | harrell c | 0.85 | {good['measured']:.3f} [{low:.3f}, {high:.3f}] |" in page.read_text()
    before = page.read_bytes()
    bench("--write")
    assert page.read_bytes() == before
    assert "leave out --task" in bench("--task", "toy", "--write", code=2).err


def test_a_task_without_printed_numbers_has_none(bench, made_up):
    (made_up.folder / "claims.yaml").unlink()
    assert json.loads(bench("--task", "toy", "--format", "json").out) == []
    assert "no paper's numbers" in bench("--task", "toy").err
    assert "unknown task 'tyo'" in bench("--task", "tyo", code=2).err
