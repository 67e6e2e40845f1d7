"""The one exception that people read."""


class EmgError(Exception):
    """Something a person can act on: what happened, and what to do next.

    Raised where the cause is known and caught only at thread edges and at the
    two front ends. Any other exception is a bug and is shown as one.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Cancelled(Exception):
    """A person stopped a task; not an error, nothing to report."""
