"""Every random number of a run comes from here."""

import hashlib


def derive_seed(*parts: object) -> int:
    """A seed in [0, 2³¹) from sha256 of the parts: the same parts give the same seed, everywhere."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % 2**31
