"""``bench models``: the models there are."""

from typing import Any

import typer

from benchmark.cli.common import Format, FormatOption, note, print_json, show, workspace_of


def models(context: typer.Context, format: FormatOption = Format.table) -> None:
    """List the models: kinds of task, modalities, source file."""
    from benchmark.errors import InputError
    from benchmark.models import choose, find_models, odd_submissions

    workspace = workspace_of(context)
    rows: list[dict[str, Any]] = []
    problems = odd_submissions(workspace.root)
    for name, path in find_models(workspace.root).items():
        try:
            choice = choose(workspace.root, name)
        except InputError as error:
            if not path.is_relative_to(workspace.root / "submissions"):
                raise
            problems.append(str(error))  # one stranger's folder is no reason to hide all others
            continue
        rows.append(
            {
                "model": name,
                "kinds": list(choice.facts.kinds),
                "modalities": [f"any {choice.arity()}"] if choice.takes_modalities else list(choice.facts.needs) or ["none"],
                "source": str(path.relative_to(workspace.root)),
            }
        )
    for problem in problems:
        note(f"not shown: {problem}")
    if format is Format.json:
        print_json(rows)
    else:
        show(
            ["model", "kinds", "modalities", "source"],
            [[", ".join(cell) if isinstance(cell, list) else cell for cell in row.values()] for row in rows],
        )
