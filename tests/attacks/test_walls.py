"""All attacks behind walls, collected in one file: so each pair of walls and user is put up once, whatever the number of workers.

What is tested stands in :mod:`tests.attacks.behind`, one file for what an attack is after, and what attacks do in
:mod:`tests.attacks.payloads`. ``pytest tests/attacks -k "landlock-nobody"`` runs them all as one user in one kind of walls.
"""
# ruff: noqa: F403

import pytest

NAMES = ("answering", "between_folds", "exhausting", "honest", "kernel", "patching", "reaching", "reading", "writing")
pytest.register_assert_rewrite(*(f"tests.attacks.behind.{name}" for name in NAMES))

from tests.attacks.behind.answering import *  # noqa: E402
from tests.attacks.behind.between_folds import *  # noqa: E402
from tests.attacks.behind.exhausting import *  # noqa: E402
from tests.attacks.behind.honest import *  # noqa: E402
from tests.attacks.behind.kernel import *  # noqa: E402
from tests.attacks.behind.patching import *  # noqa: E402
from tests.attacks.behind.reaching import *  # noqa: E402
from tests.attacks.behind.reading import *  # noqa: E402
from tests.attacks.behind.writing import *  # noqa: E402
