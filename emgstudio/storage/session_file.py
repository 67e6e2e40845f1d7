"""session.json: what a recording is, who and what made it, and how its streams lie in time."""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json
from emgstudio.core.types import Channel, ConditionSpec, StreamInfo
from emgstudio.storage.format import SESSION_FILE, VERSION, disk_type

KIND = "emgstudio-session"


def write_session(folder: Path, value: Mapping[str, Any]) -> None:
    """Write session.json whole or not at all, with a checksum of its own content."""
    plain = {key: item for key, item in value.items() if key != "sha256"}
    write_json(folder / SESSION_FILE, {**plain, "sha256": _digest(plain)})


def read_session(folder: Path) -> dict[str, Any]:
    """Read session.json.

    Raises
    ------
    EmgError
        It is missing, not JSON, not ours, or it does not say what it must.
    """
    path = folder / SESSION_FILE
    try:
        value = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise EmgError(f'"{folder}" is not a recording.', "It has no session.json.") from None
    except (OSError, ValueError) as error:
        raise EmgError(
            f'The description of "{folder.name}" cannot be read ({error}).',
            "Run recover on it: the samples are kept in files of their own.",
        ) from None
    if not isinstance(value, dict) or value.get("kind") != KIND:
        raise EmgError(f'"{folder}" is not a recording of EMG Studio.')
    try:
        _check(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise EmgError(
            f'The description of "{folder.name}" is damaged ({type(error).__name__}: {error}).',
            "Run recover on it: the samples are kept in files of their own.",
        ) from error
    return value


def session_intact(value: Mapping[str, Any]) -> bool:
    """Whether session.json is as EMG Studio wrote it."""
    plain = {key: item for key, item in value.items() if key != "sha256"}
    return value.get("sha256") == _digest(plain)


def is_newer(value: Mapping[str, Any]) -> bool:
    """Whether a later EMG Studio wrote this session."""
    return int(value.get("version", VERSION)) > VERSION


def info_to_json(info: StreamInfo) -> dict[str, Any]:
    """All of a StreamInfo; channel fields at their default are left out."""
    plain = asdict(info)
    defaults = {f.name: f.default for f in fields(Channel)}
    plain["channels"] = [
        {k: v for k, v in channel.items() if k in ("name", "unit") or v != defaults[k]}
        for channel in plain["channels"]
    ]
    return plain


def info_from_json(value: Mapping[str, Any]) -> StreamInfo:
    """The StreamInfo in a stream's entry; fields this version does not know are ignored."""
    channels = tuple(_channel(item) for item in value["channels"])
    known = {f.name for f in fields(StreamInfo)} - {"channels"}
    return StreamInfo(channels=channels, **{k: v for k, v in value.items() if k in known})


def condition_from_json(value: Mapping[str, Any] | None) -> ConditionSpec:
    """The ConditionSpec of a stream's entry; the default where there is none.

    Raises TypeError for values that are no numbers.
    """
    known = {f.name for f in fields(ConditionSpec)}
    spec = ConditionSpec(**{k: v for k, v in (value or {}).items() if k in known})
    edges = [edge for edge in (spec.low_hz, spec.high_hz, spec.notch_hz) if edge is not None]
    counts = (spec.order, spec.notch_harmonics, *spec.notch_at)
    if not all(isinstance(number, int | float) for number in (*edges, spec.notch_q)):
        raise TypeError("condition: frequencies")
    if not all(isinstance(count, int) for count in counts):
        raise TypeError("condition: order or harmonics")
    return spec


def _check(session: Mapping[str, Any]) -> None:
    """Raise whatever comes when something that others rely on is not there or not possible."""
    if not isinstance(session["state"], str) or not isinstance(session.get("meta", {}), dict):
        raise TypeError("state or meta")
    int(session.get("version", VERSION))
    _finite(session["host_s"])
    _finite(session["duration_s"])
    for entry in session["streams"]:
        for name in (entry["file"], entry["index"]):
            # Recovery cuts these files: never one outside of the session's folder.
            if name != Path(name).name or not name:
                raise ValueError(f"file {name!r}")
        uuid.UUID(entry["id"])
        tuple(map(int, entry.get("damaged", ())))
        info = info_from_json(entry["info"])
        condition_from_json(entry.get("condition"))
        disk_type(info.dtype)
        if not isinstance(info.name, str) or not info.channels:
            raise ValueError("stream")
        rates = (info.rate, entry.get("fitted_rate") or info.rate)
        if not all(_finite(rate) > 0 for rate in rates):
            raise ValueError(f"rate {rates}")
        _finite(entry.get("start_s") or 0.0)
        for channel in info.channels:
            if not isinstance(channel.name, str) or not isinstance(channel.unit, str):
                raise TypeError("channel")
            _finite(channel.scale)
            _finite(channel.offset)


def _finite(value: Any) -> float:
    number = float(value)
    if isinstance(value, str) or not math.isfinite(number):
        raise ValueError(f"{value!r} is not a number")
    return number


def _channel(value: Mapping[str, Any]) -> Channel:
    known = {f.name for f in fields(Channel)}
    plain = {k: v for k, v in value.items() if k in known}
    if plain.get("rails") is not None:
        low, high = plain["rails"]
        plain["rails"] = (low, high)
    return Channel(**plain)


def _digest(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
