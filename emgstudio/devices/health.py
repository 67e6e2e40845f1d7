"""How well a stream arrives, in figures: rate, loss, holes, and how unevenly packets come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emgstudio.devices.stream import Stream

# A rate further off than this is another setting or lost packets. A clock of its own, and ten
# seconds measured on a busy computer (about one percent), stay below.
RATE_TOLERANCE = 0.02
# Fewer arrivals or holes than these say nothing about a pattern.
ENOUGH_ARRIVALS = 20
ENOUGH_GAPS = 8
# Arrivals of the same read are one lump.
SAME_LUMP_S = 0.0005


@dataclass(frozen=True, slots=True)
class StreamHealth:
    """One stream at one moment; rates in Hz, times in seconds, ``loss`` a share 0–1.

    ``jitter_s`` is the standard deviation of the arrivals around the fitted
    clock, ``lump_s`` the usual time between two arrivals and ``lump_samples``
    the samples in one. ``lost_every`` is n where one of n packets is lost
    regularly. What is not known yet is None.
    """

    name: str
    kind: str
    unit: str
    rate: float
    measured_rate: float | None = None
    received: int = 0
    lost: int = 0
    repeated: int = 0
    longest_gap_s: float = 0.0
    gaps: int = 0
    gaps_estimated: bool = False
    jitter_s: float | None = None
    lump_s: float | None = None
    lump_samples: float | None = None
    lost_every: int | None = None

    @property
    def loss(self) -> float:
        total = self.lost + self.received
        return self.lost / total if total else 0.0


def health_of(stream: Stream) -> StreamHealth:
    """The figures of a stream now; any thread may ask."""
    info, gaps = stream.info, stream.gaps
    longest = max((gap.count for gap in gaps), default=0)
    jitter, lump_s, lump_samples = _arrivals(stream)
    return StreamHealth(
        name=info.name,
        kind=info.channels[0].kind,
        unit=info.channels[0].unit,
        rate=info.rate,
        measured_rate=stream.measured_rate,
        received=stream.received,
        lost=stream.lost,
        repeated=stream.repeated,
        longest_gap_s=longest / info.rate,
        gaps=len(gaps),
        gaps_estimated=any(gap.estimated for gap in gaps),
        jitter_s=jitter,
        lump_s=lump_s,
        lump_samples=lump_samples,
        lost_every=_regular_loss([(gap.at, gap.count) for gap in gaps[-4 * ENOUGH_GAPS :]]),
    )


def _arrivals(stream: Stream) -> tuple[float | None, float | None, float | None]:
    arrivals = stream.arrivals
    if len(arrivals) < ENOUGH_ARRIVALS:
        return None, None, None
    host = np.array([when for when, _ in arrivals])
    index = np.array([last for _, last in arrivals], float)
    due = np.array([stream.clock.time(k) for k in index])
    last_of_lump = np.append(np.diff(host) > SAME_LUMP_S, True)
    host, index, due = host[last_of_lump], index[last_of_lump], due[last_of_lump]
    if len(host) < 2:
        return None, None, None
    return (
        float(np.std(host - due)),
        float(np.median(np.diff(host))),
        float(np.median(np.diff(index))),
    )


def _regular_loss(gaps: list[tuple[int, int]]) -> int | None:
    """n where holes of one size come every n such sizes, None where loss has no such rhythm."""
    if len(gaps) < ENOUGH_GAPS:
        return None
    sizes = np.array([count for _, count in gaps[-ENOUGH_GAPS:]])
    steps = np.diff([at for at, _ in gaps[-ENOUGH_GAPS:]])
    size, step = int(sizes[0]), int(steps[0])
    if np.any(sizes != size) or np.any(steps != step) or step % size:
        return None
    return step // size
