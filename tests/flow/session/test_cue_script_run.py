"""A cue script shown to nobody: the test says when each picture was painted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.session.cue_script import CueScript, ScriptCue
from emgstudio.session.cue_script_run import CueScriptRun
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import Feed

SCRIPT = CueScript(
    "Mine",
    (ScriptCue("A", "fist", 2.0, "a"), ScriptCue("B", "", 1.0)),
    repeats=2,
    lead_s=1.0,
    pause_s=0.5,
    seed=5,
)
FRAME = 0.02


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    policy = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)
    made = Recorder(tmp_path, [Feed().source()], {}, Outbox(), policy)
    made.start()
    yield made
    made.stop()


class Screen:
    """Paints each step ``late`` seconds after it is due, at frames of 20 ms."""

    def __init__(self, run: CueScriptRun, late: float = 0.01) -> None:
        self.run, self.late, self.now = run, late, 1000.0
        self.visible = True
        self.seen: list[str] = []
        self.painted: dict[int, float] = {}
        run.start(self.now)

    def go(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            if self.run.finished and self.run.steps[-1].kind != "done":
                return
            self.run.advance(self.now)
            view = self.run.view(self.now)
            if self.visible:
                self.painted.setdefault(view.step, self.now + self.late)
                self.run.painted(view.step, self.now + self.late)
            self.seen.append(view.kind)
            self.now += FRAME


def script_labels(recorder: Recorder, track: str = "script") -> list[tuple[str, float, int]]:
    return [
        (a.label, round(a.duration, 2), a.repetition)
        for a in recorder.annotations.items
        if a.track == track
    ]


def test_f9_each_cue_is_labelled_from_when_it_was_painted_to_when_the_next_was(recorder):
    asked: list[str] = []
    screen = Screen(CueScriptRun(recorder, SCRIPT, asked.append), late=0.3)
    screen.go(14.0)
    assert screen.run.finished
    labels = [a for a in recorder.annotations.items if a.track == "script"]
    assert [a.label for a in labels] == ["script Mine", "a", "B", "a", "B"]
    assert [a.repetition for a in labels] == [0, 1, 1, 2, 2]
    first = labels[1]
    # 1 s lead-in that was painted 0.3 s late, then the cue 0.3 s after it was due.
    assert first.start == pytest.approx(recorder.time_of(1000.0 + 1.0 + 0.6), abs=0.05)
    assert first.duration == pytest.approx(2.0 + 0.3, abs=0.05)
    assert first.note == "cue 1 of 4"
    painted = [recorder.time_of(host) for host in screen.painted.values()]
    for label in labels[1:]:
        assert min(abs(label.start - at) for at in painted) < FRAME
    assert recorder.annotations.undo_text is None
    assert [name for name in asked if name not in ("rest",)] == ["a", "B", "a", "B"]


def test_f9_the_recording_keeps_script_order_and_seed(recorder):
    Screen(CueScriptRun(recorder, SCRIPT)).go(0.1)
    Screen(CueScriptRun(recorder, CueScript("Two", SCRIPT.cues, "random"))).go(0.1)
    recorder.stop()
    kept = json.loads((recorder.path / "session.json").read_text("utf-8"))["meta"]["cue_scripts"]
    assert [entry["name"] for entry in kept] == ["Mine", "Two"]
    assert kept[0]["seed"] == 5
    assert kept[0]["shown"] == ["a", "B", "a", "B"]
    again = CueScript("Two", SCRIPT.cues, "random", kept[1]["seed"])
    assert [cue.name for cue in again.sequence()] == kept[1]["shown"]


def test_a_screen_that_nobody_sees_stops_the_clock_and_says_so(recorder):
    screen = Screen(CueScriptRun(recorder, SCRIPT))
    screen.go(2.0)
    screen.visible = False
    screen.go(5.0)
    assert screen.run.view(screen.now).unseen
    assert len(script_labels(recorder)) == 2
    screen.visible = True
    screen.go(0.1)
    assert not screen.run.view(screen.now).unseen


def test_an_interrupted_cue_is_kept_aside_and_shown_again(recorder):
    screen = Screen(CueScriptRun(recorder, SCRIPT))
    screen.go(2.0)
    screen.run.pause(screen.now)
    screen.go(3.0)
    assert [label for label, _, _ in script_labels(recorder, "replaced")] == ["a"]
    screen.run.resume(screen.now)
    screen.go(12.0)
    assert screen.run.finished
    assert [label for label, _, _ in script_labels(recorder)][1:] == ["a", "B", "a", "B"]


def test_abort_keeps_what_was_shown(recorder):
    screen = Screen(CueScriptRun(recorder, SCRIPT))
    screen.go(4.2)
    screen.run.stop(screen.now)
    screen.run.stop(screen.now)
    assert screen.run.stopped
    assert [label for label, _, _ in script_labels(recorder)] == ["script Mine", "a"]
    screen.run.painted(2, screen.now)
    screen.run.advance(screen.now)
    assert len(script_labels(recorder)) == 2


def test_a_script_that_cannot_run_does_not_begin(recorder):
    with pytest.raises(EmgError, match="no cue"):
        CueScriptRun(recorder, CueScript("Mine"))
