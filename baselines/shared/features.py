"""One modality as a matrix: imputation, coding, selection and scaling, all fitted on the training part only."""

from typing import Any, Literal, Self, TypeAlias

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmark.models import Patients

Matrix: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]

GENOMICS = "genomics"  # the only block that S1 selects from: its 107 radiomic and 1,024 DenseNet features are all kept


class Features:
    """The matrix of one modality.

    Numbers, booleans and the ranks of ordered categories are imputed with the training mean; unordered categories
    and strings with the most frequent training value, then one-hot coded (a level that training did not have is all
    zeros). Columns that are constant in training are dropped. A patient without the modality is imputed throughout.

    Deviation from S1, which used the genes without a missing value: public matrices call a gene that is not expressed
    missing, and dropping each such gene would leave fewer than 500. The selection by SD sees the imputed columns, so
    a gene that is mostly missing loses variance and its place.

    On a block that is z-scored over the cohort (as the public matrix of ``nsclc_recurrence`` is) every SD is near 1 and
    the selection is close to arbitrary: two folds share about 315 of 500 genes, although most of their training
    patients are the same and chance alone gives 250. It stays, because S1 does it and it sees no label;
    ``genes=1000`` switches it off.

    Args:
        modality: the block's name.
        genes: how many columns of a block called ``genomics`` are kept: those with the largest training SD.
        scaling: ``zscore`` scales each column; ``maximum`` divides the block by one scalar, its largest absolute value,
            as S1 does (a block with coded columns is z-scored first: one scalar for years and indicators would leave
            nothing but the years); ``both`` does one after the other for every block.
    """

    def __init__(self, modality: str, genes: int, scaling: Literal["zscore", "maximum", "both"]) -> None:
        self.modality = modality
        self.genes = genes
        self.scaling = scaling

    def fit(self, train: Patients) -> Self:
        """Learn columns, imputed values, levels, selection and scale from the training part.

        Raises:
            ValueError: no patient of the training part has the modality, or no column of it varies.
        """
        frame = self._block(train)
        frame = frame.loc[:, frame.notna().any()]
        self.numbers = [name for name in frame if _is_number(frame[name])]
        self.labels = [name for name in frame if name not in set(self.numbers)]
        if frame.empty or not (frame.nunique() > 1).any():
            raise ValueError(f"{self.modality}: no column varies in the training part")
        encoder = ColumnTransformer([("numbers", SimpleImputer(), self.numbers), ("labels", _label_encoder(), self.labels)])
        self.pipeline = make_pipeline(encoder, VarianceThreshold())
        width = self.pipeline.fit_transform(self._plain(frame)).shape[1]
        if self.modality == GENOMICS and width > self.genes:
            self.pipeline.steps.append(("select", SelectKBest(_standard_deviation, k=self.genes)))
        coded = len(self.labels) > 0 or any(isinstance(frame[name].dtype, pd.CategoricalDtype) for name in frame)
        if self.scaling != "maximum" or coded:
            self.pipeline.steps.append(("zscore", StandardScaler()))
        if self.scaling != "zscore":
            self.pipeline.steps.append(("maximum", BlockMaximum()))
        self.width = int(self.pipeline.fit_transform(self._plain(frame)).shape[1])
        return self

    def transform(self, patients: Patients) -> Matrix:
        """The matrix of ``patients``, of shape (n, width), without a missing value."""
        return np.ascontiguousarray(self.pipeline.transform(self._plain(self._block(patients))), dtype=np.float64)

    def _block(self, patients: Patients) -> pd.DataFrame:
        if self.modality not in patients.blocks:
            raise ValueError(f"there is no modality '{self.modality}' here, only {', '.join(sorted(patients.blocks))}")
        return patients.block(self.modality)

    def _plain(self, frame: pd.DataFrame) -> pd.DataFrame:
        columns: dict[Any, Any] = {name: _number(frame[name]) for name in self.numbers}
        columns |= {name: frame[name].astype(object).map(str, na_action="ignore") for name in self.labels}
        return pd.DataFrame(columns, index=frame.index)


class BlockMaximum(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Divide a whole block by its largest absolute value, so that it lies within [-1, 1].

    S1's code takes the maximum over train and valid; here the training part alone is used (its small leak), and
    the absolute value, so that a block without a positive number is not turned over.
    """

    def fit(self, matrix: Matrix, outcome: object = None) -> Self:  # noqa: ARG002 - the signature of scikit-learn
        self.n_features_in_ = matrix.shape[1]
        self.scale_ = float(np.abs(matrix).max())
        return self

    def transform(self, matrix: Matrix) -> Matrix:
        return matrix / self.scale_


def _label_encoder() -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore", sparse_output=False))


def _standard_deviation(matrix: Matrix, outcome: None) -> Matrix:  # noqa: ARG001 - scikit-learn passes one
    return np.asarray(matrix.std(axis=0), dtype=np.float64)


def _is_number(column: "pd.Series[Any]") -> bool:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return bool(column.dtype.ordered)
    # a boolean column becomes one of objects as soon as a patient lacks the block
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.infer_dtype(column, skipna=True) == "boolean"


def _number(column: "pd.Series[Any]") -> Matrix:
    if isinstance(column.dtype, pd.CategoricalDtype):
        ranks = column.cat.codes.to_numpy(dtype=np.float64)  # the levels stand in the dtype: they are coding, not data
        return np.asarray(np.where(ranks < 0, np.nan, ranks), dtype=np.float64)
    return np.asarray(column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))
