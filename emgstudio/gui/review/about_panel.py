"""What a recording is: device, rate, what is lost, and what devices told beside the signals."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFormLayout, QVBoxLayout, QWidget

from emgstudio.gui.plots.review_axis import span_text
from emgstudio.gui.review.document import Document
from emgstudio.gui.widgets import button, label
from emgstudio.session.methods import methods_of
from emgstudio.storage.readings import RecordedReading
from emgstudio.storage.recording import RecordedStream, Recording
from emgstudio.storage.verification import story

MOST_READINGS = 24


class AboutPanel(QWidget):
    """Rows of facts; made anew for each recording."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._rows: QWidget | None = None
        self.setAccessibleName("About this recording")

    def show_document(self, document: Document | None) -> None:
        """Tell about another recording."""
        if self._rows is not None:
            self._layout.removeWidget(self._rows)
            self._rows.deleteLater()
            self._rows = None
        if document is None:
            return
        self._rows = QWidget()
        form = QFormLayout(self._rows)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(5)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for name, value in facts(document.recording):
            shown = label(value, wrap=True)
            shown.setAccessibleName(f"{name}: {value}")
            form.addRow(label(name, "muted"), shown)
        self.copy = button(
            "Copy methods paragraph",
            lambda: self.copy_methods(document),
            tooltip="Electrodes, device, filters and rates as a text for a paper",
        )
        self.copied = label("", "muted", wrap=True)
        form.addRow(self.copy)
        form.addRow(self.copied)
        self._layout.addWidget(self._rows)

    def copy_methods(self, document: Document) -> None:
        """How the recording was made and what is shown of it, to the clipboard."""
        source = document.source
        methods = methods_of(document.recording, source.condition, source.view)
        QGuiApplication.clipboard().setText(methods.paragraph)
        self.copied.setText(f"Copied: {methods.summary}.")


def facts(recording: Recording) -> list[tuple[str, str]]:
    """(name, value) of what one wants to know before trusting a recording."""
    found = [("Title", recording.title), ("Client", recording.subject)]
    found = [(name, value) for name, value in found if value]
    if recorded := recording.meta.get("recorded"):
        found.append(("Recorded", f"{recorded}, as the imported file tells"))
    found.append(("Length", span_text(recording.duration_s)))
    if recording.simulated:
        found.append(("Origin", "simulated"))
    for stream in recording.streams.values():
        found.append((stream.info.name, _stream(stream)))
    found += [("History", sentence) for sentence in story(recording.path, recording.meta)]
    found += [("Import", sentence) for sentence in recording.meta.get("import_remarks", ())]
    return found + readings(recording.readings)


def _stream(stream: RecordedStream) -> str:
    info = stream.info
    gaps = "1 gap" if len(stream.gaps) == 1 else f"{len(stream.gaps)} gaps"
    lost = f"{stream.lost} samples lost in {gaps}" if stream.lost else "none lost"
    return (
        f"{info.device}, {info.n_channels} channels, {info.rate:g} Hz "
        f"(measured {stream.rate:.6g}), {lost}; live filter {stream.condition.summary()}"
    )


def readings(told: Iterable[RecordedReading]) -> list[tuple[str, str]]:
    """Each kind of reading once: its first and last value, or its range where that is wider."""
    grouped: dict[tuple[str, int | None], list[RecordedReading]] = {}
    for reading in told:
        grouped.setdefault((reading.key, reading.channel), []).append(reading)
    found = [(_name(key, channel), _history(values)) for (key, channel), values in grouped.items()]
    if len(found) > MOST_READINGS:
        more = len(found) - MOST_READINGS
        found = [*found[:MOST_READINGS], ("More", f"{more} kinds in readings.jsonl")]
    return found


def _name(key: str, channel: int | None) -> str:
    words = key.replace("_", " ").capitalize()
    return words if channel is None else f"{words} {channel + 1}"


def _history(values: list[RecordedReading]) -> str:
    first, last = values[0].value, values[-1].value
    unit = f" {values[-1].unit}" if values[-1].unit else ""
    text = f"{last:g}{unit}" if first == last else f"{first:g} → {last:g}{unit}"
    low, high = min(v.value for v in values), max(v.value for v in values)
    if low < min(first, last) or high > max(first, last):
        text += f" ({low:g} to {high:g})"
    return text
