"""The ways of writing that are compared in benchmarks/crash.py: ours and three others.

All take packets of int32 samples whose channel 0 counts, and keep what they
promise at best: a flush and an fsync once a second where the format can do that. h5py
and pyedflib are needed by this benchmark only (``pip install h5py pyedflib``).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.types import Channel, ConditionSpec, StreamInfo
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.recording import Recording

RATE = 2000.0
CHANNELS = 16
PACKET = 100
SYNC_PACKETS = 20
HIGHEST = 2000

Table = np.ndarray[Any, np.dtype[np.int32]]


def samples(first: int, count: int) -> Table:
    """``(count, 16)``: channel 0 counts, the others follow from the sample's number."""
    n = np.arange(first, first + count, dtype=np.int64)[:, None]
    c = np.arange(CHANNELS)
    data = (n * 7919 + c * 104_729 + n * c * 31) % (2 * HIGHEST + 1) - HIGHEST
    data[:, 0] = n[:, 0]
    return data.astype(np.int32)


def info() -> StreamInfo:
    """The stream that all formats write."""
    channels = tuple(Channel(f"EMG {k + 1}") for k in range(CHANNELS))
    return StreamInfo("emg", RATE, channels, "int32", "counter", simulated=True)


class Ours:
    """The session folder without the recorder's thread."""

    def __init__(self, folder: Path) -> None:
        self._made = NewSession(
            folder / "session", [(info(), ConditionSpec())], {}, host_s=0.0, created=_now()
        )
        self._writer = self._made.streams[0].writer

    def append(self, data: Table) -> None:
        self._writer.append(data, round(self._writer.samples / RATE * 1e9))

    def sync(self) -> None:
        self._writer.sync()

    def close(self) -> None:
        self._made.finish("benchmark")


class Hdf5:
    """A data set that grows, as most recorders use HDF5; ``flushed`` once a second or never."""

    def __init__(self, folder: Path, *, flushed: bool = True) -> None:
        import h5py

        folder.mkdir(parents=True, exist_ok=True)
        self._file = h5py.File(folder / "emg.h5", "w")
        shape, most = (0, CHANNELS), (None, CHANNELS)
        self._data = self._file.create_dataset("emg", shape, "i4", maxshape=most, chunks=(2000, 16))
        self._flushed = flushed
        self._handle = os.open(folder / "emg.h5", os.O_RDONLY)

    def append(self, data: Table) -> None:
        n = len(self._data)
        self._data.resize(n + len(data), 0)
        self._data[n:] = data

    def sync(self) -> None:
        if self._flushed:
            self._file.flush()
            os.fsync(self._handle)

    def close(self) -> None:
        self._file.close()


class Edf:
    """BDF+ by pyedflib, records of 0.1 s."""

    def __init__(self, folder: Path) -> None:
        import pyedflib

        folder.mkdir(parents=True, exist_ok=True)
        self._writer = pyedflib.EdfWriter(
            str(folder / "emg.bdf"), CHANNELS, pyedflib.FILETYPE_BDFPLUS
        )
        self._writer.setDatarecordDuration(0.1)
        head = {
            "dimension": "uV",
            "sample_frequency": RATE,
            "physical_min": -8_388_608,
            "physical_max": 8_388_607,
            "digital_min": -8_388_608,
            "digital_max": 8_388_607,
            "transducer": "",
            "prefilter": "",
        }
        heads = [{**head, "label": f"EMG {k + 1}"} for k in range(CHANNELS)]
        self._writer.setSignalHeaders(heads)
        self._kept: list[Table] = []

    def append(self, data: Table) -> None:
        self._kept.append(data)
        if sum(map(len, self._kept)) >= 2 * PACKET:
            block, self._kept = np.concatenate(self._kept), []
            if self._writer.writeSamples(list(np.ascontiguousarray(block.T)), digital=True):
                raise OSError("pyedflib says that writing failed")

    def sync(self) -> None:
        """Nothing that pyedflib offers."""

    def close(self) -> None:
        self._writer.close()


class Xdf:
    """Chunks as LSL's recorder writes them; flushed after each packet, synced each second."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / "emg.xdf").open("wb")
        self._file.write(b"XDF:")
        self._chunk(1, b"<?xml version='1.0'?><info><version>1.0</version></info>")
        head = (
            "<?xml version='1.0'?><info><name>emg</name><type>EMG</type>"
            f"<channel_count>{CHANNELS}</channel_count><nominal_srate>{RATE:g}</nominal_srate>"
            "<channel_format>int32</channel_format></info>"
        )
        self._chunk(2, struct.pack("<I", 1) + head.encode())
        self._rows = 0

    def append(self, data: Table) -> None:
        stamp = b"\x08" + struct.pack("<d", self._rows / RATE)
        rows = [b"\0" + row.tobytes() for row in data[1:]]
        first = stamp + data[0].tobytes()
        count = struct.pack("<BI", 4, len(data))
        self._chunk(3, struct.pack("<I", 1) + count + first + b"".join(rows))
        self._file.flush()
        self._rows += len(data)

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._chunk(6, struct.pack("<I", 1) + b"<?xml version='1.0'?><info></info>")
        self._file.close()

    def _chunk(self, tag: int, body: bytes) -> None:
        self._file.write(struct.pack("<BIH", 4, len(body) + 2, tag) + body)


def read_ours(folder: Path) -> Table:
    """What the app shows; a hole ends what counts as read."""
    with Recording.open(folder / "session") as recording:
        stream = recording.main
        data, valid = stream.raw(0, stream.samples)
        return data if valid.all() else data[: int(np.argmin(valid))]


def read_hdf5(folder: Path) -> Table:
    import h5py

    with h5py.File(folder / "emg.h5", "r") as file:
        return np.asarray(file["emg"][:])


def read_edf(folder: Path) -> Table:
    """By pyedflib itself; MNE where that refuses."""
    import pyedflib

    try:
        with pyedflib.EdfReader(str(folder / "emg.bdf")) as reader:
            return np.stack([reader.readSignal(k, digital=True) for k in range(CHANNELS)], axis=1)
    except OSError:
        import mne

        raw = mne.io.read_raw_bdf(folder / "emg.bdf", verbose="error")
        return np.round(raw.get_data(picks=range(CHANNELS)).T * 1e6).astype(np.int32)


def read_xdf(folder: Path) -> Table:
    import logging

    import pyxdf

    logging.getLogger("pyxdf").setLevel(logging.CRITICAL)
    streams, _ = pyxdf.load_xdf(folder / "emg.xdf")
    return np.asarray(streams[0]["time_series"], np.int32).reshape(-1, CHANNELS)


@dataclass(frozen=True)
class Format:
    """A way of writing and its ordinary reader."""

    name: str
    make: Callable[[Path], Any]
    read: Callable[[Path], Table]
    syncs: bool = True


FORMATS = {
    f.name: f
    for f in (
        Format("ours", Ours, read_ours),
        Format("hdf5", Hdf5, read_hdf5),
        Format("hdf5-no-flush", lambda folder: Hdf5(folder, flushed=False), read_hdf5, False),
        Format("pyedflib", Edf, read_edf, False),
        Format("xdf", Xdf, read_xdf),
    )
}


@dataclass(frozen=True)
class Reading:
    """What a reader gave: ``exact`` samples from the beginning, ``wrong`` ones, a ``problem``."""

    exact: int
    wrong: int
    problem: str = ""


def read(name: str, folder: Path) -> Reading:
    """Read in a process of its own: some readers end theirs on damaged files."""
    back, forth = os.pipe()
    child = os.fork()
    if not child:
        os.close(back)
        _tell(name, folder, forth)
    os.close(forth)
    with os.fdopen(back) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if not said:
        return Reading(0, 0, f"the reader died (signal {status & 0x7F})")
    exact, wrong, problem = said.split("\t", 2)
    return Reading(int(exact), int(wrong), problem)


def _tell(name: str, folder: Path, pipe: int) -> None:
    """The child of :func:`read`: one line, then the end, whatever happens."""
    # What a damaged file makes its reader print is no figure of ours.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        data = FORMATS[name].read(folder)
        same = (data == samples(0, len(data))).all(axis=1)
        exact = len(data) if same.all() else int(np.argmin(same))
        said = f"{exact}\t{len(data) - exact}\t"
    except Exception as error:  # noqa: BLE001 - the figure is which readers fail
        said = f"0\t0\t{type(error).__name__}: {error}"
    os.write(pipe, said.encode()[:4000])
    os._exit(0)


def import_readers() -> None:
    """Once before many forks."""
    import h5py
    import mne
    import pyedflib
    import pyxdf

    # MNE imports what it needs at the first use.
    assert all((h5py, pyedflib, pyxdf, mne.io.read_raw_bdf))


def _now() -> datetime:
    return datetime.now(UTC)
