"""How true sample times are behind a radio: the clock against simulated links.

    python -m benchmarks.clock

Five minutes each of a link that delivers at connection events, late and in
lumps, with retransmissions, stalls and losses (docs/devices/ble.md has the real
thing). Target: standard deviation of the error at most 1 ms, 2 ms with 2 % of
the packets lost; the first 30 s and a constant delay do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.clock import Clock

SECONDS = 300.0
SETTLE_S = 30.0
STALL_EVERY_S = 11.0
READY_S = 0.002
SYSTEM_S = 0.001
AT_FIRST_TRY = 0.9

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RadioLink:
    """A device and its way here: rate in Hz, samples per packet, clock error in ppm."""

    title: str
    rate: float
    per_packet: int
    ppm: float
    interval_s: float = 0.015
    stall_s: float = 0.0
    loss: float = 0.0
    target_ms: float = 1.0

    def arrivals(self) -> tuple[NDArray[np.int64], Array, Array]:
        """Last sample of each packet that arrived, when it arrived, when it was sampled."""
        rng = np.random.default_rng(4)
        count = int(self.rate * SECONDS) // self.per_packet
        last = (np.arange(count) + 1) * self.per_packet - 1
        sampled = last / (self.rate * (1.0 + self.ppm * 1e-6))
        event = np.ceil((sampled + READY_S) / self.interval_s) * self.interval_s + SYSTEM_S
        again = self.interval_s * (rng.geometric(AT_FIRST_TRY, count) - 1)
        arrived = event + rng.exponential(SYSTEM_S, count) + again
        if self.stall_s:
            for begin in np.arange(7.0, SECONDS, STALL_EVERY_S):
                late = (arrived > begin) & (arrived < begin + self.stall_s)
                arrived[late] = begin + self.stall_s + rng.uniform(0.0, 0.004, late.sum())
        arrived = np.maximum.accumulate(arrived)
        kept = rng.random(count) >= self.loss
        return last[kept], arrived[kept], sampled[kept]


LINKS = (
    RadioLink("Myo 200 Hz", 200.0, 2, 60.0),
    RadioLink("Myo, 250 ms stalls", 200.0, 2, 60.0, stall_s=0.25),
    RadioLink("Myo, stalls, 2 % lost", 200.0, 2, 60.0, stall_s=0.25, loss=0.02, target_ms=2.0),
    RadioLink("Cyton 250 Hz by cable", 250.0, 1, -40.0, interval_s=0.001, stall_s=0.05),
    RadioLink("2 kHz in packets of 15", 2000.0, 15, 300.0, stall_s=0.1),
    RadioLink("2 kHz, 2 % lost", 2000.0, 15, 300.0, stall_s=0.1, loss=0.02, target_ms=2.0),
)


def main() -> None:
    print(f"{'link':24} {'arrival ms':>11} {'clock ms':>9} {'target':>7} {'offset ms':>10}")
    for link in LINKS:
        last, arrived, sampled = link.arrivals()
        clock = Clock(link.rate)
        said = np.empty(len(last))
        for k, (index, host) in enumerate(zip(last.tolist(), arrived.tolist(), strict=True)):
            clock.update(index, host)
            said[k] = clock.time(index)
        settled = sampled > SETTLE_S
        error = 1e3 * (said - sampled)[settled]
        raw = 1e3 * (arrived - sampled)[settled]
        print(
            f"{link.title:24} {raw.std():11.2f} {error.std():9.3f} {link.target_ms:7.1f}"
            f" {error.mean():10.2f}  {'ok' if error.std() <= link.target_ms else 'MISSED'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
