"""Who is calibrated and how the cues are given; what was chosen last time is offered again."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from emgstudio.core.errors import EmgError
from emgstudio.ml.protocol import CuePlan
from emgstudio.session.entry_file import EntryFile

FILE = "calibrations.json"
PEOPLE_KEPT = 200
SIDES = ("right", "left")
LIMBS = ("intact", "residual")
CONTROLS = ("pattern", "two_site", "proportional")
SITES_NEEDED = {"pattern": 4, "two_site": 2, "proportional": 1}

EffortStyle = Literal["levels", "ramp", "same"]
EFFORTS: tuple[EffortStyle, ...] = ("levels", "ramp", "same")
COMFORTABLE = (0.3, 0.7)
# What the person is asked for by repetition, as a share of the strongest effort seen, and
# what a simulated person makes of it. Trained at one strength only, 42 to 45 % of windows
# were right at 20 % of the maximum; on three strengths 95 % on average.
LEVELS = (("middle", (0.4, 0.6), 1.0), ("weak", (0.2, 0.4), 0.6), ("strong", (0.6, 0.8), 1.4))
RAMP_TOP, RAMP_WIDTH = 0.8, 0.12
STRENGTH_OF_ALL = 2.0
"""What a simulated person makes of its strongest; half of that is its usual effort."""
POSITIONS = (
    ("hanging", "Let the arm hang down."),
    ("bent", "Bend the elbow, forearm level."),
    ("forward", "Reach forward."),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A pseudonymous ``code``, never a name; ``mark`` is how the sensor was put on."""

    code: str = ""
    side: str = "right"
    limb: str = "intact"
    control: str = "pattern"
    mark: str = ""

    @property
    def sites_needed(self) -> int:
        """How many electrodes must answer for this kind of control."""
        return SITES_NEEDED[self.control]

    @property
    def arm(self) -> str:
        """A name for what is calibrated: ``C-0042 right arm``."""
        return f"{self.code} {self.side} arm".strip()


def code_problem(code: str) -> str:
    """Why a text is no code for a person, "" if it is one; an empty code is allowed."""
    if len(code) > 24:
        return "A code has 24 characters at most."
    if code and not all(c.isalnum() or c in "-_." for c in code):
        return "A code has letters, digits, - and _ only, such as C-0042. No names."
    if code and not any(c.isdigit() for c in code):
        return "Write a code with a number, such as C-0042, not a name."
    return ""


@dataclass(frozen=True, slots=True)
class CueStyle:
    """How hard to contract in each repetition, and in how many positions of the arm."""

    effort: EffortStyle = "levels"
    positions: int = 1

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS or not 1 <= self.positions <= len(POSITIONS):
            raise EmgError("This way of giving cues is not known.", "Choose it again.")

    def word(self, repetition: int) -> str:
        """What to say of the strength of a repetition (from 1), "" where it is free."""
        if self.effort == "ramp":
            return "from soft to strong and back"
        return _level(repetition)[0] if self.effort == "levels" else ""

    def zone(self, repetition: int, fraction: float) -> tuple[float, float]:
        """Where the effort should lie at ``fraction`` of the hold, as shares of the strongest."""
        if self.effort == "ramp":
            middle = _ramp(fraction)
            return max(0.0, middle - RAMP_WIDTH), middle + RAMP_WIDTH
        return _level(repetition)[1] if self.effort == "levels" else COMFORTABLE

    def strength(self, repetition: int) -> float:
        """What a simulated person is asked for on the whole; 1 is its usual effort."""
        return _level(repetition)[2] if self.effort == "levels" else 1.0

    def strength_at(self, repetition: int, fraction: float) -> float:
        """What a simulated person is asked for at ``fraction`` of the hold."""
        if self.effort != "ramp":
            return self.strength(repetition)
        return STRENGTH_OF_ALL * _ramp(fraction)

    def position(self, repetition: int, repetitions: int) -> int:
        """Which of the arm's positions a repetition (from 1) of so many is made in, from 0."""
        return min(self.positions - 1, (repetition - 1) * self.positions // max(1, repetitions))

    def position_words(self, repetition: int, repetitions: int) -> str:
        """What to do with the arm, "" with one position only."""
        if self.positions == 1:
            return ""
        return POSITIONS[self.position(repetition, repetitions)][1]


def _ramp(fraction: float) -> float:
    """Share of the strongest effort, up to the middle of the hold and down again."""
    return RAMP_TOP * (1.0 - abs(2.0 * fraction - 1.0))


def _level(repetition: int) -> tuple[str, tuple[float, float], float]:
    return LEVELS[(repetition - 1) % len(LEVELS)]


@dataclass(frozen=True, slots=True)
class Preset:
    """Everything that was chosen before the cues began."""

    person: Person = field(default_factory=Person)
    plan: CuePlan | None = None
    style: CueStyle = field(default_factory=CueStyle)


class PresetBook:
    """Kept in one file of the settings folder; an unreadable one counts as empty and is kept."""

    def __init__(self, folder: Path) -> None:
        self._file = EntryFile(folder / FILE, "people", "What you chose")

    def last(self) -> Preset:
        """What was chosen last, whoever it was for."""
        return self.of(next(reversed(tuple(self._file.entries)), ""))

    def of(self, code: str) -> Preset:
        """What was chosen last for a person; the usual things for somebody new."""
        entry = self._file.entry(code)
        return _preset(entry) if entry else Preset(Person(code))

    def codes(self) -> tuple[str, ...]:
        """The codes of people who were calibrated, newest first."""
        return tuple(code for code in reversed(tuple(self._file.entries)) if code)

    def keep(self, preset: Preset) -> None:
        """Offer this the next time. Raises EmgError when it cannot be stored."""
        people = {k: v for k, v in self._file.entries.items() if k != preset.person.code}
        people[preset.person.code] = asdict(preset)
        self._file.store(dict(list(people.items())[-PEOPLE_KEPT:]))


def _preset(entry: dict[str, Any]) -> Preset:
    """An entry of the book; whatever in it is damaged is as usual."""
    try:
        person = Person(**entry["person"])
        if person.control not in CONTROLS or person.side not in SIDES or person.limb not in LIMBS:
            person = replace(person, control=CONTROLS[0], side=SIDES[0], limb=LIMBS[0])
        stored = entry["plan"]
        plan = CuePlan(**{**stored, "gestures": tuple(stored["gestures"])}) if stored else None
        return Preset(person, plan, CueStyle(**entry["style"]))
    except (KeyError, TypeError, EmgError):
        return Preset()
