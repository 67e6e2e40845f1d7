"""The client's screen: what it tells, what it never tells, and that no picture of it flashes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.clock import host_time
from emgstudio.gui.plots.export import save_widget
from emgstudio.gui.rooms.therapy import TherapyRoom
from emgstudio.gui.theme import theme
from emgstudio.gui.therapy.client_pictures import PICTURES, BalancePicture, BarPicture
from emgstudio.gui.therapy.client_screen import ClientScreen
from emgstudio.gui.therapy.client_view import COMMANDS, SOFTER, ClientEye, ClientView
from emgstudio.gui.therapy.run_panel import WORDS
from emgstudio.gui.therapy.start import StartTherapy
from emgstudio.gui.tick import Tick
from emgstudio.session.session import Session
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.plan import LEVEL_S, Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.sound import CUES

Floats = NDArray[np.float64]
# Of the picture in cells; a field of 10 degrees is a third of it in each direction.
WIDE, HIGH, FIELD = 24, 16, (5, 8)
FRAMES, RATE = 60, 30.0
# WCAG 2.3.1: a tenth of full luminance there and back, three times a second, a quarter of a field.
LEAST, MOST_FLASHES, LARGE = 0.1, 3, 0.25
# Work and rest in turn: what gets through the levels' window best above 3 Hz.
WILD_HZ = 5.5


@pytest.fixture
def room(qtbot: QtBot, session: Session) -> Iterator[TherapyRoom]:
    made = TherapyRoom(session, Tick(session))
    qtbot.addWidget(made)
    yield made
    made.close_room()


def words_on(screen: ClientScreen, path: Path) -> list[str]:
    """Every text that the screen writes."""
    save_widget(screen, path, "Exercise")
    return ["".join(t.itertext()) for t in ElementTree.parse(path).iter() if t.tag[-5:] == "}text"]


def test_d6_no_code_and_no_name_and_the_display_may_be_unplugged(
    qtbot: QtBot, session: Session, room: TherapyRoom, tmp_path: Path
) -> None:
    session.connect("sim:clean?rate=1000&channels=2")
    qtbot.waitUntil(lambda: bool(room.flow.channels()))
    room.entered()
    protocol = Protocol("own", "Planted title", Kind.UP, (Step("", 3, 60.0, 0.0),), goals=(5.0,))
    muscle = Muscle(room.flow.channels()[0], "Planted muscle", "left")
    room.open(StartTherapy("C-0042", Plan(protocol, (muscle,), Goal(Kind.UP, 5.0), "C-0042")))
    room.toggle_screen()
    screen = room.screen_window
    assert screen is not None
    room.flow.begin(host_time())
    room.run.skip()
    room._frame(host_time())
    for place in range(len(PICTURES)):
        screen.choose(place)
        said = words_on(screen, tmp_path / "screen.svg")
        assert [w.split()[0] for w in said] == ["WORK", "0"]
        assert said[1] == "0 of 3"
        told = " ".join((*said, screen.windowTitle(), screen.accessibleName()))
        told += screen.accessibleDescription()
        assert "C-0042" not in told
        assert "Planted" not in told
    screen.setWindowState(Qt.WindowState.WindowFullScreen)
    app = QGuiApplication.instance()
    assert isinstance(app, QGuiApplication)
    app.screenRemoved.emit(app.primaryScreen())
    assert screen.isVisible()
    assert not screen.isFullScreen()
    # It goes on to follow the exercise, and its key still pauses.
    qtbot.keyClick(screen, Qt.Key.Key_Space)
    room._frame(host_time())
    assert screen.view.word == "PAUSE"
    room.toggle_screen()
    assert room.screen_window is None


def test_a_kind_word_stays_until_it_is_read_and_names_nobody(qtbot: QtBot) -> None:
    screen = ClientScreen()
    qtbot.addWidget(screen)
    screen.resize(960, 640)
    screen.show_view(replace(screen.view, word="WORK", hint=SOFTER))
    assert screen.accessibleDescription() == f"WORK {SOFTER}"
    with_hint = screen.grab().toImage()
    screen.show_view(replace(screen.view, hint=""))
    assert screen.grab().toImage() != with_hint


def luminance(widget: QWidget) -> Floats:
    """Relative luminance of each cell ``(HIGH, WIDE)``."""
    image = widget.grab().toImage().scaled(WIDE, HIGH).convertToFormat(QImage.Format.Format_RGB32)
    cells = np.frombuffer(image.constBits(), np.uint8).reshape(HIGH, WIDE, 4)[:, :, 2::-1] / 255.0
    linear = np.where(cells <= 0.04045, cells / 12.92, ((cells + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]))


def turns(light: Floats) -> list[int]:
    """Frames at which a course of luminance has gone a tenth the other way."""
    found, extreme, way = [], light[0], 0
    for frame, value in enumerate(light):
        back = value <= extreme - LEAST if way > 0 else value >= extreme + LEAST
        if way == 0 and abs(value - extreme) >= LEAST:
            back, way = True, -1 if value > extreme else 1
        if back:
            found.append(frame)
            extreme, way = value, -way
        elif way:
            extreme = max(extreme, value) if way > 0 else min(extreme, value)
    return found


def flashes(light: Floats) -> int:
    """The most pairs of opposite changes within any second."""
    found = turns(light)
    return max((sum(f <= t < f + RATE for t in found) // 2 for f in found), default=0)


def test_flashes_are_counted() -> None:
    at_4_hz = (np.arange(60) / RATE * 8).astype(int) % 2
    assert flashes(at_4_hz.astype(float)) == 4
    assert flashes(0.05 * at_4_hz) == 0
    assert flashes(np.linspace(0, 1, 20)) == 0


def flashing(qtbot: QtBot, place: int, efforts: Floats, *, eased: bool = True) -> float:
    """Largest share of a field of 10 degrees that flashes more than three times a second."""
    screen, eye, seen = ClientScreen(), ClientEye(), []
    qtbot.addWidget(screen)
    screen.resize(480, 360)
    screen.choose(place)
    two = PICTURES[place] is BalancePicture
    for frame, effort in enumerate(efforts.tolist()):
        now = frame / RATE
        shown = (effort, (effort, 1.0 - effort) if two else (effort,), effort > 0.5)
        eye.ease(now, shown[0], list(shown[1]), shown[2])
        score, levels, good = eye.eased if eased else shown
        view = ClientView("WORK", str(9 - int(now)), True, False, score, good, levels, 0.5)
        screen.show_view(replace(view, time=now))
        seen.append(luminance(screen))
    course = np.array(seen)
    cells = [[flashes(course[:, y, x]) > MOST_FLASHES for x in range(WIDE)] for y in range(HIGH)]
    fields = np.lib.stride_tricks.sliding_window_view(np.array(cells), FIELD)
    return float(fields.mean(axis=(2, 3)).max())


def wild() -> Floats:
    """Level of each frame for an effort that is all or nothing, by the RMS of levels."""
    fine = 20
    at = np.arange(round((FRAMES / RATE + LEVEL_S) * RATE * fine)) / (RATE * fine)
    power = (at * WILD_HZ % 1 < 0.5).astype(float)
    long = round(LEVEL_S * RATE * fine)
    levels = np.sqrt(np.convolve(power, np.ones(long) / long)[long : long + FRAMES * fine : fine])
    return np.asarray(levels)


@pytest.mark.parametrize("place", range(len(PICTURES)), ids=[p.__name__ for p in PICTURES])
def test_h3_no_picture_flashes_however_wild_the_effort(qtbot: QtBot, place: int) -> None:
    assert flashing(qtbot, place, wild()) < LARGE


def test_h3_without_its_easing_a_picture_would_be_found_out(qtbot: QtBot) -> None:
    at_4_hz = (np.arange(FRAMES) / RATE * 8).astype(int) % 2
    assert flashing(qtbot, 0, at_4_hz.astype(float), eased=False) >= LARGE


def test_what_is_heard_is_seen_by_both(qtbot: QtBot) -> None:
    for phase in CUES:
        assert COMMANDS[phase]
        assert WORDS[phase][2]
    screen = ClientScreen()
    qtbot.addWidget(screen)
    screen.show_view(ClientView("REST", done=1, total=5, stars=(False,)))
    missed = screen.grab().toImage()
    # The chime of a reached goal is a full star.
    screen.show_view(ClientView("REST", done=1, total=5, stars=(True,)))
    assert screen.grab().toImage() != missed


def test_two_sides_are_told_apart_by_words(qtbot: QtBot, tmp_path: Path) -> None:
    screen = ClientScreen()
    qtbot.addWidget(screen)
    screen.resize(1280, 720)
    view = ClientView("WORK", levels=(0.4, 0.9), low=0.5, sides=("LEFT", "RIGHT"))
    screen.show_view(view)
    for place, kind in enumerate(PICTURES):
        screen.choose(place)
        said = words_on(screen, tmp_path / "screen.svg")
        assert (said[1:3] == ["LEFT", "RIGHT"]) == (kind in (BarPicture, BalancePicture))
    # One muscle has no other side.
    screen.choose(PICTURES.index(BarPicture))
    screen.show_view(replace(view, levels=(0.4,), sides=()))
    assert "LEFT" not in words_on(screen, tmp_path / "screen.svg")


@pytest.mark.parametrize("high", [520, 400])
def test_the_ball_at_the_higher_end_of_the_beam_stays_within_the_picture(
    qtbot: QtBot, high: int
) -> None:
    image = QImage(1280, 720, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    area = QRectF(0.0, 150.0, 1280.0, float(high))
    BalancePicture().paint(painter, area, ClientView("WORK", score=0.0), theme().palette)
    painter.end()
    above = image.copy(0, 0, 1280, 148)
    empty = QImage(above)
    empty.fill(Qt.GlobalColor.white)
    assert above == empty
