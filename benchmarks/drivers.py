"""What decoding costs: every driver at its highest rate, and a megabyte of noise.

    python -m benchmarks.drivers [KEY …] [--json]

Target: at most 5 % of a core for one device, 25 % for 408 channels at 2048 Hz.
Bytes arrive in heaps of 10 ms, as USB and Bluetooth bring them.
"""

from __future__ import annotations

import argparse
import copy
import json
import time

import numpy as np

from emgstudio.core.options import options_from_text
from emgstudio.core.types import SampleBlock
from emgstudio.devices.driver import Driver
from emgstudio.devices.emulators.emulator import Faults, PacketEmulator
from emgstudio.devices.links.loopback import LoopbackLink
from emgstudio.devices.registry import DRIVERS, DeviceKind

SECONDS = 5.0
HEAP_S = 0.01
NOISE_BYTES = 1_000_000
# The fastest board of each family, where the emulator's usual one is slower.
FASTEST = {
    "ascii": {"rate": 1000.0, "channels": 8},
    "chords": {"name": "STM32G4-CORE-BOARD"},
    "spikerbox": {"kind": "UNIBOX"},
    "cyton": {"daisy": True},
}
OPTIONS = {
    "ascii": {"rate": "1000", "baud": "115200"},
    "bitalino": {"emg": "1,2,3,4,5,6"},
}
Wire = list[tuple[bytes, float]]


def started(kind: DeviceKind) -> tuple[Driver, float, Wire]:
    """A driver that streams, samples per second of its main stream, and its next seconds."""
    assert kind.emulator is not None
    emulator = kind.emulator(Faults(), **FASTEST.get(kind.key, {}))
    assert isinstance(emulator, PacketEmulator)
    driver = kind.driver(options_from_text(kind.options, OPTIONS.get(kind.key, {})))
    link = LoopbackLink(emulator)
    link.open()
    info = driver.start(link)[0]
    now = link.now
    late = emulator.due(now)
    wire = [(late, now)]
    first, rate = emulator.sent, emulator.packet_rate
    per_heap = max(1, round(rate * HEAP_S))
    for k in range(0, int(SECONDS * rate), per_heap):
        packets = b"".join(emulator.packet(first + k + j) for j in range(per_heap))
        wire.append((packets, now + (k + per_heap) / rate))
    return driver, info.rate * info.n_channels, wire


def cost(driver: Driver, wire: Wire) -> tuple[float, int]:
    """Processor seconds for decoding, and samples (rows × channels) that came out."""
    numbers = 0
    began = time.process_time()
    for data, host in wire:
        for item in driver.feed(data, host):
            if isinstance(item, SampleBlock):
                numbers += item.data.size
    return time.process_time() - began, numbers


def measured(kind: DeviceKind) -> dict[str, float | str]:
    driver, nominal, wire = started(kind)
    clean, dirty = copy.deepcopy(driver), copy.deepcopy(driver)
    seconds, numbers = min(cost(copy.deepcopy(clean), wire) for _ in range(3))
    noise = np.random.default_rng(1).bytes(NOISE_BYTES)
    host = wire[0][1]
    heaps = [(noise[at : at + 997], host) for at in range(0, len(noise), 997)]
    noisy, _ = cost(dirty, heaps)
    streamed = wire[-1][1] - wire[0][1]
    return {
        "driver": f"{kind.scheme}:{kind.key}",
        "samples_per_s": nominal,
        "decoded_per_cpu_s": numbers / seconds,
        "share_of_core": seconds / streamed,
        "noise_MB_per_s": NOISE_BYTES / 1e6 / noisy,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("keys", nargs="*")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    kinds = [k for k in DRIVERS if k.emulator and (not arguments.keys or k.key in arguments.keys)]
    rows = []
    for kind in kinds:
        rows.append(measured(kind))
        if not arguments.json:
            row = rows[-1]
            print(
                f"{row['driver']:24} {row['samples_per_s']:>9.0f} samples/s  "
                f"{row['share_of_core']:7.2%} of a core  "
                f"{row['decoded_per_cpu_s']:>12,.0f} samples per CPU second  "
                f"noise {row['noise_MB_per_s']:6.2f} MB/s",
                flush=True,
            )
    if arguments.json:
        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
