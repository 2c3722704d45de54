"""One entry for each version of a model."""

from pathlib import Path

import pytest

from benchmark.submissions.duplicate import check_duplicate
from tests.submissions.made_up import write

SOURCE = '''
"""A model."""
from benchmark.models import Model

class First(Model):
    """It does this."""
    def __init__(self, *, alpha: float = 0.5, seed: int = 0):
        self.alpha = alpha  # the penalty
    def fit(self, train, valid): pass
    def predict(self, patients): return self.alpha * patients.block("genomics")["a"].to_numpy()
'''


@pytest.mark.parametrize(
    "change",
    [("0.5", "0.7"), ("seed: int = 0", "seed: int = 42"), ("# the penalty", ""), ("It does this.", "Better."), ("First", "Second")],
)
def test_numbers_comments_and_names_make_no_new_model(tmp_path: Path, change: tuple[str, str]) -> None:
    write(tmp_path, "first", SOURCE)
    finding = check_duplicate(tmp_path, write(tmp_path, "second", SOURCE.replace(*change)))
    assert (finding.check, finding.severity) == ("duplicate", "fail")
    assert "submissions/first/model.py" in finding.message
    assert "bench run --model first" in finding.remedy


def test_another_computation_is_another_model(tmp_path: Path) -> None:
    write(tmp_path, "first", SOURCE)
    assert check_duplicate(tmp_path, write(tmp_path, "second", SOURCE.replace('["a"]', '["b"]'))).severity == "ok"
    write(tmp_path, "broken", "x = (")
    assert check_duplicate(tmp_path, write(tmp_path, "third", SOURCE.replace("self.alpha *", "self.alpha +"))).severity == "ok"
