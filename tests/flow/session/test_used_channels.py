"""A channel that nobody uses is recorded, but neither learnt from nor decoded with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Channel, ConditionSpec, StreamInfo
from emgstudio.ml.model import GestureModel
from emgstudio.session import channel_map
from emgstudio.session.evaluation import decode_recording
from emgstudio.session.sensors import ChannelNote
from emgstudio.session.session import Session
from emgstudio.session.training import train_from_recordings
from emgstudio.storage.new_session import NewSession
from emgstudio.storage.recording import Recording
from tests import labelled_emg as made

Wait = Callable[..., None]
CHANNELS = tuple(Channel(f"EMG {k + 1}") for k in range(4))


def info(*unused: int) -> StreamInfo:
    channels = tuple(replace(c, used=k not in unused) for k, c in enumerate(CHANNELS))
    return StreamInfo("EMG", made.RATE, channels, "float32", "hand")


def written(folder: Path, stream: StreamInfo) -> Path:
    """A labelled recording whose channel 3 is nothing but a loud hum."""
    part = made.recording()
    samples = part.samples.copy()
    samples[:, 2] = 1e4 * np.sin(np.arange(len(samples)))
    session = NewSession(
        folder, [(stream, ConditionSpec())], {}, host_s=0.0, created=datetime.now(UTC)
    )
    session.streams[0].writer.append(samples, 0)
    session.annotations.add(*(replace(a, track="labels") for a in part.annotations))
    session.finish("stop")
    return folder


def trained(*paths: Path) -> GestureModel:
    return train_from_recordings(paths, progress=Progress())


def test_what_is_not_used_is_not_learnt_and_the_same_device_is_decoded(tmp_path: Path) -> None:
    path = written(tmp_path / "a", info(2))
    model = trained(path)
    assert model.channels == ("EMG 1", "EMG 2", "EMG 4")
    facts = decode_recording(
        model, path, repetitions=None, trim_start_s=0.3, trim_end_s=0.1, progress=Progress()
    )
    assert facts["accuracy"] > 0.9
    assert Recording.open(path).main.info.n_channels == 4
    with pytest.raises(EmgError, match="this device has 4"):
        decode_recording(
            model,
            written(tmp_path / "b", info()),
            repetitions=None,
            trim_start_s=0.3,
            trim_end_s=0.1,
            progress=Progress(),
        )


def test_recordings_are_learnt_from_by_the_channels_used_in_all(tmp_path: Path) -> None:
    first, second = written(tmp_path / "a", info(2)), written(tmp_path / "b", info(0))
    assert trained(first, second).channels == ("EMG 2", "EMG 4")
    with pytest.raises(EmgError, match="no channel that is in use"):
        trained(first, written(tmp_path / "c", info(0, 1, 3)))


def test_live_windows_have_the_columns_that_were_learnt(tmp_path: Path, wait_until: Wait) -> None:
    model = trained(written(tmp_path / "a", info(2)))
    with Session(tmp_path / "settings") as session:
        device_id = session.connect("sim:clean?rate=500")
        worker = session.devices[device_id]
        wait_until(lambda: bool(worker.streams))
        stream = worker.streams[0]
        with pytest.raises(EmgError, match="made with 3 channels"):
            session.start_decoding(model)
        notes = [ChannelNote(), ChannelNote(), ChannelNote(used=False)]
        channel_map.store_map(session, worker, stream, channel_map.padded(notes, 4))
        session.start_decoding(model)
        decoder = session.decoder
        assert decoder is not None
        wait_until(lambda: any(len(set(d.probabilities)) > 1 for d in decoder.decisions))
        decision = next(d for d in decoder.decisions if len(set(d.probabilities)) > 1)
        stop = decision.index + 1
        window = stream.clean.read(stop - model.window_samples[0], stop).data
        expected = model.predict(window[:, [0, 1, 3]])
        np.testing.assert_allclose(decision.probabilities, expected, rtol=1e-6)
