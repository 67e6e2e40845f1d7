"""Classifiers to compare with, all behind one registry: ours, scikit-learn's and networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.ml.dataset import Names
from emgstudio.ml.lda import Floats, ShrunkLDA
from emgstudio.ml.report import Estimator

SMALLEST_PROBABILITY = 1e-12


@dataclass(frozen=True, slots=True)
class EstimatorKind:
    """One row of the registry. ``raw``: it is given whole windows instead of features."""

    key: str
    title: str
    make: Callable[[int], Estimator]
    """From the number of channels."""
    raw: bool = False
    extra: str = ""
    """What has to be installed for it, "" for nothing."""


class OfScikitLearn:
    """Any scikit-learn classifier behind standardised features, as an ``Estimator``."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._pipeline: Any = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Gestures in alphabetical order: the columns of the scores."""
        return tuple(str(c) for c in self._pipeline.classes_)

    def fit(self, x: Floats, y: Names) -> OfScikitLearn:
        """Forget everything and learn rows ``x (n, d)`` with gestures ``y (n,)``."""
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self._pipeline = make_pipeline(StandardScaler(), self._make()).fit(x, y)
        return self

    def scores(self, x: Floats) -> Floats:
        """Log probabilities ``(n, k)``, or what decides where there are none."""
        if hasattr(self._pipeline, "predict_proba"):
            p = np.asarray(self._pipeline.predict_proba(x), np.float64)
            return np.asarray(np.log(np.maximum(p, SMALLEST_PROBABILITY)))
        values = np.asarray(self._pipeline.decision_function(x), np.float64)
        return np.stack([-values, values], axis=1) if values.ndim == 1 else values


def _svm() -> Any:
    from sklearn.svm import SVC

    return SVC(C=10.0)


def _knn() -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(5)


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000)


def _forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(200, random_state=0)


def _extra_trees() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(200, random_state=0)


def _boosting() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=0)


def _classic(key: str, title: str, make: Callable[[], Any]) -> EstimatorKind:
    return EstimatorKind(key, title, lambda _channels: OfScikitLearn(make))


def _network(key: str, title: str) -> EstimatorKind:
    def make(channels: int) -> Estimator:
        from emgstudio.ml.deep import Network

        return Network(key, channels)

    return EstimatorKind(key, title, make, raw=True, extra="deep")


ESTIMATORS: Mapping[str, EstimatorKind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            EstimatorKind("lda", "LDA with shrinkage", lambda _channels: ShrunkLDA()),
            _classic("svm", "Support vector machine", _svm),
            _classic("knn", "5 nearest neighbours", _knn),
            _classic("logistic", "Logistic regression", _logistic),
            _classic("forest", "Random forest", _forest),
            _classic("extra_trees", "Extra-Trees", _extra_trees),
            _classic("boosting", "Gradient boosting", _boosting),
            _network("cnn", "Convolutional network on samples"),
            _network("cnn_spectrogram", "Convolutional network on the spectrogram"),
            _network("lstm", "LSTM network on samples"),
        )
    }
)


def estimator_kind(key: str) -> EstimatorKind:
    """A row of the registry; EmgError for an unknown key."""
    if key not in ESTIMATORS:
        raise EmgError(
            f"There is no classifier called “{key}”.", f"Known are: {', '.join(ESTIMATORS)}."
        )
    return ESTIMATORS[key]
