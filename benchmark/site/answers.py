"""The three questions that a reader brings to a board, answered from its numbers in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.inference import minimal_detectable_difference, patients_needed
from benchmark.site.words import Json, about, elsewhere, estimate, listed, plural, signed

LEVEL = 0.05
FLOOR, CLINIC, SINGLE, SEVERAL, PUBLISHED = "floor", "clinic", "one modality", "several modalities", "published"
FAMILIES = (SEVERAL, SINGLE, CLINIC, FLOOR, PUBLISHED)


@dataclass(frozen=True)
class Answer:
    """A question with the answer in a word or a number, and the sentences that belong to it."""

    question: str
    short: str
    sentences: tuple[str, ...]


def answers(board: Json, margin: float) -> tuple[Answer, Answer, Answer]:
    """Which models lead, whether they can be told apart, and how many patients it would take.

    Args:
        board: as in ``board.json``.
        margin: the task's non-inferiority margin, the difference that counts.
    """
    return _leading(board), _told_apart(board), _patients(board, margin)


def family(entry: Json) -> str:
    """What a model is given: nothing about the patient, the clinic's columns, one modality, several; or it was published elsewhere."""
    if elsewhere(entry):
        return PUBLISHED
    names = entry["modalities"]
    if not names:
        return FLOOR
    if len(names) > 1:
        return SEVERAL
    return CLINIC if names[0].startswith("clinical") else SINGLE


def fair(board: Json) -> list[Json]:
    """The entries, highest estimate first, without those that were shown the label or its definition."""
    return sorted((entry for entry in board["entries"] if not entry["leak"]), key=lambda entry: (-entry["estimate"], entry["model"]))


def first_tier(board: Json) -> list[Json]:
    """The fair entries that have not been told from the best of them: those of the first tier that has any."""
    entries = fair(board)
    first = min(entry["tier"] for entry in entries)
    return [entry for entry in entries if entry["tier"] == first]


def _leading(board: Json) -> Answer:
    ranked = fair(board)
    best, others = ranked[0], ranked[1:3]
    values = [f"{entry['model']} {estimate(entry['estimate'], entry['interval'])}" for entry in others]
    lines = [f"{board['metric_name']} {estimate(best['estimate'], best['interval'])}, the highest of {plural(len(ranked), 'model')}."]
    if values:
        lines.append(f"Then {listed(values)}.")
    if family(best) == FLOOR:
        lines.append("It looks at no patient: its place is chance, and shows how much of it there is.")
    leaks = len(board["entries"]) - len(ranked)
    if not leaks:
        lines.append(f"In {100 * best['p_best']:.0f} % of resamples of these patients it is first; ranks {_ranks(best)} are not excluded.")
    else:
        lines.append(f"Not counted: {plural(leaks, 'entry', 'entries')} shown the label’s own definition, to measure that leak.")
    headline = best["model"] if family(best) != FLOOR else f"None: {best['model']} is highest"
    return Answer("Which models lead?", headline, tuple(lines))


def _ranks(entry: Json) -> str:
    low, high = entry["rank_set"]
    return f"{low} to {high}" if low != high else f"{low}"


def _told_apart(board: Json) -> Answer:
    question, total, first = "Can they be told apart?", len(fair(board)), len(first_tier(board))
    if not board["exchangeable"]:
        short, lines = (
            "In part, as fitted" if _differing(board, "p_fitted_holm") else "Not shown",
            ["One split, or one for each site, says nothing of algorithms trained again: no tiers are computed."],
        )
    elif first == total:
        short = "No"
        lines = [f"Trained again, none of the {total} models is shown to be worse than the best: all share one tier."]
    elif first == 1:
        short = "Yes, the first"
        lines = [f"Trained again, each of the other {plural(total - 1, 'model')} is shown to be worse than the best."]
    else:
        short = f"{first} of {total} cannot"
        lines = [f"Trained again, {first} models are not told from the best; the other {total - first} are shown to be worse."]
    return Answer(question, short, (*lines, *_against_reference(board)))


def _against_reference(board: Json) -> list[str]:
    compared = [entry for entry in fair(board) if entry["difference"]]
    if not compared:
        return []
    fitted, again = _differing(board, "p_fitted_holm"), _differing(board, "p_retrained_holm")
    line = f"As fitted here, {_sides(fitted)} {board['reference']} after adjustment for the {plural(len(compared), 'comparison')} with it"
    return [f"{line}; trained again, {_sides(again) if again else 'none does'}." if board["exchangeable"] else f"{line}."]


def _differing(board: Json, p: str) -> list[Json]:
    """The fair entries whose difference to the reference has an adjusted p below 0.05; ``p`` says for which question."""
    return [entry for entry in fair(board) if entry["difference"] and entry["difference"][p] is not None and entry["difference"][p] < LEVEL]


def _sides(entries: Sequence[Json]) -> str:
    """``a and b lie above and 3 below``; nobody: ``none differs from``."""
    above = [entry["model"] for entry in entries if entry["difference"]["estimate"] > 0]
    below = [entry["model"] for entry in entries if entry["difference"]["estimate"] <= 0]
    parts = []
    if above:
        parts.append(f"{listed(above, 2)} {'lie' if len(above) > 1 else 'lies'} above")
    if below:
        parts.append(f"{len(below)} {'lie' if len(below) > 1 else 'lies'} below")
    return " and ".join(parts) or "none differs from"


def _patients(board: Json, margin: float) -> Answer:
    question, now = "How many patients would it take?", board["cohort"]["tested"]["patients"]
    fitted, again = board["minimal_detectable_difference"], board["minimal_detectable_difference_retrained"]
    if fitted is None:
        return Answer(question, "Not known", (f"{board['reference']}, the reference, has no run: no difference is measured.",))
    unit = minimal_detectable_difference(1.0)
    needed = {name: patients_needed(margin, wide / unit, now) for name, wide in (("fitted", fitted), ("again", again)) if wide}
    short = f"about {about(needed.get('again', needed['fitted']))}"
    sees = f"These {now} tested patients could detect a difference of {fitted:.2f} between fitted models"
    sees += f", {again:.2f} between algorithms trained again" if again else ""
    lines = [
        f"patients, in order of magnitude, to see a difference of {margin:g} (the task’s margin) to {board['reference']} between "
        + ("algorithms trained again" if again else "fitted models")
    ]
    lines[0] += f"; {about(needed['fitted'])} between fitted models." if again else "."
    lines.append(f"{sees}, with 80 % power.")
    return Answer(question, short, (*lines, *_gap(board)))


def _gap(board: Json) -> list[str]:
    """The observed lead over the reference."""
    best = fair(board)[0]
    difference = best["difference"]
    if not difference:
        return []
    said = signed(difference["estimate"], difference["interval"])
    return [f"Observed: {best['model']} {said} to {board['reference']}, as fitted, not adjusted for being the best of {len(fair(board))}."]
