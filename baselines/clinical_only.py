"""The floor that a molecular or imaging model has to beat, under one label on every task: a linear model of what the clinic knows.

Source: ridge regression as by le Cessie & van Houwelingen (1992), Applied Statistics 41:191, and for Cox by Verweij & van
Houwelingen (1994), Statistics in Medicine 13:2427.
"""

from typing import Any, ClassVar

import numpy as np

from baselines.shared.evidence import Evidence, Verdict
from benchmark.models import Kind, Model, Patients

BLOCK = "clinical"


class ClinicalOnly(Model):
    """Ridge regression (Cox, logistic or multinomial) on every column of the block ``clinical`` that the task shows.

    The penalty is chosen by cross-validation inside the training part, see :class:`baselines.shared.ridge.Ridge`; the
    validation part is not used. For classes this is ``clinical_logistic`` by another solver. For survival it differs from
    ``clinical_cox``, which takes age, sex, smoking and stage, or what stands for stage, at a fixed penalty: a list that
    somebody chose with these cohorts in mind. This one is told nothing.

    A patient without clinical data counts as the mean training patient, or gets the class frequencies. So does everybody
    where the training part has no event or one class only. A class that it lacks has probability 0. There is nothing to search: the penalty
    is the only hyper-parameter.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("survival", "binary", "multiclass")
    needs: ClassVar[tuple[str, ...]] = (BLOCK,)

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - the penalty is chosen inside the training part
        """Fit on the training part.

        Raises:
            ValueError: there is no such block, or no column of it varies in training.
        """
        self.verdict = Verdict(train)
        self.evidence = Evidence(BLOCK).fit(self.verdict.known(train))

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return self.verdict.of(self.evidence.of(patients))
