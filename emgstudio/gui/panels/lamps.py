"""The quality lamps as a person sees them: a chip for all channels, a panel with what to do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from emgstudio.dsp.quality_lamps import Lamp, LampLevel
from emgstudio.gui.assets import Picture, set_icon
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import StatusWord, button, card, column, label, row
from emgstudio.session.quality import WORDS, WORST_FIRST, ChannelQuality, worst

# Height of what is pressed, and how much of it the style sheet puts around the words.
TARGET, PADDING = 44, 12
# More names than this are counted, not read.
NAMES_SHOWN = 4
WIDTH, WIDEST, LEAST, HIGHEST, AROUND, SCROLL_BAR = 380, 620, 50, 560, 100, 14
EXPLANATION = "Lamps never stop a recording: you can always start anyway."


def summary(channels: Sequence[ChannelQuality]) -> str:
    """All channels in a few words: what the worst of them has, and how many are watched."""
    level = worst(channels)
    if level is LampLevel.OFF:
        return "Signal: listening…" if channels else "Signal: –"
    known = sum(c.level is not LampLevel.OFF for c in channels)
    watched = f" · {known} of {len(channels)} watched" if known < len(channels) else ""
    if level is LampLevel.GOOD:
        return f"Signal good{watched}"
    hit = [c for c in channels if c.level is level]
    found = {c.word for c in hit}
    what = found.pop() if len(found) == 1 else WORDS[level].capitalize()
    many = f" · {len(hit)} of {known}" if len(channels) > 1 else ""
    return f"{what}{many}{watched}"


def findings(
    channels: Sequence[ChannelQuality],
) -> list[tuple[Lamp, list[ChannelQuality]]]:
    """Each kind of finding once, the worst first, with the channels that have it."""
    kinds: dict[str, tuple[Lamp, list[ChannelQuality]]] = {}
    for channel in channels:
        for lamp in channel.lamps:
            before = kinds.get(lamp.code)
            if before is None:
                kinds[lamp.code] = (lamp, [channel])
                continue
            worse = WORST_FIRST.index(lamp.level) < WORST_FIRST.index(before[0].level)
            # The sentence is that of the channel where it is worst.
            kinds[lamp.code] = (lamp if worse else before[0], [*before[1], channel])
    return sorted(kinds.values(), key=lambda kind: WORST_FIRST.index(kind[0].level))


def names_of(channels: Sequence[ChannelQuality]) -> str:
    """The channels of a finding, as many as one reads."""
    names = [c.name for c in channels[:NAMES_SHOWN]]
    more = len(channels) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


class LampChip(QToolButton):
    """Shape and words for all channels of a stream; ``opened`` when a person wants more."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "quiet")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setStyleSheet(f"min-height: {TARGET - PADDING}px;")
        self._icon = set_icon(self, LampLevel.OFF, "muted", size=14)
        self.clicked.connect(lambda _checked=False: self.opened.emit())
        self.show_quality(())

    def show_quality(self, channels: Sequence[ChannelQuality]) -> None:
        """New lamps; cheap when they say the same."""
        level, text = worst(channels), summary(channels)
        self._icon.show(level.value, StatusWord.COLOURS[level.value])
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(f"Signal quality: {WORDS[level]}. {text}")
            self.setToolTip("What the lamps say, and what to do about it")


class _Finding(QFrame):
    """One kind of finding: where, what, what to do, and the button that does it."""

    def __init__(self, panel: LampPanel, lamp: Lamp, channels: list[ChannelQuality]) -> None:
        super().__init__()
        colour = StatusWord.COLOURS[lamp.level.value]
        shape = Picture(f"icons/{lamp.level.value}", QSize(16, 16), colour)
        shape.setAccessibleName(WORDS[lamp.level])
        names = "all channels" if lamp.of_device else names_of(channels)
        where = label(names, "muted", wrap=True)
        where.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        head = row(shape, label(lamp.name, "heading"), where, spacing=8)
        body = column(
            head, label(lamp.sentence, wrap=True), label(lamp.advice, "muted", wrap=True), spacing=4
        )
        buttons: list[QWidget | int] = []
        if lamp.action:
            send = partial(panel.action_wanted.emit, lamp.action, channels[0])
            act = button(lamp.action_text, send)
            act.setAccessibleName(f"{lamp.action_text}: {lamp.name}")
            buttons.append(act)
        if not lamp.of_device:
            first = channels[0]
            see = partial(panel.channel_wanted.emit, first)
            buttons.append(button(f"Show {first.name}", see, kind="quiet"))
        for made in buttons:
            if isinstance(made, QWidget):
                # The style sheet's own minimum would win over setMinimumHeight.
                made.setStyleSheet(f"min-height: {TARGET - PADDING}px;")
        if buttons:
            body.addLayout(row(*buttons, 1))
        frame = card(body, margin=12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)


class LampPanel(QWidget):
    """Every finding with its advice.

    ``action_wanted`` carries the action's key and the ChannelQuality it is for,
    ``channel_wanted`` that of a channel that a person wants to see.
    """

    action_wanted = Signal(str, object)
    channel_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._said: object = None
        self.heading = StatusWord()
        self._findings = QVBoxLayout()
        self._findings.setContentsMargins(0, 0, 0, 0)
        self._findings.setSpacing(8)
        self._inside = QWidget()
        self._inside.setProperty("role", "page")
        self._inside.setLayout(column(self._findings, 1))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._inside)
        area.setAccessibleName("What the quality lamps say")
        self.setLayout(column(self.heading, area, label(EXPLANATION, "muted", wrap=True)))
        self._wide = min(theme().pixels(WIDTH), WIDEST)
        self.setMinimumWidth(self._wide)
        self.show_quality(())

    def show_quality(self, channels: Sequence[ChannelQuality]) -> None:
        """New lamps; rows are made anew only when their words change."""
        self.heading.show_status(worst(channels).value, summary(channels))
        kinds = findings(channels)
        said = [(lamp, [c.channel for c in hit]) for lamp, hit in kinds]
        if said == self._said:
            return
        self._said = said
        while (item := self._findings.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for lamp, hit in kinds:
            self._findings.addWidget(_Finding(self, lamp, hit))
        if not kinds:
            text = "Nothing to do." if channels else "No EMG channel is in use."
            self._findings.addWidget(label(text, "muted", wrap=True))

    def sizeHint(self) -> QSize:
        # Heading, explanation and the bar beside the findings.
        around = theme().pixels(AROUND)
        inside = self._inside.heightForWidth(self._wide - SCROLL_BAR)
        return QSize(self._wide, min(max(inside, LEAST) + around, HIGHEST))
