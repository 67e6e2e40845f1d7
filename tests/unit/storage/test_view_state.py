"""How a recording was looked at is a convenience: what is wrong with it harms nothing."""

from pathlib import Path

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.storage.view_state import FILE, ViewState, read_view, save_view


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    assert read_view(tmp_path) is None
    view = ViewState(("cue", "replaced"), ("labels",), ("Prüferin 2",), "labels")
    save_view(tmp_path, view)
    assert read_view(tmp_path) == view


@pytest.mark.parametrize("text", ["", "[]", '{"hidden": "cue"}', '{"hidden": [], "locked": 3}'])
def test_what_cannot_be_used_is_as_if_nothing_was_kept(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    assert read_view(tmp_path) is None


def test_a_folder_that_takes_no_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(EmgError, match="could not be kept"):
        save_view(tmp_path / "file", ViewState())
