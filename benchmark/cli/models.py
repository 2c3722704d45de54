"""``bench models``: the models there are."""

from typing import Any

import typer

from benchmark.cli.common import Format, FormatOption, print_json, show, workspace_of


def models(context: typer.Context, format: FormatOption = Format.table) -> None:
    """List the models: kinds of task, modalities, source file."""
    from benchmark.models import choose, find_models

    workspace = workspace_of(context)
    rows: list[dict[str, Any]] = []
    for name, path in find_models(workspace.root).items():
        choice = choose(workspace.root, name)
        rows.append(
            {
                "model": name,
                "kinds": list(choice.facts.kinds),
                "modalities": [f"any {choice.arity()}"] if choice.takes_modalities else list(choice.facts.needs) or ["none"],
                "source": str(path.relative_to(workspace.root)),
            }
        )
    if format is Format.json:
        print_json(rows)
    else:
        show(
            ["model", "kinds", "modalities", "source"],
            [[", ".join(cell) if isinstance(cell, list) else cell for cell in row.values()] for row in rows],
        )
