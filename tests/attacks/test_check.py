"""What `bench submit check` says of a model that runs: public outcomes carried along in the source, and what the walls refused it."""

import pytest

from benchmark.cohorts import Cohort
from benchmark.conformance import Finding, Ground, conform
from benchmark.errors import InputError
from benchmark.models import choose
from benchmark.runner.executor import LocalProcesses
from benchmark.runner.job import Limits
from benchmark.sandbox import strongest
from benchmark.tasks import load_task
from tests.attacks import folders

BY_VALUE = '''
"""Looks the patient up by the digits of a gene."""
import numpy as np
from benchmark.models import Model

TABLE = {table!r}

class Memory(Model):
    """Looks the patient up."""
    needs = ("genomics",)
    def __init__(self, *, seed: int = 0): ...
    def fit(self, train, valid): ...
    def predict(self, patients):
        return np.array([-TABLE.get(f"{{value:.6f}}", 20.0) for value in patients.block("genomics")["gene_0"]])
'''
BY_PLACE = '''
"""Undoes the shuffle of the ids, whose seed is public, and looks the patient up by his place in the sorted list."""
import hashlib
import numpy as np
from benchmark.models import Model

TIMES = {times!r}

def derive(*parts):
    return int.from_bytes(hashlib.sha256("\\x1f".join(map(str, parts)).encode()).digest()[:8], "big") % 2**31

class Memory(Model):
    """Looks the patient up."""
    needs = ("genomics",)
    def __init__(self, *, seed: int = 0):
        self.seed = seed
    def fit(self, train, valid): ...
    def predict(self, patients):
        fold = next(fold for fold in range(3) if derive("toy", "paper", 0, fold, "hostile", 0) == self.seed)
        order = np.random.default_rng(derive("ids", "toy", "paper", 0, fold, 0)).permutation(len(TIMES))
        place = {{f"p{{number:05d}}": index for index, number in enumerate(order)}}
        return np.array([-TIMES[place[name]] for name in patients.ids])
'''


@pytest.fixture
def grounds(made_up) -> tuple[Ground, Ground]:
    replica = made_up.root / "data" / "cohorts" / "replica" / "toy"
    sheet = made_up.cohort.datasheet.model_copy(update={"data": "replica"})
    Cohort(sheet, made_up.cohort.outcomes, made_up.cohort.blocks).write(replica)
    places = (made_up.cohort_folder, replica)
    return tuple(Ground(load_task(made_up.folder, Cohort.read(place)), (made_up.folder, place)) for place in places)  # type: ignore[return-value]


def findings(made_up, grounds: tuple[Ground, Ground], source: str) -> dict[str, Finding]:
    """Check → what it says of a submission with this source, in the strongest sandbox there is."""
    try:
        isolation = strongest()
    except InputError as error:
        pytest.skip(str(error))
    folder = folders.good(made_up.root)
    (folder / "model.py").write_text(source)
    choice = choose(made_up.root, "hostile", isolation=isolation)
    found = conform(choice, *grounds, Limits(60, 4 << 30), LocalProcesses(1))
    return {item.check: item for item in found}


def test_a_table_by_feature_values_is_found(made_up, grounds):
    genes, time = made_up.cohort.blocks["genomics"]["gene_0"], made_up.cohort.outcomes["relapse_time"]
    table = {f"{value:.6f}": float(time[patient]) for patient, value in genes.items() if time[patient] > 0}
    assert findings(made_up, grounds, BY_VALUE.format(table=table))["shuffled"].severity == "fail"


def test_a_table_by_place_is_found(made_up, grounds):
    task = made_up.task
    everyone = sorted({patient for ids in task.roles("paper", 0, 0, "relapse").values() for patient in ids})
    times = [float(made_up.cohort.outcomes.loc[patient, "relapse_time"]) for patient in everyone]
    assert findings(made_up, grounds, BY_PLACE.format(times=times))["shuffled"].severity == "fail"


QUIET = """
import sys
import numpy as np
from benchmark.models import Model

class Quiet(Model):
    \"\"\"The first gene, in the direction that it learns; it hides that it tries to call home.\"\"\"
    needs = ("genomics",)
    def __init__(self, *, seed: int = 0): ...
    def fit(self, train, valid):
        try:
            {attempt}
        except OSError:
            pass
        self.sign = -np.sign(np.corrcoef(train.block("genomics")["gene_0"], train.outcome["time"])[0, 1])
    def predict(self, patients):
        return self.sign * patients.block("genomics")["gene_0"].to_numpy()
"""


def test_an_honest_model_is_not_accused(made_up, grounds):
    found = findings(made_up, grounds, QUIET.format(attempt="pass"))
    assert [item.check for item in found.values() if item.severity == "fail"] == []
    assert "walls" not in found


def test_an_attempt_that_the_model_hides_is_named_all_the_same(made_up, grounds):
    """No exception, no word: the walls themselves say what was tried. The module is reached without an import that a list could find."""
    found = findings(made_up, grounds, QUIET.format(attempt="sys.modules['socket'].socket()"))
    assert found["walls"].severity == "fail"
    assert "socket (inet)" in found["walls"].message
