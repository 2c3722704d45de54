"""The site as files: the same bytes twice, nobody else's file touched, figures that are of their board."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import _run
from benchmark.site.build import LISTED, build_site, write_site
from benchmark.site.content import Computed, Content, read_content
from benchmark.site.csvs import csv_bytes
from benchmark.site.kept import figures_that_fit, kept_claims
from benchmark.site.pages.compare import pairs_script
from benchmark.site.pages.models import first_sentence, prose
from benchmark.workspace import Workspace
from tests.conftest import Toy
from tests.site.made_up import board, entry, statistics, write_checkout
from tests.site.test_explained import PROJECTION, explanation

PLACE = ("toy", "paper", "relapse")


def content_of(made_up: Toy, **changes: Any) -> Content:
    write_checkout(made_up.root)
    workspace = Workspace(made_up.root, made_up.root / "runs")
    workspace.leaderboard.mkdir(exist_ok=True)
    (workspace.leaderboard / "board.json").write_text(json.dumps([board(**changes)]), encoding="utf-8")
    return read_content(workspace, Computed(statistics={PLACE: statistics(board())}))


def test_the_same_content_gives_the_same_bytes(made_up: Toy) -> None:
    content = content_of(made_up)
    files = build_site(content)
    assert files == build_site(content)
    assert {"index.html", "tasks/toy.html", "models/signal.html", "cohorts/toy.html", "csv/toy.paper.relapse.board.csv"} <= set(files)


def test_a_board_page_answers_and_shows_its_figures(made_up: Toy) -> None:
    page = build_site(content_of(made_up))["tasks/toy.html"].decode()
    for said in ("Which models lead?", "Can they be told apart?", "How many patients would it take?", ">REAL<", "100 patients (30 events)"):
        assert said in page
    for figure in ("fold_dots", "rank_distribution", "pairwise", "kaplan_meier", "time_dependent_auc", "agreement"):
        assert f'id="{figure}"' in page
    assert page.count("100 patients (30 events), 3 test folds.") == 6
    assert "not on this board" in page  # calibration: a reader looks for it, so its absence is explained


def test_captions_speak_of_tiers_only_where_they_are_computed(made_up: Toy) -> None:
    several = build_site(content_of(made_up))["tasks/toy.html"].decode()
    single = build_site(content_of(made_up, exchangeable=False, minimal_detectable_difference_retrained=None))["tasks/toy.html"].decode()
    for said in ("Tier first, then number", 'aria-label="tier 1"', ">p trained again</button>", "A deep cell is a difference that holds"):
        assert said in several
        assert said not in single
    for said in ("No tier is computed: one split says nothing", "no tiers are computed", "There are no deep cells here"):
        assert said in single
        assert said not in several
    assert single.count("100 patients (30 events), 3 test folds.") == several.count("100 patients (30 events), 3 test folds.")


def test_agreement_is_fifty_counts_whatever_their_size() -> None:
    numbers = statistics(board())
    numbers["figures"]["agreement"]["data"]["points"] = {"event": [False] * 40 + [True], "rank": [[0.9] * 41] * 3}
    script = pairs_script(board(), numbers).decode()
    text = json.loads(script.removeprefix("showPairs(").removesuffix(")\n"))["agreement"]["0,1"]
    counts = [int(digits, 36) for digits in re.findall(r"\+..|.", text)]  # as compare.js reads them
    assert (len(counts), counts[24], counts[49], sum(counts)) == (50, 40, 1, 41)


def test_the_board_and_its_page_of_pairs_name_each_other(made_up: Toy) -> None:
    files = build_site(content_of(made_up))
    assert b'href="../compare.html#board=toy.paper.relapse"' in files["tasks/toy.html"]
    assert b'value="pairs/toy.paper.relapse.js" data-id="toy.paper.relapse"' in files["compare.html"]


def test_a_replica_is_called_one(made_up: Toy) -> None:
    replica = board()["cohort"] | {"data": "replica"}
    assert b">REPLICA<" in build_site(content_of(made_up, cohort=replica))["tasks/toy.html"]


def test_no_id_reaches_a_page(made_up: Toy) -> None:
    files = build_site(content_of(made_up))
    assert b"One of them, one patient, is odd." in files["tasks/toy.datasheet.html"]
    assert not [path for path, text in files.items() if b"T-010" in text]


def test_an_explanation_stands_beside_what_the_board_says_and_its_tables_are_written(made_up: Toy) -> None:
    item = explanation(model="signal", data="real", projections=[PROJECTION]) | dict(
        zip(("task", "protocol", "endpoint"), PLACE, strict=True)
    )
    content = replace(content_of(made_up, entries=[entry("signal", 0.55), *board()["entries"][1:]]), explanations=[item])
    files = build_site(content)
    page = files["models/signal.html"].decode()
    assert "On its board: Harrell's C 0.550 [0.450, 0.650]. The interval holds 0.5, a coin" in page.replace("&#39;", "'")
    stem = "csv/toy.paper.relapse.explain.signal"
    assert f'href="../{stem}.csv"' in page
    assert files[f"{stem}.csv"].decode().splitlines()[0].startswith("name,block,mean_abs,spread")
    assert files[f"{stem}.hidden.csv"].decode().splitlines()[1] == "0,2,-1.5,0.2,dead,right"


def test_figures_of_another_board_are_left_out(made_up: Toy) -> None:
    content = content_of(made_up, entries=[entry("top", 0.71), *board()["entries"][1:]])
    fitting, remarks = figures_that_fit(content)
    assert fitting.statistics == {}
    assert remarks == ["toy, paper, relapse: no figures, board.json is of other records; 'bench leaderboard --write' makes it anew"]
    assert figures_that_fit(content_of(made_up))[1] == []


def test_writing_keeps_what_is_not_the_sites_and_removes_what_it_left(tmp_path: Path) -> None:
    (tmp_path / "board.json").write_text("[]")
    write_site({"index.html": b"a", "tasks/old.html": b"b"}, tmp_path)
    before = (tmp_path / "index.html").stat().st_mtime_ns
    write_site({"index.html": b"a", "tasks/new.html": b"c"}, tmp_path)
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["board.json", "index.html", LISTED, "tasks/new.html"]
    assert (tmp_path / "index.html").stat().st_mtime_ns == before


def test_claims_are_computed_once_for_the_same_records(made_up: Toy) -> None:
    workspace = Workspace(made_up.root, made_up.root / "runs")
    calls: list[int] = []

    def compute() -> list[dict[str, Any]]:
        calls.append(1)
        return [{"id": "a", "interval": (0.1, 0.2)}]

    assert kept_claims(workspace, compute) == kept_claims(workspace, compute) == [{"id": "a", "interval": [0.1, 0.2]}]
    run = made_up.root / "runs" / "toy" / "paper" / "signal" / "x" / "run.json"
    run.parent.mkdir(parents=True)
    run.write_text("{}")
    kept_claims(workspace, compute)
    (workspace.leaderboard / ".cache" / "claims.json").write_text("damaged")
    kept_claims(workspace, compute)
    assert len(calls) == 3


def test_from_records_to_a_site_and_nothing_changes_the_second_time(
    made_up: Toy, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_checkout(made_up.root)
    for room in ("leaderboard", "site", "claims"):
        monkeypatch.setattr(f"benchmark.cli.{room}.open_task", lambda workspace, name: made_up.task)
    monkeypatch.setattr("benchmark.reporting.figures.statistics.open_cohort", lambda workspace, name: made_up.cohort)
    made_up.run()
    made_up.run(protocol="repeated")
    shared = ["--root", str(made_up.root), "--data", "real"]
    assert _run([*shared, "leaderboard", "--write"]) == 0
    board_before = (made_up.root / "leaderboard" / "board.json").read_bytes()
    assert _run([*shared, "site"]) == 0
    folder = made_up.root / "leaderboard"
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert _run([*shared, "site"]) == 0
    assert first == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert (folder / "board.json").read_bytes() == board_before
    assert 'id="fold_dots"' in (folder / "tasks" / "toy.html").read_text()
    assert "index.html" in capsys.readouterr().err


def test_without_boards_the_command_says_what_makes_them(made_up: Toy, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["--root", str(made_up.root), "site", "--out", str(made_up.root / "out")]) == 2
    assert "bench leaderboard --write" in capsys.readouterr().err
    assert not (made_up.root / "out").exists()


def test_tables_keep_five_digits_and_leave_gaps_empty() -> None:
    assert csv_bytes(["a", "b"], [[1 / 3, None], ["x,y", [1, 2 / 3]]]) == b'a,b\n0.33333,\n"x,y",1+0.66667\n'


def test_a_docstring_becomes_prose_and_meanings() -> None:
    text = "A model of ``x``: see :class:`Y`.\n\nMore < less.\n\nArgs:\n    a: one\n        and on.\n    b, c: two."
    paragraphs, meanings = prose(text)
    assert paragraphs == "<p>A model of <code>x</code>: see <code>Y</code>.</p><p>More &lt; less.</p>"
    assert meanings == {"a": "one and on.", "b": "two.", "c": "two."}
    assert first_sentence("One ``thing``. Two.") == "One thing."
