"""The generated part of a task's README: tables from the real data, between two marks."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from benchmark.audit.finding import Finding
from benchmark.cohorts import patients_of
from benchmark.errors import InputError
from benchmark.reporting.resolution import TARGET, resolution
from benchmark.tasks import Task

BEGIN, END = "<!-- datasheet -->", "<!-- /datasheet -->"
PATTERNS = 6  # combinations of modalities that are listed


def datasheet(task: Task, findings: Sequence[Finding]) -> str:
    """The generated Markdown: cohort, patients, blocks, what is missing, the audit, what can be resolved.

    Raises:
        InputError: the task is on a replica, whose patients are nobody's.
    """
    if task.cohort.data == "replica":
        raise InputError(
            f"task {task.id}: a datasheet describes real patients, and these are a replica; get the cohort with 'bench data fetch'"
        )
    sheet = task.cohort.datasheet
    parts = [
        "## Datasheet",
        f"Made by `bench audit --task {task.id} --write` from the real patients; do not edit.",
        f"**{sheet.title}** (`{sheet.name}`, version {sheet.version}, digest {task.cohort.digest[:12]}…). {sheet.source}",
        f"Licence: {sheet.licence}",
        f"Citation: {sheet.citation}",
        *(f"Note: {note}" for note in sheet.notes),
        "### Patients",
        _patients(task),
        "### Modalities",
        _modalities(task),
        "Modalities that the eligible patients of the default protocol have:",
        _patterns(task),
        "### Audit",
        _audit(findings),
        "### What can be resolved",
        "The smallest difference between two fitted models that shows with 80 % power, under the default protocol. "
        "Agreement: correlation of their scores beyond the outcome.",
        _resolution(task),
    ]
    return "\n\n".join(parts)


def write_datasheet(task: Task, findings: Sequence[Finding], folder: Path) -> Path:
    """Put the datasheet between its marks in ``README.md``; a README without them gets it at its end. Returns the file.

    Raises:
        InputError: a replica, one mark without the other, or a file that cannot be read or written.
    """
    text, path = datasheet(task, findings), folder / "README.md"
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else f"# `{task.id}`: {task.spec.title}\n"
        if (before.count(BEGIN), before.count(END)) not in ((0, 0), (1, 1)) or before.find(END) < before.find(BEGIN):
            raise InputError(f"{path}: the marks '{BEGIN}' and '{END}' must stand there once each, in this order, or not at all")
        if BEGIN not in before:
            before = f"{before.rstrip()}\n\n{BEGIN}\n{END}\n"
        head, _, rest = before.partition(BEGIN)
        path.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read or written ({getattr(error, 'strerror', None) or 'not UTF-8'})") from error
    return path


def _patients(task: Task) -> str:
    rows = []
    for protocol in task.spec.protocols:
        unknown = task.not_estimable(protocol)
        tests = task.folds[(task.folds["protocol"] == protocol) & (task.folds["role"] == "test")]["patient_id"].value_counts()
        often = tests.reindex(task.eligible(protocol), fill_value=0)
        times = str(often.min()) if often.min() == often.max() else f"{often.min()} to {often.max()}"
        for endpoint in task.spec.endpoints:
            known = task.eligible(protocol, endpoint)
            remark = "not estimable" if endpoint in unknown else ""
            rows.append(
                [protocol, endpoint, str(len(known)), _classes(task, known, endpoint), str(len(task.splits(protocol))), times, remark]
            )
    return _table(["Protocol", "Endpoint", "Patients", "Events or classes", "Folds", "Tests per patient", ""], rows)


def _classes(task: Task, known: pd.Index, endpoint: str) -> str:
    outcome, classes = task.outcome(known, endpoint), task.classes(endpoint)
    if not classes:
        return f"{int(outcome['event'].sum())} events"
    return ", ".join(f"{name} {int((outcome == code).sum())}" for code, name in enumerate(classes))


def _modalities(task: Task) -> str:
    rows, ids = [], task.eligible(task.spec.default_protocol)
    for name, modality in task.spec.modalities.items():
        default = "yes" if name in task.spec.default_modalities else ""
        if (why := task.missing(name)) is not None:
            rows.append([f"`{name}`", default, "0", "–", "–", "–", why])
            continue
        table, sheet = task.table(name), task.cohort.datasheet.blocks[modality.block]
        table = table.loc[patients_of(table).isin(ids)]
        instances = f"{len(table)} ({sheet.bag})" if sheet.bag else "–"
        missing = f"{float(table.isna().to_numpy().mean()):.1%}" if len(table) else "–"
        refused = f" Refused: {', '.join(modality.refused)}." if modality.refused else ""
        described = f"{sheet.description}{refused}"
        patients = str(patients_of(table).nunique())
        rows.append([f"`{name}`", default, patients, instances, str(table.shape[1]), missing, described])
    return _table(["Modality", "Default", "Patients", "Instances", "Columns", "Missing", "What"], rows)


def _patterns(task: Task) -> str:
    ids = task.eligible(task.spec.default_protocol)
    blocks = dict.fromkeys(modality.block for name, modality in task.spec.modalities.items() if task.missing(name) is None)
    has = pd.DataFrame({block: ids.isin(patients_of(task.cohort.blocks[block])) for block in blocks}, index=ids)
    named = has.apply(lambda row: ", ".join(row.index[row]) or "none", axis=1)
    counts = sorted(named.value_counts().items(), key=lambda item: (-item[1], str(item[0])))
    rows = [[str(blocks_of), str(count)] for blocks_of, count in counts[:PATTERNS]]
    if others := counts[PATTERNS:]:
        rows.append([f"{len(others)} other combinations", str(sum(count for _, count in others))])
    return _table(["Blocks", "Patients"], rows)


def _audit(findings: Sequence[Finding]) -> str:
    spoken = [finding for finding in findings if finding.severity != "ok"]
    rows = [[f"**{finding.severity}**", finding.check, finding.message] for finding in spoken]
    checks = dict.fromkeys(finding.check for finding in findings)
    quiet = [check for check in checks if check not in {finding.check for finding in spoken}]
    summary = f"{sum(finding.severity == 'ok' for finding in findings)} of {len(findings)} findings are ok"
    summary += f"; nothing to say on: {', '.join(quiet)}." if quiet else "."
    return f"{summary}\n\n{_table(['', 'Check', 'Finding'], rows)}" if rows else summary


def _resolution(task: Task) -> str:
    protocol = task.spec.default_protocol
    rows = [
        [endpoint, f"{row.concordance:g}", f"{row.agreement:g}", f"{row.se:.3f}", f"{row.detectable:.3f}", str(row.patients_for_target)]
        for endpoint in task.estimable(protocol)
        for row in resolution(task, protocol, endpoint)
    ]
    return _table(["Endpoint", "C or AUC of both", "Agreement", "SE", "Detectable", f"Patients for {TARGET:g}"], rows)


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in line) + " |" for line in lines)
