"""Movements that press keys: never two, none at rest, none left down; the system is made up."""

import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Decision
from emgstudio.session.sink_keyboard import NAMED, KeyboardPlace
from emgstudio.session.sink_kinds import SINKS, address_of, checked_address
from emgstudio.session.sinks import RESTS_AT_END, DecisionSinks, Output, SinkState

ADDRESS = "keyboard:fist=space,open=a"


@dataclass
class Decoding:
    latest: Decision | None = None

    def decide(self, time, gesture):
        self.latest = Decision(time, 0, gesture, 0.9, gesture, (0.9, 0.1), 0.5, 0.02)


class System:
    """What the operating system gets to see."""

    def __init__(self):
        self.log = []
        self.down = set()
        self.broken = False

    def press(self, key):
        if self.broken:
            raise RuntimeError("display gone")
        self.log.append(f"+{key}")
        self.down.add(key)
        assert len(self.down) == 1

    def release(self, key):
        if self.broken:
            raise RuntimeError("display gone")
        self.log.append(f"-{key}")
        self.down.remove(key)


@pytest.fixture
def system(monkeypatch):
    made = System()
    keyboard = ModuleType("pynput.keyboard")
    keyboard.Controller = lambda: made
    keyboard.Key = SimpleNamespace(**{name: name for name in NAMED})
    package = ModuleType("pynput")
    package.__spec__ = ModuleSpec("pynput", None)
    package.keyboard = keyboard
    monkeypatch.setitem(sys.modules, "pynput", package)
    monkeypatch.setitem(sys.modules, "pynput.keyboard", keyboard)
    return made


def walk(output, decoding, gestures, begin=0.0):
    for k, gesture in enumerate(gestures):
        decoding.decide(begin + k, gesture)
        output.step(begin + k)


def test_a_key_is_down_as_long_as_its_movement_lasts(system):
    decoding = Decoding()
    output = Output(ADDRESS, lambda: decoding, Outbox())
    walk(output, decoding, ["rest", "fist", "fist", "open", "pinch", "fist", "rest"])
    assert system.log == ["+space", "-space", "+a", "-a", "+space", "-space"]
    output.close(9.0)


def test_a_tap_is_pressed_once_per_movement(system):
    decoding = Decoding()
    output = Output(f"{ADDRESS}?way=tap", lambda: decoding, Outbox())
    walk(output, decoding, ["fist", "fist", "rest", "fist", "open"])
    assert system.log == ["+space", "-space", "+space", "-space", "+a", "-a"]
    output.close(9.0)


def test_nothing_stays_down_when_it_ends_or_nothing_is_decided(system):
    decoding = Decoding()
    output = Output(ADDRESS, lambda: decoding, Outbox())
    walk(output, decoding, ["fist"])
    output.step(1.0)
    assert system.down == set(), "the decision is a second old"
    walk(output, decoding, ["open"], begin=2.0)
    assert system.down == {"a"}
    output.close(2.1)
    assert system.down == set()
    assert output.status.state is SinkState.CLOSED


def test_our_own_window_is_never_typed_into(system):
    decoding, front = Decoding(), [False]
    output = Output(ADDRESS, lambda: decoding, Outbox(), lambda: front[0])
    walk(output, decoding, ["fist"])
    assert system.down == {"space"}
    front[0] = True
    for k in range(RESTS_AT_END + 1):
        output.step(0.1 + k * 0.05)
    assert system.down == set()
    assert output.status.state is SinkState.YIELDING
    front[0] = False
    walk(output, decoding, ["fist"], begin=1.0)
    assert system.down == {"space"}
    assert output.status.state is SinkState.SENDING
    output.close(1.1)


def test_other_programs_get_packets_while_our_window_is_in_front(tmp_path):
    decoding = Decoding()
    file = tmp_path / "d.csv"
    output = Output(f"file:{file}", lambda: decoding, Outbox(), lambda: True)
    walk(output, decoding, ["fist"])
    output.close(1.0)
    assert "fist" in file.read_text()


@pytest.mark.logs_warnings
def test_what_the_system_refuses_is_told_and_let_go_of_later(system):
    decoding, outbox = Decoding(), Outbox()
    output = Output(ADDRESS, lambda: decoding, outbox)
    walk(output, decoding, ["fist"])
    system.broken = True
    walk(output, decoding, ["open"], begin=1.0)
    assert output.status.state is SinkState.FAILED
    assert "refused to release" in output.status.problem
    output.close(2.0)
    assert [item.source for item in outbox.drain()] == ["sinks"]


def test_without_the_library_its_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynput", None)
    outbox = Outbox()
    output = Output(ADDRESS, lambda: None, outbox)
    output.step(0.0)
    assert output.status.state is SinkState.FAILED
    assert 'pip install "emgstudio[keyboard]"' in output.status.problem
    output.close(0.1)


def test_a_computer_without_a_screen_is_told(system, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynput.keyboard", None)
    output = Output(ADDRESS, lambda: None, Outbox())
    output.step(0.0)
    assert "lets no program press keys" in output.status.problem
    output.close(0.1)


@pytest.mark.parametrize(
    "address",
    ["keyboard:", "keyboard:fist", "keyboard:fist=ctrl", "keyboard:fist=delete", "keyboard:rest=a",
     "keyboard:=a", "keyboard:fist=ab", "keyboard:fist=é", "keyboard:fist=a?way=hammer"],
)  # fmt: skip
def test_what_cannot_be_pressed_is_no_address(address):
    with pytest.raises(EmgError):
        checked_address(address)


def test_the_form_and_the_address_say_the_same(system):
    place = KeyboardPlace(keys="thumb up = Left, Faust ü=7", way="tap")
    address = address_of(SINKS["keyboard"], place)
    assert address == "keyboard:thumb%20up=left,Faust%20%C3%BC=7?way=tap"
    decoding = Decoding()
    output = Output(address, lambda: decoding, Outbox())
    walk(output, decoding, ["thumb up", "Faust ü"])
    assert system.log == ["+left", "-left", "+7", "-7"]
    output.close(3.0)
    with pytest.raises(EmgError):
        address_of(SINKS["keyboard"], KeyboardPlace(keys="rest=a"))


def test_all_outputs_hear_of_the_window():
    sinks = DecisionSinks(lambda: None, Outbox())
    assert not sinks.own_window_in_front
    assert SINKS["keyboard"].here
    assert sum(kind.here for kind in SINKS.values()) == 1
