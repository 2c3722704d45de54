"""Confine a process: what it may read, write, ask of the kernel, and use up. Knows no task and no model."""

from benchmark.sandbox.call import ConfinedError, confined_call
from benchmark.sandbox.child import Child, EndedError
from benchmark.sandbox.kinds import available, strongest
from benchmark.sandbox.nursery import Nursery
from benchmark.sandbox.policy import CONFINED, ISOLATIONS, Isolation, Policy
from benchmark.sandbox.wire import Wire

__all__ = [
    "CONFINED",
    "ISOLATIONS",
    "Child",
    "ConfinedError",
    "EndedError",
    "Isolation",
    "Nursery",
    "Policy",
    "Wire",
    "available",
    "confined_call",
    "strongest",
]
