"""A data file of a BIDS dataset is told names, muscles and bad channels by its table."""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.types import Channel, FloatSamples
from emgstudio.storage.exporters import ExportRequest, export
from emgstudio.storage.exporters.edf_file import EdfFile, Head, Signal
from emgstudio.storage.importers import import_file
from emgstudio.storage.recording import Recording

NAME = "sub-01_task-grip"
TABLE = f"{NAME}_channels.tsv"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three seconds of three channels at 100 Hz; the last one tells no unit."""
    out = io.BytesIO()
    signals = [
        Signal("EMG1", "uV", "100", ""),
        Signal("EMG2", "uV", "100", ""),
        Signal("extensor digitor", "", "100", ""),
    ]
    edf = EdfFile(
        out,
        Head("X", "d", datetime(2026, 11, 20)),
        signals,
        (),
        bits=16,
        samples=100,
        duration=Decimal(1),
        count=3,
    )
    for _ in range(3):
        edf.write(np.arange(300).reshape(100, 3))
    path = tmp_path / "set" / "sub-01" / "emg" / f"{NAME}_emg.edf"
    path.parent.mkdir(parents=True)
    path.write_bytes(out.getvalue())
    return path


def imported(file: Path, table: str | bytes) -> tuple[tuple[Channel, ...], list[str], FloatSamples]:
    """The channels, what was said, and the samples."""
    content = table if isinstance(table, bytes) else table.encode()
    (file.parent / TABLE).write_bytes(content)
    with Recording.open(import_file(file, file.parents[3] / "out")) as recording:
        main = recording.main
        said = recording.meta["import_remarks"]
        return main.info.channels, said, main.physical(0, main.samples)


def test_names_muscles_kinds_units_and_bad_ones_are_taken_and_said(file: Path) -> None:
    table = (
        "name\ttype\tunits\ttarget_muscle\tstatus\tstatus_description\n"
        "EMG2\tEMG\tmV\tbiceps\tBAD\tfell off\n"
        "EMG1\tEMG\tuV\tFlexor carpi radialis\tgood\tn/a\n"
        "extensor digitorum communis\tmisc\tmV\tn/a\tn/a\tn/a\n"
        "EMG9\tEMG\tuV\tn/a\tgood\tn/a\n"
    )
    channels, said, samples = imported(file, table)
    assert [(c.name, c.kind, c.unit, c.site, c.used) for c in channels] == [
        ("EMG1", "EMG", "µV", "Flexor carpi radialis", True),
        ("EMG2", "EMG", "µV", "biceps", False),
        ("extensor digitorum communis", "MISC", "mV", "", True),
    ]
    assert said == [
        f"Taken from “{TABLE}”: 1 name, 1 kind, 1 unit, 2 muscles, 1 bad channel.",
        "Kept, but set as not used: EMG2 (fell off).",
        f"“{TABLE}” tells mV and the file µV for EMG2; the file's own is kept.",
        f"“{TABLE}” tells of EMG9, which the file does not have.",
    ]
    assert samples.shape == (300, 3)


def test_rows_of_other_names_are_taken_in_order_where_there_are_as_many(file: Path) -> None:
    table = "name\ttype\tunits\nFCR\tEMG\tuV\nECR\tEMG\tuV\nforce\tMISC\tN\n"
    channels, said, _ = imported(file, table)
    assert [(c.name, c.kind, c.unit) for c in channels] == [
        ("FCR", "EMG", "µV"),
        ("ECR", "EMG", "µV"),
        ("force", "MISC", "N"),
    ]
    assert said == [
        f"Taken from “{TABLE}”: 3 names, 1 kind, 1 unit; "
        "its names are others than the file's, so its rows were taken in order."
    ]


def test_of_a_name_that_is_there_twice_the_first_row_is_taken(file: Path) -> None:
    table = "name\ttype\tunits\tstatus\nEMG1\tEMG\tuV\tgood\nEMG1\tEMG\tuV\tbad\n"
    channels, said, _ = imported(file, table)
    assert [c.used for c in channels] == [True, True, True]
    assert said[1:] == [f"“{TABLE}” has several rows for EMG1; the first was taken."]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"", "names no channels; it was left out"),
        (b"\x00\xff\x00" * 50, "names no channels; it was left out"),
        (b"name\ttype\tunits\n", "names no channels; it was left out"),
        (b"name\ttype\tunits\nA\tEMG\tuV\n", "names other channels than the file has"),
        (b"name\nEMG1\nEMG2\n", "nothing that the file does not tell itself"),
        (b"name\ttype\nEMG1\tEMG\t\t\t\nEMG2", "nothing that the file does not tell itself"),
        (b"name\ttype\tunits\nEMG1\t\xff\xfe\t\x00\n", "Taken from"),
    ],
)
def test_a_damaged_table_costs_no_sample_and_is_said(file: Path, table: bytes, words: str) -> None:
    _, said, samples = imported(file, table)
    assert words in said[0]
    assert samples.shape == (300, 3)
    assert np.isfinite(samples).all()


def test_a_table_of_another_task_is_not_taken(file: Path) -> None:
    row = "name\ttype\tunits\tstatus\nEMG1\tEMG\tuV\tbad\n"
    (file.parent / "sub-01_task-rest_channels.tsv").write_text(row, "utf-8")
    channels, said, _ = imported(file, "name\ttype\tunits\nEMG1\tEMG\tuV\n")
    assert channels[0].used
    assert len(said) == 1


def test_what_is_known_of_channels_comes_back_from_our_own_dataset(
    file: Path, tmp_path: Path
) -> None:
    (file.parent / TABLE).write_text(
        "name\ttype\tunits\ttarget_muscle\tside\tstatus\n"
        "EMG1\tEMG\tuV\tbiceps\tleft\tbad\nEMG2\tEMG\tuV\ttriceps\tleft\tgood\n"
        "extensor digitor\tMISC\tmV\tn/a\tn/a\tgood\n",
        "utf-8",
    )
    first = import_file(file, tmp_path / "first")
    out = export(first, tmp_path / "bids", ExportRequest("bids", task="grip")).folder
    (bdf,) = out.rglob("*.bdf")
    told = []
    for path in (first, import_file(bdf, tmp_path / "second")):
        with Recording.open(path) as recording:
            channels = recording.main.info.channels
            told.append([(c.name, c.kind, c.site, c.side, c.used) for c in channels])
    assert told[0] == told[1]
    assert told[0][0] == ("EMG1", "EMG", "biceps", "left", False)
