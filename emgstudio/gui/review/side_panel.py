"""Right of the plots: the video, the selected annotation, tabs for labels, list and measures."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.review.about_panel import AboutPanel
from emgstudio.gui.review.annotate.suggest_panel import SuggestPanel
from emgstudio.gui.review.annotate.track_panel import TrackPanel
from emgstudio.gui.review.details import DetailsPanel
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.label_panel import LabelPanel
from emgstudio.gui.review.listing import ListPanel
from emgstudio.gui.review.measures_panel import MeasuresPanel
from emgstudio.gui.review.video_pane import VideoPane
from emgstudio.gui.widgets import label, line

WIDTH = 316
NARROWEST = 270
MARGIN = 14


class SidePanel(QFrame):
    """Everything about annotations in words and numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.video = VideoPane()
        self.details = DetailsPanel()
        self.labels = LabelPanel()
        self.tracks = TrackPanel()
        self.suggest = SuggestPanel()
        self.list = ListPanel()
        self.measures = MeasuresPanel()
        self.about = AboutPanel()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.addTab(_scrolled(self.labels, self.tracks), "Labels")
        self.tabs.addTab(_scrolled(self.suggest), "Suggest")
        self.tabs.addTab(_padded(self.list), "List")
        self.tabs.addTab(_padded(self.measures), "Measures")
        self.tabs.addTab(_scrolled(self.about), "About")
        self.tabs.setAccessibleName("Labels, suggestions, list and measures")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(MARGIN, 12, MARGIN, 10)
        layout.setSpacing(8)
        layout.addWidget(self.video)
        layout.addWidget(label("Annotation", "heading"))
        layout.addWidget(FittedScroll(self.details))
        layout.addWidget(line())
        layout.addWidget(self.tabs, 1)

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the names of the tabs."""
        tabs = self.tabs.tabBar().sizeHint().width() + 2 * MARGIN
        return QSize(max(NARROWEST, tabs), 200)

    def show_document(self, document: Document | None) -> None:
        """Show another recording."""
        self.video.show_document(document)
        self.details.show_document(document)
        self.labels.show_document(document)
        self.list.show_document(document)
        self.measures.show_document(document)
        self.about.show_document(document)

    def show_edits(self) -> None:
        """Annotations have changed."""
        self.details.refresh()
        self.labels.refresh()
        self.list.refresh()

    def show_choice(self) -> None:
        """What is selected, or where the cursor is, has changed."""
        self.details.refresh()
        self.video.show_cursor()
        self.labels.refresh()
        self.list.follow()
        self.measures.refresh()


def _scrolled(*contents: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    page = _padded(*contents)
    page.setProperty("role", "page")
    page.layout().addStretch(1)  # type: ignore[union-attr]
    area.setWidget(page)
    return area


def _padded(*contents: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 8, 0, 0)
    for content in contents:
        layout.addWidget(content)
    return page
