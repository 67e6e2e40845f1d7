"""Takes out of a recording what could tell who it is of, and says what was taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from emgstudio.core.types import Annotation, Source
from emgstudio.storage.exporters.request import ExportRequest
from emgstudio.storage.recording import Recording

# The latest date that BIDS allows for a shifted one.
SHIFTED = datetime(1925, 1, 1, tzinfo=UTC)
NOBODY = "01"
# What stands for the device of an imported recording, where the name of the file was.
IMPORTED = "imported file"
# Labels of these sources are words of a protocol, a classifier or a device.
MACHINES = frozenset({Source.CUE, Source.MODEL, Source.DEVICE})


@dataclass(frozen=True, slots=True)
class Anonymous:
    """What may be written of a recording; ``removed`` says in sentences what may not.

    ``names`` maps the streams to the device names that may be written.
    """

    subject: str
    title: str
    author: str
    created: datetime
    devices: Mapping[str, str]
    serials: Mapping[str, str]
    annotations: tuple[Annotation, ...]
    simulated: bool
    removed: tuple[str, ...]


def anonymous(recording: Recording, request: ExportRequest) -> Anonymous:
    """The recording without names, dates and serial numbers unless they are asked for."""
    removed: list[str] = []
    labels = recording.annotations
    if not request.texts:
        labels = _known_texts(labels, request.known_labels, removed)
    devices = {name: s.info.device for name, s in recording.streams.items()}
    serials = {name: s.info.device_id for name, s in recording.streams.items()}
    created = _created(recording)
    title, author = recording.title, str(recording.meta.get("author", ""))
    if not request.identified:
        removed.append(f"the date and time of the recording (written: {SHIFTED.date()})")
        created = SHIFTED
        removed.append(f"the subject's code (written: {request.subject or NOBODY})")
        for what, value in (("the title", title), ("the author", author)):
            if value:
                removed.append(what)
        if any(serials.values()):
            removed.append("serial numbers and addresses of the devices")
        title, author = "", ""
        serials = dict.fromkeys(serials, "")
        if any(_is_file(name) for name in devices.values()):
            removed.append(f"the name of the imported file (written: {IMPORTED})")
        devices = {key: IMPORTED if _is_file(name) else name for key, name in devices.items()}
        if any(label.author for label in labels):
            removed.append("who set which label")
        labels = tuple(replace(label, author="") for label in labels)
    own = recording.subject if request.identified else ""
    subject = own or request.subject or NOBODY
    return Anonymous(
        subject,
        title,
        author,
        created,
        devices,
        serials,
        labels,
        recording.simulated,
        tuple(removed),
    )


def _is_file(device: str) -> bool:
    return device.startswith("file ")


def _created(recording: Recording) -> datetime:
    try:
        created = datetime.fromisoformat(str(recording.meta.get("created", "")))
    except ValueError:
        return SHIFTED
    return created if created.tzinfo else created.replace(tzinfo=UTC)


def _known_texts(
    labels: tuple[Annotation, ...], known: frozenset[str], removed: list[str]
) -> tuple[Annotation, ...]:
    """Free texts replaced by “label 1”, “label 2” …, one number for each text."""
    numbers: dict[str, str] = {}
    for label in labels:
        if label.source not in MACHINES and label.label not in known:
            numbers.setdefault(label.label, f"label {len(numbers) + 1}")
    notes = sum(bool(label.note) for label in labels)
    if notes:
        removed.append(f"{notes} notes of labels" if notes > 1 else "1 note of a label")
    if numbers:
        removed.append(
            f"{len(numbers)} label texts that are not known words (written: “label 1” …)"
            if len(numbers) > 1
            else "1 label text that is not a known word (written: “label 1”)"
        )
    return tuple(
        replace(
            label,
            note="",
            label=label.label
            if label.source in MACHINES
            else numbers.get(label.label, label.label),
        )
        for label in labels
    )
