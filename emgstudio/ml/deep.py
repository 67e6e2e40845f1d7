"""Small networks on PyTorch, only to compare with; install ``emgstudio[deep]`` for them.

They learn from whole conditioned windows, see the same folds as every other
classifier, and never run live.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.ml.dataset import Names
from emgstudio.ml.lda import Floats

EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 30, 64, 1e-3, 1e-3
SEED = 0
FFT, HOP = 32, 8


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise EmgError(
            "Networks need PyTorch, which is not installed.",
            f"Install it with: {install_line('emgstudio[deep]')}",
        ) from error
    return torch


class Network:
    """A network of one ``kind`` (cnn, cnn_spectrogram, lstm) as an ``Estimator``.

    Rows are windows ``(n, length × channels)``, sample by sample. Training is seeded, so
    a machine gives the same result twice. EmgError when PyTorch is missing.
    """

    def __init__(self, kind: str, channels: int) -> None:
        self._torch = _torch()
        self._kind, self._channels = kind, channels
        self._classes: tuple[str, ...] = ()
        self._scale: Floats = np.ones(channels)
        self._net: Any = None

    @property
    def classes(self) -> tuple[str, ...]:
        """Gestures in alphabetical order: the columns of the scores."""
        return self._classes

    def fit(self, x: Floats, y: Names) -> Network:
        """Forget everything and learn windows ``x (n, length × channels)`` with gestures ``y``."""
        torch = self._torch
        self._classes = tuple(np.unique(y).tolist())
        windows = x.reshape(len(x), -1, self._channels)
        self._scale = np.maximum(windows.std(axis=(0, 1)), 1e-12)
        seen = self._tensor(x)
        truth = torch.as_tensor(np.searchsorted(np.array(self._classes), y))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            self._net = self._build(seen.shape[1], len(self._classes))
            self._learn(seen, truth)
        return self

    def scores(self, x: Floats) -> Floats:
        """Log probabilities ``(n, k)``."""
        torch = self._torch
        self._net.eval()
        with torch.no_grad():
            parts = [self._net(part) for part in self._tensor(x).split(1024)]
            logs = torch.log_softmax(torch.cat(parts), dim=1)
        return np.asarray(logs.numpy(), np.float64)

    def _learn(self, seen: Any, truth: Any) -> None:
        torch = self._torch
        steps = EPOCHS * -(-len(seen) // BATCH)
        how = torch.optim.AdamW(self._net.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        pace = torch.optim.lr_scheduler.OneCycleLR(how, 5 * LEARNING_RATE, total_steps=steps)
        self._net.train()
        for _ in range(EPOCHS):
            for rows in torch.randperm(len(seen)).split(BATCH):
                how.zero_grad()
                loss = torch.nn.functional.cross_entropy(
                    self._net(seen[rows]), truth[rows], label_smoothing=0.05
                )
                loss.backward()
                how.step()
                pace.step()

    def _tensor(self, x: Floats) -> Any:
        """``(n, channels, length)``, each channel scaled as in training."""
        windows = x.reshape(len(x), -1, self._channels) / self._scale
        seen = self._torch.as_tensor(windows.transpose(0, 2, 1).astype(np.float32))
        return self._spectrogram(seen) if self._kind == "cnn_spectrogram" else seen

    def _spectrogram(self, seen: Any) -> Any:
        """Log power ``(n, channels × frequencies, times)``."""
        torch = self._torch
        n, channels, length = seen.shape
        size = min(FFT, length)
        powers = torch.stft(
            seen.reshape(n * channels, length), size, HOP, window=torch.hann_window(size),
            center=False, return_complex=True,
        ).abs().square()  # fmt: skip
        logs: Any = torch.log(powers + 1e-3)
        return logs.reshape(n, channels * powers.shape[1], -1)

    def _build(self, inputs: int, classes: int) -> Any:
        nn = self._torch.nn
        if self._kind == "lstm":
            return _recurrent(self._torch, self._channels, classes)

        def block(before: int, after: int, width: int, stride: int) -> list[Any]:
            return [
                nn.Conv1d(before, after, width, stride, padding=width // 2),
                nn.BatchNorm1d(after),
                nn.ReLU(),
                nn.Dropout(0.2),
            ]

        stride = 1 if self._kind == "cnn_spectrogram" else 2
        return nn.Sequential(
            *block(inputs, 64, 7, stride), *block(64, 64, 5, stride), *block(64, 128, 3, 1),
            nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(128, classes),
        )  # fmt: skip


def _recurrent(torch: Any, channels: int, classes: int) -> Any:
    class Recurrent(torch.nn.Module):  # type: ignore[misc]
        """Samples one after the other; the mean of all states decides."""

        def __init__(self) -> None:
            super().__init__()
            self.lstm = torch.nn.LSTM(channels, 64, batch_first=True, bidirectional=True)
            self.last = torch.nn.Linear(128, classes)

        def forward(self, x: Any) -> Any:
            states, _ = self.lstm(x.transpose(1, 2))
            return self.last(states.mean(dim=1))

    return Recurrent()
