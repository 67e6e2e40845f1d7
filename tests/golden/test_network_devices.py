"""Bytes of network devices and what they mean: neither may change by accident."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.options import options_from_text
from emgstudio.core.types import SampleBlock
from emgstudio.devices.driver import Item
from emgstudio.devices.link import LinkLost
from emgstudio.devices.registry import device_kind

pytestmark = pytest.mark.usefixtures("stepped_time")

FOLDER = Path(__file__).parent / "devices"
KEYS = ("muovi", "sessantaquattro", "quattrocento", "trigno")


class Tape:
    """Plays a wire as fast as it is asked and remembers what was sent."""

    def __init__(self, wire: bytes) -> None:
        self.pieces = [wire[at : at + 500] for at in range(0, len(wire), 500)]
        self.sent = b""

    def open(self) -> None: ...

    def close(self) -> None: ...

    def write(self, data: bytes) -> None:
        self.sent += data

    def read(self, timeout_s: float) -> bytes:
        del timeout_s
        if not self.pieces:
            raise LinkLost("The tape is at its end.")
        return self.pieces.pop(0)


@pytest.mark.parametrize("key", KEYS)
def test_bytes_mean_what_they_meant(key: str) -> None:
    golden = json.loads((FOLDER / f"{key}.json").read_text("utf-8"))
    kind = device_kind("tcp", key)
    driver = kind.driver(options_from_text(kind.options, golden["options"]))
    tape = Tape(base64.b64decode("".join(golden["wire"])))
    infos = driver.start(tape)
    sent = tape.sent.decode("latin-1") if key == "trigno" else tape.sent.hex()
    assert sent == golden["commands"]
    items: list[Item] = driver.feed(b"", 0.0)
    while tape.pieces:
        items += driver.feed(tape.read(0.0), 0.0)
    assert [info.name for info in infos] == list(golden["streams"])
    for info in infos:
        wanted = golden["streams"][info.name]
        blocks = [i.data for i in items if isinstance(i, SampleBlock) and i.stream == info.name]
        values = info.to_physical(np.concatenate(blocks))
        assert info.rate == pytest.approx(wanted["rate"])
        assert info.channels[0].unit == wanted["unit"]
        assert list(values.shape) == wanted["shape"]
        np.testing.assert_allclose(values[0][:8], wanted["first"], rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(values[-1][:8], wanted["last"], rtol=1e-5, atol=1e-9)
        assert values.sum(dtype=np.float64) == pytest.approx(wanted["sum"], rel=1e-6)
