"""Everything that is offered while an exercise runs, below the levels; a press decides."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from emgstudio.gui.therapy.offer import Offer
from emgstudio.session.therapy.run import TherapyRun

MOST = 2


def tense_words(run: TherapyRun) -> str:
    """Which muscles work although they should not, "" when none does."""
    tense = run.tense
    if not tense:
        return ""
    seen = sum(watch.count for watch in tense)
    names = " and ".join(watch.words for watch in tense)
    told = "is working; it" if len(tense) == 1 else "are working; they"
    return f"{names} {told} should stay soft ({seen} {'time' if seen == 1 else 'times'} so far)."


class RunOffers(QWidget):
    """Another goal, a tense muscle, fatigue, an effort above the reference.

    At most two at a time, the most urgent first: somebody works, and one person looks on.
    """

    def __init__(self, calls: dict[str, Callable[[], object]]) -> None:
        super().__init__()
        self.goal = Offer(
            ("OK", calls["accept"]), ("No", calls["decline"]), level="good", name="another goal"
        )
        self.tense = Offer(("This much is fine", calls["allow"]), name="a muscle works")
        self.tired = Offer(("Rest now", calls["rest"]), ("Go on", calls["go on"]), name="fatigue")
        self.above = Offer(("Pause and measure it", calls["measure"]), name="above 100 %")
        self.all = (self.tense, self.tired, self.above, self.goal)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for part in self.all:
            layout.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def show_run(self, run: TherapyRun) -> None:
        """What there is to offer now."""
        texts = (
            tense_words(run),
            run.tired.sentence if run.tired is not None else "",
            f"Above 100 {run.percent}: measure it again?" if run.above_now else "",
            goal_words(run),
        )
        shown = 0
        for offer, text in zip(self.all, texts, strict=True):
            offer.offer(text if shown < MOST else "")
            shown += bool(text)


def goal_words(run: TherapyRun) -> str:
    """The goal that is suggested, "" when none is."""
    offered = run.exercise.suggestion
    if offered is None:
        return ""
    way = "Raise" if offered.shown > run.exercise.goal.shown else "Lower"
    return f"{way} the goal to {offered.shown:.0f} {run.unit}?"
