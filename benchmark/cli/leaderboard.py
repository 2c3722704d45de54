"""``bench leaderboard``: the ranked board of a task, or all boards on disk."""

from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.cli.common import (
    EndpointOption,
    Format,
    FormatOption,
    PlainOption,
    ProtocolOption,
    contenders_of,
    note,
    open_board,
    open_task,
    print_json,
    show,
    show_plain,
    standing_of,
    workspace_of,
)

if TYPE_CHECKING:
    from benchmark.cli.common import Standing
    from benchmark.reporting.board import Board
    from benchmark.reporting.missing import MissingView
    from benchmark.workspace import Workspace


def leaderboard(
    context: typer.Context,
    task: Annotated[str | None, typer.Option(help="Task id; may be left out with --write.")] = None,
    protocol: ProtocolOption = None,
    endpoint: EndpointOption = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Instead: what models are worth when patients lack modalities ('bench run --drop').")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write every board that has runs to leaderboard/, and where README.md or docs/ ask for one.")
    ] = False,
    plain: PlainOption = False,
    format: FormatOption = Format.table,
) -> None:
    """Rank the models of a task by their predictions on the same test patients."""
    from benchmark.errors import InputError

    workspace = workspace_of(context)
    if write:
        _write(workspace)
    if task is None:
        if not write:
            raise InputError("--task is missing: name the task whose board to show ('bench tasks' lists them)")
        return
    from benchmark.reporting.board import build_board

    standing = open_board(context, task, protocol, endpoint)
    if missing:
        _show_missing(standing, format, plain=plain)
        return
    board = build_board(standing.task, standing.protocol, standing.endpoints, contenders_of(standing))
    if format is Format.json:
        print_json(board.as_dict())
    else:
        from rich.console import Console

        from benchmark.reporting.console import plain_board, print_board

        if plain:
            typer.echo(plain_board(board), nl=False)
        else:
            print_board(board, Console())


def _show_missing(standing: "Standing", format: Format, *, plain: bool) -> None:
    from benchmark.reporting.missing import HOW_TO_READ, build_missing, columns, header, rows

    view = build_missing(standing.task, standing.protocol, standing.endpoints, standing.selection.all)
    for remark in view.notes:
        note(remark)
    if format is Format.json:
        print_json(view.as_dict())
        return
    if plain:
        show_plain(columns(view), rows(view), header(view))
        return
    typer.echo("\n".join(header(view)))
    show(columns(view), rows(view))
    typer.echo("\n".join(HOW_TO_READ))


def _write(workspace: "Workspace") -> None:
    from benchmark.errors import InputError
    from benchmark.files import write_atomically
    from benchmark.reporting.board import build_board
    from benchmark.reporting.markdown import boards_page, fill_boards
    from benchmark.tasks import task_folders

    boards, views = [], []
    for name in task_folders(workspace.tasks):
        task = open_task(workspace, name)
        for protocol in task.spec.protocols:
            estimable = task.estimable(protocol)
            for endpoints in [*([name] for name in estimable), *([estimable] if len(estimable) > 1 else [])]:
                standing = standing_of(workspace, task, protocol, endpoints)
                if standing.selection.records:
                    boards.append(build_board(task, protocol, endpoints, contenders_of(standing)))
                    views += _missing(standing)
    if not boards:
        raise InputError(f"no run in {workspace.runs}: nothing written; 'bench run' makes one")
    write_atomically(workspace.leaderboard / "board.json", _document(boards, views).encode())
    write_atomically(workspace.leaderboard / "README.md", boards_page(boards, views).encode())
    real = [board for board in boards if not board.replica]  # a page never shows a replica in the place of patients
    for page in (workspace.root / "README.md", *sorted((workspace.root / "docs").glob("*.md"))):
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        if (filled := fill_boards(text, real)) != text:
            write_atomically(page, filled.encode())
    note(f"wrote {len(boards)} board(s) to {workspace.leaderboard}")


def _missing(standing: "Standing") -> "list[MissingView]":
    """The view of a board's models under missing modalities, where any was run so."""
    from benchmark.errors import InputError
    from benchmark.reporting.missing import build_missing

    if not standing.selection.lacking:
        return []
    try:
        view = build_missing(standing.task, standing.protocol, standing.endpoints, standing.selection.all)
    except InputError as reason:
        note(str(reason))
        return []
    for remark in view.notes:
        note(remark)
    return [view]


def _document(boards: "list[Board]", views: "list[MissingView]") -> str:
    """``board.json``: the boards; one whose models were run under missing modalities has these under ``missing``."""
    import json

    found = {(view.task, view.protocol, view.endpoint): {"missing": view.as_dict()} for view in views}
    documents = [board.as_dict() | found.get((board.task, board.protocol, board.endpoint), {}) for board in boards]
    return json.dumps(documents, indent=1, ensure_ascii=False) + "\n"
