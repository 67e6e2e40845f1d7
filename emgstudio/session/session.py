"""One Session owns the devices, the recording, the calibration and the decoder.

The window and the command line call the same methods and drain the same Outbox.
The parts are independent: record while decoding, decode while annotating.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.paths import config_folder, data_folder
from emgstudio.core.settings import Settings, load_settings, save_settings
from emgstudio.core.tasks import Progress, Task, TaskPool
from emgstudio.core.types import Annotation, ConditionSpec, Level
from emgstudio.devices.links.ble_loop import close_bluetooth
from emgstudio.devices.registry import DeviceUri, open_device
from emgstudio.devices.stream import Stream
from emgstudio.devices.worker import DeviceState, DeviceWorker
from emgstudio.ml.decoder import Decoder
from emgstudio.ml.model import GestureModel
from emgstudio.ml.protocol import CuePlan
from emgstudio.session.calibration import CUE_TRACK, Calibration, begun_calibration
from emgstudio.session.files import import_recording
from emgstudio.session.quality import QualityWatch
from emgstudio.session.recording_control import RecordingControl
from emgstudio.session.reference import ReferenceBook
from emgstudio.session.replay import replay_source
from emgstudio.session.sensors import SensorBook
from emgstudio.session.state import DecodingChanged, SessionState
from emgstudio.session.training import train_from_recordings
from emgstudio.session.view_book import ViewBook, kept_condition
from emgstudio.storage.recorder import Recorder
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import recover

if TYPE_CHECKING:
    from emgstudio.session.clients import Clients
    from emgstudio.session.sinks import DecisionSinks

log = logging.getLogger(__name__)


class Session:
    """Everything that goes on while the app is open.

    Settings live in ``settings_folder``, else in the user's own. Call it from one thread only.
    ``client`` is the code of the client whom new recordings belong to, "" for nobody.
    """

    def __init__(self, settings_folder: Path | None = None) -> None:
        self.outbox = Outbox()
        self._settings_folder = settings_folder or config_folder()
        self.settings = load_settings(self._settings_folder, self.outbox)
        self.sensors = SensorBook(self._settings_folder)
        self.references = ReferenceBook(self._settings_folder)
        self.views = ViewBook(self._settings_folder)
        self.client = ""
        self.tasks = TaskPool(self.outbox, workers=1)
        self.calibration: Calibration | None = None
        self.training: Task[GestureModel] | None = None
        self.decoder: Decoder | None = None
        self.model: GestureModel | None = None
        self.recording = RecordingControl(self)
        self.quality = QualityWatch(self)
        self._devices: dict[str, DeviceWorker] = {}
        self._devices_made = 0
        self.decoded_stream: Stream | None = None

    def update_settings(self, settings: Settings) -> None:
        """Use and save new settings."""
        self.settings = settings
        save_settings(self._settings_folder, settings)

    @cached_property
    def clients(self) -> Clients:
        """The clients of this computer; opened when first asked for."""
        from emgstudio.session.clients import Clients

        return Clients(data_folder(), self.recordings_folder)

    @cached_property
    def sinks(self) -> DecisionSinks:
        """Where decisions go; nowhere until something is added."""
        from emgstudio.session.sinks import DecisionSinks

        return DecisionSinks(lambda: self.decoder, self.outbox)

    @property
    def recorder(self) -> Recorder | None:
        """What writes the running recording, None while none runs."""
        return self.recording.recorder

    @property
    def recorded(self) -> tuple[Stream, ...]:
        """The streams that are being recorded."""
        return self.recording.recorded

    @property
    def devices(self) -> dict[str, DeviceWorker]:
        """The devices that were connected and not yet disconnected, by id."""
        return dict(self._devices)

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Every stream of every device that has identified itself, in order of connection."""
        # A copy: other threads ask too, while devices come and go.
        return tuple(stream for worker in self.devices.values() for stream in worker.streams)

    @property
    def main_stream(self) -> Stream | None:
        """The first stream: what the rooms show unless a person chooses another."""
        return next(iter(self.streams), None)

    def connect(self, uri: str) -> str:
        """Begin to connect and return the device's id at once.

        How it goes on arrives in the Outbox as ``DeviceChanged``. Raises
        EmgError when the address itself cannot be used.
        """
        parsed = DeviceUri.parse(uri)
        running = self._device_at(str(parsed))
        if running is not None:
            return running
        driver, link = open_device(str(parsed), replay_source)
        self._devices_made += 1
        device_id = f"{parsed.scheme}-{self._devices_made}"
        worker = DeviceWorker(device_id, str(parsed), driver, link, self.outbox, ConditionSpec())
        worker.describe = partial(self.sensors.described, worker.uri)
        worker.condition_of = partial(kept_condition, self.views, self.outbox, worker.uri)
        self._devices[device_id] = worker
        worker.start()
        self.quality.start()
        log.info("connecting %s as %s", parsed, device_id)
        return device_id

    def disconnect(self, device_id: str) -> None:
        """Stop a device and forget it. Raises EmgError while it is being recorded."""
        worker = self._devices.get(device_id)
        if worker is None:
            return
        if self.recorder is not None and any(s in self.recorded for s in worker.streams):
            raise EmgError(
                f"{worker.title} is being recorded.", "Stop the recording before you disconnect it."
            )
        if self.decoded_stream in worker.streams:
            self.stop_decoding()
        if self.calibration is not None and self.calibration.device is worker:
            self.stop_calibration()
        del self._devices[device_id]
        worker.stop()

    def set_condition(self, stream: Stream, spec: ConditionSpec) -> None:
        """Change how the clean view of ``stream`` is filtered; raw and files never change.

        The sensor begins with it the next time. Raises EmgError while a classifier
        decodes the stream: it was trained with its own filter.
        """
        if self.decoder is not None and stream is self.decoded_stream:
            raise EmgError(
                f"The classifier needs its own filter ({stream.condition.summary()}).",
                "Stop decoding before you change the filter.",
            )
        stream.set_condition(spec)
        device = self.device_of(stream)
        if device is not None:
            self.views.keep_condition(device.uri, stream.info.name, spec)

    def device_of(self, stream: Stream) -> DeviceWorker | None:
        """The device that a stream comes from."""
        return next((w for w in self._devices.values() if stream in w.streams), None)

    def _device_at(self, uri: str) -> str | None:
        return next(
            (i for i, w in self._devices.items() if w.uri == uri and w.state != DeviceState.CLOSED),
            None,
        )

    def start_recording(self, folder: Path | None = None, **how: Any) -> Path:
        """Record every stream into a new session folder inside ``folder``; returns it.

        ``title`` and ``subject`` are texts (without a subject it is the chosen ``client``),
        ``from_first_sample`` begins with what the rings still hold, ``about`` joins the
        meta data. Raises EmgError when nothing streams, a recording already runs, or the
        write test fails.
        """
        return self.recording.start(folder, **how)

    def stop_recording(self) -> Path | None:
        """Finish the running recording and return its folder; None if none runs."""
        if self.recorder is None:
            return None
        if self.calibration is not None and not self.calibration.finished:
            self.stop_calibration()
        return self.recording.stop()

    def annotate(self, label: str, **how: Any) -> Annotation:
        """Label the running recording; without ``start`` it is an event now.

        ``start`` and ``stop`` are seconds of recording time; ``note``, ``track``,
        ``source`` and ``repetition`` are as in an Annotation. Raises EmgError when
        nothing is recorded.
        """
        return self.recording.annotate(label, **how)

    def undo(self) -> str | None:
        """Take back the last label of the running recording; returns what was undone."""
        return self.recording.undo()

    def redo(self) -> str | None:
        """Bring back what was undone last; returns what it was."""
        return self.recording.redo()

    def start_calibration(self, plan: CuePlan, *, track: str = CUE_TRACK) -> Calibration:
        """Cue a person through ``plan`` and label the recording, starting one if none runs.

        Raises EmgError when no device streams or a calibration already runs.
        """
        self.calibration = begun_calibration(self, plan, track)
        self.training = None
        return self.calibration

    def stop_calibration(self) -> None:
        """End the cues; what was recorded and labelled so far is kept."""
        if self.calibration is not None:
            self.calibration.stop(host_time())

    def train_calibration(self, *, go_on: bool = False, **how: Any) -> Task[GestureModel]:
        """Train a classifier from the calibration that just ended.

        With ``go_on`` the plan and its recording stay open, so that single takes
        can be redone afterwards; without it a recording of its own is ended, which waits
        for the last samples. Raises EmgError when there is no calibration.
        """
        calibration = self.calibration
        if calibration is None:
            raise EmgError("There is nothing to train from.", "Record a calibration first.")
        if not go_on:
            self.stop_calibration()
            if calibration.owns_recording and self.recorder is calibration.recorder:
                # The last samples of the last take are still on their way.
                calibration.wait_until_written()
                self.stop_recording()

        def work(progress: Progress) -> GestureModel:
            calibration.wait_until_written()
            return train_from_recordings([calibration.path], progress=progress, **how)

        self.training = self.tasks.submit("Training", work)
        return self.training

    def train(self, recordings: list[Path], **how: Any) -> Task[GestureModel]:
        """Train a classifier from labelled recordings, beside everything else."""
        return self.tasks.submit(
            "Training", lambda progress: train_from_recordings(recordings, progress=progress, **how)
        )

    def start_decoding(self, model: GestureModel | Path) -> None:
        """Decode the main stream live.

        Raises EmgError when nothing streams or the model was made for another stream.
        """
        loaded = GestureModel.load(model) if isinstance(model, Path) else model
        stream = self.main_stream
        if stream is None:
            raise EmgError("Nothing streams yet.", "Connect a device, then start decoding.")
        loaded.check_stream(stream.info)
        self.stop_decoding()
        if stream.condition != loaded.condition:
            stream.set_condition(loaded.condition)
            self.outbox.notice(
                Level.INFO,
                f"The filter is now {loaded.condition.summary()}.",
                "The classifier was trained with it.",
                source="decoder",
            )
        windows = stream.clean.reader(since=stream.clean_since)
        decoder = Decoder(loaded, windows, stream.clock, self.outbox, stream.info.used_columns)
        decoder.start()
        self.decoder, self.model, self.decoded_stream = decoder, loaded, stream
        self.outbox.post(DecodingChanged(running=True))

    def stop_decoding(self) -> None:
        """Stop the decoder; its last word is rest."""
        if self.decoder is None:
            return
        self.decoder.stop()
        self.decoder, self.decoded_stream = None, None
        self.outbox.post(DecodingChanged(running=False))

    def let_decide(self, ahead_s: float) -> None:
        """Wait, a few ms at most, if a decision is due within ``ahead_s``: for work that can."""
        # Other threads ask too, while decoding may end at any moment.
        decoder = self.decoder
        if decoder is not None:
            decoder.let_pass(ahead_s)

    def save_model(self, model: GestureModel, name: str) -> Path:
        """Save a model among the user's models and return its folder.

        Raises EmgError when the name cannot be used or is taken.
        """
        clean = "".join(c if c.isalnum() or c in " -_." else "_" for c in name).strip(" .")
        if not clean:
            raise EmgError("The model needs a name.", "Type a name such as “right arm”.")
        path = data_folder() / "models" / clean
        if path.exists():
            raise EmgError(f"There is already a model “{clean}”.", "Choose another name.")
        model.save(path)
        return path

    def models(self) -> list[Path]:
        """The user's saved models, newest first."""
        if not (data_folder() / "models").is_dir():
            return []
        found = [p for p in (data_folder() / "models").iterdir() if p.is_dir()]
        return sorted(found, key=lambda p: p.stat().st_mtime, reverse=True)

    def recordings_folder(self) -> Path:
        """Where recordings go at present."""
        return self.recording.folder

    def open_recording(self, path: Path) -> Recording:
        """Open a recording for reading; a running one shows what is written so far."""
        return Recording.open(path)

    def import_file(self, file: Path, out: Path, **how: Any) -> Task[Path]:
        """Turn a file of another program into a recording inside ``out``."""
        return self.tasks.submit(
            f"Import {file.name}",
            lambda progress: import_recording(file, out, progress=progress, **how),
        )

    def unfinished(self) -> list[Path]:
        """Recordings that a crash or power cut left unfinished, not the running one."""
        return self.recording.unfinished()

    def recover(self, path: Path) -> Task[Any]:
        """Bring an unfinished recording into order; its bytes are all kept."""
        return self.tasks.submit(f"Recover {path.name}", lambda _progress: recover(path))

    @property
    def state(self) -> SessionState:
        """What is going on, part by part."""
        return SessionState(
            devices=tuple((i, w.state) for i, w in self._devices.items()),
            recording=self.recorder is not None,
            decoding=self.decoder is not None,
            calibrating=self.calibration is not None and not self.calibration.finished,
        )

    def close(self) -> None:
        """Stop and join everything; a running recording is finished properly."""
        steps: list[Callable[[], object]] = [
            self.stop_calibration,
            self.stop_decoding,
            self._stop_sinks,
            self.stop_recording,
            self.recording.triggers.stop,
            self.quality.stop,
            *(worker.stop for worker in self._devices.values()),
            close_bluetooth,
            self.tasks.close,
            self._close_clients,
        ]
        with contextlib.ExitStack() as stack:
            for step in reversed(steps):
                stack.callback(step)
        self._devices.clear()

    def _stop_sinks(self) -> None:
        if "sinks" in self.__dict__:
            self.sinks.stop()

    def _close_clients(self) -> None:
        if "clients" in self.__dict__:
            self.clients.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
