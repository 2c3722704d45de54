"""``bench site``: the static site of all boards."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.cli.common import check_out_folder, note, open_task, workspace_of

if TYPE_CHECKING:
    from benchmark.workspace import Workspace


def site(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Where the site is written; default: leaderboard/ in the repository.")] = None,
) -> None:
    """Write the static site: it opens from disk, needs no network, and the same records give the same bytes."""
    from benchmark.reporting.figures import Statistics
    from benchmark.site.build import build_site, write_site
    from benchmark.site.content import Computed, read_boards, read_content
    from benchmark.site.kept import explanations_in, figures_that_fit, kept_claims

    workspace = workspace_of(context)
    folder = (out or workspace.leaderboard).resolve()
    check_out_folder(folder)  # this and a missing board are said before anything is computed
    boards = read_boards(workspace)
    statistics = Statistics(workspace, open_task=lambda name: open_task(workspace, name))
    documents = {place: statistics.of(*place) for place in statistics.boards()}
    computed = Computed(
        claims=kept_claims(workspace, lambda: _claims(workspace)),
        statistics=documents,
        explanations=explanations_in(workspace),
        patients={name: statistics.cohort(name) for name in sorted({board["cohort"]["name"] for board in boards})},
        across=statistics.across(),
    )
    content, left_out = figures_that_fit(read_content(workspace, computed))
    for remark in [*statistics.notes, *left_out, *(f"not shown: {problem}" for problem in content.left_out)]:
        note(remark)
    files = build_site(content)
    write_site(files, folder)
    note(f"wrote {len(files)} files, {sum(map(len, files.values())) / 1e6:.1f} MB: open {folder / 'index.html'}")


def _claims(workspace: "Workspace") -> list[dict[str, Any]]:
    from benchmark.cli.claims import claim_rows_of

    rows, _ = claim_rows_of(workspace, None)
    return [row.as_dict() for row in rows]
