"""The card of a movement that can be chosen: picture and name."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout

from emgstudio.gui import theme
from emgstudio.gui.widgets import label
from emgstudio.gui.wizard.movement_picture import movement_pixmap
from emgstudio.ml.gestures import GESTURES, REST, gesture_title
from emgstudio.session.movement_pictures import MovementPictures

PICTURE = 74


class GestureCard(QPushButton):
    """A movement to be chosen; rest is always on."""

    def __init__(self, gesture: str, pictures: MovementPictures) -> None:
        super().__init__()
        self.gesture = gesture
        self._pictures = pictures
        known = GESTURES.get(gesture)
        self.setProperty("kind", "tile")
        self.setCheckable(True)
        self.setAccessibleName(gesture_title(gesture))
        self.setAccessibleDescription(known.instruction if known else "")
        self.setToolTip(known.instruction if known else "")
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = label(gesture_title(gesture))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.state = label("", "muted")
        self.state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inside = QVBoxLayout(self)
        self._inside = inside
        inside.setContentsMargins(6, 8, 6, 6)
        inside.setSpacing(2)
        for part in (self._picture, title, self.state):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            inside.addWidget(part)
        self.toggled.connect(self._say)
        theme.theme().changed.connect(self.paint)
        self.paint()
        if gesture == REST:
            self.setChecked(True)
            self.clicked.connect(lambda _on=False: self.setChecked(True))
        self._say()

    def sizeHint(self) -> QSize:
        return self._inside.sizeHint().expandedTo(QSize(126, 132))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def choose(self, chosen: bool) -> None:
        """Check or uncheck it without telling anybody."""
        self.setChecked(chosen)
        self._say()

    def _say(self) -> None:
        always = "always" if self.gesture == REST else "chosen"
        self.state.setText(always if self.isChecked() else " ")

    def paint(self) -> None:
        """Show the picture as it is now."""
        size, ratio = QSize(PICTURE, PICTURE), self.devicePixelRatioF()
        self._picture.setPixmap(movement_pixmap(self._pictures, self.gesture, size, ratio))
