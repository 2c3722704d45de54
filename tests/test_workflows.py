"""The workflows are safe by two linters, say what they call, and the texts of strangers come out without power."""

import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.submissions.made_up import write

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
BIN = Path(sys.executable).parent


def script(name):
    spec = importlib.util.spec_from_file_location(f"github_{name}", GITHUB / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "command",
    [
        ["zizmor", "--offline", "--no-config", "--persona", "pedantic", "--no-progress", str(GITHUB)],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
    ],
    ids=lambda command: command[0],
)
def test_linters_have_no_finding(command):
    done = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_linter_would_find_something(tmp_path):
    """Beside the waived one: a step that runs what a stranger wrote, and a tag that can be moved."""
    text = (GITHUB / "workflows" / "comment.yml").read_text()
    for worse in (
        re.sub(r"@[0-9a-f]{40} # v", "@v", text),
        text.replace('"$COMMIT" > comment.md', '"${{ github.event.workflow_run.head_branch }}" > comment.md'),
    ):
        assert worse != text
        path = tmp_path / ".github" / "workflows" / "comment.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(worse)
        assert subprocess.run([BIN / "zizmor", "--offline", "--no-config", path], capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_waiver_has_a_reason_and_every_job_a_limit(path):
    text = path.read_text()
    assert all(len(reason.split()) > 5 for reason in re.findall(r"zizmor: ignore\[[\w-]+\](.*)", text))
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert "concurrency" in workflow
    assert "secrets." not in text
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 180
        writing = {scope for scope, access in job["permissions"].items() if access != "read"}
        assert writing == ({"pull-requests"} if path.stem == "comment" else set())
        for step in job["steps"]:
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step.get("uses", "actions/none@" + "0" * 40))


def test_the_workflow_that_may_write_runs_nothing_of_the_pull_request():
    workflow = yaml.safe_load((GITHUB / "workflows" / "comment.yml").read_text())
    steps = workflow["jobs"]["comment"]["steps"]
    assert "ref" not in steps[0]["with"]  # the default branch
    runs = "\n".join(step.get("run", "") for step in steps)
    assert "${{" not in runs
    assert not re.search(r"unzip|bench|make|pip|bash |source ", runs)
    assert workflow[True]["workflow_run"]["workflows"] == ["evaluate-submission"]  # YAML 1.1 reads the key `on` as true


def test_the_files_that_the_workflows_call_are_there():
    for path in WORKFLOWS:
        for called in re.findall(r"\.github/\w+\.py", path.read_text()):
            assert (ROOT / called).is_file(), called


def artefact(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("@maintainer please", "@maintainer"),
        ("fixes #12 and a/b#7 and GH-3", "#12"),
        ("a/b#7", "#7"),
        ("see gh-3", "gh-3"),
        ("[click](https://evil.example)", "]("),
        ("![](http://evil.example/x.png)", "://"),
        ("[a][b]\n\n[b]: /x", "]:"),
        ("<img src=x><!-- hidden -->", "<i"),
        ("<img src=x><!-- hidden -->", "<!"),
        ("</details><https://evil.example>", "</"),
        ("&lt;img&gt; &#64;all", "&lt;"),
        ("&#64;all", "&#"),
        ("www.evil.example", "www.evil"),
        ("```mermaid\ngraph LR\n```", "```"),
        ("~~~geojson\n{}\n~~~", "~~~"),
        ("$\\unicode{x}$", "$\\"),
        ("$\u200bx$ and $`y`$", "$"),
        ("WWW.evil.example", "WWW."),
        ("> [!IMPORTANT]\n> maintainers approve", "[!"),
        ("\u202edrawkcab\u200b\x1b[0m", "\u202e"),
        *((f"letters{unseen}", unseen) for unseen in "\u3164\u115f\u1160\uffa0\u2800\ufe0f\ufe00\U000e0100\u034f\u00ad\U000e0041\u180b"),
        ("z\u0335\u0336\u20dd over others", "\u0335"),
        (":trollface: :shipit:", ":trollface"),
        (":trollface: :shipit:", ":shipit"),
        (":+1:", ":+1"),
        (":troll\\_face\\:", ":troll"),
        ("see 21d2baf9", "21d2baf"),
        ("*21d2baf9* _21D2BAF_", "21D2BAF"),
        (f"a/b@{'c0ffee' * 6}abcd", "c0ffeec"),
        ("`a\n` 21d2baf9 `b`", "21d2baf9"),
        ("| ` | 21d2baf9 ` |", "21d2baf9"),
        ("\\`21d2baf9`", "21d2baf9"),
        ("``a` 21d2baf9 `b``", "21d2baf9"),
        ("_www.evil.example_ www\\.evil.example", "www."),
        ("www\\.evil.example", "www\\."),
        ("https:\\/\\/evil.example", ":\\/"),
        ("_GH-3_", "GH-3"),
        ("GH\\-3", "GH\\-3"),
    ],
)
def test_a_strangers_text_calls_links_loads_and_hides_nothing(text, gone):
    found = script("comment").harmless(text)
    assert gone not in found
    assert len(found) >= len(text.strip("\u202e\u200b\x1b")) - 5  # it is shown, not dropped


def test_a_report_stays_readable():
    table = "| tier | model | Harrell's C [95 %] |\n| --- | :---: | --- |\n| 1 | **mine** | 0.61 [0.52, 0.70] |\n\n`bench verify 0b7e4833ad85c012`\n"
    assert script("comment").harmless(table) == table


def test_a_commit_is_left_whole_in_code_alone():
    """Whatever backticks, escapes and cells surround it; a parser of Markdown says what is code."""
    comment, draw, whole = script("comment"), MarkdownIt("commonmark").enable("table"), 0
    rng = random.Random(0)
    for _ in range(3000):
        text = "".join(
            rng.choices(["`", "`21d2baf9`", "21d2baf9", "\\", "|", "\n", "\n\n", "|-|-|\n", "    ", "- ", "x", " "], k=rng.randint(3, 12))
        )
        drawn = draw.render(comment.harmless(text))
        whole += "21d2baf9" in drawn
        assert "21d2baf9" not in re.sub(r"<code>.*?</code>", "", drawn, flags=re.DOTALL), repr(text)
    assert whole > 100  # some are


def test_a_comment_fits_whatever_has_to_be_put_apart():
    comment = script("comment")
    for letter in ("@", ":a", "abcdef0", "]:", "](", "`", "#1", "www.", ":21d2baf9:"):
        assert len(comment.comment(letter * 100_000, "a" * 40)) < 65_536


def test_the_comment_reads_one_bounded_file(tmp_path):
    comment = script("comment")
    commit = "a" * 40
    whole = comment.comment(comment.read(artefact(tmp_path / "a.zip", {"report.md": "fine", "../x": "no"})), commit)
    assert whole.startswith(f"Evaluation of {commit}.")
    assert whole.endswith("\n\nfine")
    long = artefact(tmp_path / "b.zip", {"report.md": "@" * 200_000})
    assert len(comment.comment(comment.read(long), commit)) < 65_536
    for members in ({}, {"other.md": "x"}):
        with pytest.raises(SystemExit, match=r"no readable report\.md"):
            comment.read(artefact(tmp_path / "c.zip", members))
    broken = bytearray(Path(long).read_bytes())
    broken[60:90] = b"x" * 30
    for content in (b"no archive", bytes(broken)):
        (tmp_path / "d.zip").write_bytes(content)
        with pytest.raises(SystemExit, match=r"no readable report\.md"):
            comment.read(str(tmp_path / "d.zip"))
    with pytest.raises(SystemExit, match="is no commit"):
        comment.comment("fine", "main")
    for nothing in ("", " \n\n", "\u200b\u3164\n"):
        with pytest.raises(SystemExit, match=r"report\.md is empty"):
            comment.comment(nothing, commit)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_artefact_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path, method):
    """In a process that may have 128 MiB beside itself; the sizes that an archive names may be lies."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive, archive.open("report.md", "w") as file:
        for _ in range(256):
            file.write(bytes(1 << 20))
    honest = (tmp_path / "a.zip").read_bytes()
    for raw in (honest, honest.replace((256 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))):
        (tmp_path / "a.zip").write_bytes(raw)
        command = f"ulimit -v $((128 * 1024)); exec {sys.executable} {GITHUB / 'comment.py'} {tmp_path / 'a.zip'} {'a' * 40}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert re.search(r"no readable report\.md", done.stderr)
        assert "Traceback" not in done.stderr
        assert done.stdout == ""


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["submissions/mine/model.py", "benchmark/records.py"], "'benchmark/records.py'"),
        (["submissions/mine/model.py", "submissions/README.md"], "'submissions/README.md'"),
        (["submissions/mine/model.py", "submissions/Yours/model.py"], "Yours"),
        (["submissions/mine/a", "submissions/yours/a"], "one pull request brings one submission"),
        (["submissions/mine/a", ".github/workflows/tests.yml"], r"\.github"),
        (["submissions/mine\nid=other/a"], "touches nothing outside"),
        ([""], "touches nothing outside"),
        ([], "changes nothing below submissions/"),
    ],
)
def test_a_change_outside_the_folder_is_refused(changed, message):
    with pytest.raises(SystemExit, match=message):
        script("submission").only_submission(changed)


def test_the_changed_paths_come_from_git(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    (tmp_path / "kept.py").write_text("a\n" * 20)
    git("add", ".")
    git("commit", "--quiet", "-m", "base")
    folder = tmp_path / "submissions" / "mine"
    folder.mkdir(parents=True)
    (tmp_path / "kept.py").rename(folder / "model.py")  # a file taken from elsewhere is a change there
    git("add", "--all")
    git("commit", "--quiet", "-m", "head")
    command = [sys.executable, GITHUB / "submission.py", "HEAD^1", "HEAD"]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "'kept.py'" in refused.stderr
    git("checkout", "--quiet", "HEAD^1", "--", "kept.py")
    git("commit", "--quiet", "--amend", "-m", "head")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "id=mine\n"
    (folder / "README.md").write_text("more")
    git("add", "--all")
    git("commit", "--quiet", "-m", "two files")
    git("rm", "--quiet", folder / "model.py")
    git("commit", "--quiet", "-m", "one of two files gone: the check says what is missing")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "id=mine\n"
    git("rm", "--quiet", "-r", folder)
    git("commit", "--quiet", "-m", "all gone")
    for command[2:], reason in (
        (["HEAD^1", "HEAD"], "removes submissions/mine/"),
        (["HEAD", "HEAD"], "changes nothing below submissions/"),
    ):
        refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
        assert reason in refused.stderr


def steps_of(workflow):
    return next(iter(yaml.safe_load((GITHUB / "workflows" / f"{workflow}.yml").read_text())["jobs"].values()))["steps"]


def test_what_the_evaluation_writes_lies_outside_the_checkout():
    """A file in it is a change outside the submission's folder: the scope check would refuse every submission."""
    for step in steps_of("evaluate-submission"):
        for target in re.findall(r"(?<![0-9&])>>? *(\S+)", step.get("run", "")):
            assert target.startswith(('"$RUNNER_TEMP/', '"$GITHUB_OUTPUT"')), target


def test_the_patients_are_there_before_the_check_asks_for_them():
    runs = [step.get("run", "") for step in steps_of("evaluate-submission")]
    fetch, check = (next(number for number, run in enumerate(runs) if word in run) for word in ("data fetch", "submit check"))
    assert fetch < check


def test_the_check_of_the_workflow_passes_its_scope(tmp_path):
    """Its own line, in a clone with one new submission."""
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", "-C", tmp_path / "clone"]
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", tmp_path / "clone"], check=True)
    (tmp_path / "clone" / "submissions" / "mine").mkdir(parents=True)
    (tmp_path / "clone" / "submissions" / "mine" / "submission.yaml").write_text("tasks: [nsclc_recurrence]\n")
    subprocess.run([*git, "add", "--all"], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "mine"], check=True)
    line = next(step["run"] for step in steps_of("evaluate-submission") if "submit check" in step.get("run", ""))
    environment = os.environ | {"ID": "mine", "RUNNER_TEMP": str(tmp_path), "PYTHONPATH": str(ROOT)}
    line = line.replace(".venv/bin/bench", f"{BIN}/bench --root .")
    subprocess.run(["bash", "-c", line], cwd=tmp_path / "clone", env=environment, check=False, capture_output=True)
    findings = {item["check"]: item for item in json.loads((tmp_path / "check.json").read_text())["findings"]}
    assert findings["scope"]["severity"] == "ok"
    assert findings["spec"]["severity"] == "fail"  # the sheet is a stub: the check went on behind the scope


def test_every_step_of_an_evaluation_ends_before_its_job_does():
    """A step that takes too long fails, and the report is made; a job that takes too long is cancelled, and it is not."""
    job = yaml.safe_load((GITHUB / "workflows" / "evaluate-submission.yml").read_text())["jobs"]["evaluate"]
    assert sum(step["timeout-minutes"] for step in job["steps"]) < job["timeout-minutes"]


def test_without_a_run_there_is_a_report_that_says_so(tmp_path):
    """Its own lines, after a check and a run that took too long, and after one only."""
    write(tmp_path, tasks=["breast_metastasis"])
    (tmp_path / "tasks").symlink_to(ROOT / "tasks")
    lines = next(step["run"] for step in steps_of("evaluate-submission") if step.get("id") == "report")

    def reported(bench, run):
        environment = os.environ | {"ID": "mine", "RUN": run, "RUNNER_TEMP": str(tmp_path), "PYTHONPATH": str(ROOT)}
        command = ["bash", "-eo", "pipefail", "-c", lines.replace(".venv/bin/bench", bench)]
        subprocess.run(command, env=environment, check=True, capture_output=True)
        return (tmp_path / "report.md").read_text()

    (tmp_path / "check.json").write_text("")
    page = reported(f"{BIN}/bench --root {tmp_path}", "failure")
    assert "`no run of mine, with its files as they are now, under protocol repeated here" in page
    assert "**The run did not end**" in page
    assert "**The check did not end**" in page
    (tmp_path / "check.json").write_text("{}")
    assert reported("echo", "success") == f"submit report mine --check {tmp_path}/check.json\n"


def test_only_a_report_that_was_made_is_uploaded():
    upload = next(step for step in steps_of("evaluate-submission") if "upload-artifact" in step.get("uses", ""))
    assert upload["if"] == "${{ !cancelled() && steps.report.outcome == 'success' }}"


def test_the_tasks_of_a_sheet_are_those_that_exist(tmp_path):
    new = ["submit", "new", "mine", "--task", "breast_metastasis"]
    (tmp_path / "submissions").mkdir()
    (tmp_path / "tasks").symlink_to(ROOT / "tasks")
    subprocess.run([BIN / "bench", "--root", tmp_path, *new], check=True, capture_output=True)
    tasks = script("tasks")
    assert tasks.tasks_of(tmp_path, "mine") == ["breast_metastasis"]
    sheet = tmp_path / "submissions" / "mine" / "submission.yaml"
    sheet.write_text(sheet.read_text().replace("breast_metastasis", "none_such"))
    assert tasks.tasks_of(tmp_path, "mine") == []
    sheet.write_text("][")
    assert tasks.tasks_of(tmp_path, "mine") == []


def test_params_name_the_models_that_a_submission_meets():
    params, text = script("params"), (ROOT / "params.yaml").read_text()
    for task in yaml.safe_load(text)["runs"]:
        assert "cohort" not in params.items(text, task, "models")
        assert params.items(text, task, "cohort")[0] == yaml.safe_load((ROOT / "tasks" / task / "task.yaml").read_text())["cohort"]
    with pytest.raises(SystemExit, match="no task 'none'"):
        params.items(text, "none", "models")
