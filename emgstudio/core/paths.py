"""Where the app keeps its own files. ``EMGSTUDIO_HOME`` moves all of them, tests do so always."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def config_folder() -> Path:
    """Settings; one per user account."""
    return _home("config")


def data_folder() -> Path:
    """Models and other things a person made, unless they chose another place."""
    return _home("data")


def log_folder() -> Path:
    """Log files."""
    return _home("logs")


def recordings_folder() -> Path:
    """Where recordings go unless a person chooses another place."""
    if "EMGSTUDIO_HOME" in os.environ:
        return _home("recordings")
    return Path.home() / "EMG Studio"


def resource(name: str) -> Path:
    """A file that ships with the app, found in a bundle, a wheel or a checkout.

    Raises FileNotFoundError when the installation is not whole.
    """
    package = Path(__file__).resolve().parent.parent
    bundle = getattr(sys, "_MEIPASS", None)
    places = [package / "_resources", package.parent / "resources"]
    if bundle:
        places.insert(0, Path(bundle) / "resources")
    for place in places:
        if (place / name).exists():
            return place / name
    raise FileNotFoundError(f"resource '{name}' is missing from this installation: {places}")


def _home(kind: str) -> Path:
    moved = os.environ.get("EMGSTUDIO_HOME")
    if moved:
        return Path(moved) / kind
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
        return base / "EMG Studio" / kind
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "EMG Studio" / kind
    variable, default = {
        "config": ("XDG_CONFIG_HOME", ".config"),
        "data": ("XDG_DATA_HOME", ".local/share"),
        "logs": ("XDG_STATE_HOME", ".local/state"),
    }[kind]
    return Path(os.environ.get(variable) or Path.home() / default) / "emgstudio"
