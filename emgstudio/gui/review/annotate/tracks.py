"""What kinds of tracks there are, and which of them a person does not change."""

from __future__ import annotations

from enum import StrEnum

LABEL_TRACK = "labels"
BAD_TRACK = "bad"
CUE_TRACK = "cue"
AUTO_TRACK = "auto"
REPLACED_TRACK = "replaced"
QUALITY_TRACK = "quality"


class TrackKind(StrEnum):
    """What the annotations of a track are, as it is said to people."""

    LABELS = "labels"
    RATER = "rater"
    AUTO = "suggestions"
    CUE = "cues"
    MARKERS = "marks"
    BAD = "bad data"
    LAMPS = "lamps, read-only"
    KEPT = "replaced takes, read-only"


KINDS = {
    LABEL_TRACK: TrackKind.LABELS,
    BAD_TRACK: TrackKind.BAD,
    CUE_TRACK: TrackKind.CUE,
    AUTO_TRACK: TrackKind.AUTO,
    REPLACED_TRACK: TrackKind.KEPT,
    QUALITY_TRACK: TrackKind.LAMPS,
    "test": TrackKind.CUE,
    "script": TrackKind.CUE,
    "markers": TrackKind.MARKERS,
    "device": TrackKind.MARKERS,
    "score": TrackKind.MARKERS,
    "notes": TrackKind.MARKERS,
    "trigger": TrackKind.MARKERS,
}
READ_ONLY = (TrackKind.LAMPS, TrackKind.KEPT)
# New labels and accepted suggestions go into such tracks.
FOR_LABELS = (TrackKind.LABELS, TrackKind.RATER)


def kind_of(track: str) -> TrackKind:
    """The kind of a track; a name of a person's own is a rater's."""
    return KINDS.get(track, TrackKind.RATER)


def is_read_only(track: str) -> bool:
    """Whether nothing in a track is ever changed by hand."""
    return kind_of(track) in READ_ONLY


def takes_labels(track: str) -> bool:
    """Whether a person's labels belong into a track."""
    return kind_of(track) in FOR_LABELS
