"""A dressed application and a real session for the tests of the window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from emgstudio.gui.theme import theme
from emgstudio.gui.tick import Tick

if TYPE_CHECKING:
    from emgstudio.session.session import Session


@pytest.fixture(autouse=True)
def dark_theme(qapp: QApplication) -> None:
    """Every test begins in the dark theme."""
    theme().apply("dark")


@pytest.fixture
def session() -> Iterator[Session]:
    """The real session in folders of its own, closed at the end."""
    from emgstudio.session.session import Session

    made = Session()
    yield made
    made.close()


@pytest.fixture
def tick(session: Session) -> Iterator[Tick]:
    """A running tick on the session."""
    made = Tick(session)
    made.start()
    yield made
    made.stop()
