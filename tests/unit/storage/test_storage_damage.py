"""A few of the variants of benchmarks/crash.py, so that the campaign itself cannot rot."""

from pathlib import Path

import pytest

from benchmarks.crash_damage import DAMAGES, our_bits, our_tails
from benchmarks.crash_kills import images
from emgstudio.storage.recovery import recover, verify
from emgstudio.storage.session_file import read_session, write_session


def test_no_damaged_tail_ever_shows_a_wrong_sample(tmp_path: Path) -> None:
    tally = our_tails(tmp_path, 5 * len(DAMAGES))
    assert (tally.wrong, tally.died, tally.refused) == (0, 0, 0)
    assert tally.exact == tally.trials
    assert tally.problems == ()


def test_each_flipped_bit_is_told(tmp_path: Path) -> None:
    tally = our_bits(tmp_path, 24)
    assert (tally.refused, tally.problems) == (24, ())


def test_what_happened_is_told(tmp_path: Path) -> None:
    from benchmarks.crash_damage import finished, unfinished

    whole = finished(tmp_path / "whole")
    assert verify(whole).story == ()
    session = read_session(whole)
    write_session(whole, {**session, "ended_by": "disk full"})
    assert "disk was full" in verify(whole).story[0]
    torn = unfinished(tmp_path / "torn")
    with (torn / "emg.i32").open("ab") as file:
        file.write(bytes(6400))
    recover(torn)
    report = verify(torn)
    assert report.ok
    words = " ".join(report.story)
    assert "stopped while it ran" in words
    assert "the last 0.1 s could not be saved" in words
    assert "emg.i32.torn keeps 6400 bytes" in words


@pytest.mark.parametrize("synced", [0, 300])
def test_an_image_of_a_power_cut_holds_what_was_synced(tmp_path: Path, synced: int) -> None:
    place, shadow = tmp_path / "place", tmp_path / "shadow"
    place.mkdir()
    shadow.mkdir()
    data = bytes(range(256)) * 4
    (place / "emg.i32").write_bytes(data)
    (place / "new.idx").write_bytes(b"x")
    inode = (place / "emg.i32").stat().st_ino
    (shadow / "names-.json").write_text(f'{{"folder": ".", "names": {{"emg.i32": {inode}}}}}')
    if synced:
        (shadow / f"bytes-{inode}").write_bytes(data[:synced])
    seen = {}
    for kind, image in images(place, shadow, tmp_path / "image"):
        seen[kind] = {p.name: p.read_bytes() for p in image.iterdir()}
    assert seen["synced only"] == {"emg.i32": data[:synced]}
    assert seen["zeros after it"] == {"emg.i32": data[:synced] + bytes(1024 - synced)}
    assert seen[".i32 ahead"] == {"emg.i32": data}
    assert seen[".idx ahead"] == {"emg.i32": data[:synced], "new.idx": b"x"}
