"""The commands that scripts rely on: keys, exit codes, sentences instead of tracebacks."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emgstudio.cli import device
from emgstudio.cli.main import main
from emgstudio.storage.recording import Recording

RATE = 200
HOLD = 600
GESTURES = ("0", "1", "2")
Capture = pytest.CaptureFixture[str]


def run(capsys: Capture, *words: str | Path) -> dict[str, Any]:
    assert main([*map(str, words), "--json"]) == 0
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return facts


def gesture_file(path: Path, seed: int = 0, repetitions: int = 6) -> Path:
    """Three gestures that differ in which of four channels is loud, six repetitions each."""
    rng = np.random.default_rng(seed)
    loud = np.array([[3, 3, 3, 3], [30, 5, 5, 10], [5, 30, 10, 5]])
    rows = ["a,b,c,d,label,rep"]
    for repetition in range(repetitions):
        for gesture in range(len(GESTURES)):
            emg = rng.normal(0, loud[gesture], (HOLD, 4)).round().astype(int)
            rows += [f"{','.join(map(str, r))},{gesture},{repetition}" for r in emg]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def imported(tmp_path: Path, capsys: Capture) -> Path:
    file = gesture_file(tmp_path / "session_a.csv")
    facts = run(
        capsys, "import", file, "--out", tmp_path / "imported", "--rate", str(RATE),
        "--unit", "a.u.", "--label-column", "label", "--rep-column", "rep",
    )  # fmt: skip
    assert facts["annotations"] == 18
    return tmp_path / "imported"


def test_import_info_verify(imported: Path, capsys: Capture) -> None:
    facts = run(capsys, "info", imported)
    assert facts["state"] == "finished"
    assert facts["duration_s"] == pytest.approx(18 * HOLD / RATE)
    stream = facts["streams"][0]
    assert (stream["rate"], stream["channels"], stream["samples"]) == (RATE, 4, 18 * HOLD)
    assert (stream["lost"], stream["gaps"]) == (0, 0)
    assert run(capsys, "verify", imported)["ok"] is True


def test_a_file_that_is_refused_keeps_no_other_out(tmp_path: Path, capsys: Capture) -> None:
    good = gesture_file(tmp_path / "good.csv", repetitions=1)
    bad = tmp_path / "bad.csv"
    bad.write_text("no numbers here\n", "utf-8")
    words = ["import", bad, good, "--out", tmp_path / "out", "--rate", RATE, "--json"]
    assert main(list(map(str, words))) == 1
    said = capsys.readouterr()
    facts = json.loads(said.out)
    assert [Path(one["path"]).name for one in facts["recordings"]] == ["good"]
    assert [one["file"] for one in facts["refused"]] == [str(bad)]
    assert "bad.csv" in said.err


def test_columns_may_be_numbered_from_one(tmp_path: Path, capsys: Capture) -> None:
    file = gesture_file(tmp_path / "b.csv", repetitions=2)
    facts = run(
        capsys, "import", file, "--out", tmp_path / "o", "--rate", "200",
        "--label-column", "5", "--rep-column", "6",
    )  # fmt: skip
    assert facts["annotations"] == 6
    assert facts["streams"][0]["channels"] == 4


def test_train_then_decode_repetitions_it_has_not_seen(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    model = tmp_path / "model"
    trained = run(capsys, "train", imported, "--out", model, "--train-reps", "1-4")
    assert set(trained["classes"]) == set(GESTURES)
    decoded = run(capsys, "decode", "--model", model, imported, "--test-reps", "5-6")
    assert decoded["accuracy"] > 0.95
    assert sum(map(sum, decoded["confusion"])) == pytest.approx(
        6 * (HOLD - 1.5 * RATE - 0.2 * RATE) / (0.05 * RATE), abs=12
    )


def test_training_never_overwrites_a_model(imported: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "model").mkdir()
    assert main(["train", str(imported), "--out", str(tmp_path / "model")]) == 2
    assert "exists already" in capsys.readouterr().err


def test_evaluate_splits(imported: Path, tmp_path: Path, capsys: Capture) -> None:
    by_repetition = run(
        capsys, "evaluate", imported, "--split", "repetition",
        "--train-reps", "1-4", "--test-reps", "5-6",
    )  # fmt: skip
    assert by_repetition["accuracy"] > 0.95
    assert by_repetition["classes"] == list(GESTURES)
    (row,) = by_repetition["per_recording"]
    assert Path(row["path"]).name == "session_a"
    assert row["balanced_accuracy"] == by_repetition["balanced_accuracy"]
    assert main(["evaluate", str(imported), "--split", "session"]) == 2
    assert "only one session" in capsys.readouterr().err

    other = gesture_file(tmp_path / "session_b.csv", seed=1)
    run(
        capsys, "import", other, "--out", imported, "--rate", "200",
        "--label-column", "label", "--rep-column", "rep",
    )  # fmt: skip
    by_session = run(capsys, "evaluate", imported, "--split", "session")
    assert [r["session"] for r in by_session["per_recording"]] == [
        r["path"] for r in by_session["per_recording"]
    ]
    assert by_session["accuracy"] > 0.95
    by_subject = run(capsys, "evaluate", imported, "--split", "subject")
    assert len(by_subject["per_recording"]) == 2
    assert by_subject["accuracy"] > 0.95


def test_a_recording_is_replayed_recorded_and_keeps_its_labels(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    source = next(imported.iterdir())
    facts = run(
        capsys, "record", "--device", f"replay:{source}?speed=50", "--seconds", "3600",
        "--out", tmp_path / "again",
    )  # fmt: skip
    assert facts["lost_samples"] == 0
    again = run(capsys, "info", facts["path"])
    # It ends with the replay, however long a busy machine takes.
    labels = [a for a in Recording.open(Path(facts["path"])).annotations if a.track == "labels"]
    assert [a.duration for a in labels] == pytest.approx([HOLD / RATE] * 18)
    assert again["duration_s"] == pytest.approx(18 * HOLD / RATE)
    assert labels[0].start == 0.0
    assert again["streams"][0]["channel_names"] == ["a", "b", "c", "d"]


@pytest.mark.usefixtures("lockstep")
def test_live_decoding_of_a_replay_makes_decisions(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    model = tmp_path / "model"
    run(capsys, "train", imported, "--out", model)
    source = next(imported.iterdir())
    facts = run(
        capsys, "decode", "--model", model, "--device", f"replay:{source}", "--seconds", "3"
    )
    # One each 0.05 s, but for the first window's 0.2 s.
    assert facts["decisions"] == sum(facts["gestures"].values()) == pytest.approx(57, abs=3)
    assert set(facts["gestures"]) <= {*GESTURES, "rest"}
    assert 0 < facts["latency_ms"]["median"] <= facts["latency_ms"]["p99"]


@pytest.mark.usefixtures("lockstep")
def test_live_decoding_ends_with_the_device(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    model = tmp_path / "model"
    run(capsys, "train", imported, "--out", model)
    source = next(imported.iterdir())
    facts = run(
        capsys, "decode", "--model", model, "--device", f"replay:{source}?speed=10",
        "--seconds", "3600",
    )  # fmt: skip
    # The clock's step is 0.4 s of signal, of which at least the newest window counts.
    assert 100 < facts["decisions"] <= 18 * HOLD / RATE / 0.05


@pytest.mark.usefixtures("lockstep")
def test_live_decisions_are_sent_and_end_with_rest(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    model, sent = tmp_path / "model", tmp_path / "sent.csv"
    run(capsys, "train", imported, "--out", model)
    source = next(imported.iterdir())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.settimeout(60)
        run(
            capsys, "decode", "--model", model, "--device", f"replay:{source}?speed=25",
            "--seconds", "3600", "--pace", "fast",
            "--send", f"udp://127.0.0.1:{ours.getsockname()[1]}", "--send", f"file:{sent}",
        )  # fmt: skip
        packet = json.loads(ours.recv(4000))
    assert set(packet) >= {"gesture", "strength", "confidence", "time_s", "rejected", "latency_s"}
    lines = [line.split(",") for line in sent.read_text().splitlines()[1:]]
    assert {"1", "2"} & {line[1] for line in lines}
    assert [line[1] for line in lines[-3:]] == ["rest"] * 3


def test_a_place_for_decisions_that_is_none_is_a_sentence(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    model = tmp_path / "model"
    run(capsys, "train", imported, "--out", model)
    source = next(imported.iterdir())
    words = ["decode", "--model", model, "--device", f"replay:{source}?speed=20"]
    assert main([*map(str, words), "--send", "keyboard:fist=ctrl"]) == 2
    assert "“ctrl” is no key" in capsys.readouterr().err


def test_decisions_as_steady_and_as_sure_as_asked_for(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    model = tmp_path / "model"
    run(capsys, "train", imported, "--out", model, "--train-reps", "1-4")
    asked = ("decode", "--model", model, imported, "--trim-start", "0", "--trim-end", "0")
    plain = run(capsys, *asked, "--pace", "none")
    assert plain["accuracy"] == pytest.approx(plain["raw_accuracy"])
    slow = run(capsys, *asked, "--pace", "none", "--set", "votes=25")
    assert slow["changes"] <= plain["changes"]
    assert slow["accuracy"] < plain["accuracy"], "a vote of 25 needs a second for each change"
    for words, said in (
        (("--set", "votes=many"), "Votes cannot be 'many'"),
        (("--set", "speed=1"), "no option 'speed'"),
        (("--sure", "wave=0.5"), "no gesture “wave”"),
        (("--sure", "1=2"), "“2” is no sureness"),
    ):
        assert main([*map(str, asked), *words]) == 2
        assert said in capsys.readouterr().err


def test_classifiers_and_features_side_by_side(imported: Path, capsys: Capture) -> None:
    folds = ("--split", "repetition", "--train-reps", "1-2", "--test-reps", "3")
    few = ("--features", "logrms,zc")
    table = run(capsys, "compare", imported, *folds, *few, "--classifiers", "lda,knn")
    assert [row["key"] for row in table["classifiers"]] == ["lda", "knn"]
    assert all(row["balanced_accuracy"] > 0.9 for row in table["classifiers"])
    alone = run(capsys, "evaluate", imported, *folds, *few)
    assert alone["accuracy"] == table["classifiers"][0]["accuracy"]
    all_of_them = run(capsys, "evaluate", imported, *folds, *few, "--components", "8")
    assert all_of_them["accuracy"] == pytest.approx(alone["accuracy"], abs=0.02)
    assert main(["compare", str(imported), *folds, "--classifiers", "oracle"]) == 2
    assert "no classifier called “oracle”" in capsys.readouterr().err


@pytest.mark.parametrize("by", ["information", "sequential"])
def test_features_and_electrodes_are_ranked(imported: Path, by: str, capsys: Capture) -> None:
    how = ("--by", by, "--features", "zc,logrms", "--trim-start", "0.5")
    told = run(capsys, "rank-features", imported, *how)
    assert [row["name"] for row in told["ranked"]] == ["logrms", "zc"]
    of_electrodes = run(
        capsys, "rank-features", imported, *how, "--of", "electrodes", "--most", "1"
    )
    (best,) = of_electrodes["ranked"]
    assert best["name"] in ("a", "b", "c", "d")
    assert best.get("information", best.get("balanced_accuracy")) > 0.7


def test_devices_are_listed(capsys: Capture) -> None:
    uris = [d["uri"] for d in run(capsys, "devices")["devices"]]
    assert "sim:gestures" in uris
    assert "sim:clean" in uris


@pytest.mark.parametrize(
    "words",
    [
        ["info", "{tmp}/nothing"],
        ["verify", "{tmp}"],
        ["train", "{tmp}", "--out", "{tmp}/m"],
        ["decode", "--model", "{tmp}/m", "{tmp}"],
        ["record", "--device", "nonsense", "--seconds", "1", "--out", "{tmp}"],
        ["record", "--device", "replay:{tmp}/no", "--seconds", "1", "--out", "{tmp}"],
        ["import", "{tmp}/no.csv", "--out", "{tmp}", "--rate", "100"],
    ],
)
def test_a_users_mistake_is_one_sentence_a_hint_and_exit_code_2(
    words: list[str], tmp_path: Path, capsys: Capture
) -> None:
    assert main([w.format(tmp=tmp_path) for w in words]) == 2
    message, hint = capsys.readouterr().err.strip().splitlines()[-2:]
    assert message.startswith("emgstudio: ")
    assert hint.startswith("  ")
    assert "Traceback" not in message


def test_words_that_the_parser_refuses_exit_with_2(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["evaluate", "x", "--split", "sideways"])
    assert stopped.value.code == 2


@pytest.mark.usefixtures("lockstep")
def test_selftest_runs_the_whole_river(capsys: Capture) -> None:
    facts = run(capsys, "selftest")
    assert facts["passed"] is True
    assert facts["lost_samples"] == 0
    assert facts["accuracy"] >= 0.7
    assert facts["latency_ms"]["median"] > 0.0


def test_a_recording_that_is_stopped_tells_where_it_is(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ctrl_c(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(device, "wait_seconds", ctrl_c)
    words = ["record", "--device", "sim:clean", "--seconds", "60", "--out", str(tmp_path)]
    assert main([*words, "--json"]) == 1
    shown = capsys.readouterr()
    facts = json.loads(shown.out)
    assert facts["complete"] is False
    assert Recording.open(Path(facts["path"])).state == "finished"
    assert "Stopped." in shown.err


@pytest.mark.usefixtures("lockstep")
def test_a_recording_has_all_the_seconds_asked_for(tmp_path: Path, capsys: Capture) -> None:
    facts = run(capsys, "record", "--device", "sim:clean", "--seconds", "0.7", "--out", tmp_path)
    assert facts["streams"][0]["samples"] >= 700


def test_output_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "emgstudio", "devices", "--json"]
    environment = {**os.environ, "EMGSTUDIO_HOME": str(tmp_path)}
    done = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, text=True, env=environment, check=False
    )
    os.close(writer)
    assert done.stderr == ""


def test_recordings_of_one_name_in_two_places_are_two(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    there = shutil.copytree(imported, tmp_path / "elsewhere")
    words = ["evaluate", imported, there, imported, "--split", "subject"]
    rows = run(capsys, *words)["per_recording"]
    paths = [str(folder / "session_a") for folder in (imported, there)]
    assert sorted(row["path"] for row in rows) == sorted(paths)
    assert {row["recording"] for row in rows} == {"session_a"}


def test_a_recording_without_its_description_can_be_recovered(
    imported: Path, capsys: Capture
) -> None:
    (imported / "session_a" / "session.json").unlink()
    assert main(["info", str(imported / "session_a")]) == 2
    capsys.readouterr()
    assert "unknown" in run(capsys, "recover", imported / "session_a")["problems"][0]
    by_file = run(capsys, "info", imported / "session_a" / "session.json")
    assert by_file["streams"][0]["samples"] == 18 * HOLD


def test_repetitions_that_are_not_there_are_named(
    imported: Path, tmp_path: Path, capsys: Capture
) -> None:
    model = tmp_path / "model"
    assert main(["train", str(imported), "--out", str(model), "--train-reps", "90"]) == 2
    assert "There are 1, 2, 3, 4, 5, 6." in capsys.readouterr().err
    run(capsys, "train", imported, "--out", model, "--features", "logtd,ar4")
    columns = json.loads((model / "model.json").read_text())["features"]
    assert columns["names"] == ["logtd", "ar4"]
    assert main(["decode", "--model", str(model), str(imported), "--test-reps", "90"]) == 2
    assert "none of the repetitions" in capsys.readouterr().err
