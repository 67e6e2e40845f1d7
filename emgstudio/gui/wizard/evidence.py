"""Beside the verdict: a map with the live point, what each electrode adds, and the numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from emgstudio.dsp.features import FEATURES
from emgstudio.gui.fitted import FittedScroll, LowPage
from emgstudio.gui.plots.confusion import ConfusionMatrix
from emgstudio.gui.widgets import Popover, button, column, label, large_target, row
from emgstudio.gui.wizard.arm_picture import ArmPicture, Pad, short_name
from emgstudio.gui.wizard.choice import Choice
from emgstudio.gui.wizard.flow import Flow
from emgstudio.gui.wizard.map_view import MapView
from emgstudio.gui.wizard.model_numbers import numbers_layout
from emgstudio.ml.explain import electrode_shares, feature_shares
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.model import GestureModel
from emgstudio.session.calibration_map import movement_map

VIEWS = {"map": "Map", "electrodes": "Electrodes", "details": "Details"}
LEAST = 120
FEATURES_SHOWN = 3
EVERY = 3
"""Frames between two live points: ten a second are enough for an eye."""


class Evidence(QWidget):
    """Three views of one model; the map is shown first, the numbers last."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self._flow = flow
        self._model: GestureModel | None = None
        self._frames = 0
        self.view = Choice("Show", VIEWS)
        self.view.show_value("map")
        self.map = MapView()
        self.arm = ArmPicture("What each electrode adds")
        self.arm.setMinimumSize(LEAST, LEAST)
        self.arm.setToolTip("How much each electrode tells this movement from the others")
        self.gesture = QComboBox()
        self.gesture.setAccessibleName("Movement whose electrodes are shown")
        large_target(self.gesture)
        self.features = label("", "muted", wrap=True)
        self.matrix = ConfusionMatrix()
        self.detail = label("", "muted", wrap=True)
        self.numbers = button("All numbers", self.show_numbers, icon="chart")
        large_target(self.numbers)
        self._stack = QStackedWidget()
        hint = label("Move: the point shows where your arm is now.", "muted", wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for layout in (
            column(self.map, hint, spacing=4),
            column(self.gesture, self.arm, self.features, spacing=4),
            column(self.matrix, self.detail, row(self.numbers, 1), 1, spacing=8),
        ):
            page = LowPage()
            layout.setContentsMargins(0, 0, 0, 0)
            page.setLayout(layout)
            fitted = FittedScroll(page)
            fitted.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
            self._stack.addWidget(fitted)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(self.view)
        inside.addWidget(self._stack, 1)
        self.view.chosen.connect(lambda key: self._stack.setCurrentIndex(list(VIEWS).index(key)))
        self.gesture.currentIndexChanged.connect(self._show_electrodes)

    def show_model(self, model: GestureModel, detail: str, first: str) -> None:
        """Show another model; ``first`` is the movement to look at."""
        self.detail.setText(detail)
        if model is self._model:
            return
        self._model = model
        self.map.show_map(movement_map(model))
        self.matrix.show_counts(model.report.classes, model.report.confusion)
        self.gesture.blockSignals(True)
        self.gesture.clear()
        for name in model.classes:
            self.gesture.addItem(gesture_title(name), name)
        self.gesture.setCurrentIndex(max(0, self.gesture.findData(first)))
        self.gesture.blockSignals(False)
        self._show_electrodes()

    def show_numbers(self) -> None:
        """Every offline figure, beside the button."""
        if self._model is not None:
            shown = Popover(self, numbers_layout(self._model.report))
            shown.show_beside(self.numbers)

    def frame(self) -> None:
        """The live point, ten times a second."""
        self._frames += 1
        stream = self._flow.session.main_stream
        if self._frames % EVERY or not self.map.isVisible() or self.map.map is None:
            return
        self.map.show_now(self.map.map.now(stream) if stream is not None else None)

    def _show_electrodes(self) -> None:
        model, gesture = self._model, self.gesture.currentData()
        if model is None or gesture is None:
            return
        shares = electrode_shares(model, gesture)
        most = max([*shares.values(), 1e-9])
        self.arm.show_pads(
            [
                Pad(short_name(name, at), share / most, words=f"{share * 100:.0f} %")
                for at, (name, share) in enumerate(shares.items())
            ]
        )
        told = sorted(feature_shares(model, gesture).items(), key=lambda item: -item[1])
        words = [f"{FEATURES[key].title} {share * 100:.0f} %" for key, share in told if share]
        most_telling = f"Most telling features: {', '.join(words[:FEATURES_SHOWN])}"
        self.features.setText(most_telling if words else "")
