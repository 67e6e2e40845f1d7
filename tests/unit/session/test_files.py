"""Names of imported recordings, whatever the file was called."""

from __future__ import annotations

from pathlib import Path

import pytest

from emgstudio.core.tasks import Progress
from emgstudio.session.files import import_recording
from emgstudio.storage.recording import Recording


@pytest.mark.parametrize(
    ("stem", "begins"),
    [
        ("a" * 250, "a" * 180),
        ("ü" * 124, "ü" * 90),
        ("…", "recording"),
        ("Jörg & co.", "Jörg---co"),
    ],
)
def test_any_name_of_a_file_makes_a_recording_with_its_title(
    stem: str, begins: str, tmp_path: Path
) -> None:
    file = tmp_path / f"{stem}.csv"
    file.write_text("a,b\n" + "".join(f"{k},{k}\n" for k in range(50)), "utf-8")
    made = [import_recording(file, tmp_path / "out", progress=Progress(), rate=100.0) for _ in "ab"]
    assert [path.name for path in made] == [begins, f"{begins}-2"]
    with Recording.open(made[1]) as recording:
        assert recording.title == stem
        assert recording.main.samples == 50
