"""Scripts of cues: what to show, for how long and in which order, in a CSV or JSON file."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic, write_json
from emgstudio.core.paths import data_folder
from emgstudio.ml.gestures import GESTURES

FORMAT = "emgstudio-cues"
VERSION = 1
ORDERS = ("fixed", "random")
COLUMNS = ("text", "picture", "duration_s", "label")
SETTINGS = ("name", "order", "seed", "repeats", "lead_s", "pause_s", "pause_text")
PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".svg", ".webp")
LONGEST_CUE_S = 3600.0
MOST_CUES = 10_000
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ScriptCue:
    """One thing to show for ``duration_s`` seconds: words, a picture, or both.

    ``picture`` is a gesture of the app or a file beside the script. ``label`` is what the
    recording is labelled with, the text where it is empty.
    """

    text: str = ""
    picture: str = ""
    duration_s: float = 3.0
    label: str = ""

    @property
    def name(self) -> str:
        """What the recording is labelled with."""
        return self.label or self.text or Path(self.picture).stem


@dataclass(frozen=True, slots=True)
class CueScript:
    """Cues and how to go through them; times in seconds.

    ``repeats`` rounds through all cues; a random order is drawn anew in each round. Before
    the first cue ``lead_s`` go by, between cues ``pause_s`` with ``pause_text`` on the
    screen. Without a ``seed`` one is drawn at the start. ``folder`` is where pictures lie.
    """

    name: str = ""
    cues: tuple[ScriptCue, ...] = ()
    order: str = "fixed"
    seed: int | None = None
    repeats: int = 1
    lead_s: float = 3.0
    pause_s: float = 0.0
    pause_text: str = ""
    folder: Path | None = None

    @property
    def count(self) -> int:
        """How many cues are shown in all."""
        return len(self.cues) * self.repeats

    @property
    def duration_s(self) -> float:
        """How long it takes if nothing is paused."""
        shown = self.repeats * sum(cue.duration_s for cue in self.cues)
        return self.lead_s + shown + max(0, self.count - 1) * self.pause_s

    def with_seed(self) -> CueScript:
        """The same script with a seed, drawn where it has none."""
        if self.seed is not None:
            return self
        return replace(self, seed=random.SystemRandom().randint(0, LARGEST_SEED))

    def sequence(self) -> tuple[ScriptCue, ...]:
        """The cues in the order of their showing. The same seed gives the same order."""
        if self.order == "fixed":
            return self.cues * self.repeats
        shuffle = random.Random(self.seed)
        shown: list[ScriptCue] = []
        for _ in range(self.repeats):
            turn = list(self.cues)
            shuffle.shuffle(turn)
            # The same cue twice running would look like one long one.
            if shown and len(turn) > 1 and turn[0] == shown[-1]:
                turn.append(turn.pop(0))
            shown += turn
        return tuple(shown)

    def picture_file(self, cue: ScriptCue) -> Path | None:
        """The file of a cue's picture; None for a gesture of the app or no picture."""
        if not cue.picture or cue.picture in GESTURES:
            return None
        return (self.folder or Path()) / cue.picture

    def problems(self) -> list[str]:
        """What keeps the script from running, a sentence each; none when it can run."""
        found = list(self._problems_of_all())
        for number, cue in enumerate(self.cues, start=1):
            found += (f"Cue {number}: {text}" for text in self._problems_of(cue))
        return found

    def check(self) -> None:
        """Raises EmgError with the first problem."""
        for problem in self.problems():
            raise EmgError(f"This cue script cannot run. {problem}", "Change it in the editor.")

    def _problems_of_all(self) -> Iterator[str]:
        if not self.name.strip():
            yield "The script has no name."
        if not self.cues:
            yield "There is no cue yet."
        if self.order not in ORDERS:
            yield f"The order is “{self.order}”; it can be fixed or random."
        if self.repeats < 1:
            yield "It must be gone through at least once."
        if self.count > MOST_CUES:
            yield f"{self.count} cues are more than {MOST_CUES}."
        for what, value in (("lead-in", self.lead_s), ("pause", self.pause_s)):
            if not 0 <= value <= LONGEST_CUE_S:
                yield f"The {what} must last between 0 and {LONGEST_CUE_S:.0f} s."
        if self.seed is not None and not 0 <= self.seed <= LARGEST_SEED:
            yield f"The seed must be between 0 and {LARGEST_SEED}."

    def _problems_of(self, cue: ScriptCue) -> Iterator[str]:
        if not cue.text.strip() and not cue.picture:
            yield "it shows nothing; give it a text or a picture."
        if not 0 < cue.duration_s <= LONGEST_CUE_S or not math.isfinite(cue.duration_s):
            yield f"it must last more than 0 and at most {LONGEST_CUE_S:.0f} s."
        file = self.picture_file(cue)
        if file is None:
            return
        if file.suffix.lower() not in PICTURE_ENDINGS:
            yield (
                f"“{cue.picture}” is neither a gesture of the app nor a picture file "
                f"({', '.join(PICTURE_ENDINGS)})."
            )
        elif not file.is_file():
            yield f"the picture “{cue.picture}” is not in the folder of the script."


def scripts_folder() -> Path:
    """Where a person's own scripts lie."""
    return data_folder() / "cue_scripts"


def example_script() -> CueScript:
    """A script to begin with: four movements, three times in random order."""
    keys = ("fist", "open", "wrist_flexion", "wrist_extension")
    cues = tuple(ScriptCue(GESTURES[key].title, key, 3.0, key) for key in keys)
    return CueScript("Four movements", cues, "random", None, 3, 3.0, 2.0, "Relax")


def read_script(path: Path) -> CueScript:
    """The script in a CSV or JSON file, by its ending. It may still have ``problems``.

    Raises EmgError when the file cannot be read as one.
    """
    try:
        text = path.read_text("utf-8-sig")
        made = _from_csv(text) if path.suffix.lower() == ".csv" else _from_json(json.loads(text))
    except EmgError:
        raise
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise EmgError(
            f"“{path.name}” is not a cue script ({error}).",
            "A CSV needs the columns text, picture and duration_s.",
        ) from error
    return replace(made, name=made.name or path.stem, folder=path.parent)


def save_script(script: CueScript, path: Path) -> None:
    """Write a script as CSV or JSON, by the ending of ``path``. Raises EmgError."""
    try:
        if path.suffix.lower() == ".csv":
            write_atomic(path, _to_csv(script).encode("utf-8"))
        else:
            write_json(path, script_to_json(script))
    except OSError as error:
        raise EmgError(
            f"The cue script could not be saved ({error.strerror}).", f"Look at {path.parent}."
        ) from error


def script_to_json(script: CueScript) -> dict[str, Any]:
    """What a JSON file of the script holds, and what a recording keeps of it."""
    settings = {name: getattr(script, name) for name in SETTINGS}
    cues = [{k: v for k, v in asdict(cue).items() if v != ""} for cue in script.cues]
    return {"format": FORMAT, "version": VERSION, **settings, "cues": cues}


def _from_json(value: Mapping[str, Any]) -> CueScript:
    if value["format"] != FORMAT:
        raise ValueError(f"format {value['format']!r}")
    cues = tuple(_cue({k: str(v) for k, v in cue.items()}) for cue in value["cues"])
    return _script({k: str(value[k]) for k in SETTINGS if value.get(k) is not None}, cues)


def _from_csv(text: str) -> CueScript:
    """Lines that begin with # hold settings: ``# order: random``."""
    settings: dict[str, str] = {}
    rows = []
    for line in text.splitlines():
        if line.startswith("#"):
            name, _, value = line[1:].strip().strip(";,").partition(":")
            settings[name.strip()] = value.strip()
        elif line.strip(" ;,\t"):
            rows.append(line)
    if not rows:
        raise ValueError("it is empty")
    mark = max(",;\t", key=rows[0].count)
    table = csv.DictReader(io.StringIO("\n".join(rows)), delimiter=mark)
    columns = [name.strip().lower() for name in table.fieldnames or ()]
    missing = {"text", "duration_s"} - set(columns)
    if missing:
        raise ValueError(f"the column {sorted(missing)[0]} is missing")
    table.fieldnames = columns
    cues = tuple(_cue({k: (v or "").strip() for k, v in row.items() if k}) for row in table)
    return _script(settings, cues)


def _to_csv(script: CueScript) -> str:
    out = io.StringIO()
    for name in SETTINGS:
        value = getattr(script, name)
        if value not in (None, ""):
            out.write(f"# {name}: {value}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for cue in script.cues:
        writer.writerow([cue.text, cue.picture, f"{cue.duration_s:g}", cue.label])
    return out.getvalue()


def _cue(row: Mapping[str, str]) -> ScriptCue:
    return ScriptCue(
        row.get("text", ""),
        row.get("picture", ""),
        _number("duration_s", row.get("duration_s", "3")),
        row.get("label", ""),
    )


def _script(settings: Mapping[str, str], cues: tuple[ScriptCue, ...]) -> CueScript:
    plain = CueScript()
    return CueScript(
        settings.get("name", ""),
        cues,
        settings.get("order", plain.order).lower(),
        int(settings["seed"]) if settings.get("seed") else None,
        int(settings.get("repeats", plain.repeats)),
        _number("lead_s", settings.get("lead_s", str(plain.lead_s))),
        _number("pause_s", settings.get("pause_s", str(plain.pause_s))),
        settings.get("pause_text", plain.pause_text),
    )


def _number(name: str, text: str) -> float:
    """A number with a decimal point or comma."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"{name} is “{text}”, not a number") from None
