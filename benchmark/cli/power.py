"""``bench power``: what a task's cohort can resolve."""

import typer

from benchmark.cli.common import (
    EndpointOption,
    Format,
    FormatOption,
    ProtocolOption,
    TaskOption,
    endpoint_of,
    open_task,
    print_json,
    show,
    workspace_of,
)


def power(
    context: typer.Context,
    task: TaskOption,
    protocol: ProtocolOption = None,
    endpoint: EndpointOption = None,
    format: FormatOption = Format.table,
) -> None:
    """The smallest difference that the patients of a task would show, and how many would show 0.05; no run is needed."""
    from benchmark.reporting.resolution import TARGET, as_rows, resolution

    opened = open_task(workspace_of(context), task)
    protocol, endpoint = opened.protocol(protocol), endpoint_of(opened, endpoint)
    found = resolution(opened, protocol, endpoint)
    if format is Format.json:
        print_json(as_rows(found))
        return
    outcome = opened.outcome(opened.eligible(protocol), endpoint)
    typer.echo(
        f"{task}, {protocol}, {endpoint}: {len(outcome)} patients, {int(outcome['event'].sum())} events, {opened.cohort.data.upper()}"
    )
    titles = ["C of both", "agreement", "se of C", "se of the difference", "detectable (80 % power)", f"patients for {TARGET:g}"]
    rows = [[row.concordance, row.agreement, row.se, row.se_difference, row.detectable] for row in found]
    show(titles, [[f"{value:.3g}" for value in row] + [str(item.patients_for_target)] for row, item in zip(rows, found, strict=True)])
    typer.echo(
        "agreement: correlation of two models' scores beyond the outcome; two variants of one model are near 0.9, two unrelated ones near 0."
    )
