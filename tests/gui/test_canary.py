"""Whether this pair of Python and PySide6 keeps its references: the crash of 6.12 on 3.11."""

import sys

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel

CALLS = 1000
# Other code may take or drop a few references meanwhile; the fault drops one for each call.
SLACK = 100


class Sender(QObject):
    happened = Signal()


def test_a7_void_calls_keep_none_alive(qtbot) -> None:
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for number in range(CALLS):
        label.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < SLACK


def test_emitting_keeps_true_alive(qtbot) -> None:
    sender = Sender()
    sender.happened.connect(lambda: None)
    before = sys.getrefcount(True)
    for _ in range(CALLS):
        sender.happened.emit()
    assert abs(sys.getrefcount(True) - before) < SLACK
