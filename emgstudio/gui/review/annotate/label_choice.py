"""Which labels can be given in a recording: those of a label set, and those that it has."""

from __future__ import annotations

from collections.abc import Iterable

from emgstudio.ml.gestures import REST
from emgstudio.session.label_sets import COLOURS, KEYS, Label, LabelKind, LabelSet

BAD_LABEL = "bad data"
FIRST_LABELS = ("active", "onset", "artefact")
AS_RECORDED = "As in the recording"


class LabelChoice:
    """Labels with their keys and colours.

    Without a set the labels of the recording have the keys 1–9 in order. With one,
    its labels have theirs, and others of the recording the keys that are free.
    """

    def __init__(self, chosen: LabelSet | None = None) -> None:
        self.set = chosen
        self._own: list[str] = []
        self._found: tuple[str, ...] = ()
        self._collect()

    @property
    def name(self) -> str:
        """The name of the set."""
        return self.set.name if self.set is not None else AS_RECORDED

    def follow(self, found: Iterable[str]) -> None:
        """The recording has these labels, in order of appearance."""
        names = tuple(name for name in found if name not in (REST, BAD_LABEL))
        if names != self._found:
            self._found = names
            self._collect()

    def add(self, name: str) -> None:
        """One more label for this recording."""
        if name not in self.labels:
            self._own.append(name)
            self._collect()

    def use(self, chosen: LabelSet | None) -> None:
        """Another set."""
        self.set = chosen
        self._collect()

    def at_key(self, digit: int) -> str | None:
        """The label behind a number key."""
        return self._keys.get(str(digit))

    def key_of(self, name: str) -> str:
        """The number key of a label, empty if it has none."""
        return next((key for key, label in self._keys.items() if label == name), "")

    def colour_of(self, name: str) -> int:
        """Which of the theme's colours a label has."""
        label = self._label(name)
        if label is not None:
            return label.colour
        return self.labels.index(name) if name in self.labels else len(self.labels)

    def is_point(self, name: str) -> bool:
        """Whether the label is for moments."""
        label = self._label(name)
        return label is not None and label.kind is LabelKind.POINT

    def excludes(self, one: str, other: str) -> bool:
        """Whether two labels cannot be at once in a track.

        Labels of a set can, unless they are in the same exclusive group; others cannot.
        """
        known = self._label(one), self._label(other)
        if self.set is None or None in known or one == other:
            return True
        return other in self.set.rivals(one)

    def with_label(self, name: str) -> LabelSet | None:
        """The set with one more label at the first free key; None if it has it, or is none."""
        if self.set is None or self.set.label(name) is not None:
            return None
        colour = len(self.set.labels) % COLOURS
        group = next((label.group for label in self.set.labels if label.group), "")
        new = Label(name, self.set.free_key(), colour, group=group)
        return LabelSet(self.set.name, (*self.set.labels, new), self.set.score)

    def _label(self, name: str) -> Label | None:
        return self.set.label(name) if self.set is not None else None

    def _collect(self) -> None:
        own = [label for label in self.set.labels if label.name != BAD_LABEL] if self.set else []
        first = [label.name for label in own if label.name != REST]
        rest = [n for n in (*self._found, *self._own) if n not in first]
        names = list(dict.fromkeys([*first, *rest]))
        # Suggestions only while there is nothing better.
        self.labels = tuple(names or FIRST_LABELS)
        keys = {label.key: label.name for label in own if label.key}
        keys.setdefault("0", REST)
        keyed = set(keys.values())
        free = (key for key in KEYS if key not in keys)
        for name, key in zip([n for n in self.labels if n not in keyed], free, strict=False):
            keys[key] = name
        self._keys = keys
