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


def unknown(kind: str, name: str, known: Iterable[str], where: str = "") -> InputError:
    """The error for a name that does not exist, with the nearest names that do."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
    place = f" in {where}" if where else ""
    return InputError(f"unknown {kind} '{name}'{place}; {hint}")
