"""What the wizard lets be heard: off until it is asked for, the words of the page, never late."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Notice
from emgstudio.gui import voice
from emgstudio.gui.wizard import cue_sound
from emgstudio.gui.wizard.cue_page import CuePage
from emgstudio.gui.wizard.cue_sound import CueSound, CueSoundChoice, spoken, words_of
from emgstudio.gui.wizard.flow import Flow
from emgstudio.ml.gestures import GESTURES, gesture_title
from emgstudio.ml.protocol import CuePlan, CueProtocol, CueView, Phase
from emgstudio.session.session import Session

PHASES: tuple[Phase, ...] = ("ready", "rest", "countdown", "hold", "pause", "paused", "done")


class RecordingSpeaker:
    """Notes what it is to say; a text that breaks off the one before begins a line."""

    def __init__(self) -> None:
        self.problem: EmgError | None = None
        self.lines: list[str] = []
        self.volume = 1.0
        self.hushed = 0

    def say(self, text: str, *, after: bool = False) -> None:
        if after and self.lines:
            self.lines[-1] += f" | {text}"
        else:
            self.lines.append(text)

    def hush(self) -> None:
        self.hushed += 1

    def set_volume(self, share: float) -> None:
        self.volume = share


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each ring of the system's bell; there is no loudspeaker."""
    found: list[str] = []
    monkeypatch.setattr(QApplication, "beep", lambda: found.append("bell"))
    return found


def wants(session: Session, **sounds: bool | int) -> None:
    session.update_settings(session.settings.changed("sounds", **sounds))


def view(phase: Phase, gesture: str = "fist", repetition: int = 1) -> CueView:
    return CueView(phase, gesture, repetition, 1.0, 0.5, "open", 0.5)


def test_e9_every_moment_of_the_cues_has_words_that_are_also_spoken(session: Session) -> None:
    """E9: nothing is asked for by a colour or a sound alone, and nothing is spoken unseen."""
    for phase in PHASES:
        seen = " ".join(words_of(view(phase))).lower()
        assert seen.strip()
        heard = spoken(view(phase)).lower()
        assert bool(heard) == (phase != "ready")
        assert set(heard.replace(".", "").split()) <= set(seen.replace(".", "").split())
    assert spoken(view("countdown"), "weak") == "Fist, weak"


def test_e9_all_prompts_of_a_plan_are_heard_in_the_moment_they_are_seen(session: Session) -> None:
    wants(session, voice=True, volume=40)
    speaker = RecordingSpeaker()
    sound = CueSound(session, lambda: speaker)
    protocol = CueProtocol(CuePlan(("rest", "fist", "open"), repetitions=1, rest_s=2.0, seed=1))
    now, seen = 0.0, []
    protocol.start(now)
    while not protocol.finished:
        shown = protocol.view(now)
        sound.follow(shown)
        if spoken(shown) + "." not in seen[-1:]:
            seen.append(spoken(shown) + ".")
            assert speaker.lines[-1] == seen[-1], "at once, whatever was still being said"
        now += 0.05
        protocol.advance(now)
    assert speaker.lines == seen, "and once"
    first, second = (gesture_title(name) for name, _ in protocol.plan.order() if name != "rest")
    assert speaker.lines[0] == "Rest. Let your arm be soft."
    assert {f"{first}.", f"Relax. Next: {second}.", f"{second}."} < set(speaker.lines)
    assert speaker.lines.count("Hold.") == 2
    assert speaker.volume == 0.4
    sound.close()


def test_e9_silent_unless_the_person_wants_it_and_when_muted(
    session: Session, rung: list[str]
) -> None:
    speaker = RecordingSpeaker()
    opened: list[RecordingSpeaker] = []
    sound = CueSound(session, lambda: opened.append(speaker) or speaker)
    for phase in PHASES:
        sound.follow(view(phase))
    assert (opened, rung) == ([], [])
    wants(session, voice=True, bell=True)
    sound.follow(view("countdown"))
    assert speaker.lines == ["Fist."]
    wants(session, muted=True)
    sound.follow(view("hold"))
    assert speaker.lines == ["Fist."]
    assert speaker.hushed == 1
    assert rung == []
    sound.close()


def test_a_bell_rings_where_a_hold_begins_and_ends(session: Session, rung: list[str]) -> None:
    wants(session, bell=True)
    sound = CueSound(session, RecordingSpeaker)
    phases: tuple[Phase, ...] = ("rest", "countdown", "hold", "hold", "pause", "hold", "paused")
    for phase in phases:
        sound.follow(view(phase))
    assert len(rung) == 4
    sound.close()


def test_e9_without_a_voice_the_bell_rings_and_that_is_said_once(
    session: Session, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither Qt's part for speech nor an engine is needed for anything."""
    wants(session, voice=True)
    gone = RecordingSpeaker()
    gone.problem = EmgError("The engine stopped.", "Start it again.")
    wordless = SimpleNamespace(QTextToSpeech=SimpleNamespace(availableEngines=lambda: ["mock"]))
    for module, make in ((None, None), (wordless, None), (None, lambda: gone)):
        monkeypatch.setitem(sys.modules, "PySide6.QtTextToSpeech", module)
        sound = CueSound(session, make)
        for phase in PHASES:
            sound.follow(view(phase))
        told = [n for n in session.outbox.drain() if isinstance(n, Notice)]
        assert [n.text for n in told] == [voice.NO_VOICE]
        assert told[0].hint
        assert len(rung) == 2, "in its place, although the bell alone is off"
        rung.clear()
        sound.close()


def test_a_voice_that_stops_is_tried_again_at_pauses_and_when_asked_for(
    session: Session, rung: list[str]
) -> None:
    """What happened is told each time; between its tries there is the bell."""
    opened: list[RecordingSpeaker] = []
    broken = EmgError("The engine stopped.", "Start it again.")
    sick = True

    def open_voice() -> RecordingSpeaker:
        opened.append(RecordingSpeaker())
        opened[-1].problem = broken if sick and len(opened) > 1 else None
        return opened[-1]

    def told() -> list[str]:
        return [n.text for n in session.outbox.drain() if isinstance(n, Notice)]

    wants(session, voice=True)
    sound = CueSound(session, open_voice)
    sound.follow(view("countdown"))
    opened[0].problem = broken
    sound.follow(view("hold"))
    assert told() == [voice.NO_VOICE]
    assert rung == ["bell"]
    for repetition in range(2, 9):
        for phase in ("pause", "countdown", "hold"):
            sound.follow(view(phase, repetition=repetition))
    assert len(opened) == 1 + cue_sound.TRIES, "and never within a cue"
    assert told() == [cue_sound.GONE]
    sick = False
    wants(session, voice=False)
    sound.follow(view("pause", repetition=9))
    wants(session, voice=True)
    sound.follow(view("hold", repetition=9))
    assert opened[-1].lines == ["Hold."]
    opened[-1].problem = broken
    sound.follow(view("pause", repetition=10))
    sound.follow(view("rest", repetition=10))
    sound.follow(view("countdown", repetition=11))
    assert opened[-1].lines == ["Rest. Let your arm be soft.", "Fist."]
    assert told() == [voice.NO_VOICE, cue_sound.BACK]
    sound.close()


def test_the_voice_is_english_and_stops_for_the_next_cue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our side of Qt's interface; Qt itself is tried by hand."""
    done: list[tuple[str, object]] = []
    english = SimpleNamespace(language=lambda: voice.QLocale.Language.English)
    german = SimpleNamespace(language=lambda: voice.QLocale.Language.German)

    class Speech:
        State = SimpleNamespace(Error="error", Ready="ready")

        def __init__(self, engine: str) -> None:
            done.append(("engine", engine))
            self.now = "ready"

        @staticmethod
        def availableEngines() -> list[str]:
            return ["mock", "speechd"]

        def __getattr__(self, name: str) -> object:
            known = {"availableLocales": [german, english], "locale": german, "state": self.now}
            known["errorString"] = "No connection"
            return lambda *words: known.get(name) or done.append((name, *words))

    monkeypatch.setitem(
        sys.modules, "PySide6.QtTextToSpeech", SimpleNamespace(QTextToSpeech=Speech)
    )
    made = voice.Voice()
    made.say("Fist")
    made.say("Well done", after=True)
    made.hush()
    assert done == [
        ("engine", "speechd"),
        ("setLocale", english),
        ("say", "Fist"),
        ("enqueue", "Well done"),
        ("stop",),
    ]
    assert made.problem is None
    made._speech.now = "error"
    assert made.problem is not None
    assert "No connection" in made.problem.hint


def test_what_is_ticked_is_kept_and_heard_again(session: Session, qtbot: QtBot) -> None:
    choice = CueSoundChoice(session)
    qtbot.addWidget(choice)
    assert not choice.bell.isChecked()
    assert not choice.voice.isChecked()
    choice.voice.click()
    assert session.settings.sounds.voice
    wants(session, muted=True)
    choice.refresh()
    assert not choice.voice.isChecked(), "Ctrl+M silences this too"
    choice.bell.click()
    assert not session.settings.sounds.muted
    assert (session.settings.sounds.bell, session.settings.sounds.voice) == (True, False)


def test_e9_what_the_coach_says_is_spoken_after_the_cue(session: Session, qtbot: QtBot) -> None:
    wants(session, voice=True)
    flow = Flow(session)
    speaker = RecordingSpeaker()
    flow.sound = CueSound(session, lambda: speaker)
    page = CuePage(flow)
    qtbot.addWidget(page)
    flow.sound.follow(view("pause"))
    advice = SimpleNamespace(words="I did not see a movement.", take=("fist", 1))
    coach = SimpleNamespace(advice=advice, rest=None, rest_refused=False)
    flow.coach = coach  # type: ignore[assignment]
    for _ in range(3):
        page.said.refresh()
    coach.rest = SimpleNamespace(problem="The arm was tense. Rest again?")
    coach.rest_refused = True
    for _ in range(3):
        page.rest_question.refresh()
    assert speaker.lines == [
        "Relax. Next: Open hand. | Fist 1: I did not see a movement. "
        "| The arm was tense. Rest again?"
    ]
    assert page.said.words.word.text() == "Fist 1: I did not see a movement."


def test_every_movement_has_words_to_be_said() -> None:
    for name in GESTURES:
        assert cue_sound.spoken(view("countdown", name)) == gesture_title(name)
