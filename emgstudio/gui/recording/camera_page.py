"""Which camera is recorded beside the signals, and whether it gives pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.widgets import StatusWord, button, column, label, row

if TYPE_CHECKING:
    from emgstudio.session.session import Session

Attempt = Callable[[Callable[[], object]], object]


class CameraPage(QWidget):
    """The camera starts and ends with the recording; none is chosen at first."""

    def __init__(self, session: Session, attempt: Attempt) -> None:
        super().__init__()
        self._session = session
        self._attempt = attempt
        self.source = TypingField()
        self.source.setAccessibleName("Camera")
        self.source.setPlaceholderText("none; 0 is the first camera, or an address")
        self.source.setText(session.settings.recording.camera)
        self.use = button("Use from the next recording", self.keep, kind="primary")
        self.source.returnPressed.connect(self.keep)
        self.state = StatusWord()
        words = label(
            "Pictures are kept as camera.mjpeg in the recording's folder with the time of each "
            "in camera.csv. A time is when the camera handed the picture over, usually 30 to "
            "100 ms after the exposure. Needs the extra “video”. Faces identify people: exports "
            "leave the video out.",
            "muted",
            wrap=True,
        )
        self.setLayout(
            column(
                row(label("Camera"), self.source),
                row(self.use, 1),
                self.state,
                words,
                1,
                spacing=12,
            )
        )
        self.refresh()

    def keep(self) -> None:
        """Remember the camera for the recordings to come."""
        chosen = self.source.text().strip()
        settings = self._session.settings.changed("recording", camera=chosen)
        self._attempt(lambda: self._session.update_settings(settings))
        self.refresh()

    def refresh(self) -> None:
        """What the camera is doing."""
        camera = self._session.recording.camera
        chosen = self._session.settings.recording.camera
        if camera is not None and camera.running:
            self.state.show_status("good", f"recording, {camera.frames} pictures so far")
        elif camera is not None:
            self.state.show_status("stop", f"ended after {camera.frames} pictures")
        else:
            text = f"camera {chosen} with the next recording" if chosen else "no camera"
            self.state.show_status("lamp-off", text)
