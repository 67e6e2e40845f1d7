"""What other threads ask a session, which goes on changing meanwhile."""

from pathlib import Path
from typing import cast

from emgstudio.ml.decoder import Decoder
from emgstudio.session.session import Session


class Arriving:
    """A device; while somebody looks at its streams, another one is connected."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def streams(self) -> tuple[str, ...]:
        devices = cast("dict[str, object]", self._session._devices)
        devices.setdefault("another", Arriving(self._session))
        return ("stream",)


def test_a_device_may_come_while_another_thread_looks_at_all_streams(tmp_path: Path) -> None:
    with Session(tmp_path) as session:
        devices = cast("dict[str, object]", session._devices)
        devices["first"] = Arriving(session)
        try:
            assert len(session.streams) == 1
            assert len(session.streams) == 2
        finally:
            devices.clear()


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
