"""The camera's picture in Review: the newest one up to the cursor or the playing line."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from emgstudio.gui.review.opening import open_document
from emgstudio.gui.review.video_pane import VideoPane
from emgstudio.session.session import Session
from emgstudio.session.video import FRAMES_FILE, HEAD, TIMES_FILE
from tests.gui.review_recordings import make_recording

SHADES = (20, 90, 160, 230)


def filmed(folder: Path) -> Path:
    """A frame of another grey every half second from 1 s on; the camera stops at 2.5 s."""
    path = make_recording(folder / "filmed", seconds=4.0, channels=2, rate=1000.0)
    frames, lines = b"", HEAD
    for k, shade in enumerate(SHADES):
        image = QImage(16, 12, QImage.Format.Format_RGB32)
        image.fill(shade << 16 | shade << 8 | shade)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        assert image.save(buffer, "JPG")
        data = bytes(buffer.data().data())
        lines += f"{k},{1.0 + 0.5 * k},{len(frames)},{len(data)}\n".encode()
        frames += data
    (path / FRAMES_FILE).write_bytes(frames)
    (path / TIMES_FILE).write_bytes(lines)
    return path


@pytest.fixture
def pane(qtbot: QtBot) -> VideoPane:
    made = VideoPane()
    qtbot.addWidget(made)
    return made


def shade(pane: VideoPane) -> int:
    return pane.grab().toImage().pixelColor(pane.width() // 2, pane.height() // 2).red()


def test_the_picture_keeps_step_with_cursor_and_playing(
    session: Session, pane: VideoPane, tmp_path: Path
) -> None:
    document = open_document(session, filmed(tmp_path))
    pane.resize(160, 120)
    pane.show_document(document)
    assert not pane.isHidden()
    for time, frame in (
        (0.5, None),
        (1.0, 0),
        (1.49, 0),
        (1.6, 1),
        (2.5, 3),
        (3.4, 3),
        (3.6, None),
    ):
        pane.follow(time)
        assert pane.shown == frame, time
        if frame is not None:
            assert shade(pane) == pytest.approx(SHADES[frame], abs=4)
    document.put_cursor(2.1)
    pane.follow(None)
    assert pane.shown == 2
    pane.show_document(None)
    assert pane.isHidden()
    document.close()


def test_without_a_video_there_is_no_pane_and_a_torn_frame_is_left_out(
    session: Session, pane: VideoPane, tmp_path: Path
) -> None:
    path = filmed(tmp_path)
    whole = (path / FRAMES_FILE).read_bytes()
    (path / FRAMES_FILE).write_bytes(whole[:-10])
    document = open_document(session, path)
    pane.show_document(document)
    pane.follow(2.6)
    assert pane.shown == 2
    pane.show_document(None)
    (path / TIMES_FILE).unlink()
    pane.show_document(document)
    assert pane.isHidden()
    document.close()
