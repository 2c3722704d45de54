"""``bench models``: the models there are."""

from typing import Any

import typer

from benchmark.cli.common import Format, FormatOption, note, print_json, show, workspace_of


def models(context: typer.Context, format: FormatOption = Format.table) -> None:
    """List the models: kinds of task, modalities, source file."""
    from benchmark.models import choose, read_models

    root = workspace_of(context).root
    choices, problems = read_models(root, lambda name, _: choose(root, name))
    rows: list[dict[str, Any]] = [
        {
            "model": name,
            "kinds": list(choice.facts.kinds),
            "modalities": [f"any {choice.arity()}"] if choice.takes_modalities else list(choice.facts.needs) or ["none"],
            "source": choice.source,
        }
        for name, choice in choices.items()
    ]
    for problem in problems:
        note(f"not shown: {problem}")
    if format is Format.json:
        print_json(rows)
    else:
        show(
            ["model", "kinds", "modalities", "source"],
            [[", ".join(cell) if isinstance(cell, list) else cell for cell in row.values()] for row in rows],
        )
