"""Hands recordings over in files that other programs open; whole or not at all."""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.files import sync_folder
from emgstudio.storage.exporters.beside import write_beside
from emgstudio.storage.exporters.bids import write_bids
from emgstudio.storage.exporters.content import Content, ExportStream, content_of, free_word
from emgstudio.storage.exporters.edf import write_edf
from emgstudio.storage.exporters.labels import audacity, events_tsv, labels_csv
from emgstudio.storage.exporters.request import ExportReport, ExportRequest, ExportView
from emgstudio.storage.exporters.tables import write_csv, write_mat, write_npz
from emgstudio.storage.exporters.xdf import write_xdf
from emgstudio.storage.pyramid import Reports
from emgstudio.storage.recording import Recording

__all__ = ["FORMATS", "ExportReport", "ExportRequest", "ExportView", "Format", "export"]

Write = Callable[[Content, Path, "Reports | None"], list[str]]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to hand over; ``write`` fills an empty folder and returns remarks."""

    key: str
    title: str
    detail: str
    write: Write


def _edf(bits: int) -> Write:
    ending = "edf" if bits == 16 else "bdf"

    def write(content: Content, folder: Path, progress: Reports | None) -> list[str]:
        said = []
        for stream, name in _named(content):
            said += write_edf(content, stream, folder / f"{name}.{ending}", bits, progress)
        return said

    return write


def _csv(content: Content, folder: Path, progress: Reports | None) -> list[str]:
    said = []
    for stream, name in _named(content):
        said += write_csv(content, stream, folder / f"{name}.csv", progress)
    return said + _labels(content, folder, progress)


def _npz(content: Content, folder: Path, progress: Reports | None) -> list[str]:
    said = []
    for stream, name in _named(content):
        said += write_npz(content, stream, folder / f"{name}.npz", progress)
    return said


def _mat(content: Content, folder: Path, progress: Reports | None) -> list[str]:
    return write_mat(content, folder / "recording.mat", progress)


def _xdf(content: Content, folder: Path, progress: Reports | None) -> list[str]:
    return write_xdf(content, folder / "recording.xdf", progress)


def _labels(content: Content, folder: Path, progress: Reports | None) -> list[str]:
    """Labels alone; times count from the start of the first stream."""
    if progress is not None:
        progress.report(1.0, "Writing the labels")
    for name, text in (
        ("labels_events.tsv", events_tsv(content.annotations)),
        ("labels.csv", labels_csv(content.annotations)),
        ("labels_audacity.txt", audacity(content.annotations)),
    ):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return []


FORMATS: dict[str, Format] = {
    one.key: one
    for one in (
        Format("bids", "EMG-BIDS", "a dataset with BDF+ and sidecars, for sharing", write_bids),
        Format("bdf", "BDF+", "24 bit, for EDFbrowser, MNE, EEGLAB", _edf(24)),
        Format("edf", "EDF+", "16 bit, opened by nearly everything", _edf(16)),
        Format("xdf", "XDF", "all streams in one file, for LSL's tools", _xdf),
        Format("csv", "CSV", "a table per stream with a JSON, for spreadsheets and R", _csv),
        Format("mat", "MAT", "for MATLAB and Octave, version 5", _mat),
        Format("npz", "NPZ", "numpy arrays, for Python", _npz),
        Format("labels", "Labels only", "events.tsv, CSV and an Audacity label track", _labels),
    )
}


def export(
    path: Path, out: Path, request: ExportRequest, progress: Reports | None = None
) -> ExportReport:
    """Export the recording at ``path`` into the new folder ``out``.

    ``out`` gets its name only when everything is written; nothing is left
    behind otherwise. Raises EmgError with what to do, or Cancelled through
    ``progress``.
    """
    if request.format not in FORMATS:
        raise EmgError(
            f"There is no export format “{request.format}”.", f"Known are {', '.join(FORMATS)}."
        )
    if out.exists():
        raise EmgError(f'"{out}" exists already.', "Choose a name that is free.")
    building = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.exporting")
    missing = [folder for folder in building.parents if not folder.exists()]
    try:
        with Recording.open(path) as recording:
            content = content_of(recording, request)
            building.mkdir(parents=True)
            said = FORMATS[request.format].write(content, building, progress)
            write_beside(content, recording.readings, building)
            report = _report(content, out, building, said)
        building.rename(out)
        sync_folder(out.parent)
    except OSError as error:
        raise EmgError(
            f'The export could not be written to "{out.parent}" ({error.strerror or error}).',
            "Choose another folder or free some space.",
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
        for folder in missing:
            # One that somebody else has filled meanwhile stays, and so do those around it.
            with contextlib.suppress(OSError):
                folder.rmdir()
    return report


def _report(content: Content, out: Path, building: Path, said: list[str]) -> ExportReport:
    """The report, also written beside the files (not into a BIDS dataset, which has a README)."""
    recipe = {stream.name: stream.recipe for stream in content.streams}
    removed = content.about.removed
    if content.request.format != "bids":
        facts = {
            "made_by": "EMG Studio, for research use only, not a medical device",
            "simulated": content.about.simulated,
            "conditioning": recipe,
            "removed": list(removed),
            "remarks": said,
        }
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        (building / "export.json").write_text(text, "utf-8")
    files = tuple(
        out / file.relative_to(building) for file in sorted(building.rglob("*")) if file.is_file()
    )
    return ExportReport(out, files, removed, tuple(said), recipe)


def _named(content: Content) -> list[tuple[ExportStream, str]]:
    """Each stream with a file name of its own."""
    taken: set[str] = set()
    named = []
    for stream in content.streams:
        word = "".join(c if c.isalnum() or c in "-_" else "-" for c in stream.name).strip("-")
        name = free_word(word or "stream", taken, "-")
        named.append((stream, name))
    return named
