"""The camera's picture of the moment that one looks at, for recordings with a video."""

from __future__ import annotations

import bisect
import mmap
from typing import BinaryIO

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from emgstudio.gui.review.document import Document
from emgstudio.gui.review.editing import clock
from emgstudio.gui.theme import theme
from emgstudio.session.video import FRAMES_FILE, frame_times

HEIGHT = 190
# A picture that is older than this is not of the moment any more.
STALE_S = 1.0


class VideoPane(QWidget):
    """Shows the newest frame up to a time; hidden for recordings without a video.

    ``shown`` is the number of the frame on the screen, None for none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: int | None = None
        self._document: Document | None = None
        self._times: list[float] = []
        self._places: list[tuple[int, int]] = []
        self._file: BinaryIO | None = None
        self._frames: mmap.mmap | None = None
        self._image = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Video")
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(200, theme().pixels(HEIGHT))

    def show_document(self, document: Document | None) -> None:
        """The video of another recording; None lets go of the file."""
        self._let_go()
        self._document = document
        found = frame_times(document.path) if document is not None else []
        self._times = [time for time, _, _ in found]
        self._places = [(offset, size) for _, offset, size in found]
        if document is not None and found:
            self._file = (document.path / FRAMES_FILE).open("rb")
            self._frames = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self.show_cursor()
        self.setVisible(bool(found))

    def show_cursor(self) -> None:
        """The moment of the cursor."""
        if self._document is not None:
            self.show_time(self._document.cursor)

    def follow(self, time: float | None) -> None:
        """In step with playing; None is standing still at the cursor."""
        if time is None:
            self.show_cursor()
        else:
            self.show_time(time)

    def show_time(self, time: float) -> None:
        """The newest frame up to ``time`` s; none where the camera was silent."""
        at = bisect.bisect_right(self._times, time) - 1
        wanted = at if at >= 0 and time - self._times[at] <= STALE_S else None
        if wanted == self.shown or self._frames is None:
            return
        self.shown = wanted
        if wanted is None:
            self._image = QImage()
        else:
            offset, size = self._places[wanted]
            self._image = QImage.fromData(self._frames[offset : offset + size])
        words = f"Video at {clock(time)}" if wanted is not None else "No video at this moment"
        self.setAccessibleDescription(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme().palette.canvas))
        if self._image.isNull():
            painter.setPen(QColor(theme().palette.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No video at this moment")
        else:
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(0, 0, size.width(), size.height())
            target.moveCenter(self.rect().center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(target, self._image)
        painter.end()

    def _let_go(self) -> None:
        if self._frames is not None:
            self._frames.close()
        if self._file is not None:
            self._file.close()
        self._file, self._frames, self.shown = None, None, None
        self._image = QImage()
