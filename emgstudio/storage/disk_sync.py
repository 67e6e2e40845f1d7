"""Pushes a running recording to the disk itself, on its own thread, so that writing never waits.

What was written is the system's and survives the end of the program; only a power cut
costs what the disk has not taken yet. A label waits for the disk too, so the labels of
devices are added here.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.types import Annotation
from emgstudio.storage.format import RECORDING
from emgstudio.storage.new_session import NewSession

log = logging.getLogger(__name__)


class DiskSync:
    """Syncs and saves ``session`` whenever it is asked to, and adds labels to it.

    ``refused`` is told when a label could not be saved. An error of the disk ends the
    thread and is raised by :meth:`check`, in the thread that writes.
    """

    def __init__(self, session: NewSession, refused: Callable[[EmgError], None]) -> None:
        self._session = session
        self._refused = refused
        self._work = threading.Event()
        self._save = False
        self._stop = False
        self._labels: deque[tuple[Sequence[Annotation], str, bool]] = deque()
        self._error: Exception | None = None
        self._began: float | None = None
        self._took = 0.0
        self.synced = host_time()
        self._thread = threading.Thread(target=self._run, name="recorder sync")
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether the disk is at work just now."""
        return self._began is not None

    @property
    def took_s(self) -> float:
        """How long the disk takes: for the last round, or already for this one."""
        began = self._began
        return self._took if began is None else max(self._took, host_time() - began)

    def ask(self, *, save: bool = False) -> None:
        """Sync soon everything that is written by now, with ``save`` session.json too."""
        self._save |= save
        self._work.set()

    def add(self, labels: Sequence[Annotation], text: str = "", *, tell: bool = True) -> None:
        """Add labels that are no step of the person's, soon and in this order.

        Without ``tell`` nobody hears of one that is refused: it can be found elsewhere too.
        """
        if labels:
            self._labels.append((labels, text, tell))
            self._work.set()

    def check(self) -> None:
        """Raise what ended the thread, an OSError or a fault of the program."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Add the labels that wait and end; waits for the disk. May be called twice."""
        self._stop = True
        self._work.set()
        self._thread.join()
        self._add_labels()

    def _run(self) -> None:
        try:
            while not self._stop:
                self._work.wait()
                self._work.clear()
                if not self._stop:
                    self._round()
        except Exception as error:  # noqa: BLE001
            # Told and logged by the thread that writes, which ends the recording.
            self._error = error
        finally:
            self._began = None

    def _round(self) -> None:
        began = self._began = host_time()
        self._add_labels()
        self._session.sync()
        self.synced = began
        if self._save:
            self._save = False
            self._session.save(RECORDING)
        self._took = host_time() - began
        self._began = None

    def _add_labels(self) -> None:
        while self._labels:
            labels, text, tell = self._labels.popleft()
            try:
                self._session.annotations.add(*labels, text=text, undoable=False)
            except EmgError as error:
                log.info("labels of the device not saved: %s", error)
                if tell:
                    self._refused(error)
