"""A stream that a test writes by hand."""

from collections.abc import Callable

import numpy as np

from emgstudio.core.clock import Clock, host_time
from emgstudio.core.markers import MarkerLog
from emgstudio.core.outbox import Outbox
from emgstudio.core.ring import Ring
from emgstudio.core.types import (
    Channel,
    ConditionSpec,
    Gap,
    Notice,
    StreamInfo,
)
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import SourceStream

WaitUntil = Callable[..., None]
SMALL = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)


class Feed:
    """A stream that a test writes by hand; its samples arrive in time, however late they are made.

    ``host`` is when the newest one arrived.
    """

    def __init__(self, name: str = "emg", rate: float = 1000.0, ring_s: float = 20.0) -> None:
        self.info = StreamInfo(name, rate, (Channel("a"), Channel("b")), "int32", "hand")
        self.ring = Ring(round(ring_s * rate), 2, np.int32)
        self.clock = Clock(rate)
        self.host = host_time()
        self.gaps: list[Gap] = []
        self.markers = MarkerLog()
        self.paced = True

    def source(self) -> SourceStream:
        reader = self.ring.reader()
        return SourceStream(
            self.info,
            reader,
            self.clock,
            ConditionSpec(low_hz=10.0),
            lambda: self.gaps,
            self.markers,
            self.paced,
        )

    def write(self, count: int) -> None:
        first = self.ring.head
        self.host += count / self.info.rate
        self.clock.update(first + count - 1, self.host)
        self.ring.write(np.arange(first, first + count)[:, None] * np.array([1, -1]))

    def skip(self, count: int, *, estimated: bool = False) -> None:
        self.gaps.append(Gap(self.info.name, self.ring.head, count, estimated))
        self.host += count / self.info.rate
        self.ring.skip(count)


def notices(outbox: Outbox) -> list[Notice]:
    return [item for item in outbox.drain() if isinstance(item, Notice)]
