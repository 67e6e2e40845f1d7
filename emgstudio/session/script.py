"""What was done to a recording as a Python script that does it again."""

from __future__ import annotations

from collections.abc import Sequence

import emgstudio
from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.signal_view import SignalView

_TEXT = '''"""What was done to a recording in EMG Studio {version}, to be run again:

    python {name} {recording}

Prints the measures of every span as CSV. Research use only.
"""

import sys

import emgstudio
from emgstudio.core.types import ConditionSpec
from emgstudio.dsp.signal_view import Shown, SignalView
from emgstudio.session.measuring import measure, viewed

CONDITION = {condition}
VIEW = {view}
# (from, to) in seconds of recording time
SPANS = [
{spans}
]

with emgstudio.open(sys.argv[1]) as recording:
    stream = recording.main
    # The signal as it was shown, (n, channels) in channel units, NaN where samples are lost:
    # viewed(stream, CONDITION, VIEW).stretch(first, stop)
    for start, stop in SPANS:
        span = (stream.sample_at(start), stream.sample_at(stop))
        print(measure(stream, CONDITION, VIEW, span).table(","))
'''


def measuring_script(
    name: str,
    recording: str,
    condition: ConditionSpec,
    view: SignalView,
    spans: Sequence[tuple[float, float]],
) -> str:
    """A script called ``name`` that measures ``spans`` (s) again; ``recording`` is an example.

    It takes the recording as an argument, so that no folder of anybody stands in it.
    """
    shown = (
        f"SignalView(Shown.{view.shown.name}, heartbeat_out={view.heartbeat_out}, "
        f"hum_out={view.hum_out})"
    )
    return _TEXT.format(
        version=emgstudio.__version__,
        name=name,
        recording=recording,
        condition=repr(condition),
        view=shown,
        spans="\n".join(f"    ({start!r}, {stop!r})," for start, stop in spans),
    )
