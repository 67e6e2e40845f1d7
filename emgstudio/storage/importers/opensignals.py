"""Imports OpenSignals recordings of PLUX and BITalino sensors: text, and HDF5 with h5py.

The layouts are PLUX's: https://support.pluxbiosignals.com (OpenSignals file formats).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.core.types import Channel, Samples, StreamInfo
from emgstudio.storage.importers.counter import counted
from emgstudio.storage.importers.dialect import find_dialect
from emgstudio.storage.importers.foreign import Foreign, ForeignStream
from emgstudio.storage.importers.imported import checked_rate
from emgstudio.storage.importers.lines import table
from emgstudio.storage.pyramid import Reports

COUNTS = (
    "Values are counts, as OpenSignals stores them: "
    "the sensor's data sheet tells how many millivolts one is."
)


def is_opensignals(head: Sequence[str]) -> bool:
    """Whether the first line is that of an OpenSignals text file."""
    return bool(head) and head[0].startswith("# OpenSignals Text File")


def read_opensignals_text(
    file: Path, head: Sequence[str], progress: Reports | None = None
) -> Foreign:
    """One stream per device, in counts. Raises EmgError with what is wrong and where."""
    try:
        devices = json.loads(head[1].lstrip("# "))
        columns = [(name, about, list(about["column"])) for name, about in devices.items()]
        rates = [checked_rate(float(about["sampling rate"])) for _, about, _ in columns]
    except (IndexError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise EmgError(
            f'Line 2 of "{file.name}" should describe the devices, but cannot be read.',
            "Save the recording again in OpenSignals.",
        ) from error
    dialect = find_dialect(head, file.name)
    wanted = sum(len(names) for _, _, names in columns)
    if dialect.fields < wanted:
        raise EmgError(
            f'"{file.name}" describes {wanted} columns, but its lines have {dialect.fields}.',
            "Save the recording again in OpenSignals.",
        )
    data = table(file, dialect, range(wanted), progress)
    streams, remarks, at = [], [COUNTS], 0
    for (name, about, names), rate in zip(columns, rates, strict=True):
        mine = data[:, at : at + len(names)]
        at += len(names)
        kinds = dict(zip(about.get("label", ()), about.get("sensor", ()), strict=False))
        wave = [k for k, n in enumerate(names) if n in kinds or n.upper().startswith(("CH", "A"))]
        sequence = mine[:, names.index("nSeq")] if "nSeq" in names else None
        channels = [_channel(names[k], str(kinds.get(names[k], "EMG"))) for k in wave]
        streams.append(_device(file, name, mine[:, wave], sequence, rate, channels, remarks))
    return _of_devices(streams, remarks)


def read_opensignals_h5(file: Path) -> Foreign:
    """One stream per device, in counts.

    Raises EmgError without h5py (``emgstudio[h5]``) and when it is no such file.
    """
    try:
        import h5py
    except ImportError as error:
        raise EmgError(
            "HDF5 files are read with the package h5py, which is not installed.",
            f"Install it with: {install_line('emgstudio[h5]')}",
        ) from error
    streams, remarks = [], [COUNTS]
    try:
        with h5py.File(file, "r") as opened:
            for name, device in opened.items():
                if "raw" in device and "sampling rate" in device.attrs:
                    streams.append(_h5_device(file, name, device, remarks))
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise EmgError(
            f'"{file.name}" cannot be read as an OpenSignals file ({error}).',
            "It may be damaged, or be the HDF5 file of another program.",
        ) from error
    if not streams:
        raise EmgError(
            f'"{file.name}" is an HDF5 file, but none that OpenSignals wrote.',
            "Export it as CSV, EDF or MAT in the program that made it.",
        )
    return _of_devices(streams, remarks)


def _h5_device(file: Path, name: str, device: Any, remarks: list[str]) -> ForeignStream:
    raw = device["raw"]
    waves = [key for key in raw if key.startswith("channel_")]
    data = np.column_stack([np.asarray(raw[key], np.float64).reshape(-1) for key in waves])
    sequence = np.asarray(raw["nSeq"], np.float64).reshape(-1) if "nSeq" in raw else None
    channels = [_channel(key, _word(raw[key].attrs.get("sensor", "EMG"))) for key in waves]
    rate = checked_rate(float(device.attrs["sampling rate"]))
    return _device(file, name, data, sequence, rate, channels, remarks)


def _channel(name: str, sensor: str) -> Channel:
    kind = sensor.upper() or "EMG"
    number = "".join(c for c in name if c.isdigit())
    return Channel(f"{kind} {number}".strip(), "count", kind=kind)


def _device(
    file: Path,
    name: str,
    data: NDArray[np.float64],
    sequence: NDArray[np.float64] | None,
    rate: float,
    channels: Iterable[Channel],
    remarks: list[str],
) -> ForeignStream:
    there = np.asarray(np.isfinite(data).all(axis=1))
    if sequence is None:
        sequence = np.zeros(len(data))
    axis = counted(np.nan_to_num(sequence), there)
    remarks += axis.remarks(f"The sequence of {name}: its")
    info = StreamInfo("EMG", rate, tuple(channels), "int32", f"file {file.name}", name)
    numbers: Samples = np.nan_to_num(data).astype(np.int32)
    return ForeignStream(info, 0.0, axis.samples, lambda: axis.pieces(numbers))


def _of_devices(streams: Sequence[ForeignStream], remarks: list[str]) -> Foreign:
    if len(streams) > 1:
        # An address tells whose sensor it was, so it is the device's and in no name.
        streams = [
            replace(stream, info=replace(stream.info, name=f"EMG {number}"))
            for number, stream in enumerate(streams, 1)
        ]
        told = ", ".join(f"{s.info.name} at {s.info.rate:g} Hz" for s in streams)
        remarks.append(f"The file holds {len(streams)} devices, each a stream now: {told}.")
    return Foreign(streams, remarks=remarks)


def _word(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
