"""Threads are pinned before anything imports numpy: a package is imported before the files in it, ``conftest.py`` included."""

from benchmark.numerics import pin_numerics

pin_numerics()
