"""Text files that a program writes in a layout of its own, told by their first lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emgstudio.storage.importers.delsys import header_of, read_delsys
from emgstudio.storage.importers.foreign import Foreign
from emgstudio.storage.importers.openbci import is_openbci, read_openbci
from emgstudio.storage.importers.opensignals import is_opensignals, read_opensignals_text
from emgstudio.storage.pyramid import Reports


def program_of(head: Sequence[str]) -> str | None:
    """Which program wrote a file with these first lines; None for any other table."""
    if is_openbci(head):
        return "OpenBCI GUI"
    if is_opensignals(head):
        return "OpenSignals"
    return "Delsys" if header_of(head) is not None else None


def read_known_text(
    file: Path, head: Sequence[str], progress: Reports | None = None
) -> Foreign | None:
    """What ``file`` holds, None when it is a table of no such program.

    Raises EmgError with what is wrong and where.
    """
    match program_of(head):
        case "OpenBCI GUI":
            return read_openbci(file, head, progress)
        case "OpenSignals":
            return read_opensignals_text(file, head, progress)
        case "Delsys":
            return read_delsys(file, head, progress)
        case _:
            return None
