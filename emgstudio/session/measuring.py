"""Measures of a stretch of a recording as a view shows it: for the window and for scripts."""

from __future__ import annotations

import numpy as np

from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.signal_view import RecordedView, Shown, SignalView
from emgstudio.dsp.stretch_measures import StretchMeasures, stretch_measures
from emgstudio.storage.recording import RecordedStream


def viewed(stream: RecordedStream, condition: ConditionSpec, view: SignalView) -> RecordedView:
    """Stretches of ``stream`` as ``view`` shows them; filtered as ``condition`` says."""
    return RecordedView(stream.physical, stream.samples, stream.info.rate, condition, view)


def measure(
    stream: RecordedStream, condition: ConditionSpec, view: SignalView, span: tuple[int, int]
) -> StretchMeasures:
    """Measure samples ``span``; a rectified view is measured before it is rectified.

    Raises EmgError when that is nothing or more than a minute.
    """
    signed = view.before_rectifying()
    # Onsets in raw signals would be those of offsets and moving cables.
    quiet = SignalView(Shown.CONDITIONED) if signed.shown is Shown.RAW else signed
    rate = stream.info.rate
    start, stop = max(0, span[0]), min(span[1], stream.samples)
    return stretch_measures(
        stream.info,
        viewed(stream, condition, signed).stretch,
        viewed(stream, condition, quiet).stretch,
        (start, stop),
        time_of=stream.time_of,
        recipe=signed.recipe(condition, rate),
        filtered_recipe=quiet.recipe(condition, rate),
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
