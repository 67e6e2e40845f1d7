"""Where movements lie beside each other in the plane that tells them apart best, and where now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.devices.stream import Stream
from emgstudio.dsp.features import features_of
from emgstudio.ml.explain import Map2D, map_2d
from emgstudio.ml.model import GestureModel

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MovementMap:
    """``means`` by movement, the mean of each take, and the ``radius`` that holds 95 % of one."""

    means: dict[str, Point]
    takes: tuple[tuple[str, Point], ...]
    radius: float
    plane: Map2D
    model: GestureModel

    def now(self, stream: Stream) -> Point | None:
        """Where the newest window of the clean signal lies.

        None while it has a gap, or where another sensor streams than the model was made for.
        """
        try:
            self.model.check_stream(stream.info)
        except EmgError:
            return None
        length, _ = self.model.window_samples
        chunk = stream.clean.latest(length)
        used = list(stream.info.used_columns)
        if len(chunk) < length or not chunk.valid.all():
            return None
        window = np.roll(chunk.data[:, used], self.model.turn, axis=1)
        x = features_of(window[None], self.model.features, self.model.rate)
        return _point(self.plane.project(x)[0])


def movement_map(model: GestureModel) -> MovementMap:
    """The map of a trained model."""
    plane = map_2d(model.lda)
    takes = tuple(
        (key.gesture, _point(plane.project(statistics.mean[None])[0]))
        for key, statistics in model.lda.statistics.items()
    )
    means = {name: _point(point) for name, point in plane.means.items()}
    return MovementMap(means, takes, plane.radius, plane, model)


def _point(values: np.ndarray) -> Point:
    return float(values[0]), float(values[1])
