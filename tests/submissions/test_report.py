"""The comment says where a submission stands and what failed; hostile text stays text."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from benchmark.errors import InputError
from benchmark.submissions.place import Place
from benchmark.submissions.report import CHECKS, LONGEST, CheckDocument, read_check, report
from benchmark.submissions.spec import SubmissionSpec
from tests.submissions.made_up import FORM

ROOT = Path(__file__).parents[2]
PLACE = Place(
    task="toy", protocol="repeated", endpoint="relapse", data="real", metric="Harrell's C", reference="coxnet", models=4, tier=1, rank=2,
    ranks="1 to 4", estimate="0.671 [0.570, 0.760]", delta="+0.158 [+0.064, +0.276]", failed_folds=1, time="12 s", provenance="reproduced",
    not_apart=("clinical_only", "mlp"), better_than=("random_risk",), worse_than=(), apart_by="algorithms trained again", model="mine", wanted="mine",
)  # fmt: skip
HOSTILE = "@all ![x](https://evil/x.png) [click](javascript:alert(1)) <img src=x onerror=alert(1)> `</code>` | cell |\n# Heading\nhttps://evil.example #1 \u202e"


def checked(*findings: dict[str, Any], **changes: Any) -> CheckDocument:
    document = {"submission": "mine", "kind": "model", "model": "mine", "digest": "ab" * 32, "isolation": "bubblewrap", "seconds": 61.2}
    document |= {"findings": findings} | changes
    return read_check(json.dumps(document), "check.json", "mine", document["digest"])


def finding(check: str = "shuffled", severity: str = "ok", message: str = "fine", **more: str) -> dict[str, Any]:
    return {"check": check, "severity": severity, "message": message, **more}


def all_of(kind: str = "model") -> list[dict[str, Any]]:
    return [finding(name) for name in CHECKS[kind]]


def spec(**changes: Any) -> SubmissionSpec:
    return SubmissionSpec.model_validate(FORM | changes)


def outside_code(page: str) -> str:
    """What GitHub renders as Markdown: the page without code blocks and spans."""
    page = re.sub(r"^ {4}.*$", "", page, flags=re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", page)


def test_a_submission_that_passed() -> None:
    page = report("mine", spec(), checked(*all_of()), [PLACE], {"other": "no run of mine here"})
    assert "**All checks passed** in 61 s." in page
    assert "### `toy`, `repeated`, `relapse` (real patients)" in page
    assert "| 1 | 2 (not excluded: 1 to 4) | 0.671 [0.570, 0.760] | +0.158 [+0.064, +0.276] | 1 | 12 s | reproduced |" in page
    assert (
        "Of 3 others on this board (algorithms trained again): not told apart from 2: `clinical_only`, `mlp`; better than 1: `random_risk`."
        in page
    )
    assert "**`other`**: no place on its board: `no run of mine here`" in page
    assert "files `abababababab` · isolation `bubblewrap`" in page


def test_a_run_without_the_parameters_of_the_form_is_said_to_be_one() -> None:
    other = Place(**{**vars(PLACE), "wanted": "mine[alpha=0.7]"})
    page = report("mine", spec(), checked(finding()), [other], {})
    assert "This is `mine`: with its defaults, without the parameters of its form. The entry will be `mine[alpha=0.7]`" in page
    assert drawn(page).count("<table>") == 2
    assert "with its defaults" not in report("mine", spec(), checked(finding()), [PLACE], {})


def test_each_failure_is_named_with_its_remedy_before_the_rest() -> None:
    rows = (
        finding(),
        finding("walls", "fail", "the sandbox refused: socket (inet)", remedy="do without", task="toy"),
        finding("spec", "note", "says CHANGE ME"),
    )
    page = report("mine", spec(), checked(*rows), [], {})
    assert "**1 finding must be mended**: `walls`." in page
    table = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert [line.split(" | ")[1] for line in table] == ["walls", "spec", "shuffled"]
    assert "| `toy` | `the sandbox refused: socket (inet)` | `do without` |" in table[0]


def test_text_of_the_contributor_stays_text() -> None:
    hostile = spec(title=HOSTILE.replace("\n", " ").replace("\u202e", ""), authors=[{"name": "@everyone <b>"}], training_data=HOSTILE)
    rows = [finding("contract", "fail", HOSTILE, remedy=HOSTILE, task=HOSTILE, log=f"{HOSTILE}\n````\n{HOSTILE}")]
    page = report(HOSTILE, hostile, checked(*rows, model=f"mine[{HOSTILE}]"), [], {HOSTILE: HOSTILE})
    rendered = outside_code(page)
    for sign in ("@", "![", "](", "http", "<img", "javascript", "onerror", "evil", "\u202e", "# Heading", "cell"):
        assert sign not in rendered, sign
    assert "<" not in rendered
    assert {line.count(" | ") for line in page.splitlines() if line.startswith("| ❌")} == {4}


def test_the_page_is_bounded_and_ends_whole() -> None:
    rows = [finding("contract", "fail", "x" * 5000, remedy="y" * 5000, log="z" * 100_000) for _ in range(200)]
    page = report("mine", spec(authors=[{"name": "n" * 200}] * 50), checked(*rows), [PLACE] * 80, {})
    assert len(page) < LONGEST + 1000
    assert "```" not in page
    assert "The rest is left out" in page


def comment(page: str, folder: Path) -> str:
    """What is posted under a pull request: the page in the artefact, read and filtered by the script of the workflow."""
    with zipfile.ZipFile(folder / "report.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.md", page)
    command = [sys.executable, ROOT / ".github" / "comment.py", folder / "report.zip", "a" * 40]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def drawn(page: str) -> str:
    """The page as a browser shows it; raw HTML counts."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(page)


LOG = 'Traceback (most recent call last):\n  File "model.py", line 7, in fit\n    x = a[0] < b & c\n\nValueError: @all ```` <b> 100 $ #1'
PASSED = report("mine", spec(), checked(finding(), finding("spec", "note", "caf\u00e9")), [PLACE], {"other": "no run of mine here"})
FAILED = report(
    "mine",
    spec(paper=None),
    checked(finding("contract", "fail", "KeyError: 'a'", remedy="mend it", log=LOG), finding()),
    [PLACE],
    {"other": "none"},
)
ATTACKED = report(
    HOSTILE,
    spec(title=HOSTILE.split("\n")[0]),
    checked(finding("contract", "fail", HOSTILE, remedy=HOSTILE, log=f"{HOSTILE}\n````\n{LOG}")),
    [],
    {},
)


@pytest.mark.parametrize("page", [PASSED, FAILED, ATTACKED], ids=["passed", "failed", "attacked"])
def test_the_whole_page_comes_through_the_filter_of_the_workflow(page: str, tmp_path: Path) -> None:
    posted = comment(page, tmp_path)
    head, _, rest = posted.partition("\n\n")
    assert head.startswith(f"Evaluation of {'a' * 40}.")
    assert rest.replace("\u200b", "") == page  # to the eye nothing is altered
    assert drawn(rest).replace("\u200b", "") == drawn(page)  # nor is how it is drawn
    assert "\u200b" not in outside_code(rest)  # and of our own words nothing at all


def test_what_is_posted_has_its_lists_tables_and_logs(tmp_path: Path) -> None:
    shown = drawn(comment(FAILED, tmp_path)).replace("\u200b", "")
    assert (shown.count("<table>"), shown.count("<pre>")) == (2, 1)
    assert "<pre><code>Traceback (most recent call last):" in shown
    assert "x = a[0] &lt; b &amp; c\n–\nValueError: @all ʹʹʹʹ &lt;b&gt; 100 ＄ #1\n</code></pre>" in shown
    assert shown.count("<li>") == 3
    for literal in ("&lt;br&gt;", "&lt;sub&gt;", "details", "```"):
        assert literal not in shown


def test_what_is_not_known_is_said() -> None:
    assert "**Not checked**" in report("mine", None, None, [], {})
    assert "**Run without a sandbox**" in report("mine", spec(), checked(isolation="none"), [], {})
    single = Place(**{**vars(PLACE), "apart_by": None, "not_apart": (), "data": "replica"})
    page = report("mine", spec(), None, [single], {})
    assert "REPLICA: simulated patients, no result" in page
    assert "cannot be told apart from any other model" in page
    lost = Place(**{**vars(PLACE), "models": 2, "not_apart": (), "better_than": (), "worse_than": ("mlp",)})
    assert "Of the one other on this board (algorithms trained again): worse than 1: `mlp`." in report("mine", spec(), None, [lost], {})
    alone = Place(**{**vars(PLACE), "models": 1, "not_apart": (), "better_than": ()})
    assert "Nobody else stands on this board here" in report("mine", spec(), None, [alone], {})


def test_what_was_not_checked_has_not_passed() -> None:
    def verdict(*findings: dict[str, Any], **changes: Any) -> str:
        return next(line for line in report("mine", spec(), checked(*findings, **changes), [], {}).splitlines() if line.startswith("**"))

    assert verdict(*all_of()) == "**All checks passed** in 61 s."
    noted = [row | {"severity": "note"} if row["check"] in ("scope", "spec") else row for row in all_of()]
    assert verdict(*noted) == "**No check failed** in 61 s; to be read: `scope`, `spec`."
    assert verdict(*[row for row in all_of() if row["check"] not in ("shuffled", "truth")]).startswith(
        "**Not complete**: nothing is said of `shuffled`, `truth`;"
    )
    assert verdict().startswith("**Not complete**: nothing is said of `scope`, `folder`")
    assert verdict(*all_of("predictions"), kind="predictions") == "**All checks passed** in 61 s."
    assert verdict(*all_of("predictions"), kind="").startswith("**Not complete**")


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"submission": 1, "findings": []}', '{"submission": "a", "findings": [{"check": "<b>", "severity": "ok", "message": ""}]}'],
)
def test_something_else_than_a_check_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not what 'bench submit check --format json' writes"):
        read_check(text, "check.json", "mine", "")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"submission": "other"}, "is about another submission than mine"),
        ({"model": "other[alpha=1.0]"}, "is about another submission than mine"),
        ({"digest": "cd" * 32}, "is about other files than submissions/mine holds now"),
    ],
)
def test_a_check_of_something_else_is_no_evidence(change: dict[str, str], message: str) -> None:
    document = {"submission": "mine", "model": "mine[alpha=1.0]", "digest": "ab" * 32, "findings": []}
    assert read_check(json.dumps(document), "check.json", "mine", "ab" * 32).model == "mine[alpha=1.0]"
    with pytest.raises(InputError, match=message):
        read_check(json.dumps(document | change), "check.json", "mine", "ab" * 32)


def test_of_predictions_nobody_is_told_that_they_can_be_repeated() -> None:
    page = report("mine", spec(kind="predictions"), checked(finding(), kind="predictions", isolation=""), [PLACE], {})
    assert "repeat it on any machine" not in page
    assert "nobody can repeat them" in page
    assert "isolation" not in page.partition("##")[2].partition("###")[0]
