"""EMG Studio: acquire, see, record and learn from electromyography.

In a script or notebook: ``emgstudio.open("path/to/recording").to_mne()``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emgstudio.storage.recording import Recording

__version__ = "0.1.0"


def open(path: str | Path) -> Recording:
    """Open a recording for reading; nothing in it changes.

    Raises emgstudio.core.errors.EmgError when there is none at ``path`` or it
    cannot be read. Files of other programs are imported first:
    ``emgstudio import FILE --out FOLDER``.
    """
    from emgstudio.storage.recording import Recording

    return Recording.open(path)
