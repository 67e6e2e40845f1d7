"""All offline figures of a model, with what each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLayout, QVBoxLayout, QWidget

from emgstudio.gui.fitted import FittedScroll
from emgstudio.gui.widgets import label
from emgstudio.ml.gestures import gesture_title
from emgstudio.ml.report import TrainingReport

FIGURES = (
    ("accuracy", "Accuracy", "%", "windows recognised"),
    ("balanced_accuracy", "Balanced accuracy", "%", "mean over movements"),
    ("active_error", "Active error", "%", "wrong among decisions for a movement, as LibEMG"),
    ("rejected", "Rejection", "%", "decisions refused; the rest of the figures leave them out"),
    ("instability", "Instability", "%", "decisions that differ from the one before, as LibEMG"),
    ("kappa", "Cohen's κ", "", "agreement beyond chance; 1 is all"),
    ("auc", "AUC", "", "each movement against the others, mean; 0.5 is chance"),
    ("nll", "NLL", "", "surprise at the truth in nats; 0 is best"),
    ("brier", "Brier score", "", "squared error of the sureness; 0 best, 2 worst"),
    ("ece", "ECE", "%", "gap between sureness and share right, ten bins"),
)
CLASS_COLUMNS = ("precision", "recall", "f1")
NONE = "This model was saved without them. Train it again to have them."
ABOUT = (
    "Each repetition tested by a classifier trained on the others; window by window, no filter, "
    "nothing refused."
)
ABOUT_INTERVALS = (
    "In brackets 95 % intervals: repetitions drawn anew (bootstrap), of each recall Wilson's."
)


def figure_rows(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value with its interval and meaning of each figure of ``TrainingReport.figures``."""
    spread = found.get("intervals", {})
    return [
        (name, _value(found.get(key), unit) + _interval(spread.get(key), unit), words)
        for key, name, unit, words in FIGURES
    ]


def numbers_layout(report: TrainingReport) -> QLayout:
    """The figures of a report and then those of each movement, scrolling where it is too high."""
    inside = QWidget()
    layout = QVBoxLayout(inside)
    layout.setContentsMargins(0, 0, 8, 0)
    layout.setSpacing(10)
    layout.addWidget(label("All numbers", "heading"))
    if report.figures:
        layout.addWidget(label(ABOUT, "muted", wrap=True))
        layout.addLayout(_figures(report.figures))
        layout.addLayout(_classes(report))
        layout.addWidget(label(ABOUT_INTERVALS, "muted", wrap=True))
    else:
        layout.addWidget(label(NONE))
    outer = QVBoxLayout()
    outer.addWidget(FittedScroll(inside))
    return outer


def _figures(found: dict[str, Any]) -> QGridLayout:
    grid = _grid()
    for at, (name, value, words) in enumerate(figure_rows(found)):
        grid.addWidget(label(name), at, 0)
        grid.addWidget(_number(value, name), at, 1)
        grid.addWidget(label(words, "muted"), at, 2)
    return grid


def _classes(report: TrainingReport) -> QGridLayout:
    grid = _grid()
    recalls = {g.gesture: (g.low, g.high) for g in report.gestures}
    for column, words in enumerate(("", "Precision", "Recall", "F1", "Windows")):
        grid.addWidget(label(words, "muted"), 0, column)
    for at, row in enumerate(report.figures["per_class"], 1):
        title = gesture_title(row["name"])
        grid.addWidget(label(title), at, 0)
        for column, key in enumerate(CLASS_COLUMNS, 1):
            shown = _value(row[key], "%")
            if key == "recall":
                shown += _interval(recalls.get(row["name"]), "%")
            grid.addWidget(_number(shown, f"{title}, {key}"), at, column)
        grid.addWidget(_number(str(row["support"]), f"{title}, windows"), at, 4)
    return grid


def _grid() -> QGridLayout:
    made = QGridLayout()
    made.setHorizontalSpacing(18)
    made.setVerticalSpacing(5)
    return made


def _number(text: str, name: str) -> QLabel:
    made = label(text, "heading")
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    made.setAccessibleName(f"{name}: {text}")
    return made


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if unit == "%" else f"{value:.3f}"


def _interval(ends: Sequence[float | None] | None, unit: str) -> str:
    """``"  (88–97)"``, "" where it is not known."""
    if ends is None or None in ends:
        return ""
    low, high = (100 * end if unit == "%" else end for end in ends if end is not None)
    return f"  ({low:.0f}–{high:.0f})" if unit == "%" else f"  ({low:.3f}–{high:.3f})"
