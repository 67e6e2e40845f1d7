"""Every classifier of the registry on the same folds; networks only where PyTorch is."""

import importlib.util

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from emgstudio.core.errors import EmgError
from emgstudio.core.types import FeatureSpec, WindowSpec
from emgstudio.dsp.features import feature_columns
from emgstudio.ml.compare import compare, whole_windows
from emgstudio.ml.dataset import build_dataset
from emgstudio.ml.estimators import ESTIMATORS, estimator_kind
from emgstudio.ml.lda import ShrunkLDA
from emgstudio.ml.report import hold_out
from emgstudio.ml.selection import WithComponents, mutual_information, select_sequentially
from tests.labelled_emg import CHANNELS, recording

TORCH = importlib.util.find_spec("torch") is not None
HOW = {
    "window": WindowSpec(0.2, 0.2),
    "features": FeatureSpec(("logrms",)),
    "trim_start_s": 0.3,
    "trim_end_s": 0.1,
    "train_reps": [1],
    "test_reps": [2],
}
PARTS = [recording(repetitions=2)]


@pytest.mark.parametrize("key", [k for k, kind in ESTIMATORS.items() if not kind.raw])
def test_every_classifier_learns(key):
    # Threads that wait for each other make boosting ten times slower on a busy machine.
    with threadpool_limits(1):
        (row,) = compare(PARTS, "repetition", [key], **HOW)
    assert row.balanced_accuracy > 0.9 or key == "boosting"
    low, high = row.interval
    assert low <= row.balanced_accuracy <= high
    assert row.fit_s >= 0


@pytest.mark.skipif(not TORCH, reason="PyTorch is not installed")
@pytest.mark.parametrize("key", [k for k, kind in ESTIMATORS.items() if kind.raw])
def test_every_network_learns_and_gives_the_same_twice(key):
    first, second = (compare(PARTS, "repetition", [key], **HOW)[0] for _ in range(2))
    assert first.balanced_accuracy > 0.8
    assert first.per_recording == second.per_recording


@pytest.mark.skipif(not TORCH, reason="PyTorch is not installed")
@pytest.mark.parametrize("key", [k for k, kind in ESTIMATORS.items() if kind.raw])
def test_a_network_takes_windows_shorter_than_its_spectrum(key):
    """Armbands of 100 to 200 Hz have 20 to 30 samples in a window."""
    windows = np.random.default_rng(1).standard_normal((24, 20, 3))
    windows[::2] *= 9.0
    network = ESTIMATORS[key].make(3)
    network.fit(windows.reshape(24, -1), np.array(["fist", "rest"] * 12))
    assert network.scores(windows.reshape(24, -1)).shape == (24, 2)


@pytest.mark.skipif(TORCH, reason="PyTorch is installed")
def test_a_network_without_pytorch_says_what_to_install():
    with pytest.raises(EmgError, match="PyTorch"):
        compare(PARTS, "repetition", ["cnn"], **HOW)


def test_unknown_classifiers_are_told():
    with pytest.raises(EmgError, match="oracle"):
        estimator_kind("oracle")


def test_whole_windows_are_their_samples():
    w = np.arange(24.0).reshape(2, 4, 3)
    np.testing.assert_array_equal(whole_windows(w, 1.0)[1], w[1].ravel())


def dataset(names=("logrms", "zc")):
    return build_dataset(PARTS, WindowSpec(), FeatureSpec(names), trim_start_s=0.3, trim_end_s=0.1)


def test_amplitudes_tell_more_than_counts_of_noise():
    names = ("logrms", "zc")
    owners = [c.feature for c in feature_columns(names, [c.name for c in CHANNELS])]
    data = dataset()
    information = mutual_information(data)
    assert information[:4].min() > information[4:].max()
    steps = select_sequentially(data, owners, 2)
    assert [s.feature for s in steps] == ["logrms", "zc"]
    assert steps[0].accuracy > 0.9


def test_all_components_are_all_features():
    data = dataset()
    plain = hold_out(data, lambda: ShrunkLDA(0.0), "repetition")
    turned = hold_out(data, lambda: WithComponents(ShrunkLDA(0.0), 8), "repetition")
    np.testing.assert_array_equal(plain.winners, turned.winners)
    few = hold_out(data, lambda: WithComponents(ShrunkLDA(), 3), "repetition")
    assert (few.winners == few.truth).mean() > 0.8
