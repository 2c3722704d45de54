"""``bench explain``: what fitted models look at, and whether it is the same in every fold."""

from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.cli.common import EndpointOption, Format, FormatOption, ProtocolOption, TaskOption, note, open_board, print_json, show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from benchmark.explain import Explanation
    from benchmark.explain.fused import Fused

FOLDS = 10
SHOWN = 12  # columns of a block in the terminal


def explain(
    context: typer.Context,
    task: TaskOption,
    model: Annotated[str, typer.Option(help="A model with a run, as the board names it.")],
    protocol: ProtocolOption = None,
    endpoint: EndpointOption = None,
    folds: Annotated[int, typer.Option(min=1, help="How many folds to fit again, those of the first divisions.")] = FOLDS,
    format: FormatOption = Format.table,
) -> int:
    """Fit folds of a run again and say which columns and modalities move the predictions; kept in leaderboard/explain/ for the site.

    Exit code 1 if a refitted fold does not predict what the record has.
    """
    from benchmark.errors import InputError
    from benchmark.explain import explain as explained
    from benchmark.explain import write_explanation
    from benchmark.models import named
    from benchmark.reporting.select import pick
    from benchmark.tasks.spec import ALL

    if endpoint == ALL:
        raise InputError("--endpoint all: models are explained for one endpoint at a time; name one")
    board = open_board(context, task, protocol, endpoint)
    record = pick(board.selection, board.workspace.root, model, f"the {board.protocol} board of {task}")[board.endpoints[0]]
    if record.info["source"] is None:
        raise InputError(f"{record.label}: its file is not in the repository, so that it cannot be fitted again")
    choice = named(board.workspace.root, record.label)
    found = explained(board.workspace, board.task, choice, record, folds, lambda done, of: note(f"{record.label}: {done} of {of} fits"))
    note(f"wrote {write_explanation(board.workspace.leaderboard, found)}")
    if format is Format.json:
        print_json(found.as_dict())
    else:
        _show(found)
    return 0 if found.same_folds == found.folds else 1


def _show(found: "Explanation") -> None:
    whose = "REPLICA (simulated patients)" if found.data == "replica" else "REAL"
    typer.echo(
        f"{found.model} on {found.task}, {found.protocol}, {found.endpoint}, {whose}: {found.folds} of {found.all_folds} folds fitted again,"
    )
    typer.echo(f"{found.same_folds} of them predict as the record does; {found.patients} explanations of test patients")
    titles = ["modality", "columns", "share", "± SD", "ever in the top", "not noise", "largest in the null"]
    rows = [
        [
            block.name,
            str(block.columns),
            _number(block.share),
            _number(block.spread),
            str(block.ever),
            str(block.stable),
            _number(block.null_level),
        ]
        for block in found.blocks
    ]
    show(titles, rows)
    titles = ["modality", "column", "mean |SHAP|", "± SD", "higher", "same way", "top folds", "verdict"]
    shown = [feature for block in found.blocks for feature in [item for item in found.features if item.block == block.name][:SHOWN]]
    ways = {1: "raises", -1: "lowers", None: "–"}
    show(
        titles,
        [
            [
                item.block,
                item.name,
                f"{item.mean_abs:.3f}",
                f"{item.spread:.3f}",
                ways[item.direction],
                _number(item.sign_agreement),
                str(item.top20_folds),
                "noise" if item.noise else "stable",
            ]
            for item in shown
        ],
    )
    if found.attention:
        typer.echo(_attention(found.attention))
    if found.null_attention and found.null_attention["agreement"] is not None:
        typer.echo(f"the same with outcomes dealt out anew: {found.null_attention['agreement']:.2f}")
    if found.fused:
        typer.echo(_fused(found.fused))
    for item in found.projections:
        typer.echo(
            f"hidden layer, division {item.repeat + 1}, fold {item.fold + 1}: {len(item.points)} test patients on two axes with "
            f"{sum(item.explained):.0%} of the variance; balanced accuracy {item.balanced_accuracy:.2f}"
        )
    for line in (found.method, *found.notes):
        typer.echo(line)


def _attention(found: "Mapping[str, Any]") -> str:
    if not found["patients"]:
        return "attention: every bag of a test patient holds one instance, so that there is nothing to weigh"
    share, most = (
        "{:.2f} ({:.2f} to {:.2f})".format(*(found[key][k] for k in (1, 0, 2))) for key in ("effective_share", "largest_over_uniform")
    )
    agreement = "no patient was tested twice" if found["agreement"] is None else f"{found['agreement']:.2f} over {found['compared']} pairs"
    return (
        f"attention, {found['patients']} patients with two instances or more (median {found['instances']:g}): effective share of the instances {share}, 1 = all alike; "
        f"largest weight over 1/m {most} (medians and quartiles); Spearman correlation of a patient's weights between two fits: {agreement}"
    )


def _fused(found: "Fused") -> str:
    share, between = found.share, found.between["train_mean"]
    adds = (
        "nothing" if share is None else f"{share[0]:.0%} ± {share[1]:.0%} of the contributions ({found.fair_share:.0%} if all added alike)"
    )
    alike = "–" if between is None else f"{between[0]:.2f} ± {between[1]:.2f}"
    return f"RadScore: {adds}; mean |r| with the deep features {alike}, {found.independent[0]:.2f} were they independent"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
