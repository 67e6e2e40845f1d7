"""What a person chose, kept in one small file; nothing about clients belongs here."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_json
from emgstudio.core.options import checked, option, option_fields
from emgstudio.core.outbox import Outbox
from emgstudio.core.types import Level

log = logging.getLogger(__name__)

FILE = "settings.json"
RECENT_KEPT = 8
# A whole number above may be no float, and is no setting.
LARGEST = 2**53
LIVE_VIEWS = ("raw", "conditioned", "envelope", "rectified", "percent")


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the window looks."""

    theme: str = option("system", "Theme", choices=("system", "dark", "light"))
    scale: int = option(100, "Size of text and controls", unit="%", minimum=100, maximum=200)


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """Where recordings go and who makes them."""

    folder: str = option("", "Folder", doc="Empty: the EMG Studio folder in your home folder.")
    author: str = option("", "Your name or initials", doc="Signs the marks that you set.")
    electrodes: str = option("", "Electrodes", doc="Kind, size and distance, for every recording.")
    label_set: str = option("General", "Labels", doc="The label set that was used last.")
    camera: str = option("", "Camera", doc="Its number (0 is the first) or address; empty: none.")
    page_keys: bool = option(False, "Page keys of a foot switch are triggers")
    triggers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """The Live room."""

    seconds: float = option(10.0, "Time shown", unit="s", minimum=1.0, maximum=60.0)
    view: str = option("conditioned", "Signal", choices=LIVE_VIEWS)
    spectrogram: bool = option(True, "Show the spectrogram")
    arrays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """The Review room."""

    label_set: str = option("", "Labels", doc="The label set; empty: the recording's own labels.")


@dataclass(frozen=True, slots=True)
class Sending:
    """Where decisions may go; nothing goes there before a person says so, at each start."""

    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reports:
    """What stands on every report."""

    clinic: str = option("", "Clinic", doc="The first line of a report.")
    paper: str = option("A4", "Paper", choices=("A4", "Letter"))


@dataclass(frozen=True, slots=True)
class Sounds:
    """What exercises and calibration let be heard; all of it is also seen."""

    cues: bool = option(True, "Cues", doc="When work and rest begin, and for a reached goal.")
    tone: bool = option(False, "Tone", doc="Higher with more effort.")
    volume: int = option(60, "Volume", unit="%", minimum=0, maximum=100)
    bell: bool = option(False, "Bell", doc="Calibrate: where a hold begins and where it ends.")
    voice: bool = option(False, "Voice", doc="Calibrate: what the page asks for is spoken.")
    muted: bool = option(False, "Sound off")


@dataclass(frozen=True, slots=True)
class Recent:
    """What was used last, newest first, so that it is one click away."""

    devices: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; replaced whole, never changed in place."""

    accepted_statement: bool = option(False, "I know that this is not a medical device")
    appearance: Appearance = field(default_factory=Appearance)
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    live: Live = field(default_factory=Live)
    review: Review = field(default_factory=Review)
    sending: Sending = field(default_factory=Sending)
    reports: Reports = field(default_factory=Reports)
    sounds: Sounds = field(default_factory=Sounds)
    recent: Recent = field(default_factory=Recent)

    def changed(self, part: str, **values: Any) -> Settings:
        """These settings with some values of one part replaced: ``changed("live", seconds=5.0)``.

        Raises EmgError when a value does not fit.
        """
        new = dataclasses.replace(getattr(self, part), **values)
        for about in option_fields(type(new)):
            checked(about, getattr(new, about.name))
        return dataclasses.replace(self, **{part: new})

    def used(self, kind: str, item: str) -> Settings:
        """These settings with ``item`` as the most recent of ``kind`` (devices, recordings)."""
        others = [old for old in getattr(self.recent, kind) if old != item]
        return self.changed("recent", **{kind: (item, *others)[:RECENT_KEPT]})


# MIGRATIONS[n - 1] turns what schema n stored into what schema n + 1 stores.
Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: tuple[Migration, ...] = ()


def save_settings(folder: Path, settings: Settings) -> None:
    """Write the settings file; a crash leaves the old one. Raises EmgError if it cannot."""
    values = {"schema": len(MIGRATIONS) + 1} | dataclasses.asdict(settings)
    try:
        write_json(folder / FILE, values)
    except OSError as error:
        raise EmgError(
            f"The settings could not be saved: {error.strerror}.", f"Look at the folder {folder}."
        ) from error


def load_settings(
    folder: Path, outbox: Outbox, migrations: tuple[Migration, ...] = MIGRATIONS
) -> Settings:
    """The stored settings; defaults where there are none or where they cannot be used.

    A file that cannot be read is set aside as ``.bad``, one of a newer version
    is kept beside; both are told through the outbox.
    """
    path = folder / FILE
    try:
        stored = json.loads(path.read_text("utf-8"))
        schema = stored["schema"]
        if not isinstance(schema, int) or schema < 1:
            raise ValueError(f"schema {schema!r}")
        for migrate in migrations[schema - 1 :]:
            stored = migrate(stored)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        log.info("settings not readable: %r", error)
        kept = _set_aside(path, ".bad")
        outbox.notice(
            Level.WARNING, "Your settings could not be read; the defaults are used.", kept
        )
        return Settings()
    if schema > len(migrations) + 1:
        kept = _set_aside(path, f".schema{schema}")
        outbox.notice(Level.INFO, "These settings were made by a newer EMG Studio.", kept)
    return _build(Settings, stored, outbox)


def _set_aside(path: Path, ending: str) -> str:
    aside = path.with_name(path.name + ending)
    try:
        os.replace(path, aside)
    except OSError as error:
        return f"The file {path} could not be set aside: {error.strerror}."
    return f"The old file is kept as {aside}."


P = TypeVar("P")


def _build(kind: type[P], stored: Any, outbox: Outbox) -> P:
    """An instance of a settings class from JSON, with the default for whatever does not fit."""
    hints = typing.get_type_hints(kind)
    options = {about.name: about for about in option_fields(kind)}
    values: dict[str, Any] = {}
    for item in dataclasses.fields(kind):  # type: ignore[arg-type]
        if not isinstance(stored, dict) or item.name not in stored:
            continue
        value, wanted = stored[item.name], hints[item.name]
        try:
            if dataclasses.is_dataclass(wanted):
                values[item.name] = _build(typing.cast("type", wanted), value, outbox)
            elif item.name in options:
                values[item.name] = checked(options[item.name], _typed(wanted, value))
            else:
                values[item.name] = tuple(_typed(str, part) for part in _typed(list, value))
        except EmgError as error:
            outbox.notice(Level.WARNING, f"A setting was not used. {error.message}", error.hint)
    return kind(**values)


def _typed(wanted: type, value: Any) -> Any:
    if wanted is float and type(value) is int and abs(value) < LARGEST:
        return float(value)
    if type(value) is not wanted:
        raise EmgError(f"'{value}' is not the right kind of value.", "The default is used.")
    return value
