"""``bench submit report``: what the bot says under a pull request, in Markdown.

The prose is ours; all that a contributor may have written goes through :mod:`benchmark.submissions.quote`. No HTML and no fenced code:
what posts it (``.github/comment.py``) takes both from every text, for it does not know who wrote it.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from benchmark.errors import InputError
from benchmark.submissions.check import Checked
from benchmark.submissions.place import Place
from benchmark.submissions.quote import block, code
from benchmark.submissions.spec import SubmissionSpec

LONGEST = 30_000  # characters; GitHub takes 65,536
LOGS = 3
MODEL = "*Made by `bench submit report`; `bench submit check` and `bench run` repeat it on any machine.*"
TABLE = "*Made by `bench submit report`. These are predictions without the model that made them: nobody can repeat them, and how they were made is their author's word.*"
# What a check that came to its end has a finding on
CHECKS = {
    "model": (
        "scope",
        "folder",
        "spec",
        "imports",
        "dependencies",
        "duplicate",
        "contract",
        "determinism",
        "independence",
        "missing",
        "resources",
        "shuffled",
        "truth",
    ),
    "predictions": ("scope", "folder", "spec", "duplicate", "predictions"),
}
HOW_TO_READ = (
    "*How to read: the ranks not excluded, the interval and Δ are of these fitted models, on other patients like these; telling apart is of the algorithms, trained again, which "
    "takes more. Provenance: self-reported, a table; run here, a record; reproduced, a record made in a sandbox; verified, a record that `bench verify` made again.*"
)
ON_PATIENTS = ("shuffled", "predictions")  # checks that decide nothing on a replica
SIGNS = {"fail": "❌", "note": "🟡", "ok": "✅"}  # fixed, so that a reader sees at once


class _Row(BaseModel):
    """A finding as the JSON of ``bench submit check`` has it."""

    model_config = ConfigDict(extra="ignore")
    check: str = Field(pattern=r"^[a-z_]{1,30}$")
    severity: Literal["ok", "note", "fail"]
    message: str
    remedy: str = ""
    task: str = ""
    log: str = ""


class CheckDocument(BaseModel):
    """The JSON of ``bench submit check``, as far as the report needs it."""

    model_config = ConfigDict(extra="ignore")
    submission: str
    kind: str = ""
    model: str = ""
    digest: str = Field(default="", pattern=r"^[0-9a-f]{0,64}$")
    isolation: str = Field(default="", pattern=r"^[a-z]{0,20}$")
    seconds: float = 0.0
    findings: list[_Row]


def read_check(text: str, where: str, name: str, digest: str) -> CheckDocument:
    """The document that ``bench submit check --format json`` wrote about a submission.

    Args:
        digest: of its files as they are now; empty where they are not those of a submission.

    Raises:
        InputError: it is something else, about another submission, or about other files.
    """
    again = f"'bench submit check {name} --format json' writes it"
    try:
        found = CheckDocument.model_validate_json(text)
    except ValidationError as error:
        raise InputError(
            f"{where}: not what 'bench submit check --format json' writes ({error.errors()[0]['msg'].lower()}); {again}"
        ) from error
    if found.submission != name or (found.model or name).partition("[")[0] != name:
        raise InputError(f"{where}: is about another submission than {name}; {again}")
    if found.digest != digest:
        raise InputError(f"{where}: is about other files than submissions/{name} holds now; {again} anew")
    return found


def report(
    name: str, spec: SubmissionSpec | None, checked: CheckDocument | None, places: Sequence[Place], absent: Mapping[str, str]
) -> str:
    """The comment.

    Args:
        spec: ``None`` where ``submission.yaml`` cannot be read.
        checked: ``None`` where no check was made.
        places: where it stands, one for each board that it is on.
        absent: task → why it has no place there.
    """
    parts = [f"## Submission {code(name, 60)}", *_head(spec, checked)]
    parts += _verdict(checked)
    parts += [_place(place) for place in places]
    parts += [f"**{code(task, 60)}**: no place on its board: {code(why)}" for task, why in absent.items()]
    parts += [HOW_TO_READ] if places else []
    parts += _findings(checked)
    parts.append(TABLE if spec and spec.kind == "predictions" else MODEL)
    return _bounded(parts)


def _head(spec: SubmissionSpec | None, checked: CheckDocument | None) -> list[str]:
    lines = []
    if spec:
        authors = ", ".join(code(author.name, 80) for author in spec.authors[:5]) + (
            f" and {len(spec.authors) - 5} more" if len(spec.authors) > 5 else ""
        )
        lines += [f"{code(spec.title)} · {authors} · licence {code(spec.licence, 60)}"]
        lines += [f"trained on, beyond the task: {code(spec.training_data)} · conflicts of interest: {code(spec.conflicts_of_interest)}"]
    if checked and checked.digest:
        lines += [f"files {code(checked.digest[:12])}" + (f" · isolation {code(checked.isolation)}" if checked.isolation else "")]
    if checked and checked.isolation == "none":
        lines += ["**Run without a sandbox**: nothing below is evidence of good behaviour."]
    return ["\n".join(f"- {line}" for line in lines)] if lines else []


def _verdict(checked: CheckDocument | None) -> list[str]:
    if checked is None:
        return ["**Not checked**: no `--check FILE` was given; `bench submit check ID --format json > FILE` makes it."]
    bad = [row for row in checked.findings if row.severity == "fail"]
    names = ", ".join(dict.fromkeys(f"`{row.check}`" for row in bad))
    if bad:
        return [f"**{len(bad)} finding{'s' * (len(bad) != 1)} must be mended**: {names}."]
    seen = {row.check for row in checked.findings}
    if unsaid := ", ".join(f"`{name}`" for name in CHECKS.get(checked.kind, CHECKS["model"]) if name not in seen):
        return [f"**Not complete**: nothing is said of {unsaid}; `bench submit check` says something of each."]
    undecided = ", ".join(
        dict.fromkeys(f"`{row.check}`" for row in checked.findings if row.severity == "note" and row.check in ON_PATIENTS)
    )
    if undecided:
        return [
            f"**Not decided: {undecided}**, for lack of the real patients; no other check failed. A maintainer repeats it where they are."
        ]
    if notes := ", ".join(dict.fromkeys(f"`{row.check}`" for row in checked.findings if row.severity == "note")):
        return [f"**No check failed** in {checked.seconds:.0f} s; to be read: {notes}."]
    return [f"**All checks passed** in {checked.seconds:.0f} s."]


def _place(place: Place) -> str:
    """Where it stands on one board."""
    real = "real patients" if place.data == "real" else "REPLICA: simulated patients, no result"
    lines = [
        f"### {code(place.task, 60)}, {code(place.protocol, 60)}, {code(place.endpoint, 60)} ({real})",
        "",
        f"| tier | rank of {place.models} | {place.metric} [95 %] | Δ to {code(place.reference, 60)} [95 %] | failed folds | time | provenance |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        f"| {place.tier} | {place.rank} (not excluded: {place.ranks}) | {place.estimate} | {place.delta} | {place.failed_folds} | {place.time} | {place.provenance} |",
        "",
        _apart(place),
    ]
    if place.model != place.wanted:
        lines[1:1] = [
            "",
            f"This is {code(place.model, 200)}: with its defaults, without the parameters of its form. The entry will be {code(place.wanted, 200)}, of which no run is here.",
        ]
    return "\n".join(lines)


def _apart(place: Place) -> str:
    if place.apart_by is None:
        return "A single split, or one for each site: nothing is known of algorithms trained again, so it cannot be told apart from any other model."
    if place.models == 1:
        return "Nobody else stands on this board here: `bench run` of the models to compare with brings them."
    groups = (("not told apart from", place.not_apart), ("better than", place.better_than), ("worse than", place.worse_than))
    said = "; ".join(f"{words} {len(names)}: {_names(names)}" for words, names in groups if names)
    return f"Of {_others(place.models - 1)} on this board ({place.apart_by}): {said}."


def _others(count: int) -> str:
    return "the one other" if count == 1 else f"{count} others"


def _names(names: Sequence[str]) -> str:
    return ", ".join(code(name, 80) for name in names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _findings(checked: CheckDocument | None) -> list[str]:
    if checked is None or not checked.findings:
        return []
    order = {"fail": 0, "note": 1, "ok": 2}
    rows = sorted(checked.findings, key=lambda row: order[row.severity])
    lines = ["### Checks", "", "| | check | task | finding | what to do |", "| --- | --- | --- | --- | --- |"]
    for row in rows[:60]:
        task, remedy = (code(row.task, 60) if row.task else ""), (code(row.remedy) if row.remedy else "")
        lines.append(f"| {SIGNS[row.severity]} | {row.check} | {task} | {code(row.message, 400)} | {remedy} |")
    if len(rows) > 60:
        lines.append(f"| | | | {len(rows) - 60} more findings | |")
    logs = [row for row in rows if row.log][:LOGS]
    return ["\n".join(lines), *(f"Log of `{row.check}`, on the replica:\n\n{block(row.log)}" for row in logs)]


def _bounded(parts: Sequence[str]) -> str:
    """The parts as far as they fit, each whole: a page that is cut inside a code block would render what follows."""
    kept: list[str] = []
    for part in parts:
        if sum(map(len, kept)) + len(part) > LONGEST:
            kept.append("*The rest is left out: it is too long for a comment.*")
            break
        kept.append(part)
    return "\n\n".join(kept) + "\n"


def document(checked: Checked) -> CheckDocument:
    """The document of a check that was made in this process, as a reader of its JSON would have it."""
    return CheckDocument.model_validate(checked.as_dict())
