"""Columns picked by the label of the patients who are tested: made-up ones, and the published table that is known for it."""

import numpy as np
import pandas as pd
import pytest

from benchmark.audit.selection import check_selection
from benchmark.audit.view import View
from benchmark.cohorts.store import open_cohort
from benchmark.tasks import load_task
from benchmark.workspace import open_workspace
from tests.audit import made_up
from tests.audit.made_up import IDS, PATIENTS


def block(values):
    return pd.DataFrame(values, index=IDS, columns=[f"g{k}" for k in range(values.shape[1])])


def severities(task):
    return [finding.severity for finding in check_selection(View(task))]


@pytest.mark.parametrize("kind", ["survival", "binary"])
def test_the_best_of_many_columns_of_noise(kind):
    outcome, noise = made_up.outcomes(kind), np.random.default_rng(0).normal(size=(PATIENTS, 1500))
    all_of_them = made_up.task(kind, {"genes": block(noise)}, outcome)
    residual = View(all_of_them).targets[0].residuals()[:, 0]
    best = np.argsort(-np.abs(residual @ noise))[:100]
    assert severities(all_of_them) == ["ok"]
    assert severities(made_up.task(kind, {"genes": block(noise[:, :100])}, outcome)) == ["ok"]
    assert severities(made_up.task(kind, {"genes": block(noise[:, best])}, outcome)) == ["fail"]


@pytest.mark.parametrize("seed", range(5))
def test_a_block_that_knows_is_not_accused(seed):
    """One factor behind 100 columns drives the outcome: nearly all of them are associated, and rightly."""
    random = np.random.default_rng(seed)
    factor = random.normal(size=PATIENTS)
    values = np.outer(factor, random.normal(1, 0.5, 100)) + random.normal(size=(PATIENTS, 100))
    high = random.random(PATIENTS) < 1 / (1 + np.exp(-1.5 * factor))
    outcome = pd.DataFrame({"x": pd.Categorical(np.where(high, "high", "low"), categories=["low", "high"])}, index=IDS)
    assert severities(made_up.task("binary", {"genes": block(values)}, outcome)) == ["ok"]


@pytest.fixture(scope="module")
def radiogenomics():
    workspace = open_workspace(data="real")
    return workspace, open_cohort(workspace, "nsclc_radiogenomics")


@pytest.mark.real_data
def test_genes_chosen_on_recurrence_and_genes_that_were_not(radiogenomics, mirror):
    _, cohort = radiogenomics
    picked = pd.read_csv(mirror / "nsclc_radiogenomics" / "GSE103584_fpkm_140genes.tsv", sep="\t", index_col=0).drop(columns="Recurrence")
    free = cohort.blocks["genomics"]
    assert (picked.shape, free.shape) == ((130, 140), (130, 1000))
    outcome = cohort.outcomes.loc[free.index, ["recurrence_event", "recurrence_time"]]
    outcome.columns = ["x_event", "x_time"]
    picked = picked.loc[free.index].rename_axis("patient_id")
    (found,) = check_selection(View(made_up.task(tables={"genes": picked}, outcome=outcome)))
    assert found.severity == "fail"
    assert "look picked by the outcome" in found.message
    (found,) = check_selection(View(made_up.task(tables={"genes": free}, outcome=outcome)))
    assert found.severity == "ok"


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["nsclc_staging", "nsclc_staging_lung1"])
def test_t_and_n_and_m_are_named(name):
    from benchmark.audit import audit, failed

    workspace = open_workspace(data="real")
    folder = workspace.tasks / name
    findings = audit(load_task(folder, open_cohort(workspace, "lung1" if name.endswith("lung1") else "nsclc_radiogenomics")))
    (found,) = [finding for finding in findings if finding.check == "definition" and finding.severity != "ok"]
    assert found.severity == "note"
    # of 416 patients of LUNG1 with a stage one has M1: no data could name it
    named = {"t_stage", "n_stage"} | ({"m_stage"} if name == "nsclc_staging" else set())
    assert set(found.columns) == {f"clinical_tnm.{column}" for column in named}
    assert not failed(findings)
    gaps = [finding for finding in findings if finding.check == "missingness" and finding.severity == "note"]
    assert [("27 of 93 of I" in finding.message) for finding in gaps] == [True] * (name == "nsclc_staging_lung1")
