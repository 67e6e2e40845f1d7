"""F9: a cue's marker is the frame that showed it, whatever time that frame took to come."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.clock import host_time
from emgstudio.core.outbox import Outbox
from emgstudio.gui.recording.cue_screen import CueScreen
from emgstudio.session.cue_script import CueScript, ScriptCue
from emgstudio.session.cue_script_run import CueScriptRun
from emgstudio.storage.disk_space import DiskPolicy
from emgstudio.storage.recorder import Recorder
from tests.flow.storage.feed import Feed

CUES = (ScriptCue("A", "fist", 0.01), ScriptCue("B", "", 0.02), ScriptCue("C", "open", 0.01))
FRAMES = 2000


def test_f9_each_cue_marker_lies_within_the_frame_that_showed_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    script = CueScript("Mine", CUES, "random", seed=7, repeats=3, lead_s=0.01, pause_s=0.005)
    policy = DiskPolicy(reserve_bytes=0, ballast_bytes=100_000)
    recorder = Recorder(tmp_path, [Feed().source()], {}, Outbox(), policy)
    recorder.start()
    try:
        run = CueScriptRun(recorder, script)
        screen = CueScreen(script)
        qtbot.addWidget(screen)
        screen.painted.connect(run.painted)
        run.start(host_time())
        frames: dict[int, tuple[str, float, float]] = {}
        for _ in range(FRAMES):
            run.advance(host_time())
            view = run.view(host_time())
            if run.steps[view.step].kind == "done":
                break
            began = recorder.time_of(host_time())
            screen.show_view(view)
            screen.grab()
            name = view.cue.name if view.cue else view.kind
            frames.setdefault(view.step, (name, began, recorder.time_of(host_time())))
            QApplication.processEvents()
        markers = [a for a in recorder.annotations.items if a.track == "script"][1:]
    finally:
        recorder.stop()
    cues = [frame for step, frame in frames.items() if run.steps[step].kind == "cue"]
    assert [a.label for a in markers] == [name for name, _, _ in cues]
    assert [a.label for a in markers] == [cue.name for cue in script.sequence()]
    for marker, (_name, began, ended) in zip(markers, cues, strict=True):
        assert began <= marker.start <= ended
