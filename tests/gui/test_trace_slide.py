"""A scrolling picture is moved in the window's memory: it must look as if painted anew."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from emgstudio.gui.plots.marks import DecisionSpan, TraceMark
from emgstudio.gui.plots.spectrogram_strip import SpectrogramStrip
from emgstudio.gui.plots.trace_options import TraceOptions
from emgstudio.gui.plots.traces import TraceCanvas
from tests.gui.streams import HandStream


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1).copy()


def assert_as_if_painted_anew(widget: QWidget) -> None:
    """What the window holds, against a whole repaint."""
    held = QApplication.primaryScreen().grabWindow(widget.winId()).toImage()
    np.testing.assert_array_equal(pixels(held), pixels(widget.grab().toImage()))


@pytest.fixture(autouse=True)
def only_offscreen() -> None:
    if QApplication.platformName() != "offscreen":
        pytest.skip("a window's memory can be read offscreen only")


def traces(qtbot, stream: HandStream) -> TraceCanvas:
    made = TraceCanvas()
    qtbot.addWidget(made)
    made.resize(601, 333)
    made.show_options(TraceOptions(scale=300.0, scroll=True, seconds=2.0))
    made.show_stream(stream)
    made.show()
    QApplication.processEvents()
    return made


@pytest.mark.parametrize("scene", ["plain", "demo", "marks", "decisions", "thresholds", "cursors"])
def test_moved_traces_look_as_if_painted_anew(qtbot, scene) -> None:
    stream = HandStream(3)
    if scene == "demo":
        stream.info = replace(stream.info, simulated=True)
    canvas = traces(qtbot, stream)
    if scene == "thresholds":
        canvas.show_thresholds(np.full(3, 100.0))
    slid = 0
    for frame in range(150):
        stream.push_noise(33)
        head = stream.clean.head
        if frame == 40 and scene == "marks":
            spans = [(900.0, 900.0), (1500.0, 2600.0), (3000.0, 4500.0)]
            canvas.show_marks([TraceMark(a, b, "Grasp") for a, b in spans])
        if frame == 60 and scene == "cursors":
            canvas.measure_between(500.0, 1500.0)
        if scene == "decisions":
            edges = [*range(0, head, 500), head]
            named = enumerate(pairwise(edges))
            canvas.show_decisions([DecisionSpan(a, b, f"g{k}", k % 4) for k, (a, b) in named])
        canvas.advance(frame / 30)
        slid += canvas.sliding_area not in canvas.dirty
        QApplication.processEvents()
        if frame > 60 and frame % 9 == 0:
            assert_as_if_painted_anew(canvas)
    assert slid > 100 or scene == "cursors"


def test_a_moved_spectrogram_looks_as_if_painted_anew(qtbot) -> None:
    stream, strip = HandStream(2), SpectrogramStrip()
    qtbot.addWidget(strip)
    strip.resize(601, 200)
    strip.show_time(2.0, scrolling=True)
    strip.show_stream(stream, (0, 1))
    strip.show()
    QApplication.processEvents()
    for frame in range(120):
        stream.push_noise(33)
        strip.advance()
        QApplication.processEvents()
        if frame > 60 and frame % 9 == 0:
            assert_as_if_painted_anew(strip)
