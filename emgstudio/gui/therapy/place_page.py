"""Where the electrodes go, and whether each channel's signal is good."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from emgstudio.dsp.quality_lamps import LampLevel
from emgstudio.gui.theme import theme
from emgstudio.gui.therapy.body import BodyPicture
from emgstudio.gui.therapy.flow import PROTOCOL, REFERENCE, TherapyFlow
from emgstudio.gui.therapy.page import Attempt, TherapyPage, foot, scrolled
from emgstudio.gui.therapy.site_picture import SitePicture
from emgstudio.gui.widgets import StatusWord, button, card, column, label, large_target, row
from emgstudio.gui.wizard.page import wrapping_status
from emgstudio.session.quality import ChannelQuality
from emgstudio.session.therapy.placement import Placement, placement_of
from emgstudio.session.therapy.plan import Muscle

TITLES = 72
UNKNOWN = "No rule is known for this place: put the electrodes over the belly, along the fibres."


class MuscleCard(QFrame):
    """One muscle: where, posture, test movement, and the lamp of its channel."""

    def __init__(self, number: int, muscle: Muscle) -> None:
        super().__init__()
        self.lamp = StatusWord()
        self.advice = label("", "muted", wrap=True)
        head = row(label(f"{number}  {muscle.words} · {muscle.channel}", "heading"), 1, self.lamp)
        body = column(head, self.advice, spacing=4)
        found = placement_of(muscle.name)
        if found is None:
            body.addWidget(label(UNKNOWN, wrap=True))
        else:
            beside = row(spacing=14)
            picture = SitePicture(found, muscle.side)
            beside.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
            beside.addLayout(_rule(found), 1)
            body.addLayout(beside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card(body, margin=12))

    def show_quality(self, quality: ChannelQuality | None) -> None:
        """The lamp with its advice."""
        if quality is None:
            self.lamp.show_status("lamp-off", "not known yet")
            self.advice.hide()
            return
        self.lamp.show_status(quality.level.value, quality.word)
        told = "" if quality.level is LampLevel.GOOD else f"{quality.sentence} {quality.advice}"
        self.advice.setText(told.strip())
        self.advice.setVisible(bool(told.strip()))


class PlacePage(TherapyPage):
    """Cards of the muscles beside the body; the lamps never keep anybody from going on."""

    def __init__(self, flow: TherapyFlow, attempt: Attempt) -> None:
        super().__init__(flow, attempt)
        self.body = BodyPicture(clickable=False)
        self.cards: list[MuscleCard] = []
        self._shown: tuple[Muscle, ...] = ()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(8)
        self._rows.addStretch(1)
        self.state = wrapping_status()
        self.back = button("Back", lambda: flow.go(PROTOCOL), kind="quiet")
        self.anyway = button("Start anyway", self._anyway)
        self.good = button("All good – continue", self.primary, kind="primary")
        large_target(self.back, self.anyway, self.good)
        inside = QWidget()
        inside.setLayout(self._rows)
        right = QVBoxLayout()
        skin = (
            "Clean the skin with alcohol, let it dry; two electrodes 2 cm apart, along the muscle."
        )
        right.addWidget(label(skin, "muted", wrap=True))
        right.addLayout(self._electrodes_row())
        right.addWidget(scrolled(inside, "Where the electrodes go"), 1)
        right.addWidget(foot(self.state, self.back, self.anyway, self.good))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(16)
        layout.addWidget(self.body, 3)
        layout.addLayout(right, 6)

    @property
    def all_good(self) -> bool:
        """Whether every channel's lamp is good."""
        lamps = self.flow.lamps()
        return bool(lamps) and all(q is not None and q.level is LampLevel.GOOD for q in lamps)

    def _electrodes_row(self) -> QHBoxLayout:
        """What sticks on the skin: it stands in recordings, and another kind begins a new trend."""
        kept = self.flow.session.settings.recording.electrodes
        self.electrodes = QLineEdit(kept)
        self.electrodes.setAccessibleName("Electrodes")
        self.electrodes.setPlaceholderText("for example Ag/AgCl gel, 20 mm apart")
        self.electrodes.setMaxLength(120)
        self.electrodes.editingFinished.connect(lambda: self.attempt(self._keep_electrodes))
        caption = label("Electrodes", "muted")
        caption.setBuddy(self.electrodes)
        line = row(caption, self.electrodes)
        line.setStretch(1, 1)
        return line

    def _keep_electrodes(self) -> None:
        session, words = self.flow.session, self.electrodes.text().strip()
        if words != session.settings.recording.electrodes:
            session.update_settings(session.settings.changed("recording", electrodes=words))

    def refresh(self) -> None:
        """Cards for the muscles of the flow."""
        if not self.electrodes.hasFocus():
            # They can be changed in the settings, too.
            self.electrodes.setText(self.flow.session.settings.recording.electrodes)
        muscles = tuple(self.flow.chosen)
        self.body.show_muscles(muscles)
        if muscles != self._shown:
            self._shown = muscles
            for old in self.cards:
                self._rows.removeWidget(old)
                old.hide()
                old.deleteLater()
            self.cards = [MuscleCard(k, muscle) for k, muscle in enumerate(muscles, start=1)]
            for k, made in enumerate(self.cards):
                self._rows.insertWidget(k, made)
        self.slow_frame(0.0)

    def slow_frame(self, now: float) -> None:
        """The lamps as they are now."""
        lamps = self.flow.lamps()
        for shown, quality in zip(self.cards, lamps, strict=False):
            shown.show_quality(quality)
        missing = self.flow.missing()
        good = self.all_good and missing is None
        self.good.setEnabled(good)
        self.anyway.setEnabled(missing is None)
        self.anyway.setVisible(not good)
        if missing is not None:
            self.state.show_status("stop", missing.sentence)
        elif good:
            self.state.show_status("good", "Every channel has a good signal.")
        elif any(q is None or q.level is LampLevel.OFF for q in lamps):
            self.state.show_status("lamp-off", "Listening to the channels…")
        else:
            text = "Not every lamp is good. You can go on; the recording keeps what they said."
            self.state.show_status("check", text)

    def primary(self) -> None:
        """On to rest and reference, when all is good."""
        if self.all_good:
            self.flow.go(REFERENCE)

    def _anyway(self) -> None:
        self.flow.start_anyway()
        self.flow.go(REFERENCE)


def _rule(found: Placement) -> QVBoxLayout:
    """What is known of the place, and whether anybody checked it."""
    told = column(spacing=4)
    for name, text in _facts(found):
        words = label(text, wrap=True)
        words.setAccessibleName(f"{name}: {text}")
        title = label(name, "muted")
        title.setMinimumWidth(theme().pixels(TITLES))
        line = row(title, words)
        line.setStretch(1, 1)
        told.addLayout(line)
    source = wrapping_status()
    source.show_status("good" if found.checked else "check", f"Rule {found.cited_words}")
    told.addWidget(source)
    told.addStretch(1)
    return told


def _facts(found: Placement) -> list[tuple[str, str]]:
    facts = [
        ("Posture", found.posture),
        ("Where", found.rule),
        ("Direction", found.along),
        ("Test", found.test),
        ("Reference", found.reference),
    ]
    return [(name, text) for name, text in facts if text]
