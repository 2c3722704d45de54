"""Bytes on the line to the harness that the worker did not write. ``ATTACK(patients)`` is called where predictions are due."""

import json
import os
import pickle
import stat

import numpy as np

PLACES: dict[str, str] = {}
LIE = 1e6  # what the attack would like to be taken for a risk
ESCAPES = "\x1b]0;owned\x07\x1b[2J"
MARKDOWN = "| [click](https://evil.example) <img src=x onerror=alert(1)> @everyone `code` **bold**\n# heading"


def lines() -> list[int]:
    """Everything inherited that one could talk over."""
    found = []
    for number in range(3, 64):
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
            found.append(number)
    return found


def say(*messages: bytes) -> np.ndarray:
    return raw(b"".join(len(message).to_bytes(8) + message for message in messages))


def raw(data: bytes) -> np.ndarray:
    for number in lines():
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(number, rest[: 1 << 20]) :]
        except OSError:
            continue
    os._exit(0)  # nothing of the worker's own follows


def answer(patients, **changes) -> bytes:
    return json.dumps({"status": "predicted", "seconds": 0.0, "peak_memory": 1, "shape": [len(patients)]} | changes).encode()


def values(patients, value: float = LIE) -> bytes:
    return np.full(len(patients), value).tobytes()


def nonsense(patients):
    return say(b"\x00\xff not an answer", b"[]", b"null")


def empty(patients):
    return say(b"", b"")


def deep(patients):
    return say(b"[" * 2_000_000)


def wide(patients):
    """Not large on the line, large in memory."""
    return say(b'{"status":"predicted","x":[' + b"[]," * 3_000_000 + b"[]]}")


def announced(patients):
    """A mebibyte is announced, and never comes."""
    return raw((1 << 20).to_bytes(8) + b"x")


def announced_more(patients):
    return raw((1 << 62).to_bytes(8) + b"x")


def announced_all(patients):
    return raw(b"\xff" * 8 + b"x" * 64)


def pickled(patients):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (PLACES["trap"],)

    return say(pickle.dumps(Trap()), pickle.dumps(Trap()))


def nan(patients):
    return say(answer(patients), values(patients, float("nan")))


def infinite(patients):
    return say(answer(patients), values(patients, float("inf")))


def too_many(patients):
    return say(answer(patients, shape=[len(patients) + 1]), values(patients) + b"\0" * 8)


def too_few(patients):
    return say(answer(patients), values(patients)[8:])


def backwards(patients):
    return say(answer(patients, shape=[-1, -len(patients)]), values(patients))


def huge_shape(patients):
    return say(answer(patients, shape=[1 << 62, 1 << 62]), values(patients))


def time_is_negative(patients):
    return say(answer(patients, seconds=-1e9), values(patients))


def time_is_nan(patients):
    return say(answer(patients, seconds=float("nan")), values(patients))


def memory_is_negative(patients):
    return say(answer(patients, peak_memory=-(10**30)), values(patients))


def search_of_its_own(patients):
    found = {"chosen": {MARKDOWN: [MARKDOWN] * 3}, "inner_score": 1.0, "trials": 9, "failed_trials": 0}
    return say(answer(patients, search=found), values(patients))


def unknown_status(patients):
    return say(answer(patients, status="verified"), values(patients))


def long_reason(patients):
    return say(json.dumps({"status": "failed", "reason": "a" * 20_000_000, "traceback": "b" * 20_000_000}).encode())


def escaping_reason(patients):
    return say(json.dumps({"status": "failed", "reason": ESCAPES + MARKDOWN, "traceback": ESCAPES + MARKDOWN}).encode())


def many_dimensions(patients):
    return say(answer(patients, shape=[1] * 300_000 + [len(patients)]), values(patients))


def escaping_status(patients):
    return say(answer(patients, status=ESCAPES), values(patients))


def slow_reason(patients):
    """Just within a message: whoever looks in it for places in a file should not look at each beginning of a word."""
    return say(json.dumps({"status": "failed", "reason": "a" * 1_000_000}).encode())


def slow_print(patients):
    os.write(1, b"a" * 65536)
    raise ValueError


def flood(patients):
    return say(*[answer(patients)] * 5000)


def every_kind_of_raise(patients):
    """The name of an exception is text too."""
    raise type(MARKDOWN + ESCAPES, (Exception,), {})(MARKDOWN + ESCAPES + "a" * 2_000_000)
