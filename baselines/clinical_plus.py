"""What the clinic knows plus one or more blocks: late fusion by stacking, which most users would try.

Source: Wolpert (1992), "Stacked generalization", Neural Networks 5:241; Breiman (1996), "Stacked regressions", Machine
Learning 24:49, for weights that are not negative. The models of the blocks: :class:`baselines.shared.ridge.Ridge`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from scipy.optimize import minimize

from baselines.shared.evidence import Evidence, Verdict
from baselines.shared.ridge import Floats, class_loss, cox_loss
from benchmark.models import Between, Kind, Model, Patients

CLINICAL = "clinical"


class ClinicalPlus(Model):
    """A ridge regression on each block, and the weighted sum of what they say: log hazards, or log odds against the prior.

    Unweighted, the sum is what blocks that are independent given the outcome are worth together (naive Bayes). It needs no
    standardisation: a block that says nothing gets a strong penalty, its predictions hardly vary, and it hardly counts; to
    standardise them would make its noise as loud as the rest. The weights correct the sum where blocks repeat one another
    or promise too much: they minimise the loss of the *held-out* predictions of the inner cross-validation, none below 0, each
    drawn towards 1.

    Deviation from Breiman: the pull towards 1, because 75 patients do not tell the weights apart. The validation part
    is not used: it has a tenth of the patients, two or three events among a dozen, and would choose by chance.

    A patient without a block has evidence 0 from it, and the others decide; one without any is the mean training patient or
    gets the class frequencies. A class that training lacks has probability 0.

    Args:
        modalities: the blocks, ``clinical`` among them. Without a choice ``clinical`` and the task's default ones.
        pull: how firmly a weight is held at 1: the inverse of the variance of a normal prior; 4 is an SD of one half.
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("survival", "binary", "multiclass")
    min_modalities: ClassVar[int] = 2
    search_space: ClassVar[Mapping[str, Between | tuple[Any, ...]]] = {"pull": Between(0.1, 100.0, log=True)}

    def __init__(self, modalities: tuple[str, ...] = (), pull: float = 4.0) -> None:
        self.modalities = modalities
        self.pull = pull

    @classmethod
    def pick(cls, offered: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        """``clinical``, if there is such a block, and the default ones."""
        clinical = tuple(modality for modality in offered if modality == CLINICAL)
        return clinical + tuple(modality for modality in default if modality != CLINICAL) if clinical else ()

    def fit(self, train: Patients, valid: Patients) -> None:  # noqa: ARG002 - penalties and weights are chosen inside the training part
        """Fit one model for each block on the training patients who have it, and the weights on all.

        Raises:
            ValueError: ``clinical`` is not among the modalities or is the only one, a modality does not exist, or no column of
                one varies among those who have it.
        """
        if CLINICAL not in self.modalities or len(self.modalities) < 2:
            raise ValueError(f"clinical_plus needs modalities={CLINICAL}+… and at least one more, not '{'+'.join(self.modalities)}'")
        self.verdict = Verdict(train)
        known = self.verdict.known(train)
        self.evidence = [Evidence(modality).fit(known) for modality in self.modalities]
        if train.classes and len(known.classes) == 1:
            self.weights = np.ones(len(self.evidence))  # nobody to tell apart
        else:
            self.weights = self._stack([part.held_out for part in self.evidence], known)

    def predict(self, patients: Patients) -> np.ndarray[Any, Any]:
        return self.verdict.of(_total([part.of(patients) for part in self.evidence], self.weights))

    def _stack(self, held_out: Sequence[Floats], train: Patients) -> np.ndarray[Any, Any]:
        """One weight for each block."""
        outcome = np.asarray(train.outcome)
        loss = class_loss(outcome, len(train.classes)) if train.classes else cox_loss(outcome)
        prior = np.log(self.verdict.prior[self.verdict.present]) if train.classes else 0.0

        def objective(weights: np.ndarray[Any, Any]) -> tuple[float, np.ndarray[Any, Any]]:
            value, gradient = loss(prior + _total(held_out, weights))
            slopes = np.array([(gradient * part).sum() for part in held_out])
            return value + 0.5 * self.pull * ((weights - 1) ** 2).sum(), slopes + self.pull * (weights - 1)

        start = np.ones(len(held_out))
        return np.asarray(minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(start)).x)


def _total(parts: Sequence[Floats], weights: np.ndarray[Any, Any]) -> Floats:
    return np.asarray(sum(weight * part for weight, part in zip(weights, parts, strict=True)), dtype=np.float64)
