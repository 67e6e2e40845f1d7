"""Recordings belong to the client who is chosen when they begin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from emgstudio.session.session import Session
from emgstudio.storage.library import summary


def test_a_recording_belongs_to_the_chosen_client(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    with Session(tmp_path / "settings") as session:
        code = session.clients.add().code
        session.connect("sim:clean?rate=500&seed=1")
        wait_until(lambda: session.main_stream is not None)
        subjects = []
        for chosen, given in (("", ""), (code, ""), (code, "P7")):
            session.client = chosen
            path = session.start_recording(subject=given)
            session.stop_recording()
            subjects.append(summary(path).subject)
        session.clients.refresh()
        assert subjects == ["", code, "P7"]
        assert len(session.clients.sessions(code)) == 1
