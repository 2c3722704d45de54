"""The page of a board: three answers, the ranked table with its forest plot, figures, the paper's numbers."""

from dataclasses import replace
from typing import Any

from benchmark.reporting.text import p_text, seconds_in_words
from benchmark.scoring import METRICS
from benchmark.site.answers import FAMILIES, answers, family
from benchmark.site.content import Content
from benchmark.site.figures import Figure, drawn
from benchmark.site.forest import Forest, kind_of
from benchmark.site.pages.claims import axis, claim_rows, grid, tally
from benchmark.site.pages.compare import address, key
from benchmark.site.paths import board_page, csv_path
from benchmark.site.words import Json, estimate, patients, plural, signed
from benchmark.tasks.spec import External

BOARD_CSV = (
    *("tier", "rank", "model", "modalities", "estimate", "lower", "upper", "fold_mean", "fold_sd", "difference", "difference_lower"),
    *("difference_upper", "p_fitted", "p_fitted_holm", "p_retrained", "p_retrained_holm", "p_best", "rank_low", "rank_high"),
    *("failed_folds", "seconds", "provenance"),
)


# figure → its lead and how its numbers were computed, where the splits cannot tell of algorithms trained again (one, or one for each site)
SINGLE = {
    "fold_dots": (
        "One tick for each test fold; the dot is their mean. There is no interval: so few folds, each with patients of its own, say nothing of how the mean would vary.",
        "The metric in each test fold, as it is; a fold without a comparable pair is 0.5 for every model. The board pools the pairs of the folds instead.",
    ),
    "pairwise": (
        "A pale cell is a difference between these two fitted models, after adjustment for all pairs; the board’s p are adjusted for those with the reference only. There are no deep cells here: nothing is known of training again.",
        "Each pair of fitted models on the same test patients: jackknife over patients, Holm adjustment over all pairs of the board.",
    ),
}


def board_context(content: Content, board: Json, first: bool) -> dict[str, Any]:
    """What ``board.html`` is given."""
    spec = content.specs[board["task"]]
    forest = Forest.of(board)
    claims = claims_of(content, board)
    modalities = [name for name in spec.modalities if any(name in entry["modalities"] for entry in board["entries"])]
    families = {family(entry) for entry in board["entries"]}
    return {
        "board": board,
        "spec": spec,
        "first": first,
        "protocol": spec.protocols[board["protocol"]],
        "answers": answers(board, spec.margin),
        "forest": forest,
        "rows": [_row(board, entry, forest) for entry in board["entries"]],
        "secondary": [METRICS[name] for name in board["entries"][0]["secondary"]],
        "modalities": modalities,
        "families": [name for name in FAMILIES if name in families],
        "switch": _switch(content, board),
        "figures": figures_of(content, board),
        "claims": claim_rows(claims),
        "axis": axis(),
        "grid": grid(),
        "compare": address(board) if key(board) in content.statistics else None,
        "external": isinstance(spec.protocols[board["protocol"]], External),
        "tally": tally(claims),
        "csv": csv_path(board, "board"),
        "missing": board.get("missing"),
        "leaks": list(dict.fromkeys(entry["leak"] for entry in board["entries"] if entry["leak"])),
        "imported": [entry for entry in board["entries"] if entry.get("source")],
    }


def board_csv(board: Json) -> tuple[tuple[str, ...], list[list[Any]]]:
    """The numbers behind the table and its forest plot."""
    extra = list(board["entries"][0]["secondary"])
    titles = (*BOARD_CSV, *(f"{name}{end}" for name in extra for end in ("", "_lower", "_upper")))
    rows = []
    for entry in board["entries"]:
        gap = entry["difference"]
        low, high = gap["interval"] if gap else (None, None)
        tests = [gap[name] if gap else None for name in ("p_fitted", "p_fitted_holm", "p_retrained", "p_retrained_holm")]
        row = [entry["tier"], entry["rank"], entry["model"], "+".join(entry["modalities"]), entry["estimate"], *entry["interval"]]
        row += [entry["fold_mean"], entry["fold_sd"], gap["estimate"] if gap else None, low, high, *tests, entry["p_best"]]
        row += [*entry["rank_set"], entry["failed_folds"], entry["seconds"], entry["provenance"]]
        for name in extra:
            second = entry["secondary"][name]
            row += [second["estimate"], *(second["interval"] or (None, None))]
        rows.append(row)
    return titles, rows


def figures_of(content: Content, board: Json) -> list[Figure]:
    """The figures of a board whose numbers were computed."""
    found = content.statistics.get(key(board))
    if not found:
        return []
    counted = f"{patients(board['cohort'])}, {plural(found['about']['splits'], 'test fold')}."
    figures = []
    for figure in drawn(board, found):
        if figure.name in SINGLE and not board["exchangeable"]:
            lead, how = SINGLE[figure.name]
            figure = replace(figure, lead=lead, how=f"{counted} {how}")
        figures.append(figure)
    return figures


def claims_of(content: Content, board: Json) -> list[Json]:
    """The printed numbers that this board speaks of: predictions of its endpoint, measured under its protocol or beside it."""
    return [
        row
        for row in content.claims
        if row["task"] == board["task"]
        and row["endpoint"] in (board["endpoint"], None)
        and board["protocol"] in (row["protocol"], row["repeated_protocol"])
        and row["measured"] is not None
        and row["interval"] is not None
    ]


def _row(board: Json, entry: Json, forest: Forest) -> dict[str, Any]:
    gap = entry["difference"]
    kind = kind_of(board, entry)
    return {
        "entry": entry,
        "kind": kind,
        "family": family(entry),
        "plot": forest.row(entry, kind),
        "estimate": estimate(entry["estimate"], entry["interval"]),
        "difference": signed(gap["estimate"], gap["interval"]) if gap else "reference" if kind == "reference" else "–",
        "p_fitted": p_text(gap["p_fitted_holm"]) if gap else "",
        "p_retrained": p_text(gap["p_retrained_holm"]) if gap and gap["p_retrained_holm"] is not None else "–" if gap else "",
        "ranks": f"{entry['rank_set'][0]}–{entry['rank_set'][1]}",
        "time": seconds_in_words(entry["seconds"]),
        "secondary": [
            estimate(item["estimate"], item["interval"]) if item["estimate"] is not None else "–" for item in entry["secondary"].values()
        ],
    }


def _switch(content: Content, board: Json) -> list[dict[str, Any]]:
    """The protocols of a task, each with its endpoints, as links to their boards."""
    protocols: dict[str, list[dict[str, Any]]] = {}
    for place, other in enumerate(content.of_task[board["task"]]):
        link = {"endpoint": other["endpoint"], "page": board_page(other, place == 0), "here": other is board}
        protocols.setdefault(other["protocol"], []).append(link)
    found = []
    for name, links in protocols.items():
        same = next((link for link in links if link["endpoint"] == board["endpoint"]), links[0])
        found.append({"name": name, "links": links, "page": same["page"], "here": name == board["protocol"]})
    return found
