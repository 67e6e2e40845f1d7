"""Decisions as keys of this computer: one at a time, and none at rest."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlencode

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line
from emgstudio.core.options import option
from emgstudio.ml.gestures import REST
from emgstudio.session.sink_message import Message

log = logging.getLogger(__name__)

HOLD, TAP = "hold", "tap"
# Nothing that deletes, closes or switches programs: a movement can be recognised wrongly.
NAMED = (
    "space", "enter", "tab", "esc", "up", "down", "left", "right",
    "page_up", "page_down", "home", "end", *(f"f{n}" for n in range(1, 13)),
)  # fmt: skip
EXAMPLE = "fist=space,open=right"


@dataclass(frozen=True, slots=True)
class KeyboardPlace:
    """Which movement presses which key."""

    keys: str = option(
        EXAMPLE,
        "Keys",
        doc="Movement=key, with commas between. A key is a letter, a digit, space, enter, tab, "
        "esc, up, down, left, right, page_up, page_down, home, end or f1 to f12.",
    )
    way: str = option(
        HOLD, "How", choices=(HOLD, TAP),
        doc="hold: down as long as the movement lasts; tap: pressed once when it begins.",
    )  # fmt: skip


def parse_keys(text: str) -> dict[str, str]:
    """Key by movement, from text such as ``fist=space,open=right``; EmgError if it is not."""
    keys: dict[str, str] = {}
    for piece in text.split(","):
        gesture, equals, key = (part.strip() for part in piece.partition("="))
        key = key.lower()
        if not gesture or not equals:
            raise EmgError(f"“{text}” says no keys.", f"Write for example {EXAMPLE}.")
        if gesture == REST:
            raise EmgError("Rest cannot have a key: it lets go of all.", "Leave it out.")
        if key not in NAMED and not (len(key) == 1 and key.isascii() and key.isalnum()):
            raise EmgError(
                f"“{key}” is no key that can be pressed.",
                f"Choose a letter, a digit, or one of {', '.join(NAMED)}.",
            )
        keys[gesture] = key
    return keys


def write_keyboard(place: KeyboardPlace) -> str:
    """The address that says what the form says."""
    pairs = parse_keys(place.keys).items()
    said = ",".join(f"{quote(gesture)}={key}" for gesture, key in pairs)
    return f"keyboard:{said}?{urlencode({'way': place.way})}"


def check_keyboard(address: SplitResult, options: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Keys and the way to press them; EmgError when an address does not say them."""
    way = options.get("way", HOLD)
    if way not in (HOLD, TAP):
        raise EmgError(f"Keys cannot be pressed the way “{way}”.", f"Choose {HOLD} or {TAP}.")
    return parse_keys(unquote(address.netloc + address.path)), way


class Keyboard:
    """Presses keys as if on a keyboard; the program whose window is in front gets them."""

    def __init__(self, address: SplitResult, options: Mapping[str, str]) -> None:
        self._keys, self._way = check_keyboard(address, options)
        if importlib.util.find_spec("pynput") is None:
            raise EmgError(
                "Pressing keys needs the extra 'keyboard', which is not installed.",
                f"Install it with: {install_line('emgstudio[keyboard]')}",
            )
        try:
            # It looks for a screen while it is imported.
            from pynput.keyboard import Controller, Key

            self._system: Any = Controller()
        except Exception as error:
            log.info("no keys can be pressed", exc_info=True)
            raise EmgError(
                "This computer lets no program press keys.",
                "On Linux it needs an X11 screen, on macOS allow it under "
                "Privacy & Security › Accessibility.",
            ) from error
        self._codes = {g: getattr(Key, k) if k in NAMED else k for g, k in self._keys.items()}
        self._gesture = REST
        self._held: Any = None

    def send(self, message: Message) -> None:
        """Press what belongs to the movement, after letting go of what belonged to the last."""
        if message.gesture == self._gesture:
            return
        self._let_go()
        code = self._codes.get(message.gesture)
        if code is not None:
            self._held = code
            self._do("press", code)
            if self._way == TAP:
                self._let_go()
        self._gesture = message.gesture

    def close(self) -> None:
        """No key stays down."""
        try:
            self._let_go()
        except OSError as error:
            log.warning("a key may be held: %s", error)

    def _let_go(self) -> None:
        if self._held is not None:
            self._do("release", self._held)
            self._held = None
            self._gesture = REST

    def _do(self, what: str, code: Any) -> None:
        try:
            getattr(self._system, what)(code)
        except Exception as error:
            raise OSError(f"the system refused to {what} a key: {error}") from error
