"""The mean of several concordances on the same rows and patients: classes against the rest, or the endpoints of a task."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import InputError
from benchmark.inference.bootstrap import Bootstrap
from benchmark.inference.concordance import Concordance, sum_by

Floats = NDArray[np.float64]


def mean_concordance(parts: Sequence[Concordance], cluster: NDArray[np.int64]) -> Concordance:
    """The mean of concordances, with the covariance that their common patients give it.

    Args:
        parts: on the same n rows and k models, one or more.
        cluster: code 0, 1, … of the patient of every row, shape (n,).

    Raises:
        InputError: no part, or parts of different shapes.
    """
    _check([part.influence.shape for part in parts])
    influence: Floats = np.mean([part.influence for part in parts], axis=0)
    grouped = sum_by(influence, cluster)
    return Concordance(
        estimate=np.mean([part.estimate for part in parts], axis=0),
        covariance=grouped.T @ grouped,
        influence=influence,
        pairs=sum(part.pairs for part in parts),
        tied_risk=np.sum([part.tied_risk for part in parts], axis=0),
        min_censoring=min(part.min_censoring for part in parts),
    )


def mean_bootstrap(parts: Sequence[Bootstrap]) -> Bootstrap:
    """The bootstrap of the mean: draw b of every part is the same resample of patients, if rows, folds, clusters and seed are the same.

    Where a resample leaves one part without a comparable pair that part alone is drawn again (``redrawn`` counts it): its draw is then
    of other patients than the rest, which makes the mean a little less variable.

    Raises:
        InputError: no part, or parts of different shapes.
    """
    _check([part.draws.shape for part in parts])
    return Bootstrap(
        estimate=np.mean([part.estimate for part in parts], axis=0),
        draws=np.mean([part.draws for part in parts], axis=0),
        redrawn=sum(part.redrawn for part in parts),
        units=parts[0].units,
        influence_of=lambda: np.asarray(np.mean([part.influence for part in parts], axis=0)),
    )


def _check(shapes: Sequence[tuple[int, ...]]) -> None:
    if len(set(shapes)) != 1:
        raise InputError(f"parts: shapes {', '.join(map(str, shapes)) or 'of nothing'}; one or more of the same shape are needed")
