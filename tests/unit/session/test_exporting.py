"""What leaves unasked: words that tell nothing of a person, and HED tags of label sets."""

from __future__ import annotations

from pathlib import Path

from emgstudio.core.types import Annotation
from emgstudio.session.exporting import export_recording, hed_tags, known_labels
from emgstudio.session.label_sets import Label, LabelSet, LabelSets
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.exporters import ExportRequest
from emgstudio.storage.importers import import_file
from tests.unit.storage.test_import_bids_events import data_file


def test_labels_that_ship_are_known_words_and_own_ones_are_not() -> None:
    LabelSets().save(LabelSet("Mine", (Label("Jane walks", "1"),)))
    assert {"left heel strike", "pain begins", "fist", "rest"} <= known_labels()
    assert "Jane walks" not in known_labels()


def test_tags_of_all_sets_are_there_the_later_set_first() -> None:
    one = LabelSet("A", (Label("fist", hed="Event"), Label("rest")))
    other = LabelSet("B", (Label("fist", hed="Agent-action"), Label("beep", hed="Sensory-event")))
    assert hed_tags([one, other]) == (("fist", "Agent-action"), ("beep", "Sensory-event"))


def test_tags_of_a_label_set_go_out_with_a_recording_and_no_other_label_is_named(
    tmp_path: Path,
) -> None:
    mine = (Label("fist", "1", hed="Agent-action"), Label("Jane walks", "2", hed="Event"))
    LabelSets().save(LabelSet("Mine", mine))
    path = import_file(data_file(tmp_path / "a.edf"), tmp_path / "recording")
    log = AnnotationLog.open(path)
    log.add(Annotation(1.0, 2.0, "fist"))
    log.close()
    done = export_recording(path, tmp_path / "out", ExportRequest("bids"))
    texts = {f.name: f.read_text("utf-8", "replace") for f in done.files if f.suffix != ".bdf"}
    assert any('"fist": "Agent-action"' in text for text in texts.values())
    assert not any("Jane" in text for text in texts.values())
