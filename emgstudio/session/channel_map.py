"""The channel map: what a person says of each channel, what is wrong with it, and its use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emgstudio.core.types import StreamInfo
from emgstudio.session.sensors import ChannelNote
from emgstudio.session.state import ChannelsDescribed

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.devices.worker import DeviceWorker
    from emgstudio.session.session import Session


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one channel. ``grave`` ones cannot be stored."""

    channel: int
    field: str
    text: str
    hint: str
    grave: bool = False

    def __str__(self) -> str:
        return f"{self.text} {self.hint}"


def padded(notes: Sequence[ChannelNote], channels: int) -> tuple[ChannelNote, ...]:
    """One note for each channel."""
    return (*notes, *(ChannelNote() for _ in range(channels)))[:channels]


def same_names(info: StreamInfo, notes: Sequence[ChannelNote]) -> tuple[Problem, ...]:
    """Channels that would have one name; ``info`` is the stream as the device describes it."""
    names = [note.name or channel.name for channel, note in zip(info.channels, notes, strict=True)]
    return tuple(
        Problem(
            k,
            "name",
            f"Two channels are named “{name}”.",
            f"Give each a name of its own: channel {names.index(name, _other(names, k)) + 1} "
            "has it too.",
            grave=True,
        )
        for k, name in enumerate(names)
        if names.count(name) > 1
    )


def _other(names: list[str], k: int) -> int:
    """Where to look for another channel that has the name of channel ``k``."""
    return k + 1 if names[k] in names[k + 1 :] else 0


def claimed_twice(
    notes: Sequence[ChannelNote], others: Sequence[tuple[str, ChannelNote]]
) -> tuple[Problem, ...]:
    """Used channels that sit at one muscle and side; ``others`` are those of other streams.

    What a device says by itself (an armband's "forearm ring") is no claim.
    """
    owners: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for title, note in others:
        owners[_place(note)].append(title)
    for k, note in enumerate(notes):
        owners[_place(note)].append(f"channel {k + 1}")
    found: list[Problem] = []
    for k, note in enumerate(notes):
        rivals = [owner for owner in owners[_place(note)] if owner != f"channel {k + 1}"]
        if note.used and note.site and rivals:
            where = f"{note.site} {note.side}".strip()
            text = f"Two sensors claim “{where}”: this one and {rivals[0]}."
            found.append(Problem(k, "site", text, "Choose one, or say what tells them apart."))
    return tuple(found)


def _place(note: ChannelNote) -> tuple[str, str]:
    # Nobody's place where nothing is claimed.
    return (note.site.casefold(), note.side) if note.used and note.site else ("", "")


def problems(
    session: Session, worker: DeviceWorker, stream: Stream, notes: Sequence[ChannelNote]
) -> tuple[Problem, ...]:
    """All that is wrong with a map that somebody is about to store."""
    others = [
        (f"{note.name or channel.name} of {other.title}", note)
        for other, another in _streams(session)
        if another is not stream
        for channel, note in zip(
            other.as_the_device_says(another).channels,
            stored_notes(session, other, another),
            strict=True,
        )
    ]
    info = worker.as_the_device_says(stream)
    return (*same_names(info, notes), *claimed_twice(notes, others))


def _streams(session: Session) -> Iterator[tuple[DeviceWorker, Stream]]:
    for worker in session.devices.values():
        for stream in worker.streams:
            yield worker, stream


def stored_notes(session: Session, worker: DeviceWorker, stream: Stream) -> tuple[ChannelNote, ...]:
    """The stored map of a stream, one note for each channel."""
    return padded(session.sensors.notes(worker.uri, stream.info.name), stream.info.n_channels)


def store_map(
    session: Session, worker: DeviceWorker, stream: Stream, notes: Sequence[ChannelNote]
) -> bool:
    """Store a map and use it; False while that has to wait (see :func:`needed_by`).

    Raises EmgError when it cannot be stored.
    """
    session.sensors.set_notes(worker.uri, stream.info.name, notes)
    return use_maps(session, worker)


def needed_by(session: Session, worker: DeviceWorker) -> str:
    """Who relies on the channels as they are: "a recording", "the classifier", "" for nobody."""
    if session.recorder is not None and any(s in session.recorded for s in worker.streams):
        return "a recording"
    if session.decoder is not None and session.decoded_stream in worker.streams:
        return "the classifier"
    return ""


def use_maps(session: Session, worker: DeviceWorker) -> bool:
    """Let a device's streams be described as their maps say, unless somebody relies on them."""
    if needed_by(session, worker):
        return False
    before = [stream.info for stream in worker.streams]
    worker.redescribe()
    if before != [stream.info for stream in worker.streams]:
        session.outbox.post(ChannelsDescribed(worker.device_id))
    return True
