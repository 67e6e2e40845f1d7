"""How a recording was made, as a paragraph for a paper; what nobody said is “not recorded”.

The 21 items are those of the Standards for Reporting EMG Data of the International
Society of Electrophysiology and Kinesiology (Merletti 1999).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emgstudio.core.types import ConditionSpec, StreamInfo
from emgstudio.dsp.conditioner import effective
from emgstudio.dsp.signal_view import ENVELOPE_S, Shown, SignalView
from emgstudio.session.reference import Method
from emgstudio.storage.recording import RecordedStream, Recording

NOT_RECORDED = "not recorded"

# As a person may name them in what is written down of the electrodes: “size: 10 mm; gel: wet”.
PERSONS = {
    "Electrode material": "material",
    "Electrode shape": "shape",
    "Electrode size": "size",
    "Gel or paste": "gel",
    "Skin preparation": "skin",
    "Inter-electrode distance": "distance",
    "Location and orientation": "location",
    "Detection mode": "mode",
    "Input impedance": "impedance",
    "Common mode rejection": "cmrr",
    "Signal-to-noise ratio": "snr",
    "Crosstalk": "crosstalk",
}
# What is said by the way: “Ag/AgCl gel, 20 mm apart”.
BY_THE_WAY = {
    "Electrode material": r"ag\s*/\s*agcl|silver|gold|stainless steel|textile",
    "Gel or paste": r"(?:wet |solid |hydro)?gel|paste|dry",
    "Inter-electrode distance": r"(\d+(?:[.,]\d+)? ?(?:mm|cm)) apart",
    "Detection mode": r"monopolar|(?:single|double) differential|bipolar",
}
NORMALISED = {
    Method.MVC: "to a maximum voluntary contraction",
    Method.SUBMAXIMAL: "to a submaximal reference contraction",
    Method.BEST_OF_TODAY: "to the best effort of the day",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the list; ``value`` is empty where nobody said it."""

    name: str
    value: str

    @property
    def text(self) -> str:
        """The item as it stands in the paragraph."""
        return f"{self.name}: {self.value or NOT_RECORDED}"


@dataclass(frozen=True, slots=True)
class Methods:
    """How one stream of a recording was made and seen."""

    origin: str
    items: tuple[Item, ...]

    @property
    def told(self) -> int:
        """How many items of the list are known."""
        return sum(bool(item.value) for item in self.items)

    @property
    def summary(self) -> str:
        """How complete the list is, in words."""
        return f"{self.told} of {len(self.items)} items of ISEK's list are recorded"

    @property
    def paragraph(self) -> str:
        """All of it as text that can be pasted."""
        listed = "; ".join(item.text for item in self.items)
        return f"{self.origin} {listed}."


def methods_of(
    recording: Recording,
    condition: ConditionSpec | None = None,
    view: SignalView | None = None,
) -> Methods:
    """How the main stream was made, and what was done to what is seen or measured.

    ``condition`` and ``view`` are those in use; without them the live filter, and raw.
    """
    stream = recording.main
    spec = condition or stream.condition
    persons = said_by_person(str(recording.meta.get("electrodes", "")))
    values = {
        "Location and orientation": _places(stream.info),
        **persons,
        "Gain": _gain(stream.info),
        **_processing(spec, view or SignalView(), stream.rate),
        "Sampling rate": _rate(stream),
        "Resolution": _bits(stream.info),
        "Normalisation": _normalisation(recording.meta, stream.info),
    }
    names = [*list(PERSONS)[:-1], "Gain", *PROCESSING, "Sampling rate", "Resolution"]
    names += ["Normalisation", "Crosstalk"]
    emg = [channel for channel in stream.info.channels if channel.kind == "EMG"]
    origin = f"Surface EMG of {len(emg)} channel{'s' if len(emg) != 1 else ''} was "
    if stream.info.device.startswith("file "):
        # Its name may be somebody's.
        origin += "imported from a file of another program"
    else:
        device = stream.info.device.removeprefix("Simulated: ") or "an unnamed device"
        origin += f"SIMULATED by {device}" if recording.simulated else f"recorded from {device}"
    origin += f" with {recording.meta.get('app') or 'EMG Studio'}."
    return Methods(origin, tuple(Item(name, values.get(name, "")) for name in names))


def said_by_person(electrodes: str) -> dict[str, str]:
    """Items in what somebody wrote of the electrodes, by name or by the way."""
    found: dict[str, str] = {}
    for name, pattern in BY_THE_WAY.items():
        seen = re.search(rf"\b(?:{pattern})\b", electrodes, re.IGNORECASE)
        if seen is not None:
            found[name] = seen.group(seen.lastindex or 0)
    words = {word: name for name, word in PERSONS.items()}
    for part in electrodes.split(";"):
        key, _, value = part.partition(":")
        named = next((name for word, name in words.items() if word in key.lower()), None)
        if named is not None and value.strip():
            found[named] = value.strip()
    return found


PROCESSING = ("Filter type", "Cut-off frequencies", "Filter order and slope", "Rectification",
              "Smoothing")  # fmt: skip


def _processing(spec: ConditionSpec, view: SignalView, rate: float) -> dict[str, str]:
    if view.shown is Shown.RAW:
        untouched = "none, the stored samples are those of the device"
        return dict.fromkeys(PROCESSING[:3], "none by software") | dict.fromkeys(
            PROCESSING[3:], untouched
        )
    done = effective(view.applied(spec), rate)
    edges = [f"{hz:g} Hz ({what})" for hz, what in ((done.low_hz, "high-pass"),
                                                   (done.high_hz, "low-pass")) if hz]  # fmt: skip
    if done.notch_hz:
        edges += [f"{done.notch_hz * k:g} Hz (notch, Q {done.notch_q:g})"
                  for k in done.notch_multiples if done.notch_hz * k < rate / 2]  # fmt: skip
    kind = ["digital Butterworth, causal"] if done.low_hz or done.high_hz else []
    kind += ["IIR notch"] if done.notch_hz else []
    kind += ["hum removed by its measured tones"] if view.hum_out else []
    kind += ["heartbeat template subtracted"] if done.ecg else []
    # Each of order n falls by 6n dB per octave (20n per decade).
    slope = f"order {done.order}, {6 * done.order} dB per octave"
    shown = {Shown.RECTIFIED: "full wave", Shown.ENVELOPE: "none, squared in the RMS"}
    smooth = f"moving RMS of {ENVELOPE_S * 1000:g} ms, centred"
    return {
        "Filter type": ", ".join(kind) or "none by software",
        "Cut-off frequencies": ", ".join(edges) or "none",
        "Filter order and slope": slope if done.low_hz or done.high_hz else "none",
        "Rectification": shown.get(view.shown, "none"),
        "Smoothing": smooth if view.shown is Shown.ENVELOPE else "none",
    }


def _places(info: StreamInfo) -> str:
    placed: dict[str, list[str]] = {}
    for channel in info.channels:
        if channel.site:
            placed.setdefault(f"{channel.side} {channel.site}".strip(), []).append(channel.name)
    sites = [f"{', '.join(names)} at {place}" for place, names in placed.items()]
    if len(placed) == 1 and sum(map(len, placed.values())) == info.n_channels:
        sites = [f"all channels at {next(iter(placed))}"]
    return f"{'; '.join(sites)} (orientation {NOT_RECORDED})" if sites else ""


def _gain(info: StreamInfo) -> str:
    """What one count of the converter is, which is what can be known of a gain."""
    steps = {(c.scale, c.unit) for c in info.channels if c.kind == "EMG"}
    if info.dtype == "float32" or len(steps) != 1 or (only := next(iter(steps)))[0] == 1:
        return ""
    return f"{only[0]:.6g} {only[1]} per count"


def _rate(stream: RecordedStream) -> str:
    measured = f", measured {stream.rate:.6g} Hz" if stream.rate != stream.info.rate else ""
    return f"{stream.info.rate:g} Hz{measured}"


def _bits(info: StreamInfo) -> str:
    rails = {c.rails for c in info.channels if c.kind == "EMG"}
    only = next(iter(rails)) if len(rails) == 1 else None
    if info.dtype == "float32":
        return "32 bit floating point as the device or file gave it"
    if only is None or only[1] <= only[0]:
        return f"stored as {info.dtype[3:]} bit whole numbers"
    return f"{math.ceil(math.log2(only[1] - only[0] + 1))} bit"


def _normalisation(meta: Mapping[str, Any], info: StreamInfo) -> str:
    found = meta.get("references")
    kept = [r for r in found if isinstance(r, dict)] if isinstance(found, list) else []
    mine = [r for r in kept if r.get("stream") == info.name]
    told = {
        f"{NORMALISED[Method(r['method'])]}, RMS of {float(r['window_s']):g} s"
        for r in mine
        if r.get("method") in set(Method) and isinstance(r.get("window_s"), int | float)
    }
    return " and ".join(sorted(told))
