"""Raise the walls around this process, before it runs anybody's code."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.sandbox import landlock, privileges, seccomp
from benchmark.sandbox.environment import NULL, READ_DEVICES, own_process, processor, readable
from benchmark.sandbox.policy import CONFINED, Isolation, Policy


@dataclass(frozen=True)
class Room:
    """Where the jobs of a nursery live.

    Attributes:
        isolation: the kind of walls.
        scratch: the folder that they may write; ``None`` without walls.
        opened: the rules of Landlock, where the kernel has it; the same for every job.
        ring: the command that makes namespaces for one job; empty where the isolation has none.
    """

    isolation: Isolation
    scratch: Path | None
    opened: tuple[landlock.Rule, ...] = ()
    ring: tuple[str, ...] = ()

    @property
    def confined(self) -> bool:
        return self.isolation in CONFINED

    @staticmethod
    def of(order: Mapping[str, Any]) -> "Room":
        """The room that the harness orders: ``isolation``, ``scratch``, ``ring``, ``read`` and, of that, ``hidden``."""
        ring = tuple(order["ring"])
        if order["scratch"] is None or not landlock.abi():
            return Room(order["isolation"], order["scratch"] and Path(order["scratch"]), ring=ring)
        scratch = Path(order["scratch"])
        places = [*readable(), *processor(), *map(Path, READ_DEVICES), *map(Path, order["read"])]
        opened = landlock.rules(places, [scratch, Path(NULL)], set(map(Path, order["hidden"])))
        return Room(order["isolation"], scratch, tuple(opened), ring)


def confine(room: Room, policy: Policy) -> int | None:
    """Give up privileges, then raise the walls; there is no way back.

    Returns:
        The descriptor on which the parent hears of refused system calls, if there is one.

    Raises:
        OSError: a wall cannot be raised. Nothing may be run then.
    """
    privileges.unhide()
    privileges.limit(policy, confined=room.confined)
    if not room.confined or room.scratch is None:
        return None
    os.umask(0o077)
    os.chdir(room.scratch)
    privileges.drop_privileges()
    if room.isolation == "landlock" or room.opened:
        landlock.restrict([*room.opened, *landlock.rules(own_process(), [])])
    return seccomp.install()
