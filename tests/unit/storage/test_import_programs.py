"""Files as OpenBCI, OpenSignals, Delsys and motion laboratories write them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.storage.importers import import_file, preview
from emgstudio.storage.importers.counter import counted
from emgstudio.storage.importers.held import held_remarks
from emgstudio.storage.recording import Recording

RNG = np.random.default_rng(11)


def imported(file: Path) -> Recording:
    return Recording.open(import_file(file, file.with_suffix(".out")))


def values(recording: Recording, name: str) -> np.ndarray:
    stream = next(s for s in recording.streams.values() if s.info.name == name)
    return stream.physical(0, stream.samples)


def remarks(recording: Recording) -> str:
    return " ".join(recording.meta["import_remarks"])


OPENBCI_HEAD = """%OpenBCI Raw EXG Data
%Number of channels = 2
%Sample Rate = 250 Hz
%Board = OpenBCI_GUI$BoardCytonSerial
Sample Index, EXG Channel 0, EXG Channel 1, Accel Channel 0, Accel Channel 1, Accel Channel 2, \
Not Used, Analog Channel 0, Timestamp, Marker Channel, Timestamp (Formatted)
"""


def openbci(file: Path, index: list[int], exg: np.ndarray, marked: int = -1) -> Path:
    acc = np.repeat(RNG.normal(size=(len(index) // 10 + 1, 3)), 10, axis=0)
    rows = [
        f"{i}, {x[0]:.2f}, {x[1]:.2f}, {a[0]:.3f}, {a[1]:.3f}, {a[2]:.3f}, 0, {k % 7}, "
        f"{1557936053.3 + k / 250:.3f}, {3.0 if k == marked else 0.0}, 12:00:{k // 250:02d}.1"
        for k, (i, x, a) in enumerate(zip(index, exg, acc, strict=False))
    ]
    file.write_text(OPENBCI_HEAD + "\n".join(rows) + "\n")
    return file


def test_an_openbci_recording_keeps_its_holes_units_and_markers(tmp_path: Path) -> None:
    places = [k for k in range(600) if not 300 <= k < 310]
    exg = RNG.normal(0, 50, (600, 2)).round(2)
    file = openbci(tmp_path / "cyton.txt", [k % 256 for k in places], exg[places], marked=500)
    recording = imported(file)
    emg = values(recording, "EMG")
    assert emg.shape == (600, 2)
    np.testing.assert_allclose(emg[places], exg[places], rtol=1e-6)
    assert np.isnan(emg[300:310]).all()
    assert recording.main.lost == 10
    assert {s.info.name for s in recording.streams.values()} == {"EMG", "ACC", "AUX"}
    assert {c.unit for c in recording.main.info.channels} == {"µV"}
    (marker,) = recording.annotations
    assert (marker.label, marker.start) == ("marker 3", pytest.approx(510 / 250))
    assert "10 lost samples" in remarks(recording)
    assert "accelerometer are held" in remarks(recording)
    assert "OpenBCI GUI recording" in preview(file).summary


def test_rows_that_are_there_twice_or_before_the_board_spoke_are_left_out(tmp_path: Path) -> None:
    index = [0, 0, 1, 2, 2, 3, *range(4, 200)]
    exg = RNG.normal(0, 50, (len(index), 2)).round(2)
    exg[0] = 0.0
    exg[4] = exg[3]
    recording = imported(openbci(tmp_path / "cyton.txt", index, exg))
    np.testing.assert_allclose(values(recording, "EMG"), np.delete(exg, [0, 4], axis=0), rtol=1e-6)
    assert recording.main.lost == 0
    assert "1 empty row " in remarks(recording)
    assert "1 rows that were there twice" in remarks(recording)


def test_an_openbci_header_that_is_cut_off_is_said(tmp_path: Path) -> None:
    file = tmp_path / "cut.txt"
    file.write_text("%OpenBCI Raw EXG Data\n%Sample Rate = 250 Hz\n1,2,3\n2,3,4\n")
    with pytest.raises(EmgError, match="number of channels"):
        imported(file)


def opensignals(file: Path, devices: int, missing: slice) -> tuple[Path, np.ndarray]:
    about: dict[str, Any] = {
        f"00:07:80:3B:46:6{d}": {
            "sensor": ["EMG"], "column": ["nSeq", "DI", "CH3"], "sampling rate": 1000,
            "resolution": [16], "label": ["CH3"], "date": "2017-1-23",
        }
        for d in range(devices)
    }  # fmt: skip
    counts = RNG.integers(0, 65535, (500, devices))
    keep = np.delete(np.arange(500), missing)
    lines = ["\t".join(f"{k % 16}\t1\t{counts[k, d]}" for d in range(devices)) + "\t" for k in keep]
    head = f"# OpenSignals Text File Format\n# {json.dumps(about)}\n# EndOfHeader\n"
    file.write_text(head + "\n".join(lines) + "\n")
    return file, counts


def test_an_opensignals_text_tells_lost_samples_by_its_sequence(tmp_path: Path) -> None:
    file, counts = opensignals(tmp_path / "one.txt", 1, slice(100, 105))
    recording = imported(file)
    (channel,) = recording.main.info.channels
    assert (channel.name, channel.unit) == ("EMG 3", "count")
    got = recording.main.physical(0, recording.main.samples)
    assert np.isnan(got[100:105]).all()
    np.testing.assert_array_equal(got[:100], counts[:100])
    np.testing.assert_array_equal(got[105:], counts[105:])
    assert "5 lost samples" in remarks(recording)
    assert "counts" in remarks(recording)


def test_several_opensignals_devices_are_streams_of_their_own(tmp_path: Path) -> None:
    file, counts = opensignals(tmp_path / "two.txt", 2, slice(0, 0))
    recording = imported(file)
    both = [values(recording, f"EMG {d}") for d in (1, 2)]
    ids = [stream.info.device_id for stream in recording.streams.values()]
    assert ids == [f"00:07:80:3B:46:6{d}" for d in range(2)]
    np.testing.assert_array_equal(np.hstack(both), counts)
    assert "2 devices" in remarks(recording)


def test_an_opensignals_h5_is_read_with_all_its_devices(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="the extra h5 is not installed")
    file = tmp_path / "two.h5"
    counts = {1000: RNG.integers(0, 65535, (800, 1)), 10: RNG.integers(0, 65535, (8, 1))}
    with h5py.File(file, "w") as made:
        for rate, data in counts.items():
            device = made.create_group(f"device {rate}")
            device.attrs["sampling rate"] = np.int32(rate)
            raw = device.create_group("raw")
            raw["channel_6"] = data.astype(np.uint32)
            raw["channel_6"].attrs["sensor"] = "EMG"
            raw["nSeq"] = (np.arange(len(data)) % 65536).astype(np.uint16).reshape(-1, 1)
    recording = imported(file)
    told = {s.info.device_id: s.info.name for s in recording.streams.values()}
    for rate, data in counts.items():
        np.testing.assert_array_equal(values(recording, told[f"device {rate}"]), data)
    assert "2 devices" in remarks(recording)
    assert "H5 file" in preview(file).summary


def test_an_h5_of_another_program_is_refused_in_words(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="the extra h5 is not installed")
    with h5py.File(tmp_path / "other.h5", "w") as made:
        made["data"] = np.zeros(10)
    with pytest.raises(EmgError, match="none that OpenSignals wrote"):
        imported(tmp_path / "other.h5")
    (tmp_path / "torn.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(60))
    with pytest.raises(EmgError, match="cannot be read as an OpenSignals file"):
        imported(tmp_path / "torn.h5")


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_delsys_pairs_have_their_own_rates(delimiter: str, tmp_path: Path) -> None:
    emg = RNG.normal(0, 1e-4, (4000, 2)).astype(np.float32)
    acc = RNG.normal(0, 1, 300).astype(np.float32)
    rates = (1925.926, 148.148)
    names = ["Trigno IM sensor 1: EMG 1 [V]", "Trigno IM sensor 2: EMG 2 [V]",
             "Trigno IM sensor 1: ACC 1.X [g]"]  # fmt: skip
    lines = ["Label: Trigno IM sensor 1", delimiter.join(f'"X[s]"{delimiter}"{n}"' for n in names)]
    for k in range(len(emg)):
        row = [k / rates[0], emg[k, 0], k / rates[0], emg[k, 1]]
        texts = [f"{v:.9g}" for v in row]
        texts += [f"{k / rates[1]:.9g}", f"{acc[k]:.9g}"] if k < len(acc) else ["", ""]
        line = delimiter.join(texts)
        lines.append(line.replace(".", ",") if delimiter == ";" else line)
    file = tmp_path / "trigno.csv"
    file.write_text("\n".join(lines) + "\n")
    recording = imported(file)
    np.testing.assert_array_equal(values(recording, "EMG"), emg)
    np.testing.assert_array_equal(values(recording, "ACC")[:, 0], acc)
    found = {s.info.name: s.rate for s in recording.streams.values()}
    assert found == {"EMG": pytest.approx(1925.926, abs=0.5), "ACC": pytest.approx(148.148, abs=2)}
    assert {c.unit for c in recording.main.info.channels} == {"V"}
    assert "different rates" in remarks(recording)
    assert "Delsys recording" in preview(file).summary


def test_delsys_times_that_stand_still_are_refused_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "trigno.csv"
    file.write_text("X[s],Sensor 1: EMG 1 [V]\n" + "0.1,0.5\n" * 10)
    with pytest.raises(EmgError, match="column 1"):
        imported(file)


def test_c3d_analog_channels_come_with_units_and_unused_ones_marked(tmp_path: Path) -> None:
    c3d = pytest.importorskip("c3d", reason="the extra c3d is not installed")
    data = RNG.normal(0, 0.5, (40, 3, 20)).astype(np.float32)
    data[:, 2] = 0
    writer = c3d.Writer(point_rate=100, analog_rate=2000)
    writer.set_point_labels(["hip"])
    writer.set_analog_labels(["Delt_ant.EMG1", "Force.Fz1", "Voltage.3"])
    writer.add_frames([(np.zeros((1, 5), np.float32), frame) for frame in data])
    file = tmp_path / "walk.c3d"
    with file.open("wb") as opened:
        writer.write(opened)
    recording = imported(file)
    np.testing.assert_allclose(
        values(recording, "analog"), data.transpose(0, 2, 1).reshape(-1, 3), rtol=1e-6
    )
    channels = recording.main.info.channels
    assert [c.used for c in channels] == [True, True, False]
    assert [c.kind for c in channels] == ["EMG", "MISC", "MISC"]
    assert recording.main.rate == 2000.0
    assert "1 of 3 channels are zero" in remarks(recording)
    file.write_bytes(file.read_bytes()[:700])
    with pytest.raises(EmgError, match="cannot be read as a C3D file"):
        import_file(file, tmp_path / "torn")


def test_a_packed_file_is_to_be_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "session.zip"
    file.write_bytes(b"PK")
    with pytest.raises(EmgError, match="packed") as caught:
        imported(file)
    assert "Unpack it first" in caught.value.hint


def test_a_counter_tells_lost_repeated_and_unreadable_rows() -> None:
    late = np.array([252, 253, 254, 255, 0, 1, 1, 4, np.nan, 6, 3, 7, 8, 9], float)
    counter = np.concatenate([np.arange(152, 252), late])
    axis = counted(np.nan_to_num(counter), np.isfinite(counter), 256)
    assert axis.rows[100:].tolist() == [100 + k for k in (0, 1, 2, 3, 4, 5, 7, 9, 11, 12, 13)]
    assert axis.places[100:].tolist() == [100 + k for k in (0, 1, 2, 3, 4, 5, 8, 10, 11, 12, 13)]
    assert (axis.samples, axis.lost, axis.repeated) == (114, 3, 2)
    pieces = list(axis.pieces(np.arange(114)[:, None] - 100))
    assert [p if isinstance(p, int) else p[:, 0].tolist() for p in pieces] == [
        list(range(-100, 6)), 2, [7], 1, [9, 11, 12, 13],
    ]  # fmt: skip


def test_what_does_not_count_tells_nothing() -> None:
    for counter in (RNG.integers(0, 255, 100), np.minimum(np.arange(100), 63)):
        axis = counted(counter.astype(float), np.ones(100, bool))
        assert (axis.samples, axis.lost, axis.repeated) == (100, 0, 0)


def test_held_rows_are_told_from_a_quiet_signal(tmp_path: Path) -> None:
    true = RNG.normal(size=(200, 3))
    (said,) = held_remarks(np.repeat(true, 5, axis=0), 1000.0, "this file")
    assert "measured about 200 times a second, not 1000" in said
    assert not held_remarks(true, 1000.0, "this file")
    quiet = RNG.integers(0, 2, (2000, 1)).astype(float)
    assert not held_remarks(quiet, 1000.0, "this file")
    file = tmp_path / "held.csv"
    np.savetxt(file, np.repeat(true, 5, axis=0), delimiter=",")
    recording = Recording.open(import_file(file, tmp_path / "out", rate=1000.0))
    assert "held" in remarks(recording)


def test_a_shifted_edf_header_is_said_with_its_place(tmp_path: Path) -> None:
    head = io.BytesIO()
    head.write(b"0".ljust(8) + b"X".ljust(79) + b"Startdate X".ljust(80))
    head.write(b"23.09.2512.00.00" + b"512".ljust(8) + b" " * 600)
    file = tmp_path / "shifted.edf"
    file.write_bytes(head.getvalue())
    with pytest.raises(EmgError, match="byte 167 of the header instead of 168"):
        imported(file)
