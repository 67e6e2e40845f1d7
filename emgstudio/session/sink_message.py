"""What an output is given to send, and what every output can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from emgstudio.ml.gestures import REST


@dataclass(frozen=True, slots=True)
class Message:
    """One decision for another program. ``time_s`` is host time, ``strength`` 0–1."""

    gesture: str = REST
    strength: float = 0.0
    confidence: float = 0.0
    time_s: float = 0.0
    rejected: bool = False
    latency_s: float = 0.0

    def line(self) -> str:
        """For people and microcontrollers: gesture and strength."""
        return f"{self.gesture},{self.strength:.3f}\n"


class Sink(Protocol):
    """The open end of one output. ``send`` raises OSError when it cannot, ``close`` never."""

    def send(self, message: Message) -> None: ...
    def close(self) -> None: ...
