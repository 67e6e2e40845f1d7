import json
from pathlib import Path
from typing import Any

import pytest

from emgstudio.core import files
from emgstudio.core.errors import EmgError
from emgstudio.core.outbox import Outbox
from emgstudio.core.settings import FILE, RECENT_KEPT, Settings, load_settings, save_settings
from emgstudio.core.types import Level, Notice


def store(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_text(text, "utf-8")


def notices(outbox: Outbox) -> list[Notice]:
    return [item for item in outbox.drain() if isinstance(item, Notice)]


def test_nothing_stored_means_defaults_and_no_noise(tmp_path: Path) -> None:
    outbox = Outbox()
    assert load_settings(tmp_path / "none", outbox) == Settings()
    assert notices(outbox) == []


def test_settings_read_back_what_they_wrote(tmp_path: Path) -> None:
    settings = Settings().changed("appearance", theme="dark", scale=150)
    settings = settings.changed("recording", folder="/data/ÄÖ µV").changed("live", seconds=5.0)
    settings = settings.used("devices", "sim:clean")
    outbox = Outbox()
    save_settings(tmp_path, settings)
    assert load_settings(tmp_path, outbox) == settings
    assert notices(outbox) == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", '"x"', "{}", '{"schema": "new"}', '{"schema": 0}', "\x00\x01", "[" * 100_000],
    ids=lambda text: text[:20],
)
def test_a_bad_file_is_set_aside_and_told(text: str, tmp_path: Path) -> None:
    store(tmp_path, text)
    outbox = Outbox()
    assert load_settings(tmp_path, outbox) == Settings()
    (notice,) = notices(outbox)
    assert notice.level is Level.WARNING
    assert f"{FILE}.bad" in notice.hint
    assert (tmp_path / f"{FILE}.bad").read_text("utf-8") == text
    assert not (tmp_path / FILE).exists()


def test_one_bad_value_does_not_cost_the_others(tmp_path: Path) -> None:
    values = {
        "schema": 1,
        "accepted_statement": "yes",
        "appearance": {"theme": "pink", "scale": 125},
        "live": {"seconds": 20, "view": None, "unheard_of": 1},
        "recording": 7,
        "recent": {"devices": ["sim:clean"], "recordings": [1]},
    }
    store(tmp_path, json.dumps(values))
    outbox = Outbox()
    settings = load_settings(tmp_path, outbox)
    assert settings.appearance.theme == "system"
    assert settings.appearance.scale == 125
    assert settings.live.seconds == 20.0
    assert isinstance(settings.live.seconds, float)
    assert settings.live.view == "conditioned"
    assert settings.recent.devices == ("sim:clean",)
    assert settings.recent.recordings == ()
    assert settings.accepted_statement is False
    assert len(notices(outbox)) == 4


def test_a_number_beyond_all_floats_costs_only_itself(tmp_path: Path) -> None:
    text = '{"schema": 1, "live": {"seconds": 1%s, "spectrogram": false}}' % ("0" * 400)
    store(tmp_path, text)
    outbox = Outbox()
    live = load_settings(tmp_path, outbox).live
    assert (live.seconds, live.spectrogram) == (10.0, False)
    assert len(notices(outbox)) == 1


def test_old_schemas_are_brought_up_step_by_step(tmp_path: Path) -> None:
    def rename_look(stored: dict[str, Any]) -> dict[str, Any]:
        return {"appearance": {"theme": stored["look"]}}

    def no_pink(stored: dict[str, Any]) -> dict[str, Any]:
        if stored["appearance"]["theme"] == "pink":
            stored["appearance"]["theme"] = "light"
        return stored

    steps = (rename_look, no_pink)
    store(tmp_path, '{"schema": 1, "look": "pink"}')
    assert load_settings(tmp_path, Outbox(), steps).appearance.theme == "light"
    store(tmp_path, '{"schema": 2, "appearance": {"theme": "dark"}}')
    assert load_settings(tmp_path, Outbox(), steps).appearance.theme == "dark"
    store(tmp_path, '{"schema": 1}')
    outbox = Outbox()
    assert load_settings(tmp_path, outbox, steps) == Settings()
    assert len(notices(outbox)) == 1


def test_settings_of_a_newer_version_are_used_as_far_as_known_and_kept(tmp_path: Path) -> None:
    text = '{"schema": 99, "appearance": {"theme": "dark"}, "future": true}'
    store(tmp_path, text)
    outbox = Outbox()
    assert load_settings(tmp_path, outbox).appearance.theme == "dark"
    assert [notice.level for notice in notices(outbox)] == [Level.INFO]
    assert (tmp_path / f"{FILE}.schema99").read_text("utf-8") == text


def test_changed_values_are_checked() -> None:
    with pytest.raises(EmgError, match="Theme cannot be 'pink'"):
        Settings().changed("appearance", theme="pink")
    with pytest.raises(EmgError, match=r"100 to 200 %"):
        Settings().changed("appearance", scale=300)


def test_the_most_recent_comes_first_once_and_few_are_kept() -> None:
    settings = Settings()
    for number in [*range(20), 15]:
        settings = settings.used("recordings", str(number))
    assert settings.recent.recordings[:3] == ("15", "19", "18")
    assert len(set(settings.recent.recordings)) == RECENT_KEPT


def test_a_full_disk_is_an_error_for_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_settings(tmp_path, Settings())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(EmgError, match="No space left"):
        save_settings(tmp_path, Settings().changed("live", seconds=3.0))
    assert load_settings(tmp_path, Outbox()) == Settings()
