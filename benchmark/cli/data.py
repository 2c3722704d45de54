"""``bench data``: the cohorts, their source files, and where they lie."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Annotated, Any

import typer

from benchmark.cli.common import Format, FormatOption, note, print_json, show, workspace_of

CohortArgument = Annotated[str, typer.Argument(help="Cohort; 'bench data list' lists them.")]
app = typer.Typer(help="The cohorts: list, fetch, verify, where.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(context: typer.Context, format: FormatOption = Format.table) -> None:
    """List the cohorts, with what --data gives: real patients or their replica."""
    from benchmark.cohorts.store import list_cohorts, open_cohort

    workspace = workspace_of(context)
    rows = []
    for name in list_cohorts():
        cohort = open_cohort(workspace, name)
        counts = cohort.counts()
        row = {"cohort": name, "data": cohort.data, "patients": counts["patients"], "blocks": {}, "events": {}}
        row["blocks"] = {block: counts[f"patients with {block}"] for block in cohort.blocks}
        row["known"] = {outcome: counts[f"{outcome} known"] for outcome in cohort.datasheet.outcomes}
        row["events"] = {outcome: counts[f"{outcome} events"] for outcome in cohort.datasheet.outcomes if f"{outcome} events" in counts}
        rows.append({**row, "version": cohort.datasheet.version, "licence": cohort.datasheet.licence})
    if format is Format.json:
        print_json(rows)
    else:
        typer.echo("\n".join(map(_paragraph, rows)))


@app.command()
def fetch(context: typer.Context, cohort: CohortArgument, format: FormatOption = Format.table) -> None:
    """Get a cohort's source files (from BENCH_MIRROR, else the network), check them, and build it; with --data replica: simulate it."""
    from benchmark.cohorts.store import fetch_cohort, open_cohort

    workspace = workspace_of(context)
    if workspace.data == "replica":
        replica = open_cohort(workspace, cohort)
        note(f"{cohort}: REPLICA, {len(replica.outcomes)} simulated patients")
        return
    found = fetch_cohort(workspace, cohort)
    note(f"{cohort}: real, built from {len(found)} checked source files")
    _report([{"file": name, "from": item.origin, "sha256": item.sha256, "path": str(item.path)} for name, item in found.items()], format)


@app.command()
def verify(context: typer.Context, cohort: CohortArgument, format: FormatOption = Format.table) -> None:
    """Check every source file by its digest, and the built cohort against a rebuild; exit 1 if a check fails."""
    from benchmark.cohorts.store import verify_cohort

    checks = verify_cohort(workspace_of(context), cohort)
    _report([{"item": check.item, "state": check.state, "detail": check.detail} for check in checks], format)
    if any(check.state == "failed" for check in checks):
        raise typer.Exit(1)


@app.command()
def where(context: typer.Context, format: FormatOption = Format.table) -> None:
    """Say in which folders data are looked for and kept."""
    from benchmark.cohorts.fetch import mirror_folder

    workspace, mirror = workspace_of(context), mirror_folder()
    row = {"sources": str(workspace.sources), "cohorts": str(workspace.cohorts), "mirror": str(mirror) if mirror else None}
    if format is Format.json:
        print_json(row)
    else:
        show(["what", "folder"], [[key, value or "none (set BENCH_MIRROR)"] for key, value in row.items()])


def _report(rows: list[dict[str, object]], format: Format) -> None:
    if format is Format.json:
        print_json(rows)
    else:
        show(list(rows[0]), [[str(cell) for cell in row.values()] for row in rows])


def _paragraph(row: Mapping[str, Any]) -> str:
    """One cohort in lines: as cells of a table, blocks and outcomes would be columns of a few letters."""
    blocks = [f"{block} {count}" for block, count in row["blocks"].items()]
    events = {outcome: f"{row['events'][outcome]} events of " if outcome in row["events"] else "" for outcome in row["known"]}
    outcomes = [f"{outcome} {events[outcome]}{known}" for outcome, known in row["known"].items()]
    head = f"{row['cohort']}: {row['data']}, {row['patients']} patients, version {row['version']}, {row['licence']}"
    return "\n".join([head, *_folded("blocks", blocks), *_folded("outcomes", outcomes)])


def _folded(title: str, items: Sequence[str]) -> list[str]:
    return wrap(f"{title}: {', '.join(items)}", 80, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
