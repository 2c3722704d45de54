"""What is kept of a stranger's words: places in its own file, no numbers, no values."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.runner.answers import FoldFailedError
from benchmark.runner.logs import printed, scrubbed, told
from benchmark.untrusted import printable_text

LINES = {"model.py": 30}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ValueError: could not convert 'p00012' to float (model.py:12)", "ValueError: could not convert '…' to float (model.py:12)"),
        ("age 61.5, risk -1e-05 and 3,200", "age …, risk -… and …"),
        ('KeyError: "gene_7"', "KeyError: '…'"),
        ("model.py:31 and other.py:12 and model.py:0", "model.py:… and other.py:… and model.py:…"),
        ("x7y nan inf nano", "x…y … … nano"),
        ("model.py:0000000019 model.py:000012 p17.py:4", "model.py:… model.py:000012 p….py:…"),
        ("a" * 90 + ".py:12", "a" * 90 + ".py:…"),
        ("no numbers here", "no numbers here"),
    ],
)
def test_numbers_and_values_go_and_places_stay(text, kept):
    assert scrubbed(text, LINES) == kept


@pytest.mark.parametrize(
    "text", ["a" * (1 << 20), "model.py:1 " * (1 << 16), "1," * (1 << 19), "'" + '"' * (1 << 20), 'File "' * (1 << 17)]
)
def test_a_long_text_takes_no_longer_than_its_length(made_up, text):
    """A quadratic pattern would take hours."""
    begun = time.process_time()
    scrubbed(text, LINES)
    job = replace(made_up.plan().jobs[0], discreet=True)
    told(job, text, text)
    assert len(printed(job, text)) <= 2000
    assert time.process_time() - begun < 10


def test_a_failure_is_short_and_plain_whoever_words_it():
    failure = FoldFailedError("\x1b]0;owned\x07\n" + "a" * (1 << 20), "\x1b[2J\n" + "b\n" * (1 << 20))
    assert str(failure) == " ]0;owned  " + "a" * 289
    assert failure.trace == "b\n" * 2000


def test_control_characters_go():
    assert printable_text("a\x1b[31mb\x00c\nd\r", "\n") == "a [31mb c\nd "


TRACE = """Traceback (most recent call last):
  File "/checkout/benchmark/runner/worker.py", line 70, in serve
    model.fit(train, valid)
  File "{path}", line 11, in fit
    raise ValueError(f"patient {{train.ids[0]}} died after 61 days")
ValueError: patient p00017 died after 61 days
"""


def test_a_discreet_report_says_where_and_what_kind(made_up):
    job = made_up.plan().jobs[0]
    trace = TRACE.format(path=job.path)
    open_, discreet = (told(one, "ValueError: patient p00017 died", trace) for one in (job, replace(job, discreet=True)))
    assert open_ == ("ValueError: patient p00017 died", trace)
    assert discreet == ("ValueError: patient p… died", "signal.py:11\nValueError")
    assert printed(job, "risk 0.3\n" * 3) == "risk 0.3\n" * 3
    assert printed(replace(job, discreet=True), "risk 0.3\n" * 3) == "risk …\n" * 3
    assert len(printed(replace(job, discreet=True), "word " * 10_000)) <= 2000
    assert Path(job.path).name == "signal.py"


def test_what_lies_in_a_cache_of_python_is_not_opened(made_up, tmp_path):
    """A pipe there never ended the harness; a link may lead to a file without end."""
    cache = tmp_path / "mine" / "__pycache__"
    cache.mkdir(parents=True)
    (tmp_path / "mine" / "model.py").write_text("a\nb\n")
    os.mkfifo(cache / "pipe.py")
    (cache / "link.py").symlink_to("/dev/zero")
    job = replace(made_up.plan().jobs[0], discreet=True, path=tmp_path / "mine" / "model.py")
    assert printed(job, "model.py:3 model.py:4 pipe.py:1") == "model.py:3 model.py:… pipe.py:…"


def test_a_file_without_end_has_no_places(made_up, tmp_path):
    path = tmp_path / "m.py"
    path.write_bytes(b"\n" * (5 << 20))
    assert printed(replace(made_up.plan().jobs[0], discreet=True, path=path), "m.py:3") == "m.py:…"
