"""The report of a run: every item of TRIPOD+AI, the numbers of the board, the same bytes twice, nobody's id."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from benchmark.errors import InputError
from benchmark.reporting.report import gather, locate, render, write_report
from benchmark.reporting.report.document import Document, Heading, Items, Paragraph, Table
from benchmark.reporting.report.items import ITEMS
from benchmark.reporting.report.reproduce import bibtex, commands, tex
from benchmark.reporting.report.tripod import ANSWERS, answers
from benchmark.reporting.report.words import reverse_median
from benchmark.workspace import Workspace
from tests import toy


@pytest.fixture
def workspace(made_up):
    made_up.run()
    made_up.run("signal[sign=-1]")
    return Workspace(made_up.root, made_up.root / "runs")


@pytest.fixture
def facts(made_up, workspace):
    return gather(workspace, made_up.task, locate("toy/paper/signal[sign=-1]", None, workspace.runs))


def text_of(document):
    return render(document, "md").decode()


def test_the_checklist_has_the_items_of_the_statement():
    """27 items in 52 parts, as Collins et al. (2024) count them."""
    numbers = [item.number for item in ITEMS]
    assert len(numbers) == len(set(numbers)) == 52
    assert sorted({int(re.match(r"\d+", number).group()) for number in numbers}) == list(range(1, 28))
    assert set(ANSWERS) == set(numbers)
    of = {item.number: item.of for item in ITEMS}
    assert {number for number in numbers if of[number] == "D"} == {"9a", "12a", "12b", "12c", "15", "22", "27a", "27b"}
    assert {number for number in numbers if of[number] == "E"} == {"12f", "12g", "20c", "24"}


def test_what_a_record_cannot_know_is_left_to_the_authors(facts):
    found = {item.number: answer for item, answer in answers(facts)}
    for number in ("3c", "17", "18a", "18b", "18d", "25"):
        assert found[number].state == "authors", number
    for number, answer in found.items():
        assert answer.author if answer.state in ("authors", "in part") else True, number
        assert answer.found if answer.state != "authors" else True, number
    assert "53 patients" in found["20a"].found
    assert "risk" in found["15"].found


def test_the_report_has_the_numbers_of_the_board(facts):
    page = text_of(write_report(facts))
    entry = facts.entry
    assert f"{entry.estimate:.3f} [{entry.interval[0]:.3f}, {entry.interval[1]:.3f}]" in page
    assert f"{entry.difference.estimate:+.3f}" in page
    assert f"53 patients ({facts.board.cohort['events']} events)" in page
    assert "the whole interval lies below it" in page  # a predictor turned over
    assert "REAL" in page
    assert len(facts.by_split) == 3
    assert facts.by_split.mean() == pytest.approx(entry.fold_mean)
    assert facts.splits[["train", "valid", "test"]].sum(axis=1).eq(53).all()


def test_nobody_is_named(facts, made_up):
    for form in ("md", "html"):
        page = render(write_report(facts), form).decode()
        assert not [patient for patient in made_up.cohort.outcomes.index if patient in page]


def test_a_replica_is_never_taken_for_patients(facts):
    simulated = replace(facts, board=replace(facts.board, cohort=facts.board.cohort | {"data": "replica"}))
    page = text_of(write_report(simulated))
    assert page.split("\n\n")[1].startswith("**REPLICA: simulated patients")
    assert "REAL patients" not in page


@pytest.mark.parametrize("form", ["md", "html", "pdf"])
def test_the_same_run_gives_the_same_bytes(facts, form):
    document = write_report(facts)
    assert render(document, form) == render(document, form)


def test_the_command_makes_the_same_record_again(facts, made_up):
    fetch, run, report = commands(facts)
    assert fetch == "bench data fetch toy"
    assert run == "bench run --task toy --protocol paper --endpoint relapse --model 'signal[sign=-1.0]'"
    assert report == "bench report 'toy/paper/signal[sign=-1.0]' --endpoint relapse"
    assert made_up.plan("signal[sign=-1.0]").identity.digest == facts.record.info["digest"]


def test_bibtex_is_balanced_and_escaped(facts):
    text = bibtex(facts)
    depth = 0
    for sign in text:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    keys = re.findall(r"@\w+\{([^,]+),", text)
    assert len(keys) == len(set(keys))
    assert {"fusebench", "toy", "collins2024tripodai", "harrell1982evaluating"} <= set(keys)
    assert tex("a_b & {c} 5%") == r"a\_b \& (c) 5\%"


def test_a_record_is_named_by_its_folder_too(facts, made_up, workspace):
    place = locate(str(facts.record.folder), None, workspace.runs)
    assert gather(workspace, made_up.task, place).entry == facts.entry
    inside = facts.record.folder.relative_to(workspace.runs)
    assert locate(str(inside), None, workspace.runs).record.info["digest"] == facts.record.info["digest"]


def test_bad_names_are_refused_in_one_line(made_up, workspace):
    for run, message in (
        ("nonsense", "neither the folder of a finished record"),
        ("toy/paper/sgnal", "did you mean signal"),
        ("toy/papr/signal", "did you mean paper"),
    ):
        with pytest.raises(InputError, match=message):
            gather(workspace, made_up.task, locate(run, None, workspace.runs))
    folder = next((workspace.runs / "toy" / "paper" / "signal").iterdir())
    with pytest.raises(InputError, match="leave out --endpoint"):
        locate(str(folder), "death", workspace.runs)


def test_a_record_that_no_run_leaves_has_no_report(facts, made_up, workspace):
    place = locate(str(facts.record.folder), None, workspace.runs)
    odd = replace(place, record=replace(place.record, predictions=place.record.predictions.rename(columns={"risk": "wisk"})))
    with pytest.raises(InputError, match="the columns of its predictions are not risk; no run writes that"):
        gather(workspace, made_up.task, odd)


def test_a_changed_source_is_said_and_a_changed_task_refused(facts, made_up, workspace):
    record = str(facts.record.folder)
    toy.write_model(made_up.root, "signal", toy.SIGNAL.replace("right column", "best column"))
    changed = gather(workspace, made_up.task, locate(record, None, workspace.runs))
    assert changed.stale
    assert "source has changed since this run" in text_of(write_report(changed))
    place = locate(record, None, workspace.runs)
    place.record.info["task_digest"] = "another"
    with pytest.raises(InputError, match="task has changed since this run"):
        gather(workspace, made_up.task, place)


def test_median_follow_up_by_hand():
    """Without an event the reverse curve is that of the censorings: 1, ½ at the second of four."""
    assert reverse_median(np.array([False] * 4), np.array([1.0, 2.0, 3.0, 4.0])) == 2.0
    assert reverse_median(np.array([True] * 4), np.array([1.0, 2.0, 3.0, 4.0])) is None


class Tags(HTMLParser):
    """Every tag is closed in its turn; nothing is fetched."""

    def __init__(self):
        super().__init__()
        self.open, self.fetched = [], []

    def handle_starttag(self, tag, attrs):
        self.fetched += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "col"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_html_is_whole_and_escaped():
    blocks = (Heading("a < b", 1), Paragraph("<script>", loud=True), Items(["x & y"]), Table(["", "n"], [["r", "1|2"]], (0.5, 0.5), "of 3"))
    page = render(Document("a < b", blocks), "html").decode()
    tags = Tags()
    tags.feed(page)
    assert (tags.open, tags.fetched) == ([], [])
    assert "<script>" not in page
    assert '<th scope="col">n</th>' in page


def test_markdown_marks_are_taken_for_signs():
    blocks = (Paragraph("_a_ *b* `c` <d> x_y"), Table(["n"], [["1|2"]], (1.0,)))
    page = render(Document("t", blocks), "md").decode()
    assert r"\_a\_ \*b\* \`c\` \<d> x_y" in page
    assert r"| 1\|2 |" in page


def test_pdf_writes_what_its_font_lacks_with_kin():
    from benchmark.reporting.report.pdf import as_pdf, printable

    assert as_pdf(Document("t", (Heading("t", 1), Paragraph("Δ → ᵀ ☃")))).startswith(b"%PDF")
    assert printable("Δ → ᵀ ☃ é ≤") == "∆ to T ? é ≤"
