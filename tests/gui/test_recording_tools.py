"""Labels, scores, notes and cue scripts in the window, each part alone on a recorder without Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.settings import Settings
from emgstudio.gui.recording.camera_page import CameraPage
from emgstudio.gui.recording.cue_screen import CueScreen, words_of
from emgstudio.gui.recording.label_button import LabelButton
from emgstudio.gui.recording.label_page import LabelPage
from emgstudio.gui.recording.label_set_form import LabelSetForm
from emgstudio.gui.recording.score_popover import ScorePopover
from emgstudio.gui.recording.script_bar import ScriptBar
from emgstudio.gui.recording.script_page import ScriptPage
from emgstudio.gui.recording.strip import RecordingStrip
from emgstudio.gui.recording.trigger_page import TriggerPage
from emgstudio.gui.theme import theme
from emgstudio.session.cue_script import CueScript, ScriptCue
from emgstudio.session.cue_script_run import CueScriptRun
from emgstudio.session.label_sets import Label, LabelKind, LabelSet, LabelSets
from emgstudio.session.recording_marks import RecordingMarks
from emgstudio.session.triggers import Triggers
from emgstudio.session.video import CameraRecorder
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import Feed


@dataclass
class Control:
    """What a session's recording control is to the strip."""

    recorder: Recorder
    triggers: Triggers
    camera: CameraRecorder | None = None
    marks: RecordingMarks = field(init=False)

    def __post_init__(self) -> None:
        self.marks = RecordingMarks(self, LabelSets().get("General"))

    @property
    def running(self) -> Recorder:
        return self.recorder


class Given:
    """As much of a session as these parts ask for."""

    def __init__(self, recorder: Recorder) -> None:
        self.outbox = Outbox()
        self.settings = Settings()
        self.recorder = recorder
        self.recording = Control(recorder, Triggers(lambda: recorder, self.outbox))

    def update_settings(self, settings: Settings) -> None:
        self.settings = settings


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    policy = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)
    made = Recorder(tmp_path, [Feed().source()], {}, Outbox(), policy)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def given(recorder: Recorder) -> Iterator[Given]:
    made = Given(recorder)
    yield made
    made.recording.triggers.stop()


@pytest.fixture
def wrong() -> list[str]:
    return []


@pytest.fixture
def attempt(wrong: list[str]):
    def work(what):
        try:
            return what()
        except EmgError as error:
            wrong.append(error.message)
            return None

    return work


@pytest.fixture
def strip(qtbot: QtBot, given: Given, attempt) -> RecordingStrip:
    made = RecordingStrip(given, attempt)
    qtbot.addWidget(made)
    made.resize(1280, 100)
    return made


def there(recorder: Recorder) -> list[tuple[str, str]]:
    return [(a.label, a.track) for a in recorder.annotations.items]


def test_keys_mark_moments_and_spans_and_the_buttons_show_what_goes_on(strip, recorder):
    assert strip.key_down("1", host_time())
    assert strip.key_down("4", host_time() - 2.0)
    strip.refresh()
    assert strip.buttons["active"].isChecked()
    assert "goes on" in strip.buttons["active"].accessibleName()
    strip.key_up("4", host_time())
    assert not strip.buttons["active"].isChecked()
    assert [label for label, _ in there(recorder)] == ["active", "mark"]
    assert not strip.key_down("x", host_time())


@pytest.mark.parametrize("why", ["the room needs its height", "texts are large", "it is narrow"])
def test_where_room_is_dear_labels_move_into_a_list_that_stays_open(
    qtbot, strip, recorder, why
) -> None:
    strip.show()
    assert not strip.compact
    before = strip.minimumSizeHint().height()
    try:
        if why == "texts are large":
            theme().apply("dark", 200)
        elif why == "it is narrow":
            strip.resize(700, 100)
        else:
            strip.fold(True)
        assert strip.compact
        assert not strip.buttons["mark"].isVisible()
        assert strip.minimumSizeHint().height() < before
        qtbot.mouseClick(strip.labels, Qt.MouseButton.LeftButton)
        popover = QApplication.activePopupWidget()
        offered = {made.about.name: made for made in popover.findChildren(LabelButton)}
        assert list(offered) == list(strip.buttons)
        qtbot.mouseClick(offered["mark"], Qt.MouseButton.LeftButton)
        qtbot.mouseClick(offered["active"], Qt.MouseButton.LeftButton)
        assert offered["active"].isChecked()
        assert popover.isVisible()
        popover.close()
        strip.refresh()
        assert [name for name, _ in there(recorder)] == ["mark", "active"]
    finally:
        theme().apply("dark", 100)
    strip.fold(False)
    strip.resize(1280, 100)
    assert not strip.compact
    assert strip.buttons["mark"].isVisible()


def test_what_was_said_last_begins_no_line_of_its_own(qtbot, strip) -> None:
    strip.show()
    high = strip.minimumSizeHint().height()
    for width in range(900, 1300, 20):
        strip.resize(width, 100)
        before = strip.minimumSizeHint().height()
        strip.key_down("1", host_time())
        assert strip.minimumSizeHint().height() == before <= high


def test_a_finger_does_the_same_and_undo_takes_it_back(qtbot, strip, recorder):
    strip.show()
    qtbot.mouseClick(strip.buttons["mark"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(strip.buttons["talking"], Qt.MouseButton.LeftButton)
    assert strip.buttons["talking"].isChecked()
    strip.undo.click()
    assert not strip.buttons["talking"].isChecked()
    assert there(recorder) == [("mark", "markers")]
    strip.undo.click()
    assert there(recorder) == []
    strip.undo.click()
    assert strip.last.text() == "nothing to undo"


def test_a_note_is_kept_with_the_moment_of_its_key(strip, recorder):
    pressed = host_time() - 5.0
    strip.key_down("F2", pressed)
    strip.note.setText("felt a pull")
    strip.note.returnPressed.emit()
    (note,) = recorder.annotations.items
    assert note.start == pytest.approx(recorder.time_of(pressed))
    assert (note.track, note.note) == ("notes", "felt a pull")
    assert strip.note.text() == ""


def test_another_set_is_used_and_remembered(strip, given):
    strip.sets.setCurrentText("Pain")
    strip.sets.activated.emit(strip.sets.currentIndex())
    assert "pressure" in strip.buttons
    assert "Pain" in strip.score.text()
    assert given.settings.recording.label_set == "Pain"


def test_what_cannot_be_saved_is_said(strip, recorder, wrong):
    recorder.stop()
    strip.key_down("1", host_time())
    assert wrong == ["The labels are closed."]


def test_a_score_by_key_and_by_finger(qtbot):
    chosen: list[int] = []
    down, plain = QEvent.Type.KeyPress, Qt.KeyboardModifier.NoModifier
    for press in (
        lambda p: p.keyPressEvent(QKeyEvent(down, Qt.Key.Key_7, plain, "7")),
        lambda p: p.keyPressEvent(QKeyEvent(down, Qt.Key.Key_Q, plain, "q")),
        lambda p: p.buttons[3].click(),
    ):
        parent = QWidget()
        qtbot.addWidget(parent)
        press(ScorePopover(parent, "pain", chosen.append))
    assert chosen == [7, 10, 3]


def test_the_form_gives_back_the_set_and_says_what_is_wrong(qtbot):
    labels = (Label("tap", "1", 2, LabelKind.POINT), Label("fist", group="g", hed="Event"))
    form = LabelSetForm(made := LabelSet("Mine", labels))
    qtbot.addWidget(form)
    assert form.value() == made
    form.add.click()
    assert form.value().labels[2].key == "2"
    form.table.cellWidget(2, 0).setText("tap")
    form.table.cellWidget(2, 0).textEdited.emit("tap")
    assert "“tap” is there twice" in form.problem.text()
    form.table.selectRow(2)
    form.remove.click()
    assert form.problem.text() == ""
    assert form.value() == made


def test_a_changed_set_is_saved_and_used(qtbot, given, attempt, wrong):
    page = LabelPage(given, attempt)
    qtbot.addWidget(page)
    page.new.click()
    page.form.name.setText("Lab")
    page.save_now()
    assert given.recording.marks.labels.name == "Lab"
    assert given.settings.recording.label_set == "Lab"
    assert page.choice.currentText() == "Lab"
    page.restore.click()
    assert "Lab" not in LabelSets().all()
    page.form.name.setText("")
    page.save_now()
    assert "no name" in wrong[0]


CUE_S = 600.0  # None is over before a test has looked at it.
CUES = (ScriptCue("Fist", "fist", CUE_S), ScriptCue("Rest now", "", CUE_S))
SCRIPT = CueScript("Mine", CUES, lead_s=0.0, seed=1)


@pytest.fixture
def bar(qtbot: QtBot, attempt) -> Iterator[ScriptBar]:
    window = QWidget()
    qtbot.addWidget(window)
    made = ScriptBar(attempt)
    QVBoxLayout(window).addWidget(made)
    window.show()
    yield made
    made.leave()


def test_a_cue_is_labelled_when_its_screen_was_painted(qtbot, bar, recorder):
    run = CueScriptRun(recorder, SCRIPT)
    run.start(host_time())
    before = recorder.now()
    bar.follow(run)
    qtbot.waitUntil(lambda: ("Fist", "script") in there(recorder))
    fist = next(a for a in recorder.annotations.items if a.label == "Fist")
    assert before <= fist.start <= recorder.now()
    bar.frame(host_time())
    assert "Cue 1 of 2: Fist" in bar.words.text()
    assert bar.following.text() == "next: Rest now"


def test_a_closed_screen_makes_the_script_wait_until_it_is_shown_again(qtbot, bar, recorder):
    run = CueScriptRun(recorder, SCRIPT)
    run.start(host_time())
    bar.follow(run)
    qtbot.waitUntil(lambda: ("Fist", "script") in there(recorder))
    bar.screen_.close()
    for after in (1.0, 3.0):
        bar.frame(host_time() + CUE_S + after)
    assert "not visible" in bar.words.text()
    assert not run.finished
    bar.open_screen()
    run._due = host_time() - 5.0
    qtbot.waitUntil(lambda: ("Rest now", "script") in there(recorder))


def test_pause_stop_and_the_end(qtbot, bar, recorder):
    run = CueScriptRun(recorder, SCRIPT)
    run.start(host_time())
    bar.follow(run)
    qtbot.waitUntil(lambda: ("Fist", "script") in there(recorder))
    bar.pause.click()
    assert run.paused
    assert bar.pause.text() == "Go on"
    assert ("Fist", "replaced") in there(recorder)
    bar.pause.click()
    assert not run.paused
    qtbot.waitUntil(lambda: ("Fist", "script") in there(recorder))
    with qtbot.waitSignal(bar.ended):
        bar.stop.click()
    assert run.stopped
    assert bar.screen_ is None
    assert bar.isHidden()


def test_the_screen_says_what_to_do(qtbot, recorder):
    script = CueScript("S", SCRIPT.cues, lead_s=1.0, pause_s=1.0, pause_text="Relax")
    run = CueScriptRun(recorder, script)
    run.start(100.0)
    said = []
    for step in range(len(run.steps)):
        run._go(step, 100.0)
        said.append(words_of(run.view(100.0), script))
    assert said == ["Get ready", "Fist", "Relax", "", "Finished, thank you"]
    screen = CueScreen(script)
    qtbot.addWidget(screen)
    # A cue of words alone stands in the ring.
    run._go(3, 100.0)
    screen.show_view(run.view(100.0))
    assert not screen.stage._picture("cue", 200).isNull()


def test_the_page_says_what_keeps_a_script_from_running(qtbot, attempt):
    page = ScriptPage(attempt, SCRIPT)
    qtbot.addWidget(page)
    assert page.value().cues == SCRIPT.cues
    assert page.start.isEnabled()
    assert "2 cues" in page.summary.text()
    page.name.setText("")
    page.refresh()
    assert not page.start.isEnabled()
    assert "no name" in page.problems.text()
    page.name.setText("Mine")
    page.refresh()
    wanted: list[CueScript] = []
    page.start_wanted.connect(wanted.append)
    page.start.click()
    assert wanted == [page.value()]


def test_cues_are_added_moved_and_removed(qtbot, attempt):
    page = ScriptPage(attempt, SCRIPT)
    qtbot.addWidget(page)
    page.cues.add.click()
    page.cues.up.click()
    assert [cue.text for cue in page.value().cues] == ["Fist", "Cue 3", "Rest now"]
    page.cues.remove.click()
    assert page.value().cues == SCRIPT.cues


def test_a_source_of_triggers_is_tried_at_once_and_its_trouble_is_shown(
    qtbot, given, attempt, wrong
):
    page = TriggerPage(given, attempt)
    qtbot.addWidget(page)
    page.target.setText("/nowhere/port")
    page.add.click()
    (address,) = given.settings.recording.triggers
    assert address == "bytes:/nowhere/port?baud=115200"

    def lost() -> bool:
        page.refresh()
        return "not there" in page._lamps[address].word.text()

    qtbot.waitUntil(lost)
    page._forget(address)
    assert given.settings.recording.triggers == ()
    assert given.recording.triggers.statuses == ()
    page.pages.setChecked(True)
    assert given.settings.recording.page_keys
    assert wrong == []


def test_the_camera_is_kept_for_the_next_recording(qtbot, given, recorder, attempt):
    page = CameraPage(given, attempt)
    qtbot.addWidget(page)
    assert page.state.word.text() == "no camera"
    page.source.setText(" 0 ")
    page.keep()
    assert given.settings.recording.camera == "0"
    assert page.state.word.text() == "camera 0 with the next recording"
    given.recording.camera = CameraRecorder("0", recorder, given.outbox)
    page.refresh()
    assert page.state.word.text() == "ended after 0 pictures"
