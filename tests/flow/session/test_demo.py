"""The demo ends with a sentence when its device cannot do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.session.demo import Demo
from emgstudio.session.session import Session


@pytest.fixture
def session() -> Iterator[Session]:
    with Session() as running:
        yield running


def run_to_its_end(demo: Demo, wait_until: Callable[..., None]) -> None:
    def ended() -> bool:
        demo.advance()
        return demo.result is not None

    wait_until(ended)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("sim:clean", "does not perform gestures"),
        ("replay:{tmp}/nothing", "device has stopped"),
    ],
)
def test_a_device_without_gestures_or_samples_is_refused_at_once(
    session: Session, tmp_path: Path, wait_until: Callable[..., None], uri: str, words: str
) -> None:
    demo = Demo(session, tmp_path, seconds=20.0, uri=uri.format(tmp=tmp_path))
    with pytest.raises(EmgError, match=words):
        run_to_its_end(demo, wait_until)
    assert session.recorder is None
