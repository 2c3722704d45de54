"""The pages in a real browser, from disk: no error, no request, sorting and filters, nothing that shuts a reader out."""

import json
import shutil
from collections.abc import Iterator
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest

from benchmark.site.build import LISTED

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SERIOUS = ("serious", "critical")
BOARD = "tasks/nsclc_recurrence.html"
KINDS = ("index.html", BOARD, "tasks/nsclc_recurrence.datasheet.html", "models/coxnet.html", "models.html", "compare.html")
MORE = ("cohorts/nsclc_radiogenomics.html", "cohorts.html", "claims.html", "how_to_read.html", "tasks/ccrcc_alive_12m.html")


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    if BROWSER is None:
        pytest.skip("no Chromium here: 'apt-get install chromium' brings one")
    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


class Watched:
    """A page that remembers what went wrong on it, and what it asked of anybody but the disk."""

    def __init__(self, browser: "sync_api.Browser", width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        self.page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.faults: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else self.faults.append(request.url))
        self.page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url}"))

    def open(self, site: Path, path: str) -> "sync_api.Page":
        self.page.goto(f"file://{site / path}")
        return self.page


def test_every_page_opens_without_a_fault(browser: "sync_api.Browser", site: Path) -> None:
    watched = Watched(browser, 390, 844)
    for path in json.loads((site / LISTED).read_text()):
        if path.endswith(".html"):
            page = watched.open(site, path)
            assert watched.faults == [], path
            assert page.locator("h1").count() == 1, path
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} is {wide} pixels too wide for a phone"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_shuts_a_reader_out(browser: "sync_api.Browser", site: Path, scheme: str) -> None:
    axe = resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    only = ", runOnly: ['color-contrast']" if scheme == "dark" else ""  # nothing else changes with the scheme
    watched = Watched(browser, scheme=scheme)
    for path in (*KINDS, *MORE):
        page = watched.open(site, path)
        page.evaluate(axe)
        found = page.evaluate(f"axe.run(document, {{resultTypes: ['violations']{only}}})")["violations"]
        told = [(item["id"], [node["html"][:120] for node in item["nodes"][:2]]) for item in found if item["impact"] in SERIOUS]
        assert told == [], f"{path}, {scheme}"


def models(page: "sync_api.Page") -> list[str]:
    return page.locator("#board tbody tr:visible th").evaluate_all("rows => rows.map(row => row.dataset.v)")


def test_the_board_sorts_and_says_so(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser).open(site, BOARD)
    first = models(page)
    head = page.locator("th.c-estimate")
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    values = page.locator("#board tbody td.c-estimate").evaluate_all("cells => cells.map(cell => Number(cell.dataset.v))")
    assert values == sorted(values, reverse=True)
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    page.locator("th.c-model button").click()
    assert models(page) == sorted(first, key=str.lower) or models(page)[0] == min(first)
    assert head.get_attribute("aria-sort") == "none"
    page.locator("th.c-tier button").click()
    assert models(page) == first


def test_the_board_filters(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser).open(site, BOARD)
    every = models(page)
    page.locator("[data-filter=model]").fill("coxnet")
    assert models(page) == [name for name in every if "coxnet" in name]
    assert page.locator("[data-count=board]").inner_text() == f"{len(models(page))} of {len(every)} rows shown"
    page.locator("[data-filter=model]").fill("")
    page.locator("[data-filter=family]").select_option("clinic")
    assert set(models(page)) == {"clinical_only", "clinical_cox"}
    page.locator("[data-filter=family]").select_option("")
    page.locator("[data-filter=modalities]").select_option("radiomics")
    assert 0 < len(models(page)) < len(every)


def test_a_filter_that_leaves_nothing_says_so_and_is_cleared(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser).open(site, BOARD)
    message, every = page.locator("[data-nothing=board]"), models(page)
    assert not message.is_visible()
    page.locator("[data-filter=model]").fill("no such model")
    assert models(page) == []
    assert message.is_visible()
    assert page.locator("[role=status][data-count=board]").inner_text().startswith("No entry matches.")
    message.get_by_role("button").press("Enter")
    assert models(page) == every
    assert not message.is_visible()
    assert page.evaluate("document.activeElement.dataset.filter") == "modalities"  # not lost with the button


def test_the_first_screen_holds_the_three_answers(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser).open(site, BOARD)
    for answer in page.locator(".answer").all():
        box = answer.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 500
    rows = page.locator("#board tbody tr").evaluate_all("rows => rows.filter(row => row.getBoundingClientRect().bottom < 800).length")
    assert rows >= 8


def test_the_theme_is_switched_and_kept(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser).open(site, "index.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("[data-theme-switch]").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark


def test_claims_are_filtered_by_verdict(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser).open(site, "claims.html")
    if not page.locator("#claims tbody tr").count():
        pytest.skip("this site was made without claims")
    page.locator("[data-filter=verdict]").select_option("reproduced")
    verdicts = page.locator("#claims tbody tr:visible").evaluate_all("rows => rows.map(row => row.dataset.verdict)")
    assert set(verdicts) == {"reproduced"}


def test_two_models_are_compared_both_ways(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser).open(site, "compare.html")
    if not page.locator("#compare [name=board] option").count():
        pytest.skip("this site was made without figures")
    page.locator("#answer h2").first.wait_for()
    line = page.locator("#answer section p").nth(1)
    before = line.inner_text()
    page.locator("[name=swap]").click()
    after = line.inner_text()
    assert before.startswith("A − B")
    turned = before.translate(str.maketrans("+−", "−+")).split("[")[0].replace("A + B", "A − B")
    assert after.split("[")[0] == turned


def test_a_pair_stands_in_the_address_and_back_shows_the_one_before(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser).open(site, "compare.html")
    if not page.locator("#compare [name=board] option").count():
        pytest.skip("this site was made without figures")
    page.locator("#answer h2").first.wait_for()
    names = page.locator("#answer p b")
    first = names.all_inner_texts()
    page.locator("[name=b]").select_option(index=2)
    page.wait_for_function("location.hash.includes('&b=')")
    second, address = names.all_inner_texts(), page.url
    assert second != first
    page.locator("[name=swap]").click()
    page.wait_for_function("before => location.href !== before", arg=address)
    assert names.all_inner_texts() == second[::-1]
    page.go_back()
    page.wait_for_function("before => location.href === before", arg=address)
    assert names.all_inner_texts() == second
    sent = Watched(browser)
    sent.page.goto(address)
    sent.page.locator("#answer h2").first.wait_for()
    assert sent.page.locator("#answer p b").all_inner_texts() == second
    sent.page.goto(address.split("&")[0] + "&a=gone")
    sent.page.get_by_text("Not here: gone.").wait_for()
    assert sent.faults == []


def test_a_table_wider_than_a_phone_casts_a_shadow_and_labels_of_an_axis_keep_apart(browser: "sync_api.Browser", site: Path) -> None:
    page = Watched(browser, 390, 844).open(site, "cohorts.html")
    frame = page.locator(".scroll").first
    assert frame.evaluate("it => it.scrollWidth > it.clientWidth && it.tabIndex === 0 && it.getAttribute('aria-label') !== null")
    assert "linear-gradient" in frame.evaluate("it => getComputedStyle(it).backgroundImage")
    for width in (390, 1280):
        page = Watched(browser, width, 844).open(site, "models/coxnet.html")
        assert page.locator(".scroll:has(table.boards)").first.evaluate("it => it.scrollWidth <= it.clientWidth")
        boxes = (
            page.locator("table.boards thead")
            .first.locator("svg text")
            .evaluate_all("labels => labels.map(label => label.getBoundingClientRect()).map(box => [box.left, box.right])")
        )
        assert all(left > right for (_, right), (left, _) in pairwise(boxes)), width


@pytest.mark.parametrize("width", [1280, 390])
def test_rows_and_head_of_the_forest_share_their_axis(browser: "sync_api.Browser", site: Path, width: int) -> None:
    page = Watched(browser, width, 844).open(site, BOARD)
    head, row = (page.locator(f"#board {part} .c-plot svg").first.bounding_box() for part in ("thead", "tbody"))
    assert head is not None
    assert row is not None
    assert abs(head["x"] - row["x"]) < 1
    assert abs(head["width"] - row["width"]) < 1
