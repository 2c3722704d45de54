"""One short function in a sandbox: JSON in, JSON out."""

import importlib
import json
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.sandbox.child import EndedError
from benchmark.sandbox.nursery import Nursery
from benchmark.sandbox.policy import Isolation, Policy
from benchmark.sandbox.wire import Wire
from benchmark.untrusted import plain_json

ANSWER = 4 << 20  # bytes
MEMORY = 4 << 30  # bytes, whoever is asked: to import a model's libraries takes one


class ConfinedError(Exception):
    """A confined call gave no answer; the message says why, ``log`` is what it printed (both to be treated as hostile)."""

    def __init__(self, reason: str, log: str = "") -> None:
        super().__init__(reason)
        self.log = log


def confined_call(
    function: str,
    payload: Mapping[str, Any],
    read: Sequence[Path],
    seconds: float,
    isolation: Isolation | None = None,
    hidden: Sequence[Path] = (),
) -> dict[str, Any]:
    """Call ``module:function(payload)`` in a sandbox of its own; what it returns is JSON and to be treated as hostile.

    Args:
        function: the harness's own; what it imports in turn may be a stranger's.
        read: files and folders that it may read.
        isolation: default: the strongest that works here.
        hidden: what it may not read although it lies beneath ``read`` or in a library.

    Raises:
        ConfinedError: it raised, ended or took too long.
        InputError: no sandbox works here.
    """
    from benchmark.sandbox.kinds import strongest

    nursery = Nursery(isolation or strongest(), [function.partition(":")[0], __name__], read, hidden)
    try:
        order = json.dumps({"function": function, "payload": payload}).encode()
        child = nursery.spawn(f"{__name__}:answer", order, Policy(MEMORY, int(seconds) + 10), seconds)
        try:
            reply = plain_json(child.receive(ANSWER))
        except (EndedError, ValueError) as error:
            raise ConfinedError(str(error), child.log) from None
        finally:
            child.kill()
        if not isinstance(reply, dict) or not isinstance(reply.get("result"), dict):
            raise ConfinedError(str(reply.get("error", "no answer") if isinstance(reply, dict) else "no answer"), child.log)
        return dict(reply["result"])
    finally:
        nursery.close()


def answer(wire: Wire, order: bytes) -> None:
    """The confined side."""
    asked = json.loads(order)
    module, _, name = asked["function"].partition(":")
    try:
        reply = {"result": getattr(importlib.import_module(module), name)(asked["payload"])}
        text = json.dumps(reply)
    except Exception as error:  # noqa: BLE001 - the function runs a stranger's code: whatever it raises is the answer
        traceback.print_exc()
        text = json.dumps({"error": f"{type(error).__name__}: {error}"})
    wire.send(text.encode("utf-8", "replace"))
