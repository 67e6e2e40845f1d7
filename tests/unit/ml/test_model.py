"""Training, model files and the streams that a model refuses."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.core.errors import EmgError
from emgstudio.core.types import Channel, ConditionSpec, FeatureSpec, StreamInfo, WindowSpec
from emgstudio.dsp.windows import sliding
from emgstudio.ml import model_file
from emgstudio.ml.lda import Key
from emgstudio.ml.model import Effort, GestureModel
from emgstudio.ml.postprocess import PostprocessSpec
from emgstudio.ml.trainer import train
from tests import labelled_emg as made

INFO = StreamInfo("emg", made.RATE, made.CHANNELS, "float32", "made up")


@pytest.fixture(scope="module")
def model() -> GestureModel:
    return train([made.recording()], channels=made.CHANNELS, condition=made.CONDITION)


def test_training_gives_a_model_that_recognises_new_takes(model: GestureModel) -> None:
    assert model.classes == tuple(sorted(made.GAINS))
    for gesture in made.GAINS:
        windows = sliding(made.burst(gesture, 2.0, 999), *model.window_samples)
        winners = np.array(model.classes)[model.predict_windows(windows).argmax(axis=1)]
        assert (winners == gesture).mean() > 0.9
    assert model.report.balanced_accuracy
    assert model.report.balanced_accuracy > 0.95
    assert model.provenance["recordings"] == ["a"]


def test_one_window_is_decided_as_in_a_batch(model: GestureModel) -> None:
    windows = sliding(made.burst("fist", 1.0, 5), *model.window_samples)
    alone = np.stack([model.predict(w) for w in windows])
    np.testing.assert_allclose(alone, model.predict_windows(windows), atol=1e-12)


def test_statistics_are_kept_per_repetition(model: GestureModel) -> None:
    assert Key("a", "fist", 2) in model.lda.statistics
    assert len(model.lda.statistics) == 4 * 3


def test_only_the_repetitions_asked_for_are_trained_on() -> None:
    part = made.recording(repetitions=3)
    some = train([part], channels=made.CHANNELS, condition=made.CONDITION, repetitions=[1, 3])
    assert {key.repetition for key in some.lda.statistics} == {1, 3}


def test_effort_grows_from_rest_to_the_strongest_held(model: GestureModel) -> None:
    fist = made.burst("fist", 0.2, 1)
    shares = [model.effort("fist", fist * k) for k in (0.0, 0.3, 0.6, 3.0)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert 0.1 < shares[1] < shares[2] < 0.9
    assert model.effort("rest", fist) == 0.0
    assert model.effort("unknown", fist) == 0.0
    assert (Effort(5, 5).share(5), Effort(5, 5).share(6)) == (0.0, 1.0)


def test_windows_of_another_shape_are_refused(model: GestureModel) -> None:
    with pytest.raises(EmgError, match="100 samples × 4 channels"):
        model.predict(np.zeros((100, 5), np.float32))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channels": made.CHANNELS[:3]}, "Model made with 4 channels, this device has 3"),
        ({"rate": 502.6}, "Model made at 500 Hz, this device samples at 502.6 Hz"),
        (
            {"channels": (*made.CHANNELS[:2], Channel("Trigger"), made.CHANNELS[3])},
            "Channel 3 of the model is “E3”, on this device it is “Trigger”",
        ),
        (
            {"channels": (Channel("E1", unit="mV"), *made.CHANNELS[1:])},
            "“E1” of the model is in µV, on this device it is in mV",
        ),
    ],
)
def test_a_stream_that_differs_is_refused_in_words(
    model: GestureModel, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(EmgError, match=words) as refused:
        model.check_stream(replace(INFO, **change))
    assert "calibrate" in refused.value.hint


def test_the_stream_it_was_made_for_is_taken(model: GestureModel) -> None:
    model.check_stream(INFO, made.CONDITION)
    model.check_stream(replace(INFO, rate=made.RATE * 1.004))
    with pytest.raises(EmgError, match="filter"):
        model.check_stream(INFO, ConditionSpec(30.0, 200.0))


def test_saved_and_loaded_it_is_the_same(model: GestureModel, tmp_path: Path) -> None:
    changed = model.with_postprocess(PostprocessSpec(votes=3, smoothing=0.5))
    folder = changed.save(tmp_path / "arm v1")
    windows = sliding(made.burst("open", 1.0, 77), *model.window_samples)
    for path in (folder, folder / "model.json", folder / "model.npz"):
        again = GestureModel.load(path)
        assert again.lda.limits == model.lda.limits
        np.testing.assert_array_equal(
            again.predict_windows(windows), changed.predict_windows(windows)
        )
    for name in ("rate", "channels", "units", "condition", "window", "features", "report",
                 "efforts", "postprocess", "temperature", "provenance", "classes"):  # fmt: skip
        assert getattr(again, name) == getattr(changed, name), name
    again.lda.remove(Key("a", "fist", 2))
    assert again.predict(windows[0]).sum() == pytest.approx(1.0)


def test_a_model_from_before_heartbeats_were_taken_out_has_them_in(
    model: GestureModel, tmp_path: Path
) -> None:
    folder = replace(model, condition=replace(model.condition, ecg=True)).save(tmp_path / "m")
    assert GestureModel.load(folder).condition.ecg is True
    edit_json(folder, lambda m: m["condition"].pop("ecg"))
    assert GestureModel.load(folder).condition == model.condition
    edit_json(folder, lambda m: m["condition"].update(ecg="yes"))
    with pytest.raises(EmgError, match="does not make sense"):
        GestureModel.load(folder)


def test_many_repetitions_are_merged_when_saved(
    model: GestureModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file, "MOST_STATISTICS", 5)
    again = GestureModel.load(model.save(tmp_path))
    assert len(again.lda.statistics) == 4
    window = made.burst("fist", 0.2, 8)
    np.testing.assert_allclose(again.predict(window), model.predict(window), atol=1e-9)


def edit_json(folder: Path, change: Callable[[dict[str, Any]], Any], sign: bool = True) -> None:
    file = folder / "model.json"
    manifest = json.loads(file.read_text())
    change(manifest)
    if sign:
        manifest["checksum"] = model_file._checksum(manifest)
    file.write_text(json.dumps(manifest))


def replace_arrays(folder: Path, **arrays: Any) -> None:
    """Exchange arrays and sign the result, as somebody who knows the format would."""
    with np.load(folder / "model.npz") as old:
        new = {**{k: old[k] for k in old.files}, **arrays}
    buffer = io.BytesIO()
    np.savez(buffer, **{k: v for k, v in new.items() if v is not None}, allow_pickle=True)
    (folder / "model.npz").write_bytes(buffer.getvalue())
    sha = hashlib.sha256(buffer.getvalue()).hexdigest()
    edit_json(folder, lambda m: m.update(arrays_sha256=sha))


def cut_short(file: str) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        whole = (folder / file).read_bytes()
        (folder / file).write_bytes(whole[: len(whole) // 2])

    return cut


BOOBY_TRAP = np.array([{"not": "numbers"}], dtype=object)

SPOILT: dict[str, tuple[Callable[[Path], Any], str]] = {
    "json cut short": (cut_short("model.json"), "cut short"),
    "npz cut short": (cut_short("model.npz"), "damaged"),
    "no npz": (lambda f: (f / "model.npz").unlink(), "model.npz is missing"),
    "no json": (lambda f: (f / "model.json").unlink(), "model.json is missing"),
    "edited": (lambda f: edit_json(f, lambda m: m.update(temperature=1.0), sign=False), "changed"),
    "newer": (lambda f: edit_json(f, lambda m: m.update(schema=3)), "newer EMG Studio"),
    "other json": (lambda f: (f / "model.json").write_text("[1, 2]"), "holds no EMG Studio model"),
    "deep json": (lambda f: (f / "model.json").write_text("[" * 100_000), "damaged"),
    "npz edited": (lambda f: (f / "model.npz").write_bytes(b"PK"), "does not belong"),
    "object array": (lambda f: replace_arrays(f, mean=BOOBY_TRAP), "mean is object"),
    "wrong shape": (lambda f: replace_arrays(f, mean=np.zeros((2, 2))), "mean is float64"),
    "huge header": (lambda f: edit_json(f, lambda m: m.update(rate_hz=1e12)), "impossible"),
    "beyond all floats": (lambda f: edit_json(f, lambda m: m.update(rate_hz=10**400)), "too large"),
    "float32": (lambda f: replace_arrays(f, count=np.ones(12, "f4")), "count is float32"),
    "array missing": (lambda f: replace_arrays(f, root=None), "damaged"),
    "NaN": (lambda f: replace_arrays(f, count=np.full(12, np.nan)), "not numbers"),
    "other classes": (lambda f: edit_json(f, lambda m: m.update(classes=["x"])), "gestures"),
    "unknown feature": (
        lambda f: edit_json(f, lambda m: m["features"].update(names=["magic"])), "magic",
    ),
    "words for numbers": (
        lambda f: edit_json(f, lambda m: m["condition"].update(low_hz="x")), "low_hz",
    ),
    "no votes": (lambda f: edit_json(f, lambda m: m["postprocess"].update(votes=0)), "Votes"),
    "field missing": (lambda f: edit_json(f, lambda m: m.pop("window")), "window"),
    "features redefined": (
        lambda f: replace_arrays(f, probe=np.load(f / "model.npz")["probe"] * 1.001),
        "computed its features differently",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_file_is_refused_with_a_sentence(
    model: GestureModel, tmp_path: Path, how: str
) -> None:
    spoil, words = SPOILT[how]
    folder = model.save(tmp_path / "m")
    spoil(folder)
    with pytest.raises(EmgError, match=words):
        GestureModel.load(folder)
    # A list reads less of it, and must not fail in another way either.
    with suppress(EmgError):
        model_file.load_facts(folder)


def test_a_list_knows_of_a_model_what_the_model_says(model: GestureModel, tmp_path: Path) -> None:
    folder = model.save(tmp_path / "m")
    facts, whole = model_file.load_facts(folder), GestureModel.load(folder)
    for field in fields(facts):
        assert getattr(facts, field.name) == getattr(whole, field.name)
    (folder / model_file.ARRAYS).unlink()
    with pytest.raises(EmgError, match=r"model\.npz is missing"):
        model_file.load_facts(folder)


def test_saving_where_nothing_can_be_written_says_so(model: GestureModel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EmgError, match="cannot be written"):
        model.save(tmp_path / "file" / "m")


def test_training_says_what_it_cannot_use() -> None:
    part = made.recording()
    how: dict[str, Any] = {"channels": made.CHANNELS, "condition": made.CONDITION}
    with pytest.raises(EmgError, match="no recording"):
        train([], **how)
    with pytest.raises(EmgError, match="“b” at 250 Hz"):
        train([part, replace(part, rate=250.0, recording="b")], **how)
    with pytest.raises(EmgError, match="4 channels, expected 3"):
        train([part], channels=made.CHANNELS[:3], condition=made.CONDITION)
    lonely = tuple(a for a in part.annotations if a.label == "fist")
    with pytest.raises(EmgError, match="fewer than two"):
        train([replace(part, annotations=lonely)], **how)


def test_features_and_windows_can_be_chosen(tmp_path: Path) -> None:
    model = train(
        [made.recording()],
        channels=made.CHANNELS,
        condition=made.CONDITION,
        window=WindowSpec(0.15, 0.025),
        features=FeatureSpec(("ls4",)),
    )
    assert model.window_samples == (75, 12)
    again = GestureModel.load(model.save(tmp_path))
    assert again.features.names == ("ls4",)
    # Three deviations of a rest of 2 µV.
    np.testing.assert_allclose(again.features.thresholds, 6.0, rtol=0.1)


def without(*names: str) -> tuple[Channel, ...]:
    return tuple(replace(c, used=c.name not in names) for c in made.CHANNELS)


def test_channels_that_nobody_uses_are_not_asked_for() -> None:
    part = made.recording()
    part = replace(part, samples=part.samples[:, [0, 1, 3]])
    channels = [c for c in without("E3") if c.used]
    model = train([part], channels=channels, condition=made.CONDITION)
    assert model.channels == ("E1", "E2", "E4")
    model.check_stream(replace(INFO, channels=without("E3")))
    for unused, words in (
        (["E1", "E3"], "needs channel “E1”, which is not in use"),
        (["E2"], "needs channel “E2”"),
        ([], "made with 3 channels, this device has 4"),
    ):
        with pytest.raises(EmgError, match=words) as refused:
            model.check_stream(replace(INFO, channels=without(*unused)))
        assert "channel map" in refused.value.hint


def test_other_channels_in_use_than_learnt_are_named(model: GestureModel) -> None:
    extra = (*made.CHANNELS, Channel("E5"), Channel("E6", used=False))
    with pytest.raises(EmgError, match="“E5” is in use on this device, the model was"):
        model.check_stream(replace(INFO, channels=extra))
    with pytest.raises(EmgError, match="has 2 in use, of 3"):
        model.check_stream(replace(INFO, channels=(*without("E1")[:2], Channel("X"))))


def test_a_model_of_the_first_schema_is_read(model: GestureModel, tmp_path: Path) -> None:
    """Triangles of scatter matrices, and statistics without their number of rows."""
    folder = model.save(tmp_path / "m")
    sets = [model.lda.statistics[key] for key in sorted(model.lda.statistics)]
    upper = np.triu_indices(len(sets[0].mean))
    replace_arrays(folder, root=None, scatter=np.stack([s.scatter[upper] for s in sets]))

    def as_it_was(m: dict[str, Any]) -> None:
        m.update(schema=1, statistics=[entry[:3] for entry in m["statistics"]])
        for new in ("rest_amplitude", "familiar", "sureness", "limits"):
            del m[new]
        del m["features"]["thresholds"]

    edit_json(folder, as_it_was)
    again = GestureModel.load(folder)
    unlimited = model.lda.unlearnt()
    unlimited.limits = None
    unlimited.merge(model.lda)
    window = made.burst("fist", 0.2, 8)
    expected = replace(model, lda=unlimited).predict(window)
    np.testing.assert_allclose(again.predict(window), expected, atol=1e-9)
    assert model.lda.limits is not None
    assert again.lda.limits is None
    assert again.rest_amplitude == 0.0
    assert again.limit("fist", 0.1) == math.inf


def test_limits_are_quantiles_of_held_out_windows(model: GestureModel) -> None:
    limits = [model.limit("fist", share) for share in (0.3, 0.1, 0.01)]
    assert limits == sorted(limits)
    assert model.limit("fist", 0.0) == math.inf
    assert model.limit("wave", 0.1) == math.inf
    assert 1.5 < model.rest_amplitude < 4.0
