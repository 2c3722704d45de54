"""The verbs of ``bench``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from benchmark.cli import (
    audit,
    claims,
    compare,
    data,
    explain,
    export,
    leaderboard,
    models,
    power,
    report,
    run,
    score,
    site,
    submit,
    task,
    tasks,
    verify,
)


class Data(StrEnum):
    auto = "auto"
    real = "real"
    replica = "replica"


app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
app.command("tasks")(tasks.tasks)
app.command("models")(models.models)
app.command("run")(run.run)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("compare")(compare.compare)
app.command("score")(score.score)
app.command("power")(power.power)
app.command("audit")(audit.audit)
app.command("claims")(claims.claims)
app.command("verify")(verify.verify)
app.command("explain")(explain.explain)
app.command("report")(report.report)
app.command("export")(export.export)
app.command("site")(site.site)
app.add_typer(data.app, name="data")
app.add_typer(task.app, name="task")
app.add_typer(submit.app, name="submit")


@app.callback()
def options(
    context: typer.Context,
    root: Annotated[Path | None, typer.Option(help="The repository; default: found upwards from here.")] = None,
    runs: Annotated[Path | None, typer.Option(help="Where run records lie; default: runs/ in the repository.")] = None,
    data: Annotated[Data, typer.Option(help="Patients: real, replica, or auto (real where present).")] = Data.auto,
) -> None:
    """Frozen multimodal oncology tasks, one fair runner, honest statistics."""
    context.obj = {"root": root, "runs": runs, "data": data.value}
