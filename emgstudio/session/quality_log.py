"""What the quality lamps said while a recording ran, kept among its labels."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation, Source
from emgstudio.dsp.quality_lamps import Lamp, LampLevel
from emgstudio.storage.recorder import Recorder

log = logging.getLogger(__name__)

TRACK = "quality"
OVERRIDE = "quality override"
AUTHOR = "quality lamps"


class LitChannel(Protocol):
    """A channel on which lamps light."""

    @property
    def channel(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def lamps(self) -> tuple[Lamp, ...]: ...


# By the number of the stream and the code of the lamp.
Lit = Mapping[tuple[int, str], Sequence[LitChannel]]


class QualityLog:
    """One label for each time a lamp lights, from its first channel to its last.

    They cannot be undone and are no part of what Undo takes back. A disk that
    refuses a label ends the log, not the recording.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._open: dict[tuple[int, str], Annotation] = {}
        self._working = True

    def override(self, lit: Lit) -> None:
        """Somebody starts although a channel says stop."""
        stopped = {
            (channel.name, lamp.code)
            for channels in lit.values()
            for channel in channels
            for lamp in channel.lamps
            if lamp.level is LampLevel.STOP
        }
        if stopped:
            note = "Started with " + ", ".join(
                f"{code} on {name}" for name, code in sorted(stopped)
            )
            self._add(self._label(OVERRIDE, note=note, source=Source.USER))

    def update(self, lit: Lit) -> None:
        """What lights now."""
        for key in self._open.keys() - lit.keys():
            self._finish(key)
        for key, channels in lit.items():
            stream, code = key
            before = self._open.get(key)
            # Labels count the channels of the first stream; others are named in the note.
            numbers = {c.channel for c in channels} if stream == 0 else set()
            if before is not None:
                numbers |= set(before.channels or ())
                if numbers == set(before.channels or ()):
                    continue
            names = ", ".join(c.name for c in channels)
            spots = tuple(sorted(numbers)) or None
            if before is None:
                made = replace(self._label(code, note=names), channels=spots)
                self._add(made)
            else:
                made = replace(before, channels=spots, note=_joined(before.note, names))
                self._change(made)
            self._open[key] = made

    def close(self) -> None:
        """End what still lights."""
        for key in tuple(self._open):
            self._finish(key)

    def _finish(self, key: tuple[int, str]) -> None:
        label = self._open.pop(key)
        self._change(label.moved(label.start, max(label.start, self._recorder.now())))

    def _label(self, text: str, *, note: str, source: Source = Source.DEVICE) -> Annotation:
        now = max(0.0, self._recorder.now())
        return Annotation(now, now, text, TRACK, source, AUTHOR, note)

    def _add(self, label: Annotation) -> None:
        self._keep(label, new=True)

    def _change(self, label: Annotation) -> None:
        self._keep(label, new=False)

    def _keep(self, label: Annotation, *, new: bool) -> None:
        if not self._working:
            return
        labels = self._recorder.annotations
        put = labels.add if new else labels.change
        try:
            put(label, text="Quality lamps", undoable=False)
        except EmgError as error:
            self._working = False
            log.info("the quality lamps are not kept any more: %s", error.message)


def _joined(before: str, names: str) -> str:
    """Names that were there before, then those that are new."""
    known = before.split(", ")
    return ", ".join([*known, *(n for n in names.split(", ") if n not in known)])
