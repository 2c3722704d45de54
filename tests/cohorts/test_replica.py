import numpy as np
import pandas as pd
import pytest
from sksurv.metrics import concordance_index_censored

from benchmark.cohorts import Cohort, patients_of
from benchmark.cohorts.manifest import list_cohorts, load_source
from benchmark.cohorts.replica import simulate, simulate_cohort
from benchmark.cohorts.schema import load_schema

NSCLC = "nsclc_radiogenomics"


@pytest.fixture(scope="module")
def replicas() -> dict[str, Cohort]:
    return {name: simulate_cohort(name, load_source(name).REPLICA) for name in list_cohorts()}


@pytest.mark.parametrize("name", list_cohorts())
def test_a_replica_is_marked_and_always_the_same(replicas: dict[str, Cohort], name: str) -> None:
    replica = replicas[name]
    assert replica.data == "replica"
    assert replica.datasheet.title.startswith("REPLICA")
    assert replica.outcomes.index.str.fullmatch(r"REPLICA-\d{4}").all()
    assert simulate_cohort(name, load_source(name).REPLICA).digest == replica.digest


@pytest.mark.parametrize("name", list_cohorts())
def test_a_replica_has_the_schema_of_the_real_cohort(replicas: dict[str, Cohort], name: str) -> None:
    schema, replica = load_schema(name), replicas[name]
    for block, columns in schema["blocks"].items():
        table = replica.blocks[block]
        assert list(table) == list(columns)
        patients = sum(count for pattern, count in schema["patterns"].items() if block in pattern.split("+"))
        assert patients_of(table).nunique() == patients
        assert len(table) == sum(int(number) * count for number, count in schema["instances"].get(block, {"1": patients}).items())
        for column, spec in columns.items():
            check_column(table[column], spec, patients)
    for outcome, aims in schema["outcomes"].items():
        if "events" not in aims:
            assert replica.outcomes[outcome].cat.categories.tolist() == list(aims["levels"])
            assert replica.outcomes[outcome].notna().sum() == sum(aims["levels"].values())
            continue
        event, time = replica.outcomes[f"{outcome}_event"], replica.outcomes[f"{outcome}_time"]
        assert (event.notna().sum(), event.sum()) == (aims["known"], aims["events"])
        assert (time.dropna() > 0).all()


def check_column(column: pd.Series, spec: object, patients: int) -> None:
    if isinstance(spec, dict):
        assert column.cat.categories.tolist() == list(spec["levels"])
        assert column.cat.ordered == spec["ordered"]
        assert column.isna().sum() == spec["missing"]
        assert (column.value_counts().reindex(list(spec["levels"])) - pd.Series(spec["levels"])).abs().max() <= max(20, 0.15 * patients)
    elif isinstance(spec, int):
        assert column.dtype == "int8"
        assert column.sum() == spec
    elif isinstance(spec, list):
        mean, sd, missing, shape = spec
        assert column.isna().sum() == missing
        count = min(patients, column.notna().sum()) ** 0.5
        if shape == "lognormal":  # its sample mean wanders, for the tail is heavy; its median does not
            variance = np.log1p((sd / mean) ** 2)
            assert abs(np.log(column.median()) - np.log(mean) + variance / 2) <= 8 * variance**0.5 / count
        else:
            assert abs(column.mean() - mean) <= 6 * sd / count
        if shape != "normal":
            assert column.min() >= 0


def test_eligible_patients_are_as_many_as_the_real_ones(replicas: dict[str, Cohort]) -> None:
    replica = replicas[NSCLC]
    ids = replica.blocks["genomics"].index.intersection(replica.blocks["radiomics"].index)
    event = replica.outcomes.loc[ids, "recurrence_event"]
    untreated = replica.blocks["clinical"].loc[ids, "adjuvant_any"] == "no"
    assert len(ids) == event.notna().sum() == 115
    assert abs(event.sum() - 32) <= 2
    assert abs(untreated.sum() - 87) <= 2


def test_the_block_that_the_real_cohort_lacks_is_there(replicas: dict[str, Cohort]) -> None:
    replica = replicas[NSCLC]
    assert replica.blocks["densenet"].shape == (142, 1024)
    assert replica.datasheet.absent == {}


def test_columns_that_define_each_other_agree(replicas: dict[str, Cohort]) -> None:
    clinical = replicas[NSCLC].blocks["clinical"]
    assert (clinical.loc[clinical["m_stage"].isin(["M1a", "M1b"]), "stage"] == "IV").all()
    assert (clinical.loc[clinical["smoking"] == "nonsmoker", "pack_years"].dropna() == 0).all()
    assert not ((clinical["adjuvant_any"] == "no") & (clinical[["adjuvant", "chemotherapy", "radiation"]] == "yes").any(axis=1)).any()


@pytest.mark.parametrize("name", list_cohorts())
def test_the_true_risk_attains_the_stated_c_index(replicas: dict[str, Cohort], name: str) -> None:
    schema, replica = load_schema(name), replicas[name]
    assert replica.datasheet.truth is not None
    small = simulate(schema, load_source(name).REPLICA, len(replica.outcomes))
    for outcome, stated in replica.datasheet.truth.items():
        assert 0.7 <= stated <= 0.85
        if outcome in replica.outcomes:
            continue
        rows = replica.outcomes[f"{outcome}_event"].notna().to_numpy()
        event = replica.outcomes[f"{outcome}_event"].to_numpy(bool, na_value=False)[rows]
        time = replica.outcomes[f"{outcome}_time"].to_numpy(float)[rows]
        attained = concordance_index_censored(event, time, small.risk[outcome][rows])[0]
        assert abs(attained - stated) < 0.06  # about two standard errors with some fifty events


def test_every_block_carries_a_part_and_none_the_whole() -> None:
    design, schema = load_source(NSCLC).REPLICA, load_schema(NSCLC)
    large = simulate(schema, design, 5000)
    event, time = large.outcomes["recurrence_event"].to_numpy(bool), large.outcomes["recurrence_time"].to_numpy(float)

    def attained(factors: set[str]) -> float:
        risk = np.sum([design.factors[name]["recurrence"] * large.factors[name] for name in factors], axis=0)
        return float(concordance_index_censored(event, time, risk)[0])

    single = {block: attained(set(seen)) for block, seen in design.sees.items()}
    assert max(single, key=single.__getitem__) == "genomics"
    assert min(single.values()) > 0.55
    assert attained({"proliferation", "immune", "burden", "texture"}) > single["genomics"] + 0.03
