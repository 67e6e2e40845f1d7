"""What lies beside exported samples: what devices told, and a script that exports them again."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import emgstudio
from emgstudio.storage.exporters.content import Content
from emgstudio.storage.exporters.request import ExportRequest
from emgstudio.storage.readings import RecordedReading

READINGS = "readings.csv"
SCRIPT = "how_it_was_made.py"
# A BIDS dataset takes files of its own form only, but for these two folders.
BIDS_FOLDERS = {READINGS: "sourcedata", SCRIPT: "code"}

_TEXT = '''"""How these files were made by EMG Studio {version}, to be done again:

    python {name} RECORDING NEW_FOLDER

Research use only.
"""

import sys
from pathlib import Path

from emgstudio.core.types import ConditionSpec
from emgstudio.storage.exporters import ExportRequest, ExportView, export

REQUEST = ExportRequest(
{fields}
)

report = export(Path(sys.argv[1]), Path(sys.argv[2]), REQUEST)
print("\\n".join(map(str, report.files)))
'''


def write_beside(content: Content, readings: Sequence[RecordedReading], folder: Path) -> None:
    """Write both into an export's folder; no readings, no file. Raises OSError."""
    # Of all labels that the request knows tags for, only those that leave may be named.
    texts = {SCRIPT: again(replace(content.request, hed=tuple(content.hed.items())))}
    if readings:
        texts[READINGS] = readings_csv(content, readings)
    for name, text in texts.items():
        place = folder / BIDS_FOLDERS[name] if content.request.format == "bids" else folder
        place.mkdir(exist_ok=True)
        (place / name).write_text(text, encoding="utf-8", newline="\n")


def readings_csv(content: Content, readings: Sequence[RecordedReading]) -> str:
    """Readings with times since the first sample; devices by number unless identified."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["time_s", "device", "reading", "channel", "value", "unit"])
    numbers: dict[str, int] = {}
    for reading in readings:
        number = numbers.setdefault(reading.device_id, len(numbers) + 1)
        device = reading.device_id if content.request.identified else number
        channel = "" if reading.channel is None else reading.channel + 1
        time = f"{reading.time - content.zero_s:.3f}"
        rows.writerow([time, device, reading.key, channel, f"{reading.value:.9g}", reading.unit])
    return out.getvalue()


def again(request: ExportRequest) -> str:
    """The script; its only inputs are the recording and where the files go."""
    lines = []
    for field in fields(request):
        value = getattr(request, field.name)
        if value == field.default:
            continue
        if field.name == "view":
            shown = f"ExportView({value.value!r})"
        elif isinstance(value, frozenset):
            shown = f"frozenset({sorted(value)!r})"
        else:
            shown = repr(value)
        lines.append(f"    {field.name}={shown},")
    return _TEXT.format(version=emgstudio.__version__, name=SCRIPT, fields="\n".join(lines))
