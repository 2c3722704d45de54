"""Imported by the fork server alone, for its effect: the libraries that the chosen models use, so that no fold waits for them.

Only installed libraries are named (:func:`benchmark.models.imported_libraries`): the server runs no model and no file of a user. The
names come in an environment variable, for a fork server can be told modules only, and one that does not import would end it.
"""

import contextlib
import importlib
import os
import sys

from benchmark.runner.worker import LIBRARIES

with contextlib.redirect_stdout(sys.stderr):  # stdout belongs to whoever parses it
    for _name in os.environ.get(LIBRARIES, "").split():
        with contextlib.suppress(Exception):  # a library that cannot be imported is the model's to complain about
            importlib.import_module(_name)
