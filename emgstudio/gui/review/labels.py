"""Each label has a colour of its own, the same wherever it appears."""

from __future__ import annotations

from PySide6.QtGui import QColor

from emgstudio.gui import theme
from emgstudio.gui.review.document import BAD_LABEL, REST, Document


def label_colour(document: Document, label: str) -> QColor:
    """A label's colour in the theme that is on; rest is grey, bad data the warning colour."""
    colours = theme.current()
    if label == REST:
        return QColor(colours.outline)
    if label == BAD_LABEL:
        return QColor(colours.stop)
    return QColor(colours.trace(document.choice.colour_of(label)))


class LabelColours(dict[str, QColor]):
    """Colours of labels as they are asked for; made for one paint."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document

    def __missing__(self, label: str) -> QColor:
        self[label] = label_colour(self._document, label)
        return self[label]
