"""The floor that a molecular or imaging model has to beat: a Cox model on what every clinic knows."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sksurv.linear_model import CoxPHSurvivalAnalysis

from baselines.shared.features import Features
from benchmark.models import Model, Patients

BLOCK = "clinical"
WITH_STAGE = ("age", "sex", "smoking", "stage")
WITHOUT_STAGE = ("age", "sex", "smoking", "size", "grade", "er")
RIDGE = 1.0  # on z-scored columns: about one patient's worth of information, enough for one-hot columns that sum to one


class ClinicalCox(Model):
    """Cox regression on age, sex, smoking and stage, as far as the block ``clinical`` has them.

    Where there is no stage (the Desmedt cohort of ``breast_metastasis``) tumour size, grade and oestrogen receptor
    stand for the extent of disease. Ordered categories such as stage and grade enter as ranks, one coefficient each; other
    categories one-hot; all z-scored; a missing value is the training mean or most frequent level. Efron's ties, Newton
    steps, a small ridge.

    Args:
        columns: the columns to take instead of that list; those that exist are used.
    """

    needs: ClassVar[tuple[str, ...]] = (BLOCK,)

    def __init__(self, columns: tuple[str, ...] = ()) -> None:
        self.columns = columns

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - nothing to choose
        """Fit on the training part.

        Raises:
            ValueError: the block has none of the columns, or none of them varies in training.
        """
        table = train.block(BLOCK)
        wanted = self.columns or (WITH_STAGE if "stage" in table else WITHOUT_STAGE)
        self.used = [name for name in wanted if name in table]
        if not self.used:
            raise ValueError(f"clinical_cox: block '{BLOCK}' has none of the columns {', '.join(wanted)}")
        self.features = Features(BLOCK, genes=0, scaling="zscore").fit(self._narrowed(train))
        self.cox = CoxPHSurvivalAnalysis(alpha=RIDGE, ties="efron").fit(self.features.transform(self._narrowed(train)), train.outcome)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return np.asarray(self.cox.predict(self.features.transform(self._narrowed(patients))))

    def _narrowed(self, patients: Patients) -> Patients:
        table: pd.DataFrame = patients.block(BLOCK)[self.used]
        return Patients(patients.ids, {BLOCK: table}, patients.outcome)
