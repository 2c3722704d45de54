"""The site of the real boards: it names no patient, says what board.json says, and its links lead somewhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from benchmark.site.build import LISTED
from benchmark.site.csvs import csv_bytes
from benchmark.site.pages.board import board_csv
from tests.site.conftest import ROOT

HEAD = 4  # characters by which an id is looked for: a real one begins with as many letters or digits


def texts(site: Path) -> Iterator[tuple[str, str]]:
    """Every file that ``bench site`` wrote, and what ``bench explain`` left beside it."""
    for path in [*json.loads((site / LISTED).read_text()), *(str(found.relative_to(site)) for found in site.glob("explain/**/*.json"))]:
        yield path, (site / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ids() -> dict[str, set[str]]:
    """Every patient id of every real cohort, by its first characters."""
    tables = sorted((ROOT / "data" / "cohorts" / "real").glob("*/outcomes.parquet"))
    if not tables:
        pytest.skip("no real cohort is built here: nobody's id is known")
    found: dict[str, set[str]] = {}
    for path in tables:
        for patient in pd.read_parquet(path, columns=[]).index.astype(str):
            found.setdefault(patient[:HEAD], set()).add(patient)
    return found


def named(text: str, ids: dict[str, set[str]]) -> set[str]:
    """The ids that occur anywhere in a text, also inside another word."""
    heads = re.compile("|".join(map(re.escape, sorted(ids))))
    places = ((match.start(), match.group()) for match in heads.finditer(text))
    return {patient for at, head in places for patient in ids[head] if text.startswith(patient, at)}


def test_no_patient_is_named(site: Path, ids: dict[str, set[str]]) -> None:
    one = next(iter(next(iter(ids.values()))))
    assert named(f"x{one}y", ids) == {one}  # the search finds what is there
    for path, text in texts(site):
        assert named(text, ids) == set(), path


def test_the_tables_are_those_of_board_json(site: Path) -> None:
    for board in json.loads((ROOT / "leaderboard" / "board.json").read_text(encoding="utf-8")):
        path = site / "csv" / f"{board['task']}.{board['protocol']}.{board['endpoint']}.board.csv"
        assert path.read_bytes() == csv_bytes(*board_csv(board)), f"{path}: 'bench site' makes it anew"


def test_links_and_files_lead_somewhere(site: Path) -> None:
    written = set(json.loads((site / LISTED).read_text()))
    for path, text in texts(site):
        if not path.endswith(".html"):
            continue
        for target in re.findall(r'(?:href|src)="([^"#]+)', text):
            if target == "data:,":
                continue
            assert not re.match(r"[a-z]+:|//", target), f"{path} links to {target}: the site must need no network"
            found = (site / path).parent.joinpath(target).resolve().relative_to(site.resolve()).as_posix()
            assert found in written, f"{path}: {target}"


def test_every_figure_has_words_and_numbers(site: Path) -> None:
    for path, text in texts(site):
        if path.endswith(".html"):
            for figure in re.findall(r"<figure.*?</figure>", text, flags=re.DOTALL):
                assert "<figcaption>" in figure, path
                assert 'class="absent"' in figure or " download>" in figure, path
            for image in re.findall(r'<svg[^>]*role="img"[^>]*>.{0,60}', text, flags=re.DOTALL):
                assert "aria-label=" in image or "<title>" in image, path


def test_the_site_is_small(site: Path) -> None:
    assert sum(len(text.encode()) for _, text in texts(site)) < 16e6
