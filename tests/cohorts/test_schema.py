import json
import re

import pandas as pd
import pytest

from benchmark.cohorts import Cohort
from benchmark.cohorts.fetch import locate_all
from benchmark.cohorts.manifest import list_cohorts, load_source
from benchmark.cohorts.schema import describe, describe_column, dump, load_schema, schema_path
from benchmark.errors import InputError


def real(name: str, tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    source = load_source(name)
    return source.read({key: item.path for key, item in locate_all(source.SOURCES, tmp_path_factory.mktemp("none")).items()})


@pytest.mark.real_data
@pytest.mark.parametrize("name", list_cohorts())
def test_the_committed_schema_is_that_of_the_real_cohort(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert dump(describe(real(name, tmp_path_factory))) == schema_path(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list_cohorts())
def test_a_schema_holds_aggregates_only(name: str) -> None:
    text = schema_path(name).read_text(encoding="utf-8")
    without_prose = json.dumps(load_schema(name) | {"datasheet": {}})
    assert len(text.encode()) < 200_000
    assert not re.search(r"(R01|AMC|GSE7390)-\d{3}", without_prose)
    assert sum(load_schema(name)["patterns"].values()) == load_schema(name)["patients"]


def test_columns_are_described_by_kind() -> None:
    levels = pd.Series(pd.Categorical(["b", None, "a", "b"], categories=["a", "b", "c"], ordered=True))
    assert describe_column(levels) == {"levels": {"a": 1, "b": 2, "c": 0}, "ordered": True, "missing": 1}
    assert describe_column(pd.Series([1, 0, 1], dtype="int8")) == 2
    assert describe_column(pd.Series([1.0, 2.0, 3.0, None])) == [2.0, 1.0, 1, "count"]
    assert describe_column(pd.Series([0.5, 9.5])) == [5.0, 6.364, 0, "lognormal"]
    assert describe_column(pd.Series([-0.5, 0.5])) == [0.0, 0.7071, 0, "normal"]


def test_a_cohort_without_schema_is_bad_input() -> None:
    with pytest.raises(InputError, match=r"python -m benchmark\.cohorts\.schemas nowhere"):
        load_schema("nowhere")
