"""Saved models: listed by arm and version, compared, noted, deleted with undo, exported."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from emgstudio.core.types import Notice
from emgstudio.gui.clients.kept_card import NO_MODELS, KeptCard
from emgstudio.gui.wizard import model_files
from emgstudio.gui.wizard.flow import CHECK, Flow
from emgstudio.gui.wizard.models_page import ModelsPage
from emgstudio.ml.model import GestureModel
from emgstudio.ml.model_file import MANIFEST, _checksum
from emgstudio.ml.trainer import train
from emgstudio.session.saved_models import AT_ONCE, SavedModel, in_order, unread_models
from emgstudio.session.session import Session
from tests.labelled_emg import CHANNELS, CONDITION, recording


@pytest.fixture(scope="module")
def good() -> GestureModel:
    return train([recording()], channels=CHANNELS, condition=CONDITION)


@pytest.fixture(scope="module")
def worse() -> GestureModel:
    part = recording(wrong=("pinch", 2, "fist"))
    return train([part], channels=CHANNELS, condition=CONDITION)


@pytest.fixture
def page(session: Session, good: GestureModel, worse: GestureModel, qtbot: QtBot) -> ModelsPage:
    """Two versions of one arm, and another person's model."""
    told = {"arm": "C-1 right arm", "mark": "USB plug to the thumb", "notes": "first liner"}
    first = replace(worse, provenance={**worse.provenance, **told})
    session.save_model(first, "C-1 right arm")
    session.save_model(good, "C-1 right arm v2")
    session.save_model(good, "C-2 left arm")
    made = ModelsPage(Flow(session), lambda: None, lambda _saved: None)
    qtbot.addWidget(made)
    made.refresh()
    return made


def names(page: ModelsPage) -> list[str]:
    return [tile.saved.name for tile in page.tiles]


def choose(page: ModelsPage, name: str) -> None:
    next(tile for tile in page.tiles if tile.saved.name == name).click()


def test_a_model_tells_who_it_is_for_and_how_well_it_did(page: ModelsPage) -> None:
    assert set(names(page)) == {"C-1 right arm", "C-1 right arm v2", "C-2 left arm"}
    assert names(page).index("C-1 right arm") == names(page).index("C-1 right arm v2") + 1
    choose(page, "C-1 right arm")
    told = page.details.facts
    assert told["Person"] == "C-1 right arm"
    assert told["Version"] == "1"
    assert told["Sensor sits"] == "USB plug to the thumb"
    assert told["Score"].endswith("% right")
    assert told["Made"].startswith(f"{datetime.now():%Y-}"[:3])
    assert page.details.notes.toPlainText() == "first liner"
    assert not page.use.isEnabled(), "no sensor streams"
    assert page.look.isEnabled()


def test_a_client_page_lists_the_models_of_the_client_only(
    page: ModelsPage, session: Session, good: GestureModel, qtbot: QtBot
) -> None:
    theirs = replace(good, provenance={**good.provenance, "arm": "C-12 left arm"})
    session.save_model(theirs, "C-12 left arm")
    card = KeptCard(session)
    qtbot.addWidget(card)
    card.show_client("C-1")
    assert card.models.text().startswith("right arm v1 (")
    assert card.models.text().endswith(" %")
    assert "\n" not in card.models.text()
    assert not card.files.isEnabled()
    card.show_client("C-3")
    assert card.models.text() == NO_MODELS


def test_models_that_are_many_are_read_beside_the_window(
    page: ModelsPage,
    session: Session,
    good: GestureModel,
    qtbot: QtBot,
    wait_until: Callable[..., None],
) -> None:
    theirs = replace(good, provenance={**good.provenance, "arm": "C-4 left arm"})
    first = session.save_model(theirs, "C-4 left arm")
    for number in range(2, AT_ONCE + 6):
        shutil.copytree(first, first.with_name(f"C-4 left arm v{number}"))
    page.refresh()
    assert len(page.tiles) == 3 + AT_ONCE, "those are read in no time"
    assert page.reading.isVisibleTo(page)
    assert "Reading" in page.reading.words.text()

    def all_there() -> bool:
        page.frame()
        return len(page.tiles) == 3 + AT_ONCE + 5

    wait_until(all_there)
    assert not page.reading.isVisibleTo(page)
    card = KeptCard(session)
    qtbot.addWidget(card)
    card.show_client("C-4")
    assert card.models.text().endswith(f"and {AT_ONCE + 1} more")


def test_a_model_that_goes_while_others_are_read_is_not_listed_and_no_trouble(
    page: ModelsPage, session: Session, good: GestureModel, wait_until: Callable[..., None]
) -> None:
    first = session.save_model(good, "C-5 left arm")
    for number in range(2, AT_ONCE + 4):
        shutil.copytree(first, first.with_name(f"C-5 left arm v{number}"))
    page.refresh()
    gone = unread_models(session) or session.models()
    shutil.rmtree(gone[-1])
    wait_until(lambda: page.frame() or not page.reading.busy)
    assert {tile.saved.path for tile in page.tiles} == set(session.models())
    assert not [n for n in session.outbox.drain() if isinstance(n, Notice)]


def test_a_model_whose_numbers_do_not_fit_is_told_when_it_is_used(page: ModelsPage) -> None:
    choose(page, "C-2 left arm")
    path = page.chosen
    assert path is not None
    manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    manifest["classes"] = [*manifest["classes"][:-1], "wave_out"]
    manifest["checksum"] = _checksum(manifest)
    (path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    page.refresh()
    assert page.look.isEnabled()
    page.look.click()
    assert page.flow.model is None
    told = [n for n in page.flow.session.outbox.drain() if isinstance(n, Notice)]
    assert ["damaged" in n.text for n in told] == [True]
    assert not page.look.isEnabled(), "and the list says so from now on"
    assert "damaged" in page.details.fits.word.text()


def test_two_versions_are_compared_movement_by_movement(page: ModelsPage) -> None:
    choose(page, "C-1 right arm v2")
    other = page.details.other
    other.setCurrentIndex(other.findText("C-1 right arm"))
    assert "Against “C-1 right arm”" in page.details.difference.text()
    assert "Pinch better" in page.details.difference.text()
    assert [lamp.level for lamp in page.details.lamps] == ["good"] * 4
    choose(page, "C-2 left arm")
    assert page.details.difference.text() == "", "another model begins without a comparison"


def test_notes_are_kept_beside_a_model_that_stays_what_it_was(page: ModelsPage) -> None:
    choose(page, "C-1 right arm")
    path = page.chosen
    assert path is not None
    before = {p.name: p.read_bytes() for p in path.iterdir()}
    assert not page.details.keep.isEnabled()
    page.details.notes.setPlainText("new liner")
    page.details.keep.click()
    assert not page.details.keep.isEnabled()
    assert {p.name: p.read_bytes() for p in path.iterdir()} == {
        **before,
        "notes.txt": b"new liner\n",
    }
    choose(page, "C-2 left arm")
    choose(page, "C-1 right arm")
    assert page.details.notes.toPlainText() == "new liner"
    assert GestureModel.load(path).provenance["notes"] == "first liner"


def test_what_is_deleted_comes_back_by_undo_or_from_the_bin(
    page: ModelsPage, session: Session, good: GestureModel
) -> None:
    assert page.undo() is None
    choose(page, "C-1 right arm")
    page.delete.click()
    assert set(names(page)) == {"C-1 right arm v2", "C-2 left arm"}
    assert page.said.word.text() == "“C-1 right arm” is in the bin."
    assert page.undo() == "Deleted “C-1 right arm”"
    assert page.chosen is not None
    assert page.chosen.name == "C-1 right arm"
    assert page.bin == []
    page.delete.click()
    session.save_model(good, "C-1 right arm")
    page.refresh()
    (again,) = page.bin
    again.click()
    assert set(names(page)) == {
        "C-1 right arm",
        "C-1 right arm v2",
        "C-1 right arm v3",
        "C-2 left arm",
    }, "its name was taken by now"
    assert page.bin == []


def test_a_model_is_opened_without_a_sensor_and_exported(
    page: ModelsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(model_files, "show_folder", shown.append)
    choose(page, "C-2 left arm")
    file = page.export_as("json")
    assert file is not None
    assert json.loads(file.read_text("utf-8"))
    assert shown == [file.parent]
    page.look.click()
    assert page.flow.step == CHECK
    assert page.flow.saved is not None
    assert page.flow.saved.name == "C-2 left arm"
    assert page.flow.from_disk


def test_versions_stay_together_under_the_newest_arm(good: GestureModel) -> None:
    now = datetime.now().astimezone()

    def saved(name: str, days: int) -> SavedModel:
        created = {"created": (now - timedelta(days=days)).isoformat()}
        return SavedModel(Path(name), replace(good, provenance=created))

    models = [saved("a", 9), saved("b v2", 5), saved("a v2", 0), saved("b", 6)]
    assert [m.name for m in in_order(models)] == ["a v2", "a", "b v2", "b"]
