"""What the recorder gets of each stream."""

from __future__ import annotations

from collections.abc import Iterable

from emgstudio.core.types import Gap
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceWorker
from emgstudio.storage.recorder import SourceStream


def recorded_sources(
    workers: Iterable[DeviceWorker], from_first_sample: bool
) -> list[SourceStream]:
    """Every stream of ``workers``, from now on or from the oldest sample its ring holds."""
    return [
        _source(stream, worker, from_first_sample)
        for worker in workers
        for stream in worker.streams
    ]


def _source(stream: Stream, worker: DeviceWorker, from_first_sample: bool) -> SourceStream:
    def gaps() -> tuple[Gap, ...]:
        return stream.gaps

    return SourceStream(
        stream.info,
        stream.raw.reader(stream.raw.tail if from_first_sample else None),
        stream.clock,
        stream.condition,
        gaps=gaps,
        markers=stream.markers,
        paced=worker.driver.paced,
        readings=worker.told,
    )
