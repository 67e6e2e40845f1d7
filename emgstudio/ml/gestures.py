"""The movements that can be chosen for a calibration, read from ``resources/gestures.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from emgstudio.core.paths import resource

REST = "rest"


@dataclass(frozen=True, slots=True)
class Gesture:
    """One movement: ``picture`` is a path inside resources, ``instruction`` a sentence."""

    key: str
    title: str
    picture: str
    instruction: str


def _load() -> Mapping[str, Gesture]:
    rows = json.loads(resource("gestures.json").read_text(encoding="utf-8"))
    return MappingProxyType({row["key"]: Gesture(**row) for row in rows})


GESTURES: Mapping[str, Gesture] = _load()


def gesture_title(key: str) -> str:
    """What to call a gesture on screen; names that people made up are shown as they are."""
    known = GESTURES.get(key)
    return known.title if known else key.replace("_", " ")
