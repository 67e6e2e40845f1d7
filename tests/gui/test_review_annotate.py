"""The annotation editor without the window: tracks, overlaps, label sets, suggestions, flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.core.types import Annotation, Source
from emgstudio.gui.plots.review_lane_paint import caption
from emgstudio.gui.review.annotate.channel_menu import ChannelMenu, channels_text
from emgstudio.gui.review.annotate.flow import Flow, in_words
from emgstudio.gui.review.annotate.label_choice import LabelChoice
from emgstudio.gui.review.annotate.overlaps import giving_way
from emgstudio.gui.review.annotate.suggest_panel import SuggestPanel
from emgstudio.gui.review.annotate.suggestions import still_new
from emgstudio.gui.review.annotate.track_panel import TrackPanel
from emgstudio.gui.review.commands import Commands
from emgstudio.gui.review.document import Document
from emgstudio.gui.review.index import AnnotationIndex
from emgstudio.gui.review.label_panel import LabelPanel
from emgstudio.gui.review.view import TimeView
from emgstudio.session.label_sets import Label, LabelKind, LabelSet
from emgstudio.session.suggest_model import Classifier
from emgstudio.session.suggesting import Suggester, Together
from emgstudio.storage import annotations as log_module
from emgstudio.storage.annotation_columns import AnnotationColumns
from emgstudio.storage.annotations import AnnotationLog, read_annotations
from emgstudio.storage.recording import Recording
from tests.gui.review_recordings import make_recording

SECONDS = 60.0


def suggestion(start: float, label: str = "fist", sure: float = 0.95) -> Annotation:
    return Annotation(
        start, start + 1.0, label, "auto", Source.MODEL, "EMG Studio", confidence=sure
    )


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("annotate") / "minute"
    return make_recording(folder, seconds=SECONDS, channels=2, rate=500.0)


@pytest.fixture
def document(
    recorded: Path, tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Document]:
    """The recording with an empty log elsewhere; what reaches the disk is tested in storage."""
    monkeypatch.setattr(log_module, "sync_data", lambda _handle: None)
    log = AnnotationLog.open(tmp_path, "Ana")
    with Recording.open(recorded) as recording:
        made = Document(recording, log, "")
        yield made
        made.close()


def spans(document: Document, track: str = "labels") -> list[tuple[float, float, str]]:
    found = document.index.tracks.get(track)
    return [(a.start, a.stop, a.label) for a in found.items] if found else []


def test_the_older_one_gives_way_and_the_undo_text_says_so(document: Document) -> None:
    document.add(1.0, 3.0, "fist")
    document.add(2.5, 4.0, "open")
    assert spans(document) == [(1.0, 2.5, "fist"), (2.5, 4.0, "open")]
    assert document.undo_texts()[0] == "Added open; fist trimmed by 500 ms"
    document.add(1.5, 1.8, "pinch")
    assert spans(document)[:3] == [(1.0, 1.5, "fist"), (1.5, 1.8, "pinch"), (1.8, 2.5, "fist")]
    document.add(0.5, 4.5, "rest")
    assert spans(document) == [(0.5, 4.5, "rest")]
    document.undo()
    document.undo()
    assert spans(document) == [(1.0, 2.5, "fist"), (2.5, 4.0, "open")]


def test_other_channels_moments_and_other_groups_stay() -> None:
    old = Annotation(1.0, 2.0, "fist", "labels", channels=(0,))
    new = Annotation(1.5, 2.5, "open", "labels", channels=(1, 2))
    assert giving_way(new, [old], lambda *_names: True, 0.001).text == ""
    moment = Annotation(1.7, 1.7, "mark", "labels")
    assert giving_way(new, [moment], lambda *_names: True, 0.001).text == ""
    free = replace(old, channels=None)
    assert giving_way(new, [free], lambda *_names: False, 0.001).text == ""


def test_locked_and_read_only_tracks_do_not_change(document: Document) -> None:
    document.add(1.0, 2.0, "fist")
    (item,) = document.index.items
    document.lock("labels")
    said: list[str] = []
    document.said.connect(said.append)
    document.add(3.0, 4.0, "fist")
    document.change(replace(item, stop=2.5))
    document.remove(item.id)
    assert document.index.items == (item,)
    assert all("locked" in text for text in said)
    document.lock("labels", False)
    document.remove(item.id)
    assert not document.index.items
    document.add(1.0, 2.0, "Q-OFF", track="quality")
    assert not document.index.items


def test_deleting_offers_to_take_it_back(document: Document, qtbot: QtBot) -> None:
    document.add(1.0, 2.0, "fist")
    with qtbot.waitSignal(document.removed) as told:
        document.remove(document.index.items[0].id)
    assert told.args == ["Deleted fist."]


def test_f3_two_hundred_steps_are_undone_after_a_restart(
    document: Document, tmp_path: Path
) -> None:
    for k in range(200):
        document.add(0.2 * k, 0.2 * k + 0.1, "fist")
    document._log.close()  # type: ignore[union-attr]
    again = AnnotationLog.open(tmp_path)
    for left in range(200, 0, -1):
        assert len(again.items) == left
        assert again.undo() is not None
    assert again.items == ()
    assert again.undo() is None
    again.close()


def test_renaming_and_merging_are_one_step(document: Document) -> None:
    for k, name in enumerate(("open", "fist", "open")):
        document.add(2.0 * k, 2.0 * k + 1, name)
    assert document.rename("open", "wide") == 2
    assert [name for _a, _b, name in spans(document)] == ["wide", "fist", "wide"]
    assert document.undo_texts()[0] == "Renamed open to wide: 2 annotations"
    document.rename("wide", "fist")
    assert document.undo_texts()[0] == "Merged wide into fist: 2 annotations"
    document.undo()
    document.undo()
    assert [name for _a, _b, name in spans(document)] == ["open", "fist", "open"]


def test_accepting_moves_into_the_label_track_as_one_step(document: Document) -> None:
    items = [suggestion(2.0 * k, sure=0.85 + 0.02 * k) for k in range(6)]
    document.edit(items, (), "Suggested 6 labels", select=False)
    assert len(document.index.suggestions) == 6
    document.use_track("rater2")
    assert document.accept([a for a in document.index.suggestions if (a.confidence or 0) >= 0.9])
    assert len(spans(document, "rater2")) == 3
    assert all(a.reviewed and a.author == "Ana" for a in document.index.tracks["rater2"].items)
    assert document.undo_texts()[0] == "Accepted 3 suggestions"
    document.undo()
    assert len(document.index.suggestions) == 6


def test_what_is_checked_is_not_suggested_again() -> None:
    kept = [
        Annotation(1.0, 2.0, "fist", "labels", reviewed=True),
        Annotation(8.0, 9.0, "fist", "cue"),
        Annotation(20.0, 21.0, "fist", "labels", channels=(0,)),
    ]
    found = [suggestion(1.1), suggestion(5.0), suggestion(8.1)]
    found.append(replace(suggestion(20.0), channels=(1,)))
    assert still_new(found, kept, 0.5) == found[1:]


def test_an_index_that_follows_changes_equals_one_made_anew() -> None:
    draw = np.random.default_rng(3)
    items: dict[str, Annotation] = {}
    columns = AnnotationColumns.of()
    index = AnnotationIndex(columns)
    for k in range(300):
        track, label = f"t{draw.integers(3)}", f"l{draw.integers(4)}"
        start = float(draw.integers(50))
        item = Annotation(
            start,
            start + float(draw.integers(5)),
            label,
            track,
            Source(draw.choice(["user", "model"])),
            id=f"{draw.integers(40):02}",
            reviewed=bool(draw.integers(2)),
        )
        before = items.get(item.id)
        after = None if before is not None and draw.integers(3) == 0 else item
        if after is None:
            del items[item.id]
        else:
            items[item.id] = after
        columns = columns.changed({item.id: after})
        index = index.changed(columns, {item.id: (before, after)})
        if k % 20 == 0:
            anew = AnnotationIndex(list(items.values()))
            assert index.items == anew.items
            assert {n: t.items for n, t in index.tracks.items()} == {
                n: t.items for n, t in anew.tracks.items()
            }
            assert dict(index.labels()) == dict(anew.labels())
            assert index.suggestions == anew.suggestions
            assert all(index.get(key) is item for key, item in items.items())


def test_flow_brings_the_next_one_to_the_same_place_and_tells_the_pace(document: Document) -> None:
    document.edit([suggestion(5.0 + 4 * k) for k in range(5)], (), "five", select=False)
    view = TimeView()
    view.open(500.0, 0.0, SECONDS)
    view.set_width(800, 1.0)
    now = [0.0]
    commands = Commands(view)
    commands.document = document
    flow = Flow(document, view, lambda: now[0])
    commands.decided = lambda: bool(flow.decided() or True)
    document.choice.add("open")
    assert flow.go_on()
    assert flow.text() == "0 of 5 checked"
    span = view.span
    for press in (commands.accept, commands.reject, lambda: document.choice.at_key(1)):
        selected = document.selected
        assert selected is not None
        assert view.x(selected.start) == pytest.approx(0.3 * 800, abs=2)
        assert view.span == pytest.approx(span)
        now[0] += 2.5
        press()
    assert flow.text() == "2 of 5 checked, 2.5 s per segment, 8 s left"
    commands.label(1)
    now[0] += 100.0
    commands.accept()
    assert spans(document)[0] == (5.0, 6.0, "fist")
    assert flow.pace_s == pytest.approx((2.5 + 2.5 + 2.5) / 3)
    commands.reject()
    assert flow.text().startswith("All 5 checked at ")
    assert not flow.go_on()
    assert len(spans(document)) == 3
    assert in_words(100) == "1 min 40 s"


def test_a_block_is_shifted_as_one_step(document: Document) -> None:
    for k in range(4):
        document.add(2.0 * k + 1, 2.0 * k + 2, "fist")
    commands = Commands(TimeView())
    commands.document = document
    document.select(document.index.items[2].id)
    commands.shift(-0.1)
    assert [a for a, _b, _n in spans(document)] == pytest.approx([1.0, 3.0, 4.9, 6.9])
    document.select_span(0.0, 3.5)
    commands.shift(0.25)
    assert [a for a, _b, _n in spans(document)] == pytest.approx([1.25, 3.25, 4.9, 6.9])
    assert document.undo_texts()[0] == "Shifted 2 in labels by +250 ms"
    document.undo()
    assert [a for a, _b, _n in spans(document)] == pytest.approx([1.0, 3.0, 4.9, 6.9])


def test_keys_and_colours_of_a_label_set() -> None:
    chosen = LabelSet(
        "mine",
        (
            Label("fist", "3", colour=4, group="hand"),
            Label("open", "1", group="hand"),
            Label("beep", "2", kind=LabelKind.POINT),
            Label("sweat"),
        ),
    )
    choice = LabelChoice()
    choice.follow(["fist", "kick"])
    assert (choice.at_key(1), choice.at_key(2), choice.at_key(0)) == ("fist", "kick", "rest")
    choice.use(chosen)
    assert [choice.at_key(k) for k in (1, 2, 3, 4, 5)] == ["open", "beep", "fist", "sweat", "kick"]
    assert choice.colour_of("fist") == 4
    assert choice.is_point("beep")
    assert choice.excludes("fist", "open")
    assert choice.excludes("fist", "kick")
    assert not choice.excludes("fist", "sweat")
    larger = choice.with_label("wave")
    assert larger is not None
    assert larger.label("wave") == Label("wave", "4", colour=4, group="hand")


def test_a_label_for_moments_is_put_at_the_cursor(document: Document) -> None:
    document.choice.use(LabelSet("mine", (Label("beep", "1", kind=LabelKind.POINT),)))
    document.put_cursor(7.0)
    document.relabel("beep")
    assert spans(document) == [(7.0, 7.0, "beep")]


def test_the_label_panel_offers_sets_and_renames(document: Document, qtbot: QtBot) -> None:
    document.add(1.0, 2.0, "open")
    panel = LabelPanel()
    qtbot.addWidget(panel)
    panel.offer_sets(["Gestures"])
    panel.show_document(document)
    assert panel.sets.count() == 2
    renamed: list[tuple[str, str]] = []
    panel.renamed.connect(lambda old, new: renamed.append((old, new)))
    panel.rename("open")
    panel.name.setText("wide")
    qtbot.keyClick(panel.name, Qt.Key.Key_Return)
    assert renamed == [("open", "wide")]
    assert panel.name.isHidden()


def test_tracks_are_shown_locked_and_compared(document: Document, qtbot: QtBot) -> None:
    document.add(1.0, 3.0, "fist")
    document.add_track("rater2")
    document.add(1.2, 3.0, "fist")
    panel = TrackPanel()
    qtbot.addWidget(panel)
    panel.show_document(document)
    document.edited.connect(panel.refresh)
    panel.boxes["lock", "labels"].click()
    assert document.is_locked("labels")
    panel.boxes["show", "rater2"].click()
    assert "rater2" not in document.tracks
    assert document.track == "labels"
    panel.first.setCurrentText("labels")
    panel.second.setCurrentText("rater2")
    panel.compare_tracks()
    assert "100 ms" in panel.result.text()
    shifts: list[float] = []
    panel.shift_wanted.connect(shifts.append)
    for text in ("-120 ms", "soon"):
        panel.offset.setText(text)
        panel.offset.returnPressed.emit()
    assert shifts == [-0.12]


def test_the_suggest_panel_says_what_it_will_do(document: Document, qtbot: QtBot) -> None:
    panel = SuggestPanel()
    qtbot.addWidget(panel)
    panel.show_document(document)
    assert panel.wish("grip").label == "grip"
    assert not panel.accept.isEnabled()
    document.edit([suggestion(1.0), suggestion(3.0, sure=0.5)], (), "two", select=False)
    panel.refresh()
    assert panel.accept.text() == "Accept all ≥ 0.9 (1)"
    panel.source.setCurrentIndex(panel.source.findData(Suggester.MODEL))
    assert not panel.run.isEnabled()
    other = Classifier(Path("left arm"), "Model made with 8 channels, this device has 2.")
    panel.offer_models(lambda: [Classifier(Path("right arm")), other])
    assert panel.run.isEnabled()
    panel.model.setCurrentIndex(1)
    assert not panel.run.isEnabled()
    assert "Model made with 8 channels" in panel.about.text()
    panel.model.setCurrentIndex(0)
    assert panel.run.isEnabled()
    panel.channels.setCurrentIndex(panel.channels.findData(Together.EACH))
    wish = panel.wish("grip")
    assert (wish.suggester, wish.together) == (Suggester.MODEL, Together.EACH)
    assert wish.model == Path("right arm")


def test_channels_of_an_annotation_in_words(qtbot: QtBot) -> None:
    menu = ChannelMenu()
    qtbot.addWidget(menu)
    names = ["FDS", "EDC", "BIC"]
    chosen: list[object] = []
    menu.chosen.connect(chosen.append)
    menu.show_channels(None, names)
    menu.switch(1)
    menu.show_channels((1,), names)
    menu.switch(2)
    menu.switch(1)
    assert chosen == [(1,), (1, 2), None]
    assert channels_text((1, 2), names) == "EDC, BIC"
    assert caption(replace(suggestion(1.0), channels=(1,))) == "fist? 0.95 (ch 2)"


def test_a_refused_change_leaves_everything_as_it_was(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.add(1.0, 2.0, "fist")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    index, said = document.index, []
    document.said.connect(said.append)
    monkeypatch.setattr(log_module, "sync_data", full)
    document.add(1.5, 3.0, "open")
    assert document.index is index
    assert "could not be saved" in said[0]
    assert read_annotations(document._log.path) == index.items  # type: ignore[union-attr]
