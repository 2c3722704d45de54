"""Which isolations work on this machine, known by trying them."""

import tempfile
from functools import cache
from pathlib import Path

from benchmark.errors import FaultError, InputError
from benchmark.sandbox import bubblewrap, landlock, native
from benchmark.sandbox.call import ConfinedError, confined_call
from benchmark.sandbox.policy import CONFINED, Isolation

SECONDS = 30.0
REMEDY = "install bubblewrap 0.8 or later, use a kernel with Landlock (5.13), or accept no walls with --isolation none, which boards show"


@cache
def available() -> dict[str, str | None]:
    """Kind of isolation → ``None`` if it works here, else the reason why not."""
    return {"none": None, "process": None, **{kind: _why_not(kind) for kind in CONFINED}}


def strongest() -> Isolation:
    """The strongest isolation that works here.

    Raises:
        InputError: there is no sandbox.
    """
    for kind in reversed(CONFINED):
        if available()[kind] is None:
            return kind
    reasons = "; ".join(f"{kind}: {available()[kind]}" for kind in CONFINED)
    raise InputError(f"no sandbox works on this machine ({reasons}); {REMEDY}")


def _why_not(kind: Isolation) -> str | None:
    if native.machine() is None:
        return "only Linux on x86_64 and aarch64"
    if kind == "bubblewrap" and bubblewrap.executable() is None:
        return "bubblewrap (bwrap) is not installed"
    if kind == "landlock" and not landlock.abi():
        return "this kernel has no Landlock"
    with tempfile.TemporaryDirectory(prefix="fusebench-") as folder:
        secret = Path(folder, "secret")
        secret.write_text("secret")
        try:
            found = confined_call("benchmark.sandbox.probe:walls", {"secret": str(secret), "outside": folder}, [], SECONDS, kind)
        except ConfinedError as error:
            return ": ".join([str(error), *error.log.strip().splitlines()[-1:]])
        except FaultError as error:
            return str(error)
    return f"it does not stop {', '.join(map(str, found['open']))}" if found.get("open") else None
