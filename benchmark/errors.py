"""The errors that reach a user: one line that says what was wrong, where, and what to do."""

import difflib
from collections.abc import Iterable


class InputError(Exception):
    """Bad input from the user: the command line prints the message in one line and exits with 2."""


class UndefinedError(InputError):
    """The measure does not exist on these rows: there is no comparable pair."""


class FaultError(Exception):
    """Something broke that is nobody's input: the command line prints the message in one line and exits with 1."""


class NotPresentError(InputError):
    """Data that could be had but is not at hand; the message says how to get it."""


FEW = 12  # names that one line still holds; of more only the nearest are named
VERBS = {"model": "bench models", "task": "bench tasks", "cohort": "bench data list"}  # what lists all names of a kind


def unknown(kind: str, name: str, known: Iterable[str], where: str = "", lists: str | None = None) -> InputError:
    """The error for a name that does not exist, with the nearest names that do, and the command that lists all.

    Args:
        kind: what the name should be of: model, task, column, …
        where: what lacks it.
        lists: the command that lists the known names, where it is not that of the kind.
    """
    names = sorted(known)
    place = f" in {where}" if where else ""
    return InputError(f"unknown {kind} '{name}'{place}; {_hint(name, names, lists or VERBS.get(kind))}")


def _hint(name: str, names: list[str], command: str | None) -> str:
    all_of_them = f" '{command}' lists all" if command else ""
    if near := difflib.get_close_matches(name, names, n=3, cutoff=0.5):
        return f"did you mean {' or '.join(near)}?{all_of_them}"
    if len(names) <= FEW:
        return f"known: {', '.join(names) or 'none'}"
    return (
        f"nearest of {len(names)}: {', '.join(difflib.get_close_matches(name, names, n=3, cutoff=0.0))}{';' * bool(command)}{all_of_them}"
    )
