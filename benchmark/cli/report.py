"""``bench report``: one run as a document for a paper: results, model card, TRIPOD+AI checklist, how to make it again."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli.common import EndpointOption, check_out_file, check_run_here, note, open_task, workspace_of


class ReportFormat(StrEnum):
    md = "md"
    html = "html"
    pdf = "pdf"


def report(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="A record's folder, or TASK/PROTOCOL/MODEL with the model as the board names it.")],
    endpoint: EndpointOption = None,
    format: Annotated[ReportFormat, typer.Option("--format", help="Of the document.")] = ReportFormat.md,
    out: Annotated[Path | None, typer.Option(help="File to write; default: stdout.")] = None,
) -> None:
    """Results with intervals, model card, TRIPOD+AI checklist as far as the record answers it, and how to make the run again."""
    from benchmark.errors import InputError
    from benchmark.files import write_atomically
    from benchmark.reporting.report import gather, locate, render, write_report

    if out is None and format is ReportFormat.pdf:
        raise InputError("--format pdf is no text for a terminal; name the file to write with --out FILE")
    check_out_file(out)
    workspace = workspace_of(context)
    place = locate(run, endpoint, workspace.runs)
    task = open_task(workspace, place.task)
    if place.record is None:
        check_run_here(workspace, task, task.protocol(place.protocol), [place.endpoint or task.endpoint], place.model, "nothing to report")
    facts = gather(workspace, task, place)
    document = render(write_report(facts), format.value)
    if out is None:
        sys.stdout.write(document.decode())
        return
    write_atomically(out, document)
    note(f"wrote {out}")
