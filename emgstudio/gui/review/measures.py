"""What is measured over a selected stretch of the open recording, as it is shown."""

from __future__ import annotations

import numpy as np

from emgstudio.dsp.signal_view import Shown, SignalView
from emgstudio.dsp.stretch_measures import StretchMeasures, stretch_measures
from emgstudio.gui.review.source import TraceSource
from emgstudio.storage.recording import RecordedStream


def measure(stream: RecordedStream, source: TraceSource, start: int, stop: int) -> StretchMeasures:
    """Measure samples ``[start, stop)``; a rectified view is measured before it is rectified.

    Raises EmgError when that is nothing or more than a minute.
    """
    view = source.view.before_rectifying()
    # Onsets in raw signals would be those of offsets and moving cables.
    quiet = SignalView(Shown.CONDITIONED) if view.shown is Shown.RAW else view
    rate = stream.info.rate
    start, stop = max(0, start), min(stop, stream.samples)
    return stretch_measures(
        stream.info,
        lambda a, b: source.samples_as(view, a, b),
        lambda a, b: source.samples_as(quiet, a, b),
        (start, stop),
        time_of=stream.time_of,
        recipe=view.recipe(source.condition, rate),
        filtered_recipe=quiet.recipe(source.condition, rate),
        clipped=_clipped(stream, start, stop),
    )


def _clipped(stream: RecordedStream, start: int, stop: int) -> list[int]:
    """How many samples of each channel lie at the ends of its converter."""
    counts = [0] * stream.info.n_channels
    if not any(channel.rails for channel in stream.info.channels):
        return counts
    raw, valid = stream.raw(start, stop)
    for k, channel in enumerate(stream.info.channels):
        if channel.rails is not None:
            low, high = channel.rails
            at_end = (raw[:, k] <= low) | (raw[:, k] >= high)
            counts[k] = int(np.count_nonzero(at_end & valid))
    return counts
