"""The solvers that the linear baselines stand on, against R's glmnet.

glmnet divides columns by their population standard deviation and gives coefficients of the original columns; both solvers
take the objective with the same λ: scikit-survival as it is, scikit-learn as C = 1 / (n λ). At their default tolerances
(1e-7 and 1e-4) neither reaches 1e-6, so these tests tighten them; a baseline need not.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sksurv.linear_model import CoxnetSurvivalAnalysis
from sksurv.util import Surv

GOLDEN = Path(__file__).parents[1] / "golden"
R = json.loads((GOLDEN / "glmnet.json").read_text())
TOLERANCE = {"rtol": 1e-6, "atol": 1e-6}


def read(name):
    table = pd.read_csv(GOLDEN / name, skipinitialspace=True)
    columns = table.filter(regex=r"^x\d+$").to_numpy()
    return table, columns, columns.std(axis=0)


@pytest.mark.parametrize(
    ("path", "l1_ratio", "standardized"),
    [("alpha_1", 1.0, True), ("alpha_0.5", 0.5, True), ("alpha_0.1", 0.1, True), ("alpha_1_nostd", 1.0, False)],
)
def test_cox_path(path, l1_ratio, standardized):
    table, columns, spread = read("glmnet_cox.csv")
    scale = spread if standardized else np.ones(columns.shape[1])
    outcome = Surv.from_arrays(table.status == 1, table.time)
    model = CoxnetSurvivalAnalysis(l1_ratio=l1_ratio, alphas=R[path]["lambda"], tol=1e-14, max_iter=10**7)
    coefficients = (model.fit(columns / scale, outcome).coef_ / scale[:, None]).T
    np.testing.assert_allclose(coefficients, R[path]["beta"], **TOLERANCE)


def test_largest_penalty_of_the_cox_path():
    """The first λ of glmnet's path is the smallest at which every coefficient is 0."""
    table, columns, spread = read("glmnet_cox.csv")
    outcome = Surv.from_arrays(table.status == 1, table.time)
    model = CoxnetSurvivalAnalysis(l1_ratio=1.0, n_alphas=2).fit(columns / spread, outcome)
    np.testing.assert_allclose(model.alphas_[0], R["alpha_1"]["lambda"][0], rtol=1e-10)


def test_logistic_path():
    table, columns, spread = read("glmnet_binomial.csv")
    centre, y, path = columns.mean(axis=0), table.y.to_numpy(), R["binomial"]
    # at the first λ all coefficients are 0 and the intercept is the logit of the prevalence
    assert not np.any(path["beta"][0])
    np.testing.assert_allclose(path["a0"][0], logit(y.mean()), rtol=1e-6)
    for penalty, intercept, beta in list(zip(path["lambda"], path["a0"], path["beta"], strict=True))[1:]:
        model = LogisticRegression(C=1 / (len(y) * penalty), l1_ratio=1.0, solver="saga", tol=1e-14, max_iter=10**6)
        model.fit((columns - centre) / spread, y)
        coefficients = model.coef_[0] / spread
        np.testing.assert_allclose(coefficients, beta, **TOLERANCE)
        np.testing.assert_allclose(model.intercept_[0] - coefficients @ centre, intercept, **TOLERANCE)
