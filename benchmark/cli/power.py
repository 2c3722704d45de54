"""``bench power``: what a task's cohort can resolve."""

import typer

from benchmark.cli.common import (
    EndpointOption,
    Format,
    FormatOption,
    ProtocolOption,
    TaskOption,
    endpoints_of,
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
    import pandas as pd

    from benchmark.errors import InputError
    from benchmark.reporting.resolution import TARGET, as_rows, resolution
    from benchmark.scoring import expected_rows
    from benchmark.tasks.spec import ALL

    opened = open_task(workspace_of(context), task)
    protocol = opened.protocol(protocol)
    endpoint = endpoint or opened.endpoint
    if endpoint == ALL:
        raise InputError("--endpoint all: what a cohort can resolve is said for one endpoint at a time; name one")
    endpoints_of(opened, protocol, endpoint)
    found = resolution(opened, protocol, endpoint)
    if format is Format.json:
        print_json(as_rows(found))
        return
    tested = pd.Index(expected_rows(opened, protocol, endpoint).query("repeat == 0")["patient_id"].unique())
    events = opened.events(endpoint, tested)
    counted = "" if events is None else f", {events} with the event"
    typer.echo(f"{task}, {protocol}, {endpoint}: {len(tested)} tested patients{counted}, {opened.cohort.data.upper()}")
    titles = ["C or AUC of both", "agreement", "se", "se of the difference", "detectable (80 % power)", f"patients for {TARGET:g}"]
    rows = [[row.concordance, row.agreement, row.se, row.se_difference, row.detectable] for row in found]
    show(titles, [[f"{value:.3g}" for value in row] + [str(item.patients_for_target)] for row, item in zip(rows, found, strict=True)])
    typer.echo(
        "agreement: correlation of two models' scores beyond the outcome; two variants of one model are near 0.9, two unrelated ones near 0."
    )
