"""What ``bench explain`` says of a model: numbers without a patient in them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmark.explain.fused import Fused
from benchmark.explain.projection import Projection
from benchmark.explain.shapley import Contributions

TOP = 20
SHOWN = 30  # columns of a block that are written
AGREE = 0.9  # share of folds in which a column must work the same way
DIGITS = 4


@dataclass(frozen=True)
class Feature:
    """One column over the folds.

    Attributes:
        mean_abs, spread: mean and SD over folds of the mean |contribution|, in SDs of the model's output.
        direction: +1 where a higher value raises the output in most folds, −1 where it lowers it, ``None`` where nothing is known.
        sign_agreement: share of the folds with a direction in which it is that one.
        top20_folds: folds in which it is among the ``top`` of its block.
        null_mean_abs: the same mean, in the same SDs, with outcomes dealt out anew; ``None`` without that.
        noise: not told from noise: in the top in fewer than half of the folds, or no larger than the block's largest column is
            when outcomes are dealt out anew, or working both ways.
    """

    name: str
    block: str
    mean_abs: float
    spread: float
    direction: int | None
    sign_agreement: float | None
    top20_folds: int
    null_mean_abs: float | None
    noise: bool


@dataclass(frozen=True)
class Block:
    """One modality over the folds.

    Attributes:
        columns: how many it has; ``top`` of them count as the top of a fold (20, of a narrow block a fifth).
        share: of all modalities' mean |contribution|, mean over folds; ``spread``: SD. 1 where it is the only one.
        ever: columns that are among the top of one fold at least.
        stable: columns that are not noise.
        null_level: largest ``null_mean_abs`` of its columns.
    """

    name: str
    columns: int
    top: int
    share: float | None
    spread: float | None
    ever: int
    stable: int
    null_level: float | None


@dataclass(frozen=True)
class Explanation:
    """A model on a task, over the folds that were explained.

    Attributes:
        folds, all_folds: explained, and in the protocol; ``same_folds`` of them predict what the record has.
        patients: explanations behind every number (a patient may stand in several folds).
        features: the first of every block by ``mean_abs``, not more than ``SHOWN``; none without a contribution.
        attention, null_attention: of a model that weighs instances, see :func:`benchmark.explain.attention.summarise`; the second with
            outcomes dealt out anew.
        fused: of a model of RadScores and deep features; projections: of a classifying network, of the first folds.
    """

    task: str
    protocol: str
    endpoint: str
    model: str
    data: str
    digest: str
    method: str
    folds: int
    all_folds: int
    same_folds: int
    patients: int
    blocks: tuple[Block, ...]
    features: tuple[Feature, ...]
    attention: Mapping[str, Any] | None
    null_attention: Mapping[str, Any] | None
    fused: Fused | None
    projections: tuple[Projection, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The JSON document; floats with four significant digits."""
        return dict(_rounded(asdict(self)))


def features_of(block: str, folds: Sequence[Contributions], null: Sequence[Contributions], top: int) -> list[Feature]:
    """Every column of a block, largest mean contribution first."""
    size = pd.DataFrame([fold.size for fold in folds])
    direction = pd.DataFrame([fold.direction for fold in folds])
    counts = top_folds(folds, top)
    null_size = null_sizes(folds, null)
    unit = float(np.mean([fold.scale for fold in folds]))
    own = pd.DataFrame([fold.size * fold.scale for fold in folds]).mean() / unit
    found = []
    for name in size.mean().sort_values(ascending=False, kind="stable").index:
        signs = direction[name][direction[name] != 0]
        way = int(np.sign(signs.sum())) if len(signs) else 0
        agreement = float((signs == way).mean()) if way else (0.5 if len(signs) else None)
        count = int(counts[name])
        noise = (
            count * 2 < len(folds)
            or (null_size is not None and own[name] <= null_size.max())
            or (agreement is not None and agreement < AGREE)
        )
        found.append(
            Feature(
                name=str(name),
                block=block,
                mean_abs=float(size[name].mean()),
                spread=float(size[name].std(ddof=1)) if len(size) > 1 else 0.0,
                direction=way or None,
                sign_agreement=agreement,
                top20_folds=count,
                null_mean_abs=None if null_size is None else float(null_size[name]),
                noise=bool(noise),
            )
        )
    return found


def top_folds(folds: Sequence[Contributions], top: int) -> "pd.Series[int]":
    """In how many folds every column is among the ``top`` largest; one that contributes nothing never is."""
    size = pd.DataFrame([fold.size for fold in folds])
    ranks = size.rank(axis=1, ascending=False, method="first")
    return ((ranks <= top) & (size > 0)).sum()


def null_sizes(folds: Sequence[Contributions], null: Sequence[Contributions]) -> "pd.Series[float] | None":
    """Mean |contribution| of every column with outcomes dealt out anew, in SDs of the true fits' output; ``None`` without such fits.

    A model that learned nothing has a top column, too: only the size of what it does tells the one from the other.
    """
    if not null:
        return None
    return pd.DataFrame([fold.size * fold.scale for fold in null]).mean() / float(np.mean([fold.scale for fold in folds]))


def top_of(columns: int) -> int:
    """How many columns of a block count as its top: 20, of a narrow one a fifth, at least one."""
    return min(TOP, max(1, columns // 5))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
