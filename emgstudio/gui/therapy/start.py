"""What another room hands to the Therapy room."""

from __future__ import annotations

from dataclasses import dataclass

from emgstudio.session.therapy.plan import Plan


@dataclass(frozen=True, slots=True)
class StartTherapy:
    """Begin a session of a client; with a plan its placement comes next, else the protocol."""

    client_code: str
    plan: Plan | None = None
