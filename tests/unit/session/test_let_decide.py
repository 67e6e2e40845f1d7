"""Letting a decision pass, asked for in a thread that does not know when decoding ends."""

from typing import cast

from emgstudio.ml.decoder import Decoder
from emgstudio.session.session import Session


class Asked:
    """A decoder that notes what it is asked."""

    def __init__(self) -> None:
        self.ahead_s: list[float] = []

    def let_pass(self, ahead_s: float) -> bool:
        self.ahead_s.append(ahead_s)
        return False


class Ending:
    """A session whose decoding ends as soon as somebody has looked for its decoder."""

    def __init__(self, decoder: Asked) -> None:
        self._left = [decoder]

    @property
    def decoder(self) -> Decoder | None:
        return cast("Decoder", self._left.pop()) if self._left else None


def test_decoding_may_end_while_another_thread_lets_a_decision_pass() -> None:
    decoder = Asked()
    session = cast("Session", Ending(decoder))
    Session.let_decide(session, 0.015)
    assert decoder.ahead_s == [0.015]
    Session.let_decide(session, 0.015)
    assert decoder.ahead_s == [0.015]
