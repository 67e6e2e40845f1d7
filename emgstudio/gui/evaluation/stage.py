"""What a person looks at during a test: two hands, a cursor and a circle, or a quiet screen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from emgstudio.gui.evaluation.axis_bars import AxisBars
from emgstudio.gui.evaluation.field import CursorField
from emgstudio.gui.evaluation.quiet import QuietScreen
from emgstudio.gui.widgets import column, label
from emgstudio.gui.wizard.hand import RELAXED, Pose, pose_of
from emgstudio.gui.wizard.hand_view import HandView
from emgstudio.ml.gestures import REST, gesture_title
from emgstudio.session.calibration_test import MotionTest
from emgstudio.session.evaluation_tests.axes import Axis
from emgstudio.session.evaluation_tests.idle import IdleTest
from emgstudio.session.evaluation_tests.reaching import Point, Reaching
from emgstudio.session.evaluation_tests.run import ControlRun
from emgstudio.session.evaluation_tests.tasks import TAC_ANGLE


def posture(axes: tuple[Axis, ...], point: Point) -> Pose:
    """The hand at a place on the axes of a target achievement control test, in degrees."""
    pose = RELAXED
    for axis, value in zip(axes, point, strict=True):
        wanted = pose_of(axis.plus if value >= 0 else axis.minus)
        pose = pose.towards(wanted, min(1.0, abs(value) / TAC_ANGLE))
    return pose


class TestStage(QWidget):
    """Shows a run as it is at each frame; keeps nothing of it."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.own = HandView(), HandView()
        self.asked.setAccessibleName("Asked hand")
        self.own.setAccessibleName("Your hand")
        self.own_word = label("Yours", "heading")
        self.bars = AxisBars()
        self.field = CursorField()
        self.quiet = QuietScreen()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._hands())
        self._stack.addWidget(self.field)
        self._stack.addWidget(self.quiet)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_run(self, run: ControlRun) -> None:
        """The next frame."""
        test = run.test
        if isinstance(test, IdleTest):
            self._stack.setCurrentWidget(self.quiet)
            self.quiet.show_test(test)
        elif isinstance(test, MotionTest):
            self._stack.setCurrentIndex(0)
            self._show_motion(run, test)
        elif run.kind.key == "tac":
            self._stack.setCurrentIndex(0)
            self._show_posture(test)
        else:
            self._stack.setCurrentWidget(self.field)
            self.field.show_test(test)

    def _show_motion(self, run: ControlRun, test: MotionTest) -> None:
        self.bars.hide()
        self.asked.show_hand(test.following or REST, 0.0, "outline", faded=test.target == REST)
        recognised = run.latest.gesture if run.latest is not None else REST
        right = recognised == test.target
        self.own.show_hand(recognised, test.held, "good" if right else "check")
        self.own.setAccessibleDescription(gesture_title(recognised))
        self.own_word.setText(f"Recognised: {gesture_title(recognised)}")

    def _show_posture(self, test: Reaching) -> None:
        self.bars.show()
        goal = test.following
        if goal is not None:
            wanted = posture(test.axes, goal.centre)
            self.asked.show_pose(wanted, gesture_title(goal.name), 0.0, "outline")
        own = posture(test.axes, test.point)
        role = "good" if test.inside else "check"
        self.own.show_pose(own, "inside" if test.inside else "outside", test.held, role)
        self.own_word.setText("Yours: inside" if test.inside else "Yours")
        self.bars.show_test(test)

    def _hands(self) -> QWidget:
        asked_word = label("Asked", "heading")
        across = QHBoxLayout()
        across.setSpacing(24)
        for word, view in ((asked_word, self.asked), (self.own_word, self.own)):
            word.setAlignment(Qt.AlignmentFlag.AlignCenter)
            view.setMinimumSize(120, 120)
            side = column(word, view, spacing=4)
            side.setStretch(1, 1)
            across.addLayout(side, 1)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(across, 1)
        layout.addWidget(self.bars)
        return page
