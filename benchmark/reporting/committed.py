"""The committed boards, ``leaderboard/board.json``, read as whoever can merge may have written them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from benchmark.errors import InputError
from benchmark.reporting.provenance import BOARDS, GIVEN, BoardDocument, EntryDocument, Origin, origins_of
from benchmark.tasks.spec import ALL
from benchmark.untrusted import plain_json, printable_json

Place = tuple[int | str, ...]  # key by key


def read_boards(leaderboard: Path) -> list[BoardDocument]:
    """The committed boards, as far as a run made again is compared with them.

    Raises:
        InputError: there are none, or they hold what 'bench leaderboard --write' never writes; the message names the entry and the key.
    """
    path = leaderboard / "board.json"
    try:
        document = printable_json(plain_json(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: no readable board ({type(error).__name__}: {str(error).splitlines()[0]}); 'bench leaderboard --write' makes one"
        ) from error
    try:
        boards = BOARDS.validate_python(document, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"{path}, {_place(document, first['loc'])}: {first['msg'].lower()}; 'bench leaderboard --write' makes it anew"
        ) from error
    for loc, odd in chain(_loose_environments(boards), _loose_entries(boards)):
        raise InputError(f"{path}, {_place(document, loc)}: {odd}; 'bench leaderboard --write' makes it anew")
    return boards


def _place(document: Any, loc: Place) -> str:
    """Where something is wrong, as the board names it; what comes before it in :data:`BOARDS` is right."""
    match loc:
        case (int(number), "entries", int(place), *inner):
            board = document[number]
            label = f"number {place + 1}" if inner[:1] in ([], ["model"]) else board["entries"][place]["model"]
            where = f"entry {board['task']}/{board['protocol']}/{label}, endpoint {board['endpoint']}"
        case (int(number), *inner):
            where = f"board number {number + 1}"
        case _:
            return "no list of boards"
    return where + (f", key {'.'.join(map(str, inner))[:200]}" if inner else "")


def _loose_environments(boards: Sequence[BoardDocument]) -> Iterator[tuple[Place, str]]:
    """Where in such a document, key by key, an environment is named that its board does not have."""
    for number, board in enumerate(boards):
        for place, entry in enumerate(board["entries"]):
            for endpoint, origin in entry["records"].items():
                if origin["environment"] not in board["environments"]:
                    yield (number, "entries", place, "records", endpoint, "environment"), "is not among the board's environments"


def _loose_entries(boards: Sequence[BoardDocument]) -> Iterator[tuple[Place, str]]:
    """Which entries of such a document rest on other records than they should, key by key, and what is wrong.

    Predictions that were handed in have no record, an entry made by a run has that of its board's endpoint, and one over all endpoints those by which
    the boards of these endpoints have the same model: else nobody could make it again.
    """
    single = {(board["task"], board["protocol"], board["endpoint"]): _origins(board) for board in boards if board["endpoint"] != ALL}
    seen = set[tuple[str, ...]]()
    for number, board in enumerate(boards):
        others = {key[2]: found for key, found in single.items() if key[:2] == (board["task"], board["protocol"])}
        for place, entry in enumerate(board["entries"]):
            key = (board["task"], board["protocol"], board["endpoint"], entry["model"])
            if key in seen:
                yield (number, "entries", place), f"{entry['model']} stands twice"
            seen.add(key)
            if odd := _odd_records(entry, board, others):
                yield (number, "entries", place, "records"), odd


def _odd_records(entry: EntryDocument, board: BoardDocument, others: Mapping[str, Mapping[str, Origin]]) -> str | None:
    """What is wrong with the records of an entry; ``others`` has those of the single endpoints of its task and protocol, by endpoint and model."""
    said = f"the entry's provenance is {entry['provenance']}"
    if entry["provenance"] in GIVEN:
        return f"{said}, which no record is behind, and it names one" if entry["records"] else None
    if board["endpoint"] != ALL:
        return None if set(entry["records"]) == {board["endpoint"]} else f"{said}, so it needs the record of this endpoint and no other"
    same = {endpoint: found[entry["model"]] for endpoint, found in others.items() if entry["model"] in found}
    if len(others) < 2 or set(same) != set(others) or origins_of(entry, board) != same:
        return f"{said}, so it needs the records by which the boards of the single endpoints have this model"
    return None


def _origins(board: BoardDocument) -> dict[str, Origin]:
    """Model → its record for the board's own endpoint."""
    found = ((entry["model"], origins_of(entry, board).get(board["endpoint"])) for entry in board["entries"])
    return {model: origin for model, origin in found if origin is not None}
