"""How each part of the program is brought to the screens that are worth a look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from benchmarks.screen_people import client_with_history
from emgstudio.core.clock import host_time
from emgstudio.core.types import MICROVOLT
from emgstudio.gui.panels.live_toolbar import Picture
from emgstudio.gui.report.page import ReportPage
from emgstudio.gui.therapy.start import StartTherapy
from emgstudio.gui.wizard.flow import MOVEMENTS, SAVE, SITES
from emgstudio.ml.protocol import CuePlan
from emgstudio.session.calibration_person import Person
from emgstudio.session.reference import Method, Reference
from emgstudio.session.therapy.exercise import Phase

if TYPE_CHECKING:
    from benchmarks.screens import Stage

ARMBAND = "sim:gestures?person=A"
ARRAY = "sim:gestures?channels=64&rate=2000"
# Until a new look of a running exercise is full of levels again.
FILLS_S = 7.0
FEW = ("rest", "open", "fist", "pinch", "point", "wrist_flexion")


def home(stage: Stage) -> None:
    """The first start, Home, the help over it and Live without a device."""
    window = stage.window
    settings = stage.session.settings
    stage.session.update_settings(replace(settings, accepted_statement=False))
    room: Any = window.rooms["home"]
    room.entered()
    stage.sheet("home-first-start")
    stage.session.update_settings(settings)
    room.entered()
    stage.sheet("home")
    window.show_keyboard()
    stage.sheet("home-keyboard")
    window.overlay.leave()
    window.find_command()
    stage.sheet("home-command")
    window.overlay.leave()
    window.show_about()
    stage.sheet("home-about")
    window.overlay.leave()
    window.go_to("live")
    stage.sheet("live-no-device")


def devices(stage: Stage) -> None:
    """What is found, what is connected, and the pages behind."""
    window = stage.window
    window.go_to("devices")
    room: Any = window.rooms["devices"]
    stage.pause(2.0)
    stage.sheet("devices-found")
    room.pages.teach()
    stage.sheet("devices-teach")
    room.pages.leave_page()
    room.pages.sniff()
    stage.sheet("devices-bluetooth")
    room.pages.leave_page()
    room.pages.share()
    stage.sheet("devices-share")
    room.pages.leave_page()
    room.pages.look_why()
    stage.sheet("devices-missing")
    room.pages.leave_page()
    stage.connect(ARMBAND)
    stage.pause(2.0)
    stage.sheet("devices-connected")


def live(stage: Stage) -> None:
    """Traces, pictures, lamps, references."""
    window = stage.window
    stage.connect(ARMBAND)
    window.go_to("live")
    room: Any = window.rooms["live"]
    stage.pause(8.0)
    stage.sheet("live")
    room.page.toolbar.spectrogram.setChecked(True)
    room.spectrogram.toggle_spectrum()
    stage.pause(6.0)
    stage.sheet("live-spectrogram")
    room.spectrogram.toggle_spectrum()
    room.page.toolbar.spectrogram.setChecked(False)
    room.pictures.show(Picture.BARS)
    stage.sheet("live-bars", before=stage.move)
    room.pictures.show(Picture.VALUES)
    stage.pause(1.2)
    stage.sheet("live-values", before=stage.move)
    stage.alone()
    stage.connect(ARMBAND)
    room.pictures.show(Picture.TRACES)
    room.reference.toggle()
    stage.pause(8.0)
    stage.sheet("live-reference")
    room.reference.toggle()
    stage.alone()
    stage.connect(ARRAY)
    room.pictures.show(Picture.GRID)
    stage.pause(2.0)
    stage.sheet("live-array", before=stage.move)
    stage.alone()
    stage.connect(ARRAY)
    room.pictures.show(Picture.TRACES)
    stage.pause(3.0)
    stage.sheet("live-64-channels")
    stage.alone()
    stage.connect("sim:hum")
    stage.pause(6.0)
    stage.sheet("live-lamps")


def recording(stage: Stage) -> None:
    """Labels by key while recording, cue scripts, triggers, the camera."""
    window = stage.window
    stage.connect(ARMBAND)
    window.go_to("live")
    stage.pause(3.0)
    window.toggle_record()
    stage.pause(2.5)
    window.mark()
    stage.pause(8.0)
    stage.sheet("recording")
    for tab, name in enumerate(("labels", "script", "triggers", "camera")):
        window.recording.show_page(tab)
        stage.sheet(f"recording-{name}")
        window.recording.page.leave()
    window.stop_recording()


def review(stage: Stage) -> None:
    """An own recording with labels, its measures, suggestions, spectrogram and export."""
    window, session = stage.window, stage.session
    stage.connect(ARMBAND)
    path = session.start_recording()
    stage.pause(14.0)
    session.stop_recording()
    window.go_to("review")
    stage.sheet("review-welcome")
    window.go_to("review", path)
    room: Any = window.rooms["review"]
    stage.pause(1.0)
    for start in (2.0, 5.0, 8.0):
        room.document.add(start, start + 2.0)
    room.view.show_span(0.0, 12.0)
    stage.sheet("review")
    room.canvas.spectrogram.setVisible(True)
    stage.pause(1.0)
    stage.sheet("review-spectrogram")
    room.canvas.spectrogram.setVisible(False)
    room.export()
    stage.sheet("review-export")
    room.exporting.close()


def clients(stage: Stage) -> None:
    """The list of clients, one of them, and the cards over both."""
    window = stage.window
    code = client_with_history(stage.session)
    window.go_to("clients")
    room: Any = window.rooms["clients"]
    stage.sheet("clients")
    room.ask_new()
    stage.sheet("clients-new")
    room.overlay.leave()
    room.show_client(code)
    stage.until(lambda: room.page.strip.plots)
    stage.sheet("clients-one")
    room.export()
    stage.sheet("clients-export")
    room.overlay.leave()
    room.show_trail()
    stage.sheet("clients-trail")
    room.overlay.leave()
    room.ask_delete()
    stage.sheet("clients-delete")
    room.overlay.leave()
    room.page.report_wanted.emit(stage.session.clients.sessions(code))
    stage.until(lambda: room.overlay.findChild(ReportPage).facts is not None)
    page = room.overlay.findChild(ReportPage)
    stage.sheet("report")
    page.form.kind.setCurrentIndex(1)
    stage.pause(1.0)
    stage.sheet("report-handout")
    room.overlay.leave()


def therapy(stage: Stage) -> None:
    """From the protocol to the end of an exercise, and the client's own screen."""
    window, session = stage.window, stage.session
    stage.connect("sim:clean?rate=1000&channels=4")
    window.go_to("therapy", StartTherapy(session.clients.add(notes="left knee").code))
    room: Any = window.rooms["therapy"]
    flow = room.flow
    room.protocol.muscles.put("Vastus medialis", "left")
    stage.sheet("therapy-protocol")
    room.protocol.start.click()
    stage.pause(2.0)
    stage.sheet("therapy-place")
    flow.start_anyway()
    flow.go(2)
    room.reference.rest.begin(host_time())
    stage.until(lambda: not room.reference.rest.running)
    room.reference.panel.begin.click()
    stage.pause(2.0)
    stage.sheet("therapy-mvc")
    room.reference.panel.cancel()
    stream = session.main_stream
    device = session.device_of(stream)
    first = stream.info.channels[0].name
    now = datetime.now().astimezone().isoformat()
    taken = Reference(first, 260.0, MICROVOLT, 0.5, Method.MVC, now)
    session.references.store(device.uri, stream.info, [taken])
    room.reference.refresh()
    stage.sheet("therapy-reference")
    room.reference.begin.click()
    stage.until(lambda: flow.running)
    room.run.skip()
    stage.until(lambda: len(flow.run.exercise.repetitions) > 1)
    stage.sheet("therapy-exercise", before=lambda: stage.pause(FILLS_S))
    _client_screens(stage, room)
    room.run.toggle_pause()
    stage.sheet("therapy-paused", before=lambda: stage.pause(FILLS_S))
    room.run.toggle_pause()
    room.run.finish()
    stage.until(lambda: room.end.task is None)
    stage.pause(0.5)
    stage.sheet("therapy-end")


def _client_screens(stage: Stage, room: Any) -> None:
    """The second display with each of its pictures, while the exercise runs."""
    room.toggle_screen()
    screen, chooser = room.screen_window, room.header.picture
    shows = [lambda place=place: chooser.setCurrentIndex(place) for place in range(chooser.count())]
    stage.until(lambda: room.flow.run.exercise.part.phase is Phase.WORK)
    stage.tiles("therapy-client-screen", screen, shows)
    chooser.setCurrentIndex(0)
    room.toggle_screen()


def calibrate(stage: Stage) -> None:
    """The wizard's pages, saved models, tests and a new day with the armband turned."""
    window = stage.window
    window.go_to("calibrate")
    room: Any = window.rooms["calibrate"]
    flow = room.flow
    stage.sheet("calibrate-no-device")
    stage.connect(ARMBAND)
    stage.until(lambda: flow.ready)
    stage.sheet("calibrate-person")
    flow.set_person(Person("C-0042", mark="USB plug to the thumb"))
    flow.go(SITES)
    stage.pause(0.3)
    room.sites.look.click()
    stage.pause(4.0)
    stage.until(lambda: not flow.look or flow.look.report is not None)
    stage.sheet("calibrate-sites")
    flow.go(MOVEMENTS)
    stage.sheet("calibrate-movements")
    flow.choose(CuePlan(FEW, repetitions=3, hold_s=1.5, pause_s=0.3, countdown_s=0.3, rest_s=16))
    flow.start()
    stage.until(lambda: flow.running)
    stage.pause(1.0)
    stage.sheet("calibrate-rest")
    stage.until(lambda: len(flow.takes()) > 3)
    flow.toggle_pause()
    stage.sheet("calibrate-record")
    flow.toggle_pause()
    stage.until(lambda: flow.model is not None and flow.task is None)
    stage.pause(0.5)
    stage.sheet("calibrate-check")
    flow.try_live()
    flow.device.perform("fist")
    stage.pause(1.5)
    stage.sheet("calibrate-try")
    room.show_tests()
    stage.sheet("calibrate-tests")
    room.leave_aside()
    room.show_sending()
    stage.sheet("calibrate-send")
    room.leave_aside()
    flow.go(SAVE)
    stage.pause(0.3)
    room.save.primary()
    stage.sheet("calibrate-save")
    room.show_models()
    stage.sheet("calibrate-models")
    room.leave_aside()
    _turned(stage, room)


def _turned(stage: Stage, room: Any) -> None:
    """The next day, with the armband turned by one electrode."""
    from emgstudio.session.saved_models import saved_models

    stage.alone()
    stage.connect("sim:rotated?person=A&seed=5")
    stage.until(lambda: room.flow.ready)
    room.show_new_day()
    stage.sheet("calibrate-new-day")
    room.day.begin(saved_models(stage.session)[0])
    stage.until(lambda: room.day._result is not None)
    stage.pause(0.5)
    stage.sheet("calibrate-new-day-result")
    room.leave_aside()


ACTS: dict[str, Callable[[Stage], None]] = {
    act.__name__: act
    for act in (home, devices, live, recording, review, clients, therapy, calibrate)
}
