"""Exported models decide as ours do: by plain numpy, by compiled C, and by an ONNX runtime."""

import importlib.util
import json
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from scipy import signal

from emgstudio.cli.main import main
from emgstudio.core.errors import EmgError
from emgstudio.core.types import FeatureSpec
from emgstudio.dsp.conditioner import sections
from emgstudio.dsp.features import features_of
from emgstudio.dsp.recorded import conditioned
from emgstudio.dsp.windows import sliding
from emgstudio.ml.decide import decide_recording
from emgstudio.ml.export import export_model
from emgstudio.ml.trainer import train
from tests import labelled_emg as made
from tests.golden import read_weights

MAIN = """
#include <stdio.h>
#include "model.h"
int main(void) {
    static double window[EMG_LENGTH][EMG_CHANNELS];
    static emg_filter filter;
    double p[EMG_CLASSES], sample[EMG_CHANNELS];
    int mode;
    while (fread(&mode, sizeof mode, 1, stdin) == 1) {
        if (mode == 0) {
            if (fread(window, sizeof window, 1, stdin) != 1) return 1;
            printf("%s", EMG_NAMES[emg_decide(window, p)]);
            for (int k = 0; k < EMG_CLASSES; k++) printf(" %.17g", p[k]);
        } else {
            if (fread(sample, sizeof sample, 1, stdin) != 1) return 1;
            emg_condition(&filter, sample);
            for (int k = 0; k < EMG_CHANNELS; k++) printf(" %.17g", sample[k]);
        }
        printf("\\n");
    }
    return 0;
}
"""
# As docs/learning.md tells a controller to do it.
FOLLOWING = """
#include <stdio.h>
#include <string.h>
#include "model.h"
int main(void) {
    static emg_filter filter;
    static double window[EMG_LENGTH][EMG_CHANNELS];
    double sample[EMG_CHANNELS];
    long seen = 0;
    while (fread(sample, sizeof sample, 1, stdin) == 1) {
        emg_condition(&filter, sample);
        memmove(window, window[1], sizeof window - sizeof window[0]);
        memcpy(window[EMG_LENGTH - 1], sample, sizeof window[0]);
        if (++seen >= EMG_LENGTH && (seen - EMG_LENGTH) % EMG_HOP == 0)
            printf("%ld %s\\n", seen - 1, EMG_NAMES[emg_decide(window, NULL)]);
    }
    return 0;
}
"""
FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function")


def compiled(source, model, folder):
    """The program made of ``source`` and the model's header."""
    export_model(model, "c", folder / "model.h")
    (folder / "main.c").write_text(source)
    program = folder / "decide"
    subprocess.run(["gcc", *FLAGS, str(folder / "main.c"), "-o", str(program), "-lm"], check=True)
    return program


@pytest.fixture(scope="module")
def model():
    trained = train(
        [made.recording(repetitions=2)],
        channels=made.CHANNELS,
        condition=made.CONDITION,
        features=FeatureSpec(thresholds=(1.0, 2.0, 1.0, 0.5)),
    )
    # A band that was put on turned: its channels are rolled in every runtime.
    return replace(trained, turn=1)


@pytest.fixture(scope="module")
def windows(model):
    gestures = [made.burst(g, 3.0, seed) for seed, g in enumerate(made.GAINS)]
    samples = np.concatenate(gestures)
    # An electrode that comes off and one that fell off: features beyond both limits.
    for share in (0.2, 0.05, 1e-6):
        gestures.append(samples[:500] * np.array([1.0, share, 1.0, 1.0], np.float32))
    return np.asarray(sliding(np.concatenate(gestures), *model.window_samples))


def test_e7_plain_numpy_gives_the_same_posteriors_from_the_exported_json(model, windows, tmp_path):
    exported = read_weights.read(export_model(model, "json", tmp_path / "model.json"))
    ours = model.predict_windows(windows)
    theirs = [read_weights.posteriors(exported, window) for window in windows]
    beyond = model.features_of(windows) < model.lda.solution.lowest
    assert beyond[-5:].any()
    np.testing.assert_allclose(theirs, ours, atol=1e-9)
    assert exported["classes"] == list(model.classes)
    assert exported["columns"][0] == "logcov E1"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")
def test_compiled_c_decides_and_filters_the_same(model, windows, tmp_path):
    program = compiled(MAIN, model, tmp_path)
    raw = np.random.default_rng(0).standard_normal((300, 4)) * 50
    fed = b"".join(np.int32(0).tobytes() + w.astype(np.float64).tobytes() for w in windows)
    fed += b"".join(np.int32(1).tobytes() + row.tobytes() for row in raw)
    lines = subprocess.run([str(program)], input=fed, capture_output=True, check=True).stdout
    rows = [line.split() for line in lines.decode().splitlines()]
    ours = model.predict_windows(windows)
    decided = [model.classes[k] for k in ours.argmax(axis=1)]
    assert [row[0] for row in rows[: len(windows)]] == decided
    theirs = np.array([[float(v) for v in row[1:]] for row in rows[: len(windows)]])
    np.testing.assert_allclose(theirs, ours, atol=1e-9)
    filtered = np.array([[float(v) for v in row] for row in rows[len(windows) :]])
    sos = sections(model.condition, model.rate)
    settled = signal.sosfilt_zi(sos)[..., None] * raw[0]
    expected, _ = signal.sosfilt(sos, raw, axis=0, zi=settled)
    np.testing.assert_allclose(filtered, expected, atol=1e-9)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")
def test_e7_compiled_c_follows_a_recording_as_the_app_does(model, tmp_path):
    raw = made.recording("new", repetitions=1, seed=9).samples + np.float32(300)
    clean = conditioned(raw, np.ones(len(raw), bool), model.condition, model.rate)
    ours = [f"{d.index} {d.raw_gesture}" for d in decide_recording(model, clean)]
    program = compiled(FOLLOWING, model, tmp_path)
    fed = raw.astype(np.float64).tobytes()
    theirs = subprocess.run([str(program)], input=fed, capture_output=True, check=True).stdout
    assert theirs.decode().splitlines() == ours
    assert len({line.split()[1] for line in ours}) > 2


@pytest.mark.skipif(importlib.util.find_spec("onnx") is None, reason="onnx is not installed")
def test_onnx_gives_the_same_posteriors(model, windows, tmp_path):
    file = export_model(model, "onnx", tmp_path / "model.onnx")
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    rows = features_of(np.roll(windows, 1, axis=2), model.features, model.rate)
    (theirs,) = session.run(None, {"features": rows})
    np.testing.assert_allclose(theirs, model.predict_windows(windows), atol=1e-9)


@pytest.mark.skipif(importlib.util.find_spec("onnx") is not None, reason="onnx is installed")
def test_onnx_says_what_to_install(model, tmp_path):
    with pytest.raises(EmgError, match="package onnx"):
        export_model(model, "onnx", tmp_path / "model.onnx")


def test_what_cannot_be_exported_is_told(model, tmp_path):
    unlike = replace(model, features=FeatureSpec(("sampen",)))
    with pytest.raises(EmgError, match="sampen"):
        export_model(unlike, "c", tmp_path / "a.h")
    heart = replace(model, condition=replace(model.condition, ecg=True))
    for kind in ("json", "c"):
        with pytest.raises(EmgError, match="heartbeat"):
            export_model(heart, kind, tmp_path / "a")
    with pytest.raises(EmgError, match="fax"):
        export_model(model, "fax", tmp_path / "a")
    (tmp_path / "a file").write_text("")
    with pytest.raises(EmgError, match="cannot be written"):
        export_model(model, "json", tmp_path / "a file" / "model.json")


def test_the_command_writes_a_file_once(model, tmp_path, capsys):
    folder = model.save(tmp_path / "arm")
    out = tmp_path / "arm.json"
    words = ["export-model", str(folder), "--to", "json", "--out", str(out), "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["classes"] == list(model.classes)
    assert main(words) == 2
    assert "exists already" in capsys.readouterr().err
