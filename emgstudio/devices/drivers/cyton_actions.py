"""What a Cyton can be asked while it streams: impedance by channel, test signals, markers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.devices.actions import Action, Deed

CHANNEL_KEYS = b"12345678QWERTYUI"
LEAD_OFF = {"off": b"00", "P": b"10", "N": b"01", "P and N": b"11"}
TEST_SIGNALS = {
    "test ground": b"0",
    "test slow": b"-",
    "test fast": b"=",
    "test slow 2x": b"[",
    "test fast 2x": b"]",
    "test DC": b"p",
}


@dataclass(frozen=True, slots=True)
class ImpedanceChoice:
    """Which electrodes."""

    channel: int = option(0, "Channel", minimum=0, maximum=16, words={0: "all channels"})
    side: str = option("N", "Electrode", choices=("P", "N", "P and N"))


@dataclass(frozen=True, slots=True)
class TestSignalChoice:
    """Which signal."""

    signal: str = option(
        "test slow", "Signal", choices=("the electrodes", *TEST_SIGNALS), doc="A square wave or DC."
    )


@dataclass(frozen=True, slots=True)
class MarkerChoice:
    """Which letter."""

    letter: str = option("M", "Letter", doc="One character of the keyboard.")


IMPEDANCE = Action(
    "impedance",
    "Measure impedance",
    "Sends 6 nA through the electrodes; do not read muscles meanwhile.",
    ImpedanceChoice,
)
IMPEDANCE_OFF = Action(
    "impedance off", "Stop measuring impedance", "Takes the test current away again."
)
TEST_SIGNAL = Action(
    "test signal",
    "Test signal",
    "All channels show the board's own signal instead of the electrodes.",
    TestSignalChoice,
)
MARKER = Action("marker", "Marker", "Puts a letter into the board's own data.", MarkerChoice)


class CytonActions:
    """``channel_settings`` gives the command that sets a channel up as the options ask.

    ``lead_off`` are the channels under test current, each with the electrodes' bits.
    """

    def __init__(
        self, channels: int, channel_settings: Mapping[int, bytes], *, markers: bool
    ) -> None:
        self._channels = channels
        self._settings = channel_settings
        self._markers = markers
        self.lead_off: dict[int, bytes] = {}

    @property
    def offered(self) -> tuple[Action, ...]:
        """What can be asked for now."""
        off = (IMPEDANCE_OFF,) if self.lead_off else ()
        return (IMPEDANCE, *off, TEST_SIGNAL, *((MARKER,) if self._markers else ()))

    def act(self, key: str, values: Mapping[str, Any]) -> Deed | None:
        """Carry one out; None for a key that is none of these. Raises EmgError."""
        if key == IMPEDANCE.key:
            return self._impedance(ImpedanceChoice(**values))
        if key == IMPEDANCE_OFF.key:
            return self._impedance_off()
        if key == TEST_SIGNAL.key:
            return self._test_signal(TestSignalChoice(**values))
        if key == MARKER.key and self._markers:
            return _marker(MarkerChoice(**values))
        return None

    def _impedance(self, choice: ImpedanceChoice) -> Deed:
        if choice.channel > self._channels:
            raise EmgError(
                f"This board has no channel {choice.channel}.", f"It has {self._channels}."
            )
        chosen = [choice.channel - 1] if choice.channel else list(range(self._channels))
        # One channel alone: current through others would be heard in it.
        data = self._lead_off_commands(set(self.lead_off) - set(chosen), LEAD_OFF["off"])
        data += self._lead_off_commands(chosen, LEAD_OFF[choice.side])
        self.lead_off = dict.fromkeys(chosen, LEAD_OFF[choice.side])
        which = f"channel {choice.channel}" if choice.channel else "all channels"
        return Deed(
            data,
            f"The Cyton measures the impedance of {which} ({choice.side}). "
            "Stop it before you read muscles.",
        )

    def _impedance_off(self) -> Deed:
        data = self._lead_off_commands(self.lead_off, LEAD_OFF["off"])
        self.lead_off = {}
        return Deed(data, "The Cyton no longer measures impedance.")

    def _test_signal(self, choice: TestSignalChoice) -> Deed:
        if choice.signal in TEST_SIGNALS:
            return Deed(TEST_SIGNALS[choice.signal], f"All channels show “{choice.signal}”.")
        data = b"".join(self._settings[k] for k in range(self._channels))
        return Deed(data, "The channels measure the electrodes again.")

    def _lead_off_commands(self, channels: Any, bits: bytes) -> bytes:
        return b"".join(b"z%c%sZ" % (CHANNEL_KEYS[k], bits) for k in sorted(channels))


def _marker(choice: MarkerChoice) -> Deed:
    letter = choice.letter.strip()[:1]
    if not letter or not letter.isascii():
        raise EmgError("A Cyton's marker is one letter or digit.", "Type one, for example M.")
    return Deed(marker_command(letter), f"The marker “{letter}” was sent to the Cyton.")


def marker_command(letter: str) -> bytes:
    """Bytes for the link that put a one-letter marker into the stream."""
    return b"`" + letter.encode("ascii")[:1]
