"""A data file of a BIDS dataset brings the labels of the table beside or above it."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.storage.exporters.edf_file import EdfFile, Head, Signal, Tal
from emgstudio.storage.importers import import_file, preview
from emgstudio.storage.recording import Recording

NAME = "sub-01_ses-2_task-grip_recording-left"
HEAD = "onset\tduration\ttrial_type\n"
# The last part of a table's file name; what is before it says what the table holds for.
TABLE = "_events.tsv"


def data_file(path: Path, bits: int = 16, tals: tuple[Tal, ...] = ()) -> Path:
    """Four seconds of one channel at 100 Hz in the folder of a session."""
    out = io.BytesIO()
    file = EdfFile(
        out,
        Head("X", "d", datetime(2026, 11, 20)),
        [Signal("a", "uV", "100", "")],
        tals,
        bits=bits,
        samples=100,
        duration=Decimal(1),
        count=4,
    )
    for _ in range(4):
        file.write(np.arange(100)[:, None])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture
def emg(tmp_path: Path) -> Path:
    return tmp_path / "set" / "sub-01" / "ses-2" / "emg"


def imported(file: Path, tmp_path: Path) -> tuple[list[tuple[float, float, str, str]], list[str]]:
    """The labels and what was said."""
    with Recording.open(import_file(file, tmp_path / "out")) as recording:
        labels = [(a.start, a.stop, a.label, a.track) for a in recording.annotations]
        return labels, recording.meta["import_remarks"]


@pytest.mark.parametrize(("ending", "bits"), [("edf", 16), ("bdf", 24)])
def test_spans_and_moments_come_from_the_table_beside(
    ending: str, bits: int, emg: Path, tmp_path: Path
) -> None:
    file = data_file(emg / f"{NAME}_emg.{ending}", bits)
    table = HEAD + "0.50\t1.25\tfist\n-0.25\t0\tcue\n2\tn/a\tn/a\n"
    (emg / f"{NAME}{TABLE}").write_text(table, "utf-8")
    assert imported(file, tmp_path) == (
        [
            (-0.25, -0.25, "cue", "markers"),
            (0.5, 1.75, "fist", "labels"),
            (2.0, 2.0, "event", "markers"),
        ],
        [f"Labels are those of “{NAME}{TABLE}”."],
    )


@pytest.mark.parametrize(
    ("up", "name"),
    [
        (0, "sub-01_ses-2_task-grip"),
        (1, "sub-01_ses-2_task-grip"),
        (2, "sub-01_task-grip"),
        (3, "task-grip"),
    ],
)
def test_a_table_for_several_files_may_lie_anywhere_above(
    up: int, name: str, emg: Path, tmp_path: Path
) -> None:
    file = data_file(emg / f"{NAME}_emg.edf")
    folder = emg if up == 0 else emg.parents[up - 1]
    (folder / f"{name}{TABLE}").write_text(HEAD + "1\t1\tfist\n", "utf-8")
    labels, said = imported(file, tmp_path)
    assert [label for _, _, label, _ in labels] == ["fist"]
    assert f"{name}{TABLE}" in said[0]


def test_the_nearest_and_most_particular_table_is_taken_and_no_other(
    emg: Path, tmp_path: Path
) -> None:
    file = data_file(emg / f"{NAME}_emg.edf")
    for folder, name, label in (
        (emg, NAME.replace("left", "right"), "of another device"),
        (emg, NAME.replace("grip", "rest"), "of another task"),
        (emg, "sub-01_ses-2_task-grip", "of all devices"),
        (emg, NAME, "its own"),
        (emg.parents[2], "task-grip", "of everybody"),
        (emg.parents[3], "task-grip", "outside of the set"),
    ):
        (folder / f"{name}{TABLE}").write_text(HEAD + f"1\t0\t{label}\n", "utf-8")
    assert [label for _, _, label, _ in imported(file, tmp_path)[0]] == ["its own"]


def test_labels_of_the_file_and_of_the_table_are_all_there_and_none_twice(
    emg: Path, tmp_path: Path
) -> None:
    tals = (
        Tal(0.5, 0.25, "grip"),
        Tal(1.0, 0.5, "fist"),
        Tal(1.0, 0.5, "only in the file"),
        Tal(2.0, None, "beep"),
        Tal(2.0, None, "beep"),
        Tal(3.0, 0.5, "fist"),
    )
    file = data_file(emg / f"{NAME}_emg.bdf", 24, tals)
    rows = (
        ("0.5", "n/a", "gesture", "grip"),
        ("1.0004", "0.5", "fist", "n/a"),
        ("2", "0", "beep", "n/a"),
        ("2.5", "0", "only in the table", "n/a"),
        ("3", "0.7", "fist", "n/a"),
    )
    text = "onset\tduration\ttrial_type\tvalue\n" + "".join("\t".join(r) + "\n" for r in rows)
    (emg / f"{NAME}{TABLE}").write_text(text, "utf-8")
    labels, said = imported(file, tmp_path)
    assert [(round(start, 3), round(stop, 3), text) for start, stop, text, _ in labels] == [
        (0.5, 0.75, "gesture"),
        (1.0, 1.5, "only in the file"),
        (1.0, 1.5, "fist"),
        (2.0, 2.0, "beep"),
        (2.0, 2.0, "beep"),
        (2.5, 2.5, "only in the table"),
        (3.0, 3.5, "fist"),
        (3.0, 3.7, "fist"),
    ]
    assert said == [
        f"Labels are those of the file itself and those of “{NAME}{TABLE}”; "
        "3 that stand in both are there once."
    ]


def test_a_label_of_two_lines_is_the_same_in_file_and_table(emg: Path, tmp_path: Path) -> None:
    file = data_file(emg / f"{NAME}_emg.bdf", 24, (Tal(1.0, 0.5, "two\nlines"),))
    (emg / f"{NAME}{TABLE}").write_text(HEAD + "1\t0.5\ttwo lines\n", "utf-8")
    labels, _ = imported(file, tmp_path)
    assert labels == [(1.0, 1.5, "two lines", "labels")]


def test_holes_that_the_file_marks_are_no_labels_of_its_table(emg: Path, tmp_path: Path) -> None:
    file = data_file(emg / f"{NAME}_emg.bdf", 24, (Tal(1.0, 0.5, "BAD_gap"),))
    table = HEAD + "1\t0.5\tBAD_gap\n2\t1\tfist\n"
    (emg / f"{NAME}{TABLE}").write_text(table, "utf-8")
    labels, said = imported(file, tmp_path)
    assert [label for _, _, label, _ in labels] == ["fist"]
    assert said == [f"Labels are those of “{NAME}{TABLE}”."]


def test_a_table_that_cannot_be_used_leaves_the_labels_of_the_file(
    emg: Path, tmp_path: Path
) -> None:
    file = data_file(emg / f"{NAME}_emg.bdf", 24, (Tal(1.0, 0.5, "in the file"),))
    (emg / f"{NAME}{TABLE}").write_bytes(b"\x00\xff\x00" * 50)
    labels, said = imported(file, tmp_path)
    assert [label for _, _, label, _ in labels] == ["in the file"]
    assert "its labels were left out" in said[0]


def test_tracks_and_repetitions_of_our_own_table_come_back(emg: Path, tmp_path: Path) -> None:
    file = data_file(emg / f"{NAME}_emg.edf")
    head = "onset\tduration\ttrial_type\ttrack\tsource\trepetition\tconfidence\n"
    rows = "1\t1\tfist\trater B\tuser\t2\tn/a\n2\t0\tbeep\tn/a\tdevice\tn/a\tn/a\n"
    (emg / f"{NAME}{TABLE}").write_text(head + rows, "utf-8")
    with Recording.open(import_file(file, tmp_path / "out")) as recording:
        assert [(a.label, a.track, a.repetition) for a in recording.annotations] == [
            ("fist", "rater B", 2),
            ("beep", "markers", 0),
        ]


def test_a_file_that_belongs_to_no_dataset_looks_for_no_table(emg: Path, tmp_path: Path) -> None:
    file = data_file(emg / "grip.edf")
    (emg / f"grip{TABLE}").write_text(HEAD + "1\t0\tfist\n", "utf-8")
    assert imported(file, tmp_path) == ([], [])


@pytest.mark.parametrize(
    ("table", "kept", "words"),
    [
        (b"", [], "holds no onsets and durations"),
        (b"time\tlabel\n1\tfist\n", [], "holds no onsets and durations"),
        (b"\x00\xff\x00" * 50, [], "holds no onsets and durations"),
        (b"onset\tduration\n", [], "Labels are those"),
        (b"onset\tduration\n1\t1\n", ["event"], "Labels are those"),
        (b"onset\tduration\ttrial_type\nn/a\t1\ta\nnan\t1\tb\n1e99\t1\tc\n\n2\t-5\td\ttoo\tmany\n3",
         ["d", "event"], "3 without an onset were left out"),
        ("\ufeffonset\tduration\tvalue\r\n1\t0\t\u201ehaut\u201c \"x\r\n".encode(),
         ["\u201ehaut\u201c \"x"], "Labels are those"),
        (b"onset\tduration\ttrial_type\n1\t0\t" + b"x" * 200_000, ["x" * 200_000], "those of"),
        (b"onset\tduration\ttrial_type\n1\t0\ta\x00\xffb\n", ["a\x00\ufffdb"], "those of"),
    ],
)  # fmt: skip
def test_a_malformed_table_costs_no_sample_and_is_said(
    table: bytes, kept: list[str], words: str, emg: Path, tmp_path: Path
) -> None:
    file = data_file(emg / f"{NAME}_emg.edf")
    (emg / f"{NAME}{TABLE}").write_bytes(table)
    labels, said = imported(file, tmp_path)
    assert [label for _, _, label, _ in labels] == kept
    assert all(start <= stop for start, stop, _, _ in labels)
    assert words in said[0]


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("onset\tduration\ttrial_type", "events"),
        ("name\tx\ty\tz\tcoordinate_system", "electrodes"),
        ("\ufeffname\ttype\tunits", "channels"),
        ("participant_id\tage", "participants"),
        ("filename\tacq_time", "scans"),
    ],
)
def test_a_table_of_a_dataset_is_no_signal_and_says_where_that_is(
    head: str, what: str, tmp_path: Path
) -> None:
    table = tmp_path / "table.tsv"
    rows = (f"{k}\t1\t{k % 3}\t0\t0" for k in range(99))
    width = head.count("\t") + 1
    lines = [head, *("\t".join(row.split("\t")[:width]) for row in rows)]
    table.write_text("\n".join(lines), "utf-8")
    with pytest.raises(EmgError, match=f"is a table of {what} and holds no samples") as caught:
        import_file(table, tmp_path / "out", rate=100.0)
    assert "Import the data file of the dataset" in caught.value.hint
    assert not (tmp_path / "out").exists()
    with pytest.raises(EmgError, match=what):
        preview(table)
