"""Writes, opens and tries a cue script, and starts it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QSpinBox, QWidget

from emgstudio.core.words import several
from emgstudio.gui import wording
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.forms import PlainDouble
from emgstudio.gui.recording.cue_screen import ScriptStage
from emgstudio.gui.recording.script_table import ScriptTable
from emgstudio.gui.review.fields import TypingField
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import button, column, label, pad, row
from emgstudio.session.cue_script import (
    LARGEST_SEED,
    LONGEST_CUE_S,
    CueScript,
    ScriptCue,
    example_script,
    read_script,
    save_script,
    scripts_folder,
)
from emgstudio.session.cue_script_run import ScriptView

Attempt = Callable[[Callable[[], object]], object]
FILES = "Cue scripts (*.json *.csv)"
PROBLEMS_SHOWN = 4
STAGE = 170


class ScriptPage(QWidget):
    """``start_wanted`` carries a script that can run."""

    start_wanted = Signal(object)

    def __init__(self, attempt: Attempt, script: CueScript | None = None) -> None:
        super().__init__()
        self._attempt = attempt
        self._folder: Path | None = None
        self.name = TypingField()
        self.name.setAccessibleName("Name of the script")
        self.order = QComboBox()
        self.order.addItem("as written", "fixed")
        self.order.addItem("random in each round", "random")
        self.order.setAccessibleName("Order of the cues")
        self.repeats = _whole("Rounds", 1, 999)
        self.seed = _whole("Seed of the random order", -1, LARGEST_SEED)
        self.seed.setSpecialValueText("a new one each time")
        self.lead = _seconds("Lead-in")
        self.pause = _seconds("Pause between cues")
        self.pause_text = TypingField()
        self.pause_text.setAccessibleName("Text during a pause")
        self.cues = ScriptTable()
        self.problems = label("", "problem", wrap=True)
        self.summary = label("", "muted", wrap=True)
        self.stage = ScriptStage(CueScript())
        self.stage.setFixedSize(theme().pixels(STAGE), theme().pixels(STAGE))
        self.stage.setAccessibleName("How the chosen cue looks")
        self.open = button("Open…", self._ask_open, icon="folder")
        self.save = button("Save as…", self._ask_save, icon="save")
        self.start = button("Start the script", self._start, icon="play", kind="primary")
        self._lay_out()
        self._connect()
        self.show_script(script or example_script())

    def show_script(self, script: CueScript) -> None:
        """Another script to change."""
        self._folder = script.folder
        self.name.setText(script.name)
        self.order.setCurrentIndex(max(0, self.order.findData(script.order)))
        self.repeats.setValue(script.repeats)
        self.seed.setValue(-1 if script.seed is None else script.seed)
        self.lead.setValue(script.lead_s)
        self.pause.setValue(script.pause_s)
        self.pause_text.setText(script.pause_text)
        self.cues.show_cues(script.cues)
        self.refresh()

    def value(self) -> CueScript:
        """The script as it stands here; it may have problems."""
        return CueScript(
            self.name.text().strip(),
            self.cues.cues(),
            self.order.currentData(),
            None if self.seed.value() < 0 else self.seed.value(),
            self.repeats.value(),
            self.lead.value(),
            self.pause.value(),
            self.pause_text.text().strip(),
            self._folder,
        )

    def refresh(self) -> None:
        """What is wrong with it, or what will be shown."""
        script = self.value()
        problems = script.problems()
        more = len(problems) - PROBLEMS_SHOWN
        shown = problems[:PROBLEMS_SHOWN] + ([f"And {more} more."] if more > 0 else [])
        self.problems.setText("\n".join(shown))
        self.problems.setVisible(bool(problems))
        self.start.setEnabled(not problems)
        self.seed.setEnabled(script.order == "random")
        if not problems:
            count = several(script.count, "cue")
            first = ", ".join(cue.name for cue in script.with_seed().sequence()[:8])
            again = script.order == "random" and script.seed is None
            example = "for example " if again else ""
            dots = " …" if script.count > 8 else ""
            self.summary.setText(
                f"{count}, {wording.clock_time(script.duration_s)}: {example}{first}{dots}"
            )
        self.summary.setVisible(not problems)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        fields = (
            ("Name", self.name),
            ("Order", self.order),
            ("Rounds", self.repeats),
            ("Seed", self.seed),
            ("Lead-in", self.lead),
            ("Pause between cues", self.pause),
            ("Text in a pause", self.pause_text),
        )
        for at, (text, field) in enumerate(fields):
            caption = label(text)
            caption.setBuddy(field)
            grid.addWidget(caption, at // 2, at % 2 * 2)
            grid.addWidget(field, at // 2, at % 2 * 2 + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        top = row(spacing=20)
        top.addLayout(grid, 1)
        top.addWidget(self.stage)
        self.setLayout(
            column(
                self._files(),
                self.problems,
                self.summary,
                top,
                self.cues,
                spacing=10,
            )
        )

    def _files(self) -> FlowLayout:
        made = FlowLayout()
        for part in (self.start, self.open, self.save):
            made.addWidget(part)
        return made

    def _connect(self) -> None:
        for field in (self.name, self.pause_text):
            field.textEdited.connect(lambda _text: self.refresh())
        for box in (self.repeats, self.seed, self.lead, self.pause):
            box.valueChanged.connect(lambda _value: self.refresh())
        self.order.currentIndexChanged.connect(lambda _index: self.refresh())
        self.cues.changed.connect(self.refresh)
        self.cues.chosen.connect(self._show_cue)

    def _show_cue(self, cue: ScriptCue) -> None:
        script = self.value()
        file = script.picture_file(cue)
        if file is None or file.is_file():
            self.stage.show_script(script)
            self.stage.show_view(
                ScriptView(0, "cue", cue, 1, 1, cue.duration_s, 0.3, "", False, False)
            )

    def _start(self) -> None:
        self.start_wanted.emit(self.value())

    def _ask_open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Open a cue script", str(scripts_folder()), FILES
        )
        if chosen:
            self._attempt(lambda: self.show_script(read_script(Path(chosen))))

    def _ask_save(self) -> None:
        scripts_folder().mkdir(parents=True, exist_ok=True)
        start = scripts_folder() / f"{self.name.text().strip() or 'script'}.json"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the cue script", str(start), FILES)
        if chosen:
            self._attempt(lambda: save_script(self.value(), Path(chosen)))
            self._folder = Path(chosen).parent


def _whole(name: str, low: int, high: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setAccessibleName(name)
    pad(box)
    return box


def _seconds(name: str) -> PlainDouble:
    box = PlainDouble()
    box.setRange(0.0, LONGEST_CUE_S)
    box.setSuffix(" s")
    box.setAccessibleName(f"{name} in s")
    pad(box)
    return box
