"""Four armbands at once through bleak's real Linux back end: is every sample there?

    python -m benchmarks.ble [SECONDS]

Emulated Myos at an emulated BlueZ on a private D-Bus. Prints samples received,
lost and expected for each, the jitter of arrivals, and the share of a core that
this whole process took, emulators included. Fails when a sample is lost.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from emgstudio.core.clock import host_time
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import ConditionSpec
from emgstudio.devices.drivers.myo import MyoDriver, MyoOptions
from emgstudio.devices.emulators.air import AirDevice
from emgstudio.devices.emulators.emulator import Faults
from emgstudio.devices.emulators.fake_bluez import FakeBlueZThread
from emgstudio.devices.emulators.myo import MyoEmulator
from emgstudio.devices.emulators.private_bus import PrivateBus
from emgstudio.devices.links.ble import BleLink
from emgstudio.devices.links.ble_loop import close_bluetooth
from emgstudio.devices.worker import DeviceWorker

ARMBANDS = 4


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    emulators = [MyoEmulator(Faults(seed=k), f"E1:7A:00:00:00:0{k}") for k in range(ARMBANDS)]
    outbox = Outbox()
    with PrivateBus(), FakeBlueZThread(*map(AirDevice, emulators)):
        workers = [
            DeviceWorker(
                f"myo-{k}", "", MyoDriver(MyoOptions()), BleLink(e.table.address), outbox,
                ConditionSpec(low_hz=20.0, high_hz=90.0),
            )
            for k, e in enumerate(emulators)
        ]  # fmt: skip
        for worker in workers:
            worker.start()
        while not all(w.streams and w.streams[0].received for w in workers):
            time.sleep(0.01)
        began, cpu = host_time(), time.process_time()
        time.sleep(seconds)
        share = (time.process_time() - cpu) / (host_time() - began)
        for worker in workers:
            worker.stop()
        close_bluetooth()
    lost = 0
    for worker, emulator in zip(workers, emulators, strict=True):
        emg = worker.streams[0]
        lost += emg.lost + emg.repeated
        late = [(a.host - emg.clock.time(a.index)) * 1e3 for a in emg.clock.anchors()]
        print(
            f"{worker.device_id}: {emg.received} of {2 * emulator.sent} samples sent, "
            f"{emg.lost} lost, clock points scatter {np.std(late):.2f} ms"
        )
    print(f"{share:.2f} of a core for {ARMBANDS} armbands, emulators and D-Bus client included")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
