"""Small experiments that explain the surprising printed numbers: one file each, with ``TITLE``, ``ABOUT`` and ``run``.

``python -m experiments`` prints them all; ``--write`` makes ``docs/claims_explained.md``. They may import models and harness alike: nothing
imports them.
"""
