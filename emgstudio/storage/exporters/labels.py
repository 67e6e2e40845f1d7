"""Labels as tables that other programs read: BIDS events, CSV as MNE reads it, Audacity."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from emgstudio.core.types import Annotation

EVENT_COLUMNS = ("onset", "duration", "trial_type", "track", "source", "repetition", "confidence")


def events_tsv(labels: Sequence[Annotation]) -> str:
    """BIDS ``events.tsv``; times in seconds, exact to a nanosecond."""
    lines = ["\t".join(EVENT_COLUMNS)]
    for label in labels:
        confidence = f"{label.confidence:.4g}" if label.confidence is not None else "n/a"
        row = (
            seconds(label.start),
            seconds(label.duration),
            _one_line(label.label),
            _one_line(label.track),
            str(label.source),
            str(label.repetition) if label.repetition else "n/a",
            confidence,
        )
        lines.append("\t".join(row))
    return "\n".join(lines) + "\n"


def events_description(hed: Mapping[str, str]) -> dict[str, object]:
    """The sidecar that says what the columns of :func:`events_tsv` mean.

    ``hed`` are the HED strings of labels.
    """
    about: dict[str, object] = {"Description": "The label, as set by a person, a cue or a program."}
    if hed:
        about["HED"] = {_one_line(label): tags for label, tags in hed.items()}
    return {
        "trial_type": about,
        "track": {"Description": "The layer of labels that it belongs to."},
        "source": {"Description": "Who made it: user, cue, model or device."},
        "repetition": {"Description": "Which repetition of this label it is, from 1."},
        "confidence": {"Description": "How sure the program that made it was, 0 to 1."},
    }


def labels_csv(labels: Sequence[Annotation]) -> str:
    """Comma separated, with the columns that ``mne.read_annotations`` expects first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("onset", "duration", "description", "track", "source", "repetition"))
    for label in labels:
        writer.writerow(
            (
                seconds(label.start),
                seconds(label.duration),
                _one_line(label.label),
                label.track,
                label.source,
                label.repetition or "",
            )
        )
    return out.getvalue()


def audacity(labels: Sequence[Annotation]) -> str:
    """An Audacity label track: start, end and text of each label."""
    rows = (f"{seconds(a.start)}\t{seconds(a.stop)}\t{_one_line(a.label)}" for a in labels)
    return "".join(f"{row}\n" for row in rows)


def seconds(value: float) -> str:
    """Seconds without an exponent and without noise digits."""
    text = f"{value:.9f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "n/a"
