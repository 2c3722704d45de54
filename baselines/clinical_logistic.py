"""The floor that a molecular or imaging classifier has to beat: a logistic regression on what every clinic knows."""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from baselines.logistic import Logistic
from benchmark.models import Kind, Model, Patients

BLOCK = "clinical"


class ClinicalLogistic(Model):
    """:class:`baselines.logistic.Logistic` on every column of the block ``clinical`` that the task shows.

    No list of columns, unlike ``clinical_cox``: age and sex are in every cohort, but smoking, histology, grade and stage in
    some only, and a list that fits all is no floor (three columns rank the stage of ``nsclc_staging`` no better than chance).
    What gives the class away, such as T, N and M where the stage is predicted, the task refuses before a model sees it.
    Many columns do little harm: where they say nothing the penalty grows until the class frequencies are left.

    Args:
        columns: the columns to take instead; those that exist are used.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("binary", "multiclass")
    needs: ClassVar[tuple[str, ...]] = (BLOCK,)

    def __init__(self, columns: tuple[str, ...] = ()) -> None:
        self.columns = columns

    def fit(self, train: Patients, valid: Patients) -> None:
        """Fit on the training part.

        Raises:
            ValueError: the block has none of the columns, or none of them varies in training.
        """
        table = train.blocks[BLOCK]
        self.used = [name for name in self.columns or table.columns if name in table]
        if not self.used:
            raise ValueError(f"clinical_logistic: block '{BLOCK}' has none of the columns {', '.join(self.columns)}")
        self.logistic = Logistic(modalities=(BLOCK,))
        self.logistic.fit(self._narrowed(train), valid)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return self.logistic.predict(self._narrowed(patients))

    def _narrowed(self, patients: Patients) -> Patients:
        return replace(patients, blocks={BLOCK: patients.blocks[BLOCK][self.used]})
