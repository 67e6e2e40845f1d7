"""What was reached: four numbers and a sentence, and where to go from here."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress, Task, TaskState
from emgstudio.gui import theme
from emgstudio.gui.therapy.client_screen import star
from emgstudio.gui.therapy.flow import PROTOCOL, TherapyFlow
from emgstudio.gui.therapy.page import Attempt, TherapyPage, scrolled
from emgstudio.gui.widgets import button, card, column, label, large_target, row
from emgstudio.session.therapy.report import in_one_sentence
from emgstudio.session.therapy.results import TherapyResult, therapy_result
from emgstudio.session.therapy.run import TherapyRun

SHOWN = (
    ("repetitions", "Repetitions"),
    ("success", "Reached the goal"),
    ("mean in work", "Mean while working"),
    ("longest hold", "Longest hold"),
)
# So many sessions back, one of the same protocol is looked for.
LOOKED_BACK = 5
Found = tuple[TherapyResult, TherapyResult | None]


def computed(path: Path, earlier: list[Path], progress: Progress) -> Found:
    """The session at ``path`` and the newest of ``earlier`` with the same protocol."""
    result = therapy_result(path, progress)
    for other in earlier[:LOOKED_BACK]:
        progress.check()
        try:
            before = therapy_result(other)
        except EmgError:
            # Not every recording of a client is an exercise.
            continue
        if before.plan.protocol.id == result.plan.protocol.id and before.when < result.when:
            return result, before
    return result, None


def watched_words(result: TherapyResult) -> list[str]:
    """What was seen of muscles that should stay soft, and of fatigue, in sentences."""
    told = []
    for measure in result.measures:
        if measure.name == "compensations":
            times = "once" if measure.value == 1 else f"{measure.value:.0f} times"
            seconds = result.value(measure.channel, "time tense")
            told.append(
                f"{measure.channel} worked {times} although it should stay soft ({seconds:.1f} s)."
            )
        elif measure.name == "fatigue warnings":
            told.append(f"Signs of fatigue were seen in {measure.channel}.")
    return told


class StarRow(QWidget):
    """A star for each repetition, full where the goal was reached."""

    def __init__(self) -> None:
        super().__init__()
        self._reached: tuple[bool, ...] = ()
        self.setMinimumHeight(44)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(600, 44)

    def show_reached(self, reached: tuple[bool, ...]) -> None:
        """One entry per repetition."""
        self._reached = reached
        self.setAccessibleName(f"{sum(reached)} of {len(reached)} repetitions reached the goal")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._reached:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = min(16.0, self.width() / (2.3 * len(self._reached)))
        colours = theme.current()
        for k, reached in enumerate(self._reached):
            painter.setPen(QPen(QColor(colours.text), 1.5))
            painter.setBrush(QColor(colours.check) if reached else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(star(QPointF(size * (1.1 + 2.2 * k), self.height() / 2), size))
        painter.end()


class EndPage(TherapyPage):
    """Numbers come from the recording, as the report's do; computing them never blocks."""

    def __init__(
        self,
        flow: TherapyFlow,
        attempt: Attempt,
        report: Callable[[list[Path]], object],
        leave: Callable[[], object],
    ) -> None:
        super().__init__(flow, attempt)
        self._report = report
        self._leave = leave
        self._run: TherapyRun | None = None
        self.task: Task[Found] | None = None
        self.sentence = label("", "title", wrap=True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.stars = StarRow()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("Reading the recording")
        self.figures = [label("–", "display") for _ in SHOWN]
        self.remark = label("", "muted", wrap=True)
        self.again = button("Another set", self._again, icon="repeat")
        self.next = button("Next exercise", lambda: flow.go(PROTOCOL), icon="arrow-right")
        self.report = button("Report", self._open_report, icon="file")
        self.finish = button("Finish", leave, icon="done", kind="primary")
        large_target(self.again, self.next, self.report, self.finish)
        self._lay_out()

    def refresh(self) -> None:
        """Compute the session that has just ended."""
        path, run = self.flow.path, self.flow.run
        if path is None or run is self._run:
            return
        self._run = run
        done = self.flow.run.exercise.repetitions if self.flow.run is not None else []
        self.stars.show_reached(tuple(r.success for r in done))
        for figure in self.figures:
            figure.setText("–")
        self.sentence.setText("Reading the recording…")
        self.remark.setText("")
        earlier = [p for p in self._sessions() if p != path]
        wait = self.flow.session.recording.whole_until_now()

        def work(progress: Progress) -> Found:
            wait()
            return computed(path, earlier, progress)

        self.task = self.flow.session.tasks.submit("Results of the exercise", work)
        self.bar.show()

    def frame(self, now: float) -> None:
        """Follow the computation."""
        task = self.task
        if task is None:
            return
        self.bar.setValue(round(1000 * task.progress))
        if not task.ended:
            return
        self.task = None
        self.bar.hide()
        if task.state is TaskState.DONE:
            self._show(*task.result())
        else:
            self.sentence.setText("The results could not be computed; the recording is kept.")

    def primary(self) -> None:
        """The session is over."""
        self._leave()

    def _show(self, result: TherapyResult, before: TherapyResult | None) -> None:
        self.sentence.setText(in_one_sentence(result, before))
        muscle = result.plan.muscles[0].words
        units = {m.name: m.unit for m in result.measures if m.channel == muscle}
        for figure, (name, _) in zip(self.figures, SHOWN, strict=True):
            value = result.value(muscle, name)
            unit = units.get(name, "").replace("1", "", 1)
            whole = name in ("repetitions", "success") or value >= 20
            text = "–" if math.isnan(value) else f"{value:.{0 if whole else 1}f} {unit}".strip()
            figure.setText(text)
        self.stars.show_reached(tuple(r.success for r in result.repetitions))
        said = [*watched_words(result), *result.remarks, f"Levels: {result.recipe}."]
        if result.simulated:
            said.append("The signal was simulated.")
        self.remark.setText(" ".join(said))

    def _sessions(self) -> list[Path]:
        flow = self.flow
        if not flow.client:
            return []
        found: list[Path] = []

        def look() -> None:
            flow.session.clients.refresh()
            found.extend(flow.session.clients.sessions(flow.client))

        self.attempt(look)
        return found

    def _again(self) -> None:
        self.attempt(lambda: self.flow.another_set(host_time()))

    def _open_report(self) -> None:
        path = self.flow.path
        if path is not None:
            earlier = [p for p in self._sessions() if p != path]
            self._report([path, *earlier])

    def _lay_out(self) -> None:
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for figure, (_, name) in zip(self.figures, SHOWN, strict=True):
            figure.setAccessibleName(name)
            cards.addWidget(card(column(label(name, "muted", wrap=True), figure), margin=14), 1)
        inside = QWidget()
        told = column(self.sentence, self.bar, self.stars, cards, self.remark, 1, spacing=16)
        inside.setLayout(told)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 18, 24, 18)
        layout.setSpacing(16)
        layout.addWidget(scrolled(inside, "What was reached"), 1)
        layout.addLayout(row(self.again, self.next, self.report, 1, self.finish, spacing=12))
