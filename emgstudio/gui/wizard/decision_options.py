"""Every option of the decisions, and how sure each movement has to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QSpinBox, QVBoxLayout, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.widgets import label
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.ml.postprocess import PostprocessSpec

MOST_SURE = 99
WIDTH, HEIGHT = 420, 440


class DecisionOptions(QWidget):
    """A form that applies at once: ``tuned`` carries the options and the sureness by gesture."""

    tuned = Signal(object, object)

    def __init__(
        self, spec: PostprocessSpec, sureness: Mapping[str, float], classes: Sequence[str]
    ) -> None:
        super().__init__()
        self.form = OptionsForm(PostprocessSpec, asdict(spec))
        self.sureness: dict[str, QSpinBox] = {}
        each = QFormLayout()
        each.setHorizontalSpacing(16)
        each.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for gesture in classes:
            if gesture == REST:
                continue
            box = QSpinBox()
            box.setRange(0, MOST_SURE)
            box.setSuffix(" %")
            box.setSpecialValueText("as all")
            box.setValue(round(100 * sureness.get(gesture, 0.0)))
            box.setAccessibleName(f"Sureness that {gesture_title(gesture)} needs")
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.valueChanged.connect(lambda _value: self._tell())
            self.sureness[gesture] = box
            each.addRow(gesture_title(gesture), box)
        self.form.changed.connect(self._tell)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(10)
        layout.addWidget(label("How decisions are made", "heading"))
        layout.addWidget(self.form)
        layout.addWidget(label("Sureness of single movements", "heading"))
        layout.addWidget(label("Below it the last trusted movement is held.", "muted", wrap=True))
        layout.addLayout(each)
        scroll = FittedScroll(inside)
        scroll.setMinimumWidth(WIDTH)
        scroll.setFixedHeight(HEIGHT)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _tell(self) -> None:
        try:
            spec = self.form.options()
        except EmgError:
            # The form says what is wrong; what was right before goes on.
            return
        needed = {g: box.value() / 100 for g, box in self.sureness.items() if box.value()}
        self.tuned.emit(spec, needed)
