"""Nested search of hyper-parameters: every trial is scored on inner folds made from the training part of one fold alone."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmark.models import Between, Model, Patients
from benchmark.runner.seeds import derive_seed

INNER_FOLDS = 3
Space = Between | tuple[Any, ...]
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes:
        chosen: hyper-parameter → value, of the trial with the best inner score (of equal ones the first).
        inner_score: its Harrell's C, AUC or macro AUC, mean over the inner folds: the best of several, so too good.
        trials, failed_trials: how many there were, and in how many of them a fit or a prediction failed.
    """

    chosen: dict[str, Any]
    inner_score: float
    trials: int
    failed_trials: int


class SearchFailedError(Exception):
    """No trial gave a score."""


def search(
    make: Callable[[Mapping[str, Any]], M], space: Mapping[str, Space], train: Patients, share: float, trials: int, seed: int
) -> Found:
    """Try ``trials`` settings, proposed by a tree-structured Parzen estimator (optuna's TPE), and keep the best.

    The training part is divided into three stratified folds, the same for all trials. Where a trial is scored on one of them, a
    slice of the other two serves as the model's ``valid``. A trial that raises, or predicts something other than finite numbers of the
    right shape, is pruned and counted. The patients that the outer fold holds for validation and test are not here.

    Args:
        make: a fresh model with these hyper-parameters (and all random generators set anew).
        share: of the patients of an inner fit that are its ``valid``; 0: none.
        seed: of the fold; divisions and proposals come from it.

    Raises:
        SearchFailedError: every trial failed, or no inner fold has patients that a score can compare.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    inner = list(divide(train, share, derive_seed("search", seed)))
    why: list[str] = []

    def score_of(trial: optuna.Trial) -> float:
        parameters = {name: propose(trial, name, values) for name, values in space.items()}
        try:
            return _mean([_one_fold(make(parameters), *parts) for parts in inner])
        except Exception as error:  # the model is someone else's code: a setting that it cannot take loses
            why.append(f"{type(error).__name__}: {' '.join(str(error).split())}")
            raise optuna.TrialPruned from error

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=derive_seed("proposals", seed)))
    study.optimize(score_of, n_trials=trials)
    scored = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    if not scored:
        raise SearchFailedError(f"search: all {trials} trials failed; the first: {why[0]}")
    best = max(scored, key=lambda trial: trial.value or 0.0)
    chosen = {name: value_of(best.params[name], values) for name, values in space.items()}
    return Found(chosen, float(best.value or 0.0), trials, trials - len(scored))


def propose(trial: Any, name: str, space: Space) -> Any:
    """One value of a hyper-parameter, as ``trial`` proposes it."""
    if isinstance(space, tuple):
        return value_of(trial.suggest_categorical(name, range(len(space))), space)  # by place: optuna takes no tuple for a value
    if isinstance(space.low, int) and isinstance(space.high, int):
        return trial.suggest_int(name, space.low, space.high, log=space.log)
    return trial.suggest_float(name, space.low, space.high, log=space.log)


def value_of(proposed: Any, space: Space) -> Any:
    """What the model is given for what the sampler names."""
    return space[proposed] if isinstance(space, tuple) else proposed


def divide(train: Patients, share: float, seed: int) -> Iterator[tuple[Patients, Patients, Patients]]:
    """The inner folds: train, valid and test, stratified by event or class."""
    labels = _labels(train)
    for fold, (rest, test) in enumerate(_folds(labels, INNER_FOLDS, seed)):
        fitted, valid = np.arange(len(rest)), np.arange(0)
        if share > 0:
            fitted, valid = _folds(labels[rest], max(2, round(1 / share)), derive_seed(seed, fold))[0]
        yield train.take(rest[fitted]), train.take(rest[valid]), train.take(test)


def score(outcome: NDArray[Any], predicted: NDArray[Any], classes: int) -> float:
    """Harrell's C (no classes), AUC (two), or the mean AUC of each class against the others; NaN where nothing can be compared."""
    from sklearn.metrics import roc_auc_score
    from sksurv.exceptions import NoComparablePairException
    from sksurv.metrics import concordance_index_censored

    if not classes:
        if not outcome["event"].any() or len(outcome) < 2:
            return np.nan
        try:
            return float(concordance_index_censored(outcome["event"], outcome["time"], predicted)[0])
        except NoComparablePairException:
            return np.nan
    columns = predicted[:, None] if classes == 2 else predicted
    wanted = [1] if classes == 2 else range(classes)
    found = [roc_auc_score(outcome == k, column) for k, column in zip(wanted, columns.T, strict=True) if 0 < (outcome == k).mean() < 1]
    return float(np.mean(found)) if found else np.nan


def _one_fold(model: Model, train: Patients, valid: Patients, test: Patients) -> float:
    model.fit(train, valid)
    predicted = np.asarray(model.predict(Patients(test.ids, test.blocks, None, test.classes)), dtype=np.float64)
    classes = len(test.classes)
    if classes <= 2 and predicted.shape == (len(test), 1):
        predicted = predicted[:, 0]
    expected = (len(test), classes) if classes > 2 else (len(test),)
    if predicted.shape != expected or not np.isfinite(predicted).all():
        raise ValueError(f"predict returned shape {predicted.shape}, or values that are not finite; expected {expected}")
    assert test.outcome is not None
    return score(test.outcome, predicted, classes)


def _mean(scores: Sequence[float]) -> float:
    known = [value for value in scores if np.isfinite(value)]
    if not known:
        raise ValueError("no inner fold has two patients that can be compared")
    return float(np.mean(known))


def _labels(patients: Patients) -> NDArray[Any]:
    assert patients.outcome is not None
    return patients.outcome if patients.classes else patients.outcome["event"]


def _folds(labels: NDArray[Any], folds: int, seed: int) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Stratified (rest, part) by position; fewer than ``folds`` where no label is that frequent."""
    from sklearn.model_selection import StratifiedKFold

    possible = min(folds, int(np.unique(labels, return_counts=True)[1].max(initial=0)))
    if possible < 2:
        raise SearchFailedError(f"search: {len(labels)} patients to train on are too few for inner folds")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class rarer than folds: some of them go without it
        return list(StratifiedKFold(possible, shuffle=True, random_state=seed).split(labels, labels))
