"""Device addresses: ``scheme:target?driver=key&option=value``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote

from emgstudio.core.errors import EmgError

DRIVER = "driver"
# In place of a port or address: the emulated device inside the program.
EMULATED = "emulated"


@dataclass(frozen=True, slots=True)
class DeviceUri:
    """``scheme:target?name=value&…``, for example ``sim:gestures?person=B&rate=2000``.

    The target is taken as it is (a path may hold blanks and percent signs);
    values of the query are percent-decoded.
    """

    scheme: str
    target: str
    query: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> DeviceUri:
        """Raises EmgError when ``text`` is not a device address."""
        scheme, colon, rest = text.strip().partition(":")
        if not colon or not scheme.isidentifier():
            raise EmgError(
                f"'{text}' is not a device address.",
                "It looks like sim:gestures, replay:PATH or serial:PORT?driver=ascii.",
            )
        target, mark, query = rest.rpartition("?")
        if not mark or (query and "=" not in query):
            target, query = rest, ""
        pairs = parse_qsl(query, keep_blank_values=True)
        if len(dict(pairs)) != len(pairs):
            raise EmgError(f"An option is given twice in '{text}'.")
        return cls(scheme.lower(), target, dict(pairs))

    def __str__(self) -> str:
        query = "&".join(f"{name}={quote(value, safe='/:')}" for name, value in self.query.items())
        return f"{self.scheme}:{self.target}" + (f"?{query}" if query else "")

    @property
    def driver(self) -> str:
        """The key of the driver, "" where the scheme says it all."""
        return self.query.get(DRIVER, "")

    @property
    def options(self) -> dict[str, str]:
        """The query without the driver's key."""
        return {name: value for name, value in self.query.items() if name != DRIVER}

    def with_options(self, options: Mapping[str, str]) -> DeviceUri:
        """The same device and driver with other options."""
        driver = {DRIVER: self.driver} if self.driver else {}
        return DeviceUri(self.scheme, self.target, {**driver, **options})
