"""The generated part of a README: between its marks, the same bytes every time, never of a replica."""

import pytest

from benchmark.audit import audit, datasheet, write_datasheet
from benchmark.errors import InputError
from tests.audit import made_up


def test_between_the_marks_and_the_same_bytes(tmp_path):
    task = made_up.task("multiclass")
    findings, readme = audit(task), tmp_path / "README.md"
    readme.write_text("# Mine\n\n<!-- datasheet -->\nstale text\n<!-- /datasheet -->\n\nAlso mine.\n")
    write_datasheet(task, findings, tmp_path)
    text = readme.read_text()
    assert text.startswith("# Mine\n\n<!-- datasheet -->\n")
    assert text.endswith("<!-- /datasheet -->\n\nAlso mine.\n")
    assert "stale text" not in text
    assert "| paper | x | 200 |" in text
    assert "made \\| up Refused: site." in text
    write_datasheet(task, audit(task), tmp_path)
    assert readme.read_text() == text


def test_without_marks_it_is_appended(tmp_path):
    task = made_up.task()
    (tmp_path / "README.md").write_text("# Mine")
    write_datasheet(task, [], tmp_path)
    assert (tmp_path / "README.md").read_text().startswith("# Mine\n\n<!-- datasheet -->\n\n## Datasheet")


@pytest.mark.parametrize("text", ["<!-- datasheet -->", "<!-- /datasheet --><!-- datasheet -->", "<!-- datasheet -->" * 2])
def test_broken_marks_are_refused(tmp_path, text):
    (tmp_path / "README.md").write_text(text)
    with pytest.raises(InputError, match="once each"):
        write_datasheet(made_up.task(), [], tmp_path)
    assert (tmp_path / "README.md").read_text() == text


def test_a_replica_has_no_datasheet():
    with pytest.raises(InputError, match="replica"):
        datasheet(made_up.task(data="replica"), [])
