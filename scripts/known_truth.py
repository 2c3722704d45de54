"""Do models approach what a replica's truth allows, and floors not? From the records of ``bench --data replica run``.

``python scripts/known_truth.py [--runs DIR] [--task T …] [--protocol P …]`` writes ``docs/known_truth.md``. Of each task it takes the first protocol
named that the task has and that has records, and every endpoint with a known attainable value.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sklearn.metrics import roc_auc_score
from sksurv.metrics import concordance_index_censored

from benchmark.cli.common import contenders_of, open_task, standing_of
from benchmark.cohorts.manifest import load_source
from benchmark.cohorts.replica import simulate
from benchmark.cohorts.schema import load_schema
from benchmark.records import write_atomically
from benchmark.reporting.board import Board, Entry, build_board
from benchmark.reporting.text import columns, row
from benchmark.tasks import Task, task_folders
from benchmark.tasks.endpoints import outcome_of
from benchmark.workspace import Workspace, open_workspace

ROOT = Path(__file__).resolve().parents[1]
CHANCE = 0.5
SHOWN = ("model", "modalities")


@dataclass(frozen=True)
class Measured:
    """A board on a replica, and what the simulation itself has on the board's own patients.

    Attributes:
        here: concordance (or AUC) of the simulation's risk on the task's patients.
        seen: the same of the part of that risk whose latent factors reach a block that some model of the board uses.
    """

    board: Board
    here: float
    seen: float


def boards(workspace: Workspace, tasks: Sequence[str], protocols: Sequence[str]) -> Iterator[Measured]:
    """The boards of replica tasks that have records and a known truth."""
    for name in tasks or task_folders(workspace.tasks):
        task = open_task(workspace, name)
        for protocol in [protocol for protocol in protocols if protocol in task.spec.protocols]:
            found = [standing_of(workspace, task, protocol, [endpoint]) for endpoint in task.estimable(protocol)]
            made = [build_board(task, protocol, one.endpoints, contenders_of(one)) for one in found if one.selection.records]
            if made:
                for board in made:
                    if "attainable" in board.cohort and any(entry.modalities for entry in board.entries):
                        yield Measured(board, *on_these_patients(task, board))
                break


def on_these_patients(task: Task, board: Board) -> tuple[float, float]:
    """:attr:`Measured.here` and :attr:`Measured.seen`."""
    name, outcome = task.spec.cohort, outcome_of(task.spec, board.endpoint)
    design, schema = load_source(name).REPLICA, load_schema(name)
    simulation = simulate(schema, design, int(schema["patients"]))
    blocks = {task.spec.modalities[modality].block for entry in board.entries for modality in entry.modalities}
    reached = {factor for block in blocks for factor in design.sees.get(block, ())}
    reached |= {factor for block in blocks for factor, _ in design.loads.get(block, {}).values()}
    seen = sum(weight.get(outcome, 0.0) * simulation.factors[factor] for factor, weight in design.factors.items() if factor in reached)
    ids = task.eligible(board.protocol, board.endpoint)
    known = task.cohort.outcomes.loc[ids]
    found = []
    for risk in (simulation.risk[outcome], seen):
        own = pd.Series(risk, task.cohort.outcomes.index)[ids]
        if task.spec.kind == "survival":
            event, time = known[f"{outcome}_event"].to_numpy(bool), known[f"{outcome}_time"].to_numpy(float)
            found.append(float(concordance_index_censored(event, time, own.to_numpy())[0]))
        else:
            found.append(float(roc_auc_score(known[outcome].cat.codes > 0, own)))
    return found[0], found[1]


def way(board: Board, estimate: float) -> float:
    """How far an estimate is on the way from chance to the attainable value."""
    return float((estimate - CHANCE) / (board.cohort["attainable"] - CHANCE))


def floors(board: Board) -> list[Entry]:
    """The entries that look at no patient."""
    return [entry for entry in board.entries if not entry.modalities]


def overview(made: Sequence[Measured]) -> list[list[str]]:
    """A row per board: the best model beside the attainable value and the floors."""
    rows = [
        [
            "task",
            "endpoint",
            "protocol",
            "patients",
            "metric",
            "attainable",
            "on these patients",
            "what the models' blocks see of it",
            "best model",
            "its value [95 %]",
            "of the way",
            "floors [95 %]",
        ]
    ]
    for one in made:
        board = one.board
        best = max((entry for entry in board.entries if entry.modalities), key=lambda entry: entry.estimate)
        trivial = ", ".join(f"{entry.model} {value(entry)}" for entry in floors(board)) or "no record"
        patients = f"{board.cohort['patients']} ({board.cohort['events']} events)"
        rows.append(
            [
                *(board.task, board.endpoint, board.protocol, patients, board.metric_name, f"{board.cohort['attainable']:.3f}"),
                *(f"{one.here:.3f}", f"{one.seen:.3f}"),
                *(best.model, value(best), f"{way(board, best.estimate):.0%}", trivial),
            ]
        )
    return rows


def details(board: Board) -> list[list[str]]:
    """All entries of a board, the attainable value first."""
    titles = columns(board)
    kept = [
        *(titles.index(name) for name in SHOWN),
        next(k for k, title in enumerate(titles) if title.startswith(f"{board.metric_name} [")),
    ]
    rows = [[*(titles[k] for k in kept), "of the way"]]
    rows.append(["**the simulation's own risk**", "its latent factors", f"**{board.cohort['attainable']:.3f}**", "100%"])
    for entry in sorted(board.entries, key=lambda entry: -entry.estimate):
        cells = row(board, entry)
        rows.append([*(cells[k] for k in kept), f"{way(board, entry.estimate):.0%}"])
    return rows


def exceptions(made: Sequence[Measured]) -> list[str]:
    """What would speak against the simulation or the harness, in words."""
    found = []
    for one in made:
        board = one.board
        where = f"{board.task}, {board.protocol}, {board.endpoint}"
        for entry in board.entries:
            low, high = entry.interval
            if not entry.modalities and not low <= CHANCE <= high:
                found.append(f"{where}: the floor {entry.model} has {value(entry)}, away from {CHANCE}.")
            if entry.modalities and low > board.cohort["attainable"]:
                found.append(f"{where}: {entry.model} has {value(entry)}, above what is attainable.")
            if entry.modalities and high < CHANCE:
                found.append(f"{where}: {entry.model} has {value(entry)}, below chance.")
        if not any(entry.modalities and entry.interval[0] > CHANCE for entry in board.entries):
            found.append(
                f"{where}: no model is shown to be better than chance. What their blocks see of the risk has {one.seen:.3f} on these patients."
            )
    return found


def value(entry: Entry) -> str:
    return f"{entry.estimate:.3f} [{entry.interval[0]:.3f}, {entry.interval[1]:.3f}]"


def page(made: Sequence[Measured]) -> str:
    parts = [
        "# Known truth",
        "Made by `python scripts/known_truth.py` from runs on the **replicas**; do not edit. Nothing here is a result about patients: replicas are simulated "
        "(`benchmark/cohorts/replica.py` says how), and the number behind each outcome is known. *Attainable* is the concordance of that number itself, on 20,000 "
        "simulated patients; *on these patients*, on those of the board; *what the models' blocks see of it*, without the latent factors that reach no block that a model of the board uses. No model gets there: the blocks show the latent factors through noise, in some patients not at all, and a training part is small. "
        "*Of the way*: (value − 0.5) / (attainable − 0.5). Intervals: 95 %, bootstrap of patients, as on the boards; a random floor misses 0.5 on one board "
        "in twenty. The best of many models looks a little better than it is. "
        "An interval is about the fitted models of these patients. Where the blocks hardly see the risk, models that share the patients and the folds can fall below chance "
        "together: whoever is tested is missing among those who train. Other patients of the same kind would scatter more than the interval says.",
        "## The best model of each board",
        table(overview(made)),
        "## What does not fit",
        "\n".join(f"- {line}" for line in exceptions(made))
        or "Nothing: every floor's interval holds 0.5, no model's lies above the attainable value, and on every board some model's lies above 0.5.",
    ]
    for one in made:
        board = one.board
        parts += [f"## REPLICA: {board.task}, {board.protocol}, {board.endpoint}", table(details(board))]
    return "\n\n".join(parts) + "\n"


def table(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, help="folder of the records; default: runs/")
    parser.add_argument("--task", nargs="+", default=[], help="default: all")
    parser.add_argument("--protocol", nargs="+", default=["repeated", "paper"], help="the first that has records")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "known_truth.md")
    arguments = parser.parse_args()
    workspace = open_workspace(ROOT, arguments.runs, "replica")
    made = list(boards(workspace, arguments.task, arguments.protocol))
    if not made:
        sys.exit(f"no run on a replica in {workspace.runs}: 'bench --data replica run --task T --model M' makes one")
    write_atomically(arguments.out, page(made).encode())
    sys.stderr.write(f"wrote {len(made)} board(s) to {arguments.out}\n")


if __name__ == "__main__":
    main()
