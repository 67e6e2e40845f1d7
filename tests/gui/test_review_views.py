"""Views, spectrogram, playing and pictures of a recording, each part by itself."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.dsp.signal_view import Shown, SignalView
from emgstudio.gui.plots.review_spectrogram import RecordedSpectrogram, SpectrogramView
from emgstudio.gui.review.about_panel import facts, readings
from emgstudio.gui.review.canvas import ReviewCanvas
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.measures_panel import MeasuresPanel
from emgstudio.gui.review.picture_saving import PictureSaving
from emgstudio.gui.review.playback import Playback
from emgstudio.gui.review.signal_choice import SignalChoice
from emgstudio.gui.review.source import CONDITION_UP_TO_S
from emgstudio.gui.review.toolbar_menus import PlaySpeed, SignalMenu
from emgstudio.gui.review.view import TimeView
from emgstudio.storage.readings import RecordedReading
from emgstudio.storage.recording import Recording
from tests.gui.review_recordings import make_recording

RATE = 1000.0
SECONDS = 60.0


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("minute") / "minute"
    return make_recording(folder, seconds=SECONDS, channels=2, rate=RATE, gap_at=30.0, pyramid=True)


@pytest.fixture
def document(minute: Path, qapp: QApplication) -> Iterator[Document]:
    with Recording.open(minute) as recording:
        yield Document(recording, None, "read-only")


@pytest.fixture
def view() -> TimeView:
    made = TimeView()
    made.open(RATE, 0.0, SECONDS)
    made.set_width(600, 1.0)
    return made


def test_a_channel_that_is_not_used_is_said_beside_its_trace(tmp_path: Path, qtbot: QtBot) -> None:
    pictures = []
    for unused in ((), (1,)):
        path = tmp_path / f"{len(unused)} unused"
        make_recording(path, seconds=4.0, channels=2, rate=RATE, unused=unused)
        with Recording.open(path) as recording:
            view = TimeView()
            canvas = ReviewCanvas(view)
            qtbot.addWidget(canvas)
            canvas.resize(600, 400)
            view.open(RATE, 0.0, 4.0)
            canvas.show_document(Document(recording, None, "read-only"), True)
            traces = canvas.traces
            canvas.grab()  # lays it out
            names = traces.grab(QRect(4, 0, traces.gutter - 12, traces.height())).toImage()
            half = names.height() // 2
            pictures.append([names.copy(0, y, names.width(), half) for y in (0, half)])
            assert ("ch2 (not used)" in traces.accessibleName()) == bool(unused)
    assert pictures[0][0] == pictures[1][0]
    assert pictures[0][1] != pictures[1][1]


def test_what_is_too_wide_gets_narrower_and_wide_is_raw_again(
    document: Document, view: TimeView
) -> None:
    said: list[str] = []
    choice = SignalChoice(view, lambda: None, said.append)
    choice.document = document
    view.moved.connect(choice.moved)
    view.show_span(0.0, SECONDS)
    choice.choose(Shown.ENVELOPE)
    assert view.span <= CONDITION_UP_TO_S
    assert document.source.view.shown is Shown.ENVELOPE
    assert "moving RMS" in said[-1]
    choice.switch()
    assert document.source.raw
    choice.switch()
    assert document.source.view.shown is Shown.ENVELOPE
    view.show_span(0.0, SECONDS)
    assert document.source.raw
    assert "Raw again" in said[-1]


def test_what_is_taken_out_is_taken_out_of_what_is_shown(
    document: Document, view: TimeView
) -> None:
    choice = SignalChoice(view, lambda: None, lambda _text: None)
    choice.document = document
    choice.take_out(hum=True)
    assert document.source.view.shown is Shown.CONDITIONED
    assert document.source.view.hum_out
    choice.take_out(hum=False)
    assert not document.source.view.hum_out
    menu = SignalMenu()
    menu.show_view(document.source.view)
    assert menu.text() == "Conditioned"
    assert menu.kinds[Shown.CONDITIONED].isChecked()


def test_a_spectrogram_transforms_once_per_frame_and_only_what_is_new(
    document: Document, view: TimeView, qtbot: QtBot
) -> None:
    plot = SpectrogramView(view)
    qtbot.addWidget(plot)
    plot.resize(600 + plot.gutter, plot.height())
    plot.show_document(document)
    view.show_span(10.0, 20.0)
    plot.grab()
    assert plot.shown is not None
    first = plot.shown.frames
    assert 10.0 / 0.032 <= first <= 10.0 / 0.032 + 4
    view.pan_pixels(60)
    plot.grab()
    assert plot.shown.frames - first <= 1.0 / 0.032 + 4
    panned = plot.grab().toImage()
    plot._at = (-10_000, view.per_column, document.source.key)
    assert plot.grab().toImage() == panned


@pytest.mark.parametrize("per_column", [4.0, 120.0])
def test_a_tone_stands_at_its_frequency_and_a_gap_is_empty(
    document: Document, per_column: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = document.stream.physical

    def tone(start: int, stop: int) -> np.ndarray:
        x = read(start, stop) * 0.01
        return x + 100 * np.sin(2 * np.pi * 125 * np.arange(start, stop) / RATE)[:, None]

    monkeypatch.setattr(document.stream, "physical", tone)
    shown = RecordedSpectrogram(document.source, 1)
    first = int(10_000 / per_column)
    levels = shown.columns(first, first + 40, per_column)
    loudest = shown.frequencies[np.argmax(levels, axis=1)]
    assert loudest == pytest.approx(125.0, abs=2.0)
    at = int(30_250 / per_column)
    assert np.isnan(shown.columns(at, at + 1, per_column)).all()


def test_playing_follows_the_clock_not_the_pictures(document: Document, view: TimeView) -> None:
    play = Playback(view)
    places: list[float | None] = []
    play.moved.connect(places.append)
    play.show_document(document)
    document.put_cursor(5.0)
    view.go(0.0)
    play.toggle()
    for now in (100.0, 100.4, 102.0, 107.5):
        play.frame(now)
    assert play.at == pytest.approx(12.5)
    assert view.start <= 12.5 <= view.stop
    play.set_speed(0.5)
    play.frame(108.5)
    assert play.at == pytest.approx(13.0)
    play.toggle()
    assert document.cursor == pytest.approx(13.0)
    assert places[-1] is None
    play.frame(200.0)
    assert document.cursor == pytest.approx(13.0)


def test_a_loop_stays_in_the_selection_and_the_end_stops(
    document: Document, view: TimeView
) -> None:
    play = Playback(view)
    play.show_document(document)
    document.select_span(20.0, 21.0)
    play.set_loop(True)
    play.toggle()
    assert play.at == 20.0
    for now in (0.0, 0.9, 1.3, 7.25):
        play.frame(now)
        assert 20.0 <= play.at < 21.0
    assert play.at == pytest.approx(20.25)
    play.set_loop(False)
    play.frame(500.0)
    assert not play.running
    assert document.cursor == pytest.approx(SECONDS)
    menu = PlaySpeed()
    play.step_speed(-1)
    menu.show_speed(play.speed, loop=play.loop)
    assert menu.text() == "0.5×"


def test_a_picture_holds_lines_and_no_overview(
    document: Document, view: TimeView, qtbot: QtBot, tmp_path: Path
) -> None:
    canvas = ReviewCanvas(view)
    qtbot.addWidget(canvas)
    canvas.resize(700, 400)
    canvas.show_document(document, True)
    canvas.show()
    said: list[str] = []
    saving = PictureSaving(canvas, view, said.append, lambda work: work())
    for ending in ("png", "svg", "pdf"):
        saving.save(document, tmp_path / f"figure.{ending}")
        assert said[-1] == f"Picture saved as figure.{ending} in {tmp_path}"
    text = (tmp_path / "figure.svg").read_text("utf-8")
    assert text.count("<polyline") >= 2
    assert "ch1" in text
    assert (tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF")
    assert not canvas.overview.isHidden()


def test_measures_are_saved_with_their_recipes(
    document: Document, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = MeasuresPanel()
    qtbot.addWidget(panel)
    panel.show_document(document)
    document.select_span(8.0, 10.0)
    panel.measure_now()
    said: list[str] = []
    panel.said.connect(said.append)
    panel.save_as(tmp_path / "measures.csv")
    lines = (tmp_path / "measures.csv").read_text("utf-8").splitlines()
    assert lines[0].startswith("channel,measure,value,unit")
    assert len(lines) == 1 + 2 * 9
    assert said == [f"Measures saved as measures.csv in {tmp_path}"]
    panel.save_as(tmp_path / "measures.csv" / "inside a file.csv")
    assert said[-1].startswith("Measures not saved")


def test_the_script_measures_the_same_again(
    document: Document,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    panel = MeasuresPanel()
    qtbot.addWidget(panel)
    panel.show_document(document)
    document.source.show(SignalView(Shown.ENVELOPE, hum_out=True))
    document.select_span(8.25, 9.5)
    panel.measure_now()
    panel.save_script(tmp_path / "again.py")
    assert panel.measures is not None
    text = (tmp_path / "again.py").read_text("utf-8")
    assert str(document.path.parent) not in text
    monkeypatch.setattr("sys.argv", ["again.py", str(document.path)])
    runpy.run_path(str(tmp_path / "again.py"), run_name="__main__")
    assert capsys.readouterr().out.strip() == panel.measures.table(",").strip()


def test_about_tells_what_is_lost_and_what_devices_told(document: Document) -> None:
    told = dict(facts(document.recording))
    assert "500 samples lost in 1 gap; live filter" in told["emg"]
    values = [RecordedReading(t, "d", "battery", v, "%") for t, v in ((0, 84), (9, 90), (20, 76))]
    values.append(RecordedReading(1.0, "d", "impedance", 12.5, "kΩ", 0))
    assert readings(values) == [
        ("Battery", "84 → 76 % (76 to 90)"),
        ("Impedance 1", "12.5 kΩ"),
    ]
