import sys
from pathlib import Path

import pytest

from emgstudio.core import paths


def test_everything_moves_with_the_variable(own_home: Path) -> None:
    assert paths.config_folder() == own_home / "config"
    assert paths.data_folder() == own_home / "data"
    assert paths.log_folder() == own_home / "logs"
    assert paths.recordings_folder() == own_home / "recordings"


def test_each_system_has_its_own_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EMGSTUDIO_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert paths.recordings_folder() == tmp_path / "EMG Studio"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert paths.log_folder() == tmp_path / "Library/Application Support/EMG Studio/logs"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert paths.data_folder() == tmp_path / "local/EMG Studio/data"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert paths.config_folder() == tmp_path / "xdg/emgstudio"
    monkeypatch.setenv("XDG_STATE_HOME", "")
    assert paths.log_folder() == tmp_path / ".local/state/emgstudio"


def test_resources_are_found_in_a_bundle_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "thing.json").write_text("{}")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resource("thing.json") == tmp_path / "resources" / "thing.json"


def test_a_missing_resource_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.svg"):
        paths.resource("no-such.svg")
