from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import Cancelled, EmgError
from emgstudio.core.tasks import Progress
from emgstudio.storage.importers import import_file
from emgstudio.storage.importers.dialect import find_dialect
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import verify

LABELS = np.repeat([0, 1, 0, 1, 2], 30)


def text_file(path: Path, lines: list[str], end: str = "\n") -> Path:
    path.write_bytes((end.join(lines) + end).encode())
    return path


def rows(values: Any, delimiter: str = ",") -> list[str]:
    return [delimiter.join(str(v) for v in row) for row in values]


def labelled(channels: int = 3) -> np.ndarray[Any, Any]:
    random = np.random.default_rng(1)
    return np.column_stack([random.integers(-100, 100, (len(LABELS), channels)), LABELS])


def summary(path: Path) -> list[tuple[float, float, str, int]]:
    found = Recording.open(path).annotations
    return [(a.start, a.stop, a.label, a.repetition) for a in found if a.track == "labels"]


def test_labelled_integers_become_an_ordinary_recording(tmp_path: Path) -> None:
    table = labelled()
    file = text_file(tmp_path / "a.csv", rows(table))
    out = import_file(file, tmp_path / "out", rate=100.0, label_column="4", unit="count")
    recording = Recording.open(out)
    stream = recording.main
    assert (recording.state, stream.info.dtype, stream.rate) == ("finished", "int16", 100.0)
    assert {c.unit for c in stream.info.channels} == {"count"}
    np.testing.assert_array_equal(stream.raw(0, 150)[0], table[:, :3])
    assert verify(out).ok
    assert summary(out) == [
        (0.0, 0.3, "0", 1),
        (0.3, 0.6, "1", 1),
        (0.6, 0.9, "0", 2),
        (0.9, 1.2, "1", 2),
        (1.2, 1.5, "2", 1),
    ]


def test_given_repetitions_keep_their_number_from_one(tmp_path: Path) -> None:
    rep = np.repeat([0, 4, 1, 5, 7], 30)
    table = np.column_stack([labelled(), rep])
    file = text_file(tmp_path / "a.csv", ["e1,e2,e3,gesture,rep", *rows(table)])
    out = import_file(file, tmp_path / "out", rate=100.0)
    assert [s[2:] for s in summary(out)] == [("0", 1), ("1", 1), ("0", 2), ("1", 2), ("2", 1)]
    other = import_file(
        file, tmp_path / "other", rate=100.0, label_column="gesture", repetition_column="5"
    )
    assert summary(other) == summary(out)
    assert [c.name for c in Recording.open(out).main.info.channels] == ["e1", "e2", "e3"]


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        ("semicolon.csv", ["a;b", "1,5;2,25", "-3,0;4e-1"], [[1.5, 2.25], [-3, 0.4]]),
        ("tab.tsv", ["1.5\t2.25", "-3.0\t0.4"], [[1.5, 2.25], [-3, 0.4]]),
        ("tabcomma.tsv", ["1,5\t2,25", "-3,0\t0,4"], [[1.5, 2.25], [-3, 0.4]]),
        ("blank.txt", ["# made by x", "  1.5   2.25", " -3   0.4"], [[1.5, 2.25], [-3, 0.4]]),
        ("excel.csv", ["sep=;", "\ufeffa;b;", "1.5;2.25;", "-3;0.4;"], [[1.5, 2.25], [-3, 0.4]]),
        ("quoted.csv", ['"a","b"', '"1.5","2.25"', '"-3","0.4"'], [[1.5, 2.25], [-3, 0.4]]),
        ("one.txt", ["1.5", "", "-3"], [[1.5], [-3]]),
        ("head.csv", ["Device,X", "Date,1.1.26", "a,b", "1.5,2.25", "-3,0.4"], None),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dialects(tmp_path: Path, name: str, lines: list[str], expected: Any, end: str) -> None:
    file = text_file(tmp_path / name, lines, end)
    out = import_file(file, tmp_path / "out", rate=100.0)
    stream = Recording.open(out).main
    wanted = expected or [[1.5, 2.25], [-3, 0.4]]
    np.testing.assert_allclose(stream.raw(0, 9)[0], wanted, rtol=1e-6)
    assert stream.info.dtype == "float32"
    assert stream.info.channels[0].unit == "a.u."
    if expected is None:
        assert [c.name for c in stream.info.channels] == ["a", "b"]


def test_a_byte_order_mark_before_the_first_number(tmp_path: Path) -> None:
    file = tmp_path / "bom.csv"
    file.write_bytes("\ufeff1,2\n3,4\n".encode())
    assert Recording.open(import_file(file, tmp_path / "out", rate=9.0)).main.samples == 2


def test_units_from_the_header_and_text_columns_left_out(tmp_path: Path) -> None:
    lines = ["time [ms],biceps (uV),state,triceps [mV]"]
    lines += [f"{k * 2},{k}.5,ok,{k}" for k in range(50)]
    out = import_file(text_file(tmp_path / "a.csv", lines), tmp_path / "out")
    stream = Recording.open(out).main
    assert stream.info.rate == 500.0
    assert [c.unit for c in stream.info.channels] == ["µV", "mV"]
    assert Recording.open(out).meta["columns_left_out"] == ["state"]


@pytest.mark.parametrize(
    ("step", "rate"), [(0.001, 1000.0), (0.5, 2000.0), (10.0, 100.0), (500.0, 2000.0)]
)
def test_the_rate_from_a_regular_time_column(tmp_path: Path, step: float, rate: float) -> None:
    file = text_file(tmp_path / "a.csv", ["t,emg", *(f"{k * step:.6g},{k % 7}" for k in range(99))])
    assert Recording.open(import_file(file, tmp_path / "out")).main.info.rate == rate


def test_no_rate_or_an_irregular_one_is_refused_with_a_hint(tmp_path: Path) -> None:
    plain = text_file(tmp_path / "plain.csv", rows([[1, 2]] * 30))
    with pytest.raises(EmgError, match="--rate 1000"):
        import_file(plain, tmp_path / "out")
    times = [*range(30), *range(90, 120)]
    torn = text_file(tmp_path / "torn.csv", ["time,emg", *(f"{t},{t % 3}" for t in times)])
    with pytest.raises(EmgError, match=r"not regular.*about 495.8 Hz"):
        import_file(torn, tmp_path / "out")
    late = [*range(3000), *range(9000, 9100)]
    torn = text_file(tmp_path / "late.csv", ["time,emg", *(f"{t},{t % 3}" for t in late)])
    with pytest.raises(EmgError, match="not regular"):
        import_file(torn, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert Recording.open(import_file(torn, tmp_path / "out", rate=1000.0)).main.lost == 0


def test_a_column_that_counts_time_is_no_channel(tmp_path: Path) -> None:
    file = text_file(tmp_path / "a.txt", [f"{k * 0.00025:.5f} {k % 5}.1" for k in range(1, 90)])
    stream = Recording.open(import_file(file, tmp_path / "out", rate=4000.0)).main
    assert stream.info.n_channels == 1


def test_a_label_column_that_is_none_is_refused_naming_the_right_one(tmp_path: Path) -> None:
    file = text_file(tmp_path / "a.csv", rows(labelled()))
    with pytest.raises(EmgError, match=r"Column 2 does not look like labels. Column 4") as caught:
        import_file(file, tmp_path / "out", rate=100.0, label_column="2")
    assert "--label-column 4" in caught.value.hint
    with pytest.raises(EmgError, match=r"no label column “9”.*1 to 4"):
        import_file(file, tmp_path / "out", rate=100.0, label_column="9")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]


def test_text_labels_with_an_empty_one_are_kept_as_words(tmp_path: Path) -> None:
    words = np.repeat(["rest", "fist", "", "fist"], 20)
    lines = ["emg;label", *(f"{k % 9},5;{w}" for k, w in enumerate(words))]
    out = import_file(text_file(tmp_path / "a.csv", lines), tmp_path / "out", rate=20.0)
    assert summary(out) == [(0.0, 1.0, "rest", 1), (1.0, 2.0, "fist", 1), (3.0, 4.0, "fist", 2)]


def test_a_line_that_cannot_be_read_is_a_lost_sample(tmp_path: Path) -> None:
    lines = rows(labelled())
    lines[40] = "1,2"
    lines[41] = "1,2,3,4,5,6,7"
    lines[70] = "1,x,3,0"
    file = tmp_path / "a.csv"
    file.write_text("\n".join([*lines, "5,6"]))
    out = import_file(file, tmp_path / "out", rate=100.0, label_column="4")
    recording = Recording.open(out)
    assert [(g.at, g.count) for g in recording.main.gaps] == [(40, 2), (70, 1)]
    assert recording.main.samples == 150
    assert recording.meta["lines_not_readable"] == 3
    assert len(summary(out)) == 5


def test_quotes_keep_a_delimiter_inside_a_name_or_a_label(tmp_path: Path) -> None:
    table = [(*row[:3], f'"fist, {row[3]}"') for row in labelled()]
    file = text_file(tmp_path / "a.csv", ['"left, upper",b,c,label', *rows(table)])
    out = import_file(file, tmp_path / "out", rate=100.0)
    names = [c.name for c in Recording.open(out).main.info.channels]
    assert names == ["left, upper", "b", "c"]
    assert {s[2] for s in summary(out)} == {"fist, 0", "fist, 1", "fist, 2"}


def test_a_header_that_does_not_fit_names_nothing(tmp_path: Path) -> None:
    file = text_file(tmp_path / "a.csv", ["left, upper,b,c,label", *rows(labelled())])
    with pytest.raises(EmgError, match=r"no label column “label”"):
        import_file(file, tmp_path / "out", rate=100.0, label_column="label")


def test_a_signal_is_no_repetition_column(tmp_path: Path) -> None:
    file = text_file(tmp_path / "a.csv", rows(labelled()))
    with pytest.raises(EmgError, match="Column 1 does not look like repetitions"):
        import_file(file, tmp_path / "out", rate=100.0, label_column="4", repetition_column="1")


def test_too_many_bad_lines_name_the_first(tmp_path: Path) -> None:
    lines = rows(labelled())
    for k in range(60, 80):
        lines[k] = "oops"
    file = text_file(tmp_path / "a.csv", lines)
    with pytest.raises(EmgError, match=r"20 of 150 lines.*first is line 61"):
        import_file(file, tmp_path / "out", rate=100.0)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]


def test_numbers_decide_the_type_even_late_in_the_file(tmp_path: Path) -> None:
    for late, dtype in ((40_000, "int32"), (0.5, "float32"), (2**40, "float32")):
        lines = rows([[k * 37 % 101, 1] for k in range(30_000)])
        lines[29_999] = f"{late},1"
        file = text_file(tmp_path / "a.csv", lines)
        stream = Recording.open(import_file(file, tmp_path / f"out{late}", rate=1000.0)).main
        assert stream.info.dtype == dtype
        assert stream.raw(29_999, 30_000)[0][0, 0] == np.float32(late)
        assert stream.samples == 30_000


def test_cancelling_leaves_nothing(tmp_path: Path) -> None:
    file = text_file(tmp_path / "a.csv", rows(labelled()))
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        import_file(file, tmp_path / "out", rate=100.0, progress=progress)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv"]


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmgError, match="no file"):
        import_file(tmp_path / "none.csv", tmp_path / "out")
    with pytest.raises(EmgError, match="no table"):
        import_file(text_file(tmp_path / "a.csv", ["hello", "world"]), tmp_path / "out")
    with pytest.raises(EmgError, match="no table"):
        import_file(text_file(tmp_path / "a.csv", []), tmp_path / "out")
    (tmp_path / "b.csv").write_bytes(b"\0\1\2" * 100)
    with pytest.raises(EmgError, match="not a text file"):
        import_file(tmp_path / "b.csv", tmp_path / "out")
    with pytest.raises(EmgError, match="Known endings"):
        import_file(text_file(tmp_path / "a.xlsx", ["1"]), tmp_path / "out")
    file = text_file(tmp_path / "c.csv", ["1,2"] * 9)
    import_file(file, tmp_path / "out", rate=1.0)
    with pytest.raises(EmgError, match="exists already"):
        import_file(file, tmp_path / "out", rate=1.0)


def test_a_decimal_comma_is_not_taken_for_a_delimiter_without_need() -> None:
    assert find_dialect(["1,5", "2,5"], "x").fields == 2
    assert find_dialect(["1,5;1,5", "2,5;2,5"], "x").decimal_comma


def gesture_npz(path: Path, **changes: Any) -> Path:
    arrays: dict[str, Any] = {
        "emg": np.arange(400, dtype=np.int8).reshape(100, 4),
        "label": np.repeat(np.uint8([0, 1, 0, 0, 1]), 20),
        "rep": np.repeat(np.uint8([0, 0, 1, 0, 1]), 20),
        "trial": np.repeat(np.uint16([0, 0, 0, 1, 1]), 20),
        "fs": 200.0,
        "unit": "count",
        "names": np.array(["rest", "fist"]),
        "subject": "7",
        "session": "2",
    }
    np.savez(path, **{k: v for k, v in {**arrays, **changes}.items() if v is not None})
    return path


def test_npz_labels_repetitions_and_discontinuities(tmp_path: Path) -> None:
    out = import_file(gesture_npz(tmp_path / "a.npz"), tmp_path / "out")
    recording = Recording.open(out)
    assert summary(out) == [
        (0.0, 0.1, "rest", 1),
        (0.1, 0.2, "fist", 1),
        (0.2, 0.3, "rest", 2),
        (0.3, 0.4, "rest", 1),
        (0.4, 0.5, "fist", 2),
    ]
    marks = [a for a in recording.annotations if a.track == "device"]
    assert [(a.start, a.label) for a in marks] == [(0.3, "discontinuity")]
    assert (recording.subject, recording.meta["session"]) == ("7", "2")
    assert recording.main.info.channels[0].unit == "count"
    np.testing.assert_array_equal(
        recording.main.raw(0, 100)[0], np.arange(400, dtype=np.int8).reshape(100, 4)
    )
    assert verify(out).ok


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emg": None}, "no array “emg”"),
        ({"emg": np.zeros(5)}, "no array “emg”"),
        ({"label": np.zeros(5, int)}, "“label” in .* has shape"),
        ({"label": np.full(100, 5)}, "label 5 but only 2 names"),
        ({"fs": float("nan")}, "sampling rate"),
        ({"fs": None}, "sampling rate"),
        ({"emg": np.array([[{}]], object)}, "refused for safety"),
    ],
)
def test_npz_files_that_do_not_fit_are_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    file = gesture_npz(tmp_path / "a.npz", **changes)
    with pytest.raises(EmgError, match=message):
        import_file(file, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_npz_of_floats_without_labels(tmp_path: Path) -> None:
    emg = np.random.default_rng(0).normal(size=(50, 2))
    file = tmp_path / "a.npz"
    np.savez(file, emg=emg, fs=1000.0, unit="BIOPAC export, unit not stated")
    recording = Recording.open(import_file(file, tmp_path / "out"))
    assert recording.annotations == ()
    assert recording.main.info.channels[0].unit == "a.u."
    assert recording.meta["unit_in_file"].startswith("BIOPAC")
    with pytest.raises(EmgError, match="no columns"):
        import_file(file, tmp_path / "other", label_column="3")
    (tmp_path / "b.npz").write_bytes(b"not a zip")
    with pytest.raises(EmgError, match="cannot be read"):
        import_file(tmp_path / "b.npz", tmp_path / "other")


def test_a_column_that_looks_like_labels_is_said_and_one_that_is_used_is_not(
    tmp_path: Path,
) -> None:
    numbers = np.random.default_rng(0).normal(size=(len(LABELS), 3))
    lines = rows(np.column_stack([numbers, LABELS]).round(4))

    def said(name: str, lines: list[str], **how: Any) -> list[str]:
        file = text_file(tmp_path / f"{name}.csv", lines)
        recording = Recording.open(import_file(file, tmp_path / name, rate=100.0, **how))
        return list(recording.meta["import_remarks"])

    (remark,) = said("plain", lines)
    assert remark.startswith("Column 4 looks like labels and came in as a channel")
    assert said("chosen", lines, label_column="4") == []
    # A column with a name is what its name says, and two that could be it are guessed at by nobody.
    assert said("named", ["a,b,c,d", *lines]) == []
    assert said("two", [f"{line},{line.rsplit(',', 1)[1]}" for line in lines]) == []
    # A line that cannot be read is told by its number, the labels beside it.
    torn = said("torn", [*lines[:70], "1.5;x", *lines[70:]])
    assert torn[0] == "Line 71 cannot be read and is a gap now."
    assert "Column 4 looks like labels" in torn[1]
