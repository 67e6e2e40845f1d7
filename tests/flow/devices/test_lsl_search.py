"""Streams of other programs are found while they are sent, and our own are not offered back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from emgstudio.devices.kinds import FoundDevice
from emgstudio.devices.links import lsl_search
from emgstudio.devices.links.lsl_search import OWN_SOURCE, LslSearch
from emgstudio.devices.registry import open_device
from tests.own_lsl import own_lsl

Wait = Callable[..., None]


@pytest.fixture(scope="module")
def lsl() -> Any:
    return own_lsl()


def outlet(lsl: Any, name: str, source: str, rate: float = 500.0, kind: str = "EMG") -> Any:
    text = rate == lsl.IRREGULAR_RATE
    form = lsl.cf_string if text else lsl.cf_float32
    return lsl.StreamOutlet(lsl.StreamInfo(name, kind, 8, rate, form, source))


def test_signals_of_others_are_found(lsl: Any, wait_until: Wait) -> None:
    tag = uuid.uuid4().hex[:8]
    sent = [
        outlet(lsl, f"Sleeve {tag}", tag),
        outlet(lsl, f"Ours {tag}", f"{OWN_SOURCE}{tag}"),
        outlet(lsl, f"Words {tag}", f"{tag} words", lsl.IRREGULAR_RATE, "Markers"),
    ]
    search = LslSearch()
    search.start()
    try:
        seen: list[FoundDevice] = []
        wait_until(lambda: seen.extend(d for d in search.seen if tag in d.title) or seen)
        (found,) = seen
        assert found.uri == f"lsl:Sleeve {tag}"
        assert found.detail.startswith("EMG · 8 channels · 500 Hz · from ")
        open_device(found.uri)
    finally:
        search.stop()
        search.stop()
        sent.clear()
    assert search.seen == ()


def test_without_the_library_nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lsl_search, "lsl_installed", lambda: False)
    search = LslSearch()
    search.start()
    assert (search.installed, search.seen) == (False, ())
    search.stop()
