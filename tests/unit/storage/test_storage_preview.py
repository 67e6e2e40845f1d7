"""What a file seems to hold, before it is imported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.storage.importers.preview import ROWS, preview


def test_a_table_with_a_header_tells_everything(tmp_path: Path) -> None:
    lines = ["time_ms,a [mV],b [mV],label,rep"]
    lines += [f"{k * 2},{k % 7},{k % 5},{'fist' if k > 60 else 'rest'},1" for k in range(120)]
    file = tmp_path / "a.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    seen = preview(file)
    assert seen.columns == ("time_ms", "a [mV]", "b [mV]", "label", "rep")
    assert (seen.rate, seen.unit) == (500.0, "mV")
    assert (seen.time, seen.label, seen.repetition) == (0, 3, 4)
    assert len(seen.rows) == ROWS
    assert seen.rows[1] == ("2", "1", "1", "rest", "1")


def test_without_a_header_the_only_column_like_labels_is_guessed(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).normal(size=(400, 3))
    labels = np.repeat([0, 1, 0, 2], 100)
    file = tmp_path / "a.tsv"
    np.savetxt(file, np.column_stack([numbers, labels]), fmt="%.4f", delimiter="\t")
    seen = preview(file)
    assert seen.label == 3
    assert seen.rate is None
    assert not seen.named
    assert "tabs" in seen.summary


def test_an_archive_names_its_labels_itself(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    emg = np.arange(300, dtype=np.float32).reshape(100, 3)
    np.savez(file, emg=emg, label=np.zeros(100, int), fs=200.0, unit="uV")
    seen = preview(file)
    assert not seen.choosable
    assert (seen.rate, seen.unit) == (200.0, "µV")
    assert seen.rows[0] == ("0", "1", "2")
    assert len(seen.rows) == ROWS


@pytest.mark.parametrize("name", ["gone.csv", "empty.npz", "other.npz"])
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, name: str) -> None:
    if name == "empty.npz":
        (tmp_path / name).write_bytes(b"")
    elif name == "other.npz":
        np.savez(tmp_path / name, something=np.zeros(3))
    with pytest.raises(EmgError, match=r"gone|empty|other"):
        preview(tmp_path / name)
