"""Which models a figure of curves shows: a handful, by what they stand for."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from benchmark.site.answers import CLINIC, SEVERAL, SINGLE, fair, family
from benchmark.site.words import Json

MOST = 4


@dataclass(frozen=True)
class Shown:
    """A model in a figure: its place among the models, its colour (1 …), what it stands for."""

    place: int
    label: str
    colour: int
    role: str


def chosen(board: Json, models: Sequence[str]) -> list[Shown]:
    """The model with the highest estimate, the reference, and the best of several modalities, of the clinic alone and of one modality."""
    ranked = [entry for entry in fair(board) if entry["model"] in models]
    wanted = [(ranked[0]["model"], "highest estimate"), (board["reference"], "reference")]
    for name, role in ((SEVERAL, "best of several modalities"), (CLINIC, "best of the clinic alone"), (SINGLE, "best of one modality")):
        wanted += [(entry["model"], role) for entry in ranked if family(entry) == name][:1]
    roles: dict[str, str] = {}
    for label, role in wanted:
        if label in models:
            roles[label] = f"{roles[label]}, {role}" if label in roles else role
    return [Shown(models.index(label), label, k, role) for k, (label, role) in enumerate(list(roles.items())[:MOST], 1)]


def legend(shown: Sequence[Shown], values: Sequence[str] | None = None, extra: Sequence[tuple[str, str]] = ()) -> Markup:
    """Who has which colour, with a number and its interval beside the name."""
    texts = values or [""] * len(shown)
    items = [
        f'<li><i class="k{one.colour}"></i><b>{escape(one.label)}</b> <span class="muted">{escape(one.role)}</span>{f" {escape(text)}" if text else ""}</li>'
        for one, text in zip(shown, texts, strict=True)
    ]
    items += [f'<li><i class="{class_}"></i>{escape(name)}</li>' for class_, name in extra]
    return Markup(f'<ul class="legend">{"".join(items)}</ul>')
