"""The methods paragraph: every item of ISEK's list with what is known, or “not recorded”."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.types import Channel, ConditionSpec, StreamInfo
from emgstudio.dsp.signal_view import Shown, SignalView
from emgstudio.session.methods import Methods, methods_of, said_by_person
from emgstudio.storage.importers.imported import imported_session
from emgstudio.storage.recording import Recording

ITEMS = (
    "Electrode material", "Electrode shape", "Electrode size", "Gel or paste", "Skin preparation",
    "Inter-electrode distance", "Location and orientation", "Detection mode", "Input impedance",
    "Common mode rejection", "Signal-to-noise ratio", "Gain", "Filter type", "Cut-off frequencies",
    "Filter order and slope", "Rectification", "Smoothing", "Sampling rate", "Resolution",
    "Normalisation", "Crosstalk",
)  # fmt: skip
BARE = StreamInfo("emg", 1000.0, (Channel("a", "µV"),), "float32", "file Jane.edf")
Described = Callable[..., Methods]


@pytest.fixture
def described(tmp_path: Path) -> Described:
    """``described(info, meta, condition, view)``: the methods of such a recording."""

    def made(info: StreamInfo, meta: dict[str, Any] | None = None, *how: Any) -> Methods:
        with imported_session(tmp_path / "one", info, meta or {}) as session:
            session.append(np.ones((50, info.n_channels), info.dtype))
        with Recording.open(tmp_path / "one") as recording:
            return methods_of(recording, *how)

    return made


def test_f8_all_21_items_are_there_and_what_nobody_said_is_not_recorded(
    described: Described,
) -> None:
    methods = described(BARE)
    assert len(ITEMS) == 21
    assert tuple(item.name for item in methods.items) == ITEMS
    unknown = [item.name for item in methods.items if not item.value]
    assert unknown == [*ITEMS[:12], "Normalisation", "Crosstalk"]
    assert methods.told == 7
    for name in ITEMS:
        assert f"{name}: " in methods.paragraph
    for name in unknown:
        assert f"{name}: not recorded" in methods.paragraph
    assert methods.paragraph.count("not recorded") == len(unknown)
    assert "Jane" not in methods.paragraph


def test_f8_what_is_known_is_told_with_its_numbers(described: Described) -> None:
    muscles = (("Biceps brachii", "left"), ("Triceps", "right"))
    channels = tuple(
        Channel(f"EMG {k}", "µV", 0.5, site=site, side=side, rails=(-(2**23), 2**23 - 1))
        for k, (site, side) in enumerate(muscles, 1)
    )
    info = StreamInfo("emg", 2000.0, channels, "int32", "Testband", simulated=True)
    words = "Ag/AgCl gel, 20 mm apart; size: 10 mm; skin: alcohol; CMRR: 110 dB; crosstalk: none"
    reference = {"stream": "emg", "method": "mvc", "window_s": 0.5}
    spec = ConditionSpec(20.0, 450.0, 4, 50.0, 2, 30.0)
    methods = described(
        info,
        {"electrodes": words, "references": [reference, {**reference, "stream": "other"}]},
        spec,
        SignalView(Shown.ENVELOPE),
    )
    told = {item.name: item.value for item in methods.items}
    assert told == {
        "Electrode material": "Ag/AgCl",
        "Electrode shape": "",
        "Electrode size": "10 mm",
        "Gel or paste": "gel",
        "Skin preparation": "alcohol",
        "Inter-electrode distance": "20 mm",
        "Location and orientation": "EMG 1 at left Biceps brachii; EMG 2 at right Triceps "
        "(orientation not recorded)",
        "Detection mode": "",
        "Input impedance": "",
        "Common mode rejection": "110 dB",
        "Signal-to-noise ratio": "",
        "Gain": "0.5 µV per count",
        "Filter type": "digital Butterworth, causal, IIR notch",
        "Cut-off frequencies": "20 Hz (high-pass), 450 Hz (low-pass), 50 Hz (notch, Q 30), "
        "100 Hz (notch, Q 30)",
        "Filter order and slope": "order 4, 24 dB per octave",
        "Rectification": "none, squared in the RMS",
        "Smoothing": "moving RMS of 100 ms, centred",
        "Sampling rate": "2000 Hz",
        "Resolution": "24 bit",
        "Normalisation": "to a maximum voluntary contraction, RMS of 0.5 s",
        "Crosstalk": "none",
    }
    assert methods.paragraph.startswith("Surface EMG of 2 channels was SIMULATED by Testband")
    assert methods.summary == "17 of 21 items of ISEK's list are recorded"


def test_one_place_for_all_channels_is_told_once(described: Described) -> None:
    ring = tuple(Channel(f"EMG {k}", site="forearm ring") for k in range(8))
    methods = described(StreamInfo("emg", 1000.0, ring, "int16", "Simulated: Band", "", True))
    assert "orientation: all channels at forearm ring (" in methods.paragraph
    assert "was SIMULATED by Band with" in methods.paragraph


def test_the_upper_edge_is_the_one_that_the_rate_can_hold(described: Described) -> None:
    slow = replace(BARE, rate=200.0)
    methods = described(slow, {}, ConditionSpec(), SignalView(Shown.RECTIFIED))
    told = {item.name: item.value for item in methods.items}
    assert "450" not in told["Cut-off frequencies"]
    assert told["Rectification"] == "full wave"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", {}),
        ("the blue ones", {}),
        ("monopolar, dry", {"Detection mode": "monopolar", "Gel or paste": "dry"}),
        ("mode: single differential; gel:", {"Detection mode": "single differential",
                                             "Gel or paste": "gel"}),
        ("location: along the fibres", {"Location and orientation": "along the fibres"}),
    ],
)  # fmt: skip
def test_what_somebody_wrote_of_the_electrodes(words: str, found: dict[str, str]) -> None:
    assert said_by_person(words) == found


@pytest.mark.parametrize("wrong", [None, "x", [1, {}], [{"stream": "emg", "method": "new"}]])
def test_references_of_another_form_are_passed_over(described: Described, wrong: Any) -> None:
    items = {item.name: item.value for item in described(BARE, {"references": wrong}).items}
    assert items["Normalisation"] == ""
