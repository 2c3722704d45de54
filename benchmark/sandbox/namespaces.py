"""Namespaces for one job: made by bubblewrap, joined by a fork of a process outside that has imported the libraries."""

import ctypes
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmark.sandbox.native import libc

PID = 0x20000000  # CLONE_NEWPID, <linux/sched.h>
OTHERS = 0x10000000 | 0x00020000 | 0x08000000 | 0x40000000 | 0x04000000 | 0x02000000  # user, mount, ipc, net, uts, cgroup
ENVIRONMENT = {"PATH": "/usr/bin:/bin"}  # of the first process: the job can read it


class Namespaces:
    """They end, and all that is in them, when their first process ends; that ends with the process that has made this.

    Args:
        command: of :func:`benchmark.sandbox.bubblewrap.inner`.
        complaints: a descriptor for what bubblewrap has to say.

    Attributes:
        first: the id, out here, of their first process.

    Raises:
        OSError: they cannot be made.
    """

    def __init__(self, command: Sequence[str], complaints: int) -> None:
        info, told = os.pipe()
        with os.fdopen(info, "rb") as answer:
            try:
                self._keeper = subprocess.Popen(
                    [command[0], "--info-fd", str(told), *command[1:]],
                    bufsize=0,
                    env=ENVIRONMENT,
                    pass_fds=[told],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                )
            finally:
                os.close(told)
            said = answer.read()
        self.first: int = json.loads(said)["child-pid"] if said else 0
        if not said or not self._echoes():
            raise ChildProcessError("bubblewrap cannot make namespaces for a job")

    @property
    def root(self) -> Path:
        """Their root folder, from out here."""
        return Path(f"/proc/{self.first}/root")

    def _echoes(self) -> bool:
        """Wait for the first process, which runs when every wall of bubblewrap stands."""
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        try:
            self._keeper.stdin.write(b"x")
        except BrokenPipeError:
            return False
        return self._keeper.stdout.read(1) == b"x"


def join(process: int, kinds: int) -> None:
    """Enter the namespaces of a process; that of process ids is entered by the children that are born from now on.

    Args:
        process: a descriptor of it.
        kinds: :data:`PID` or :data:`OTHERS`; for the latter this process must have a single thread.

    Raises:
        OSError: the kernel refuses.
    """
    if libc().setns(process, kinds):
        error = ctypes.get_errno()
        raise OSError(error, f"setns: {os.strerror(error)}")
