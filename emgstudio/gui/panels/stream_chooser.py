"""Which of several streams the Live room shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

if TYPE_CHECKING:
    from emgstudio.devices.stream import Stream
    from emgstudio.session.session import Session


class StreamChooser(QComboBox):
    """Hidden while there is nothing to choose; the first stream until a person chooses another."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._listed: tuple[Stream, ...] = ()
        self._chosen: Stream | None = None
        self.setAccessibleName("Sensor and stream shown")
        self.setToolTip("Sensor and stream shown; all are recorded")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.activated.connect(self._choose)
        self.hide()

    @property
    def stream(self) -> Stream | None:
        """The stream to show; the first one again when the chosen one has gone."""
        streams = self._session.streams
        return self._chosen if self._chosen in streams else self._session.main_stream

    def choose(self, stream: Stream) -> None:
        """Show this one from now on."""
        self._chosen = stream

    def refresh(self) -> None:
        """List what streams now."""
        streams = self._session.streams
        if streams != self._listed:
            self._listed = streams
            self.clear()
            self.addItems([self._name(stream) for stream in streams])
            self.setVisible(len(streams) > 1)
        shown = self.stream
        if shown is not None:
            self.setCurrentIndex(streams.index(shown))

    def _choose(self, index: int) -> None:
        self._chosen = self._listed[index]

    def _name(self, stream: Stream) -> str:
        device = self._session.device_of(stream)
        title = device.title if device is not None else stream.info.device
        return f"{stream.info.name} · {title}"
