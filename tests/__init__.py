"""Threads are pinned before anything imports numpy: a package is imported before the files in it, ``conftest.py`` included."""

from benchmark.threads import pin_threads

pin_threads()
