"""Global generators: the same numbers whatever is imported already."""

import random
import subprocess
import sys

import numpy as np

from benchmark.runner.generators import set_generators

DRAW = """
import sys
{before}
from benchmark.runner.generators import set_generators
set_generators({first})
set_generators({seed})
import importlib.util
assert importlib.util.find_spec("torch") is not None  # who only asks has not imported
{between}
import torch
print(torch.rand(3).tolist(), torch.get_num_threads(), torch.__spec__.loader is torch.__loader__, type(torch.__loader__).__module__)
"""


def drawn(before="", first=0, seed=3, between=""):
    code = DRAW.format(before=before, first=first, seed=seed, between=between)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_torch_is_seeded_whether_it_is_there_or_comes_later():
    early = drawn("import torch; torch.set_num_threads(2)")
    assert drawn() == early
    assert drawn(first=7, between="import random; random.random()") == early
    assert early.endswith(" 1 True _frozen_importlib_external\n")
    assert drawn(seed=4) != early


STATES = """
import importlib, random
import numpy as np
from benchmark.runner.generators import set_generators
from benchmark.runner.nurseries import SEARCH, TRUSTED
set_generators(3)
expected = random.getstate(), np.random.get_state()[1].tolist(), np.random.get_state()[2]
import torch
state = torch.get_rng_state()
for name in sorted({*SEARCH, *TRUSTED.split(), "sklearn.inspection", "sksurv.compare", "joblib.externals.loky"}):
    importlib.import_module(name)
    assert (random.getstate(), np.random.get_state()[1].tolist(), np.random.get_state()[2]) == expected, name
    assert torch.equal(torch.get_rng_state(), state), name
"""


def test_no_library_draws_when_it_is_imported():
    """What is imported before the seed is set, and what after, hangs on the other models of a command."""
    subprocess.run([sys.executable, "-c", STATES], check=True)


def test_random_and_numpy_are_seeded():
    def numbers(seed):
        before = list(sys.meta_path)
        set_generators(seed)
        sys.meta_path[:] = before
        return random.random(), np.random.rand()

    assert numbers(5) == numbers(5) != numbers(6)
    assert numbers(2**32 + 5)[1] == numbers(5)[1]  # numpy takes 32 bits
