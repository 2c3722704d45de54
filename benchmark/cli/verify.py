"""``bench verify``: make a record again from its digests and say whether the same comes out."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.cli.common import Format, FormatOption, ProtocolOption, limits_of, note, open_task, print_json, show, workspace_of

if TYPE_CHECKING:
    from benchmark.records import Record, Split
    from benchmark.reporting.verify import Judgement
    from benchmark.reporting.verify_find import Original, Target
    from benchmark.runner.plan import Run
    from benchmark.tasks import Task
    from benchmark.workspace import Workspace

SECONDS = 3600.0  # that one fold may take: the default of 'bench run'


def verify(
    context: typer.Context,
    run: Annotated[
        list[str] | None, typer.Argument(metavar="RUN", help="A record's folder, its digest, or TASK/PROTOCOL/MODEL of the board.")
    ] = None,
    task: Annotated[str | None, typer.Option(help="Instead: every entry of this task's board.")] = None,
    protocol: ProtocolOption = None,
    folds: Annotated[
        int | None, typer.Option(min=1, help="A spot check: make only so many folds of each run again, drawn at random each time.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Folds at a time.")] = 1,
    write: Annotated[
        bool, typer.Option("--write", help="Add leaderboard/verified/DIGEST.json for each run that was made again whole.")
    ] = False,
    format: FormatOption = Format.table,
) -> int:
    """Make runs again: identical, close (1e-6), compatible (no difference that matters, on other libraries or CPU) or different.

    Without the record, as in a clone, the board's digest decides on identical, and its interval and the task's margin on compatible.
    With --folds the verdict is of the folds made again alone, "identical in the sample", and which these are is said; another call draws others.
    """
    from benchmark.errors import InputError
    from benchmark.reporting.verify import spoken, worst

    workspace = workspace_of(context)
    targets = _targets(workspace, run or [], task, protocol)
    rows, refused = [], 0
    for target in targets:
        try:
            found, sample = _verified(workspace, target, folds, jobs, write)
        except InputError as reason:
            if len(targets) == 1:
                raise
            note(f"not verified: {reason}")
            refused += 1
            continue
        details = [f"{original.endpoint}: {item.detail}" if len(found) > 1 else item.detail for original, item in found]
        verdict = spoken(worst([item for _, item in found]), whole=sample is None)
        rows.append({"run": target.name, "verdict": verdict, "detail": "; ".join(details)} | ({"sample": sample} if sample else {}))
        if len(targets) > 1:
            note(f"{len(rows) + refused} of {len(targets)}: {target.name}: {rows[-1]['verdict']}")
    _report(rows, format, one=len(targets) == 1 and task is None)
    return 1 if refused or any(row["verdict"] == "different" for row in rows) else 0


def _targets(workspace: "Workspace", runs: list[str], task: str | None, protocol: str | None) -> "list[Target]":
    from benchmark.errors import InputError
    from benchmark.reporting.verify_find import board_targets, find_target

    if (task is None) == (not runs):
        raise InputError(
            "bench verify: give RUN (a record's folder, its digest, or TASK/PROTOCOL/MODEL), or --task for every entry of a board"
        )
    if task is None:
        if protocol is not None:
            raise InputError("--protocol: belongs to --task; a RUN names its own")
        return [find_target(text, workspace) for text in dict.fromkeys(runs)]
    targets, passed_over = board_targets(workspace, task, open_task(workspace, task).protocol(protocol))
    for remark in passed_over:
        note(remark)
    return targets


def _verified(
    workspace: "Workspace", target: "Target", folds: int | None, jobs: int, write: bool
) -> "tuple[list[tuple[Original, Judgement]], dict[str, Any] | None]":
    """Make the records of one target again, in a scratch folder, and judge each; with how many folds of how many, and which, if not all."""
    from benchmark.reporting.verify import judge
    from benchmark.reporting.verify_find import drawn

    with TemporaryDirectory(prefix="bench_verify_") as scratch:
        workspace = replace(workspace, data=target.originals[0].data, runs=Path(scratch))
        task = open_task(workspace, target.originals[0].task)
        everything = task.splits(task.protocol(target.originals[0].protocol))
        splits = drawn(everything, folds)
        planned = [_plan(workspace, task, original, splits, jobs) for original in target.originals]
        found = []
        for original, again in zip(target.originals, _execute(planned, jobs), strict=True):
            judgement = judge(task, original, again, splits)
            found.append((original, judgement))
            if write:
                _write(workspace.leaderboard, original, judgement, again, whole=splits == everything)
        return found, None if splits == everything else {"folds": len(splits), "of": len(everything), "made_again": splits}


def _plan(workspace: "Workspace", task: "Task", original: "Original", splits: "list[Split]", jobs: int) -> "Run":
    """What makes the folds ``splits`` of the original again.

    Raises:
        InputError: something that it was made from has changed or gone, or there is nothing to compare single folds with.
    """
    from benchmark.cohorts.store import cohort_folder
    from benchmark.errors import InputError, unknown
    from benchmark.records import Draft
    from benchmark.reporting.verify_find import model_of
    from benchmark.runner.plan import plan

    name = f"{original.task}/{original.protocol}/{original.label}"
    if len(splits) < len(task.splits(original.protocol)) and original.record is None:
        raise InputError(f"{name}: --folds compares fold by fold, and the record {original.digest} is not here; leave --folds out")
    if original.endpoint not in task.spec.endpoints:
        raise unknown("endpoint", original.endpoint, task.spec.endpoints, f"task {task.id}; {name} was made from another version of it")
    choice = model_of(workspace.root, original)
    folders = (workspace.tasks / task.id, cohort_folder(workspace, task.cohort.name, task.cohort.data))
    limits = limits_of(SECONDS, jobs)
    whole = plan(task, folders, choice, task.protocol(original.protocol), original.endpoint, original.seed, limits, workspace.runs)
    if changes := original.changes(whole.identity):
        raise InputError(f"{name}: cannot be made again: changed since is {' and '.join(changes)}; check out the version that made it")
    jobs_of = tuple(job for job in whole.jobs if (job.repeat, job.fold) in splits)
    return replace(whole, jobs=jobs_of, draft=Draft(whole.draft.folder, splits))


def _execute(planned: "list[Run]", jobs: int) -> "list[Record]":
    from benchmark.runner.execute import execute
    from benchmark.runner.executor import LocalProcesses

    return execute(planned, LocalProcesses(jobs), watcher=_Silent())


def _write(leaderboard: Path, original: "Original", judgement: "Judgement", again: "Record", *, whole: bool) -> None:
    from benchmark.reporting.provenance import Verified, bits_of

    name = f"{original.task}/{original.protocol}/{original.label}/{original.endpoint}"
    if judgement.verdict == "different" or not whole:
        note(f"{name}: nothing written; only a run made again whole, and not different, counts as verified")
        return
    if judgement.verdict == "compatible" and original.record is None:
        note(f"{name}: nothing written; without the record only the same bits count as verified")
        return
    made_with = bits_of(again.info["environment"])
    Verified(name, original.digest, original.values_sha256, judgement.verdict, judgement.detail, made_with).write(leaderboard)


def _report(rows: list[dict[str, Any]], format: Format, *, one: bool) -> None:
    if format is Format.json:
        print_json(rows[0] if one else rows)
    else:
        show(["run", "verdict", "detail"], [[row["run"], row["verdict"], row["detail"]] for row in rows])


class _Silent:
    """Nobody waits for single folds of a run that is made again: what failed stands in the verdict."""

    def start(self, folds: int, done: int) -> None: ...

    def fold(self, run: "Run", result: Any) -> None: ...
