"""Handing recordings over: which words may leave, and a pseudonym that is the same every time."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic
from emgstudio.core.paths import config_folder
from emgstudio.core.tasks import Progress
from emgstudio.ml.gestures import GESTURES
from emgstudio.session.files import free_name
from emgstudio.session.label_sets import LabelSet, LabelSets, shipped_sets
from emgstudio.storage.exporters import ExportReport, ExportRequest, export
from emgstudio.storage.recording import Recording

log = logging.getLogger(__name__)

SALT_FILE = "pseudonyms.key"
SALT_BYTES = 16
CODE_LENGTH = 8
# Words of the field that say nothing of a person.
WORDS = frozenset(
    {"rest", "MVC", "onset", "offset", "contraction", "baseline", "trigger", "bad", "artefact"}
)


def known_labels() -> frozenset[str]:
    """Label texts that may leave unasked: gestures, words of the field, labels that ship."""
    titles = {gesture.title for gesture in GESTURES.values()}
    shipped = {item.name for one in shipped_sets() for item in one.labels}
    return frozenset(GESTURES) | titles | {title.lower() for title in titles} | WORDS | shipped


def hed_tags(sets: Iterable[LabelSet]) -> tuple[tuple[str, str], ...]:
    """Labels of the sets that have a HED string, with it; a later set goes before."""
    return tuple({item.name: item.hed for one in sets for item in one.labels if item.hed}.items())


def pseudonym(subject: str, salt: bytes) -> str:
    """A code for ``subject`` that cannot be turned back without the salt, letters and digits."""
    if not subject:
        return "01"
    return hashlib.sha256(salt + subject.encode()).hexdigest()[:CODE_LENGTH]


def own_salt(folder: Path | None = None) -> bytes:
    """The secret of this computer, made when first needed. Raises EmgError if it cannot be."""
    path = (folder or config_folder()) / SALT_FILE
    known = _read_salt(path) if path.exists() else None
    if known is not None:
        return known
    salt = secrets.token_bytes(SALT_BYTES)
    try:
        write_atomic(path, salt.hex().encode())
    except OSError as error:
        raise EmgError(
            f"The key for pseudonyms could not be saved: {error.strerror}.",
            f"Look at the folder {path.parent}, or choose a code for the subject yourself.",
        ) from error
    return salt


def _read_salt(path: Path) -> bytes | None:
    try:
        salt = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        log.info("%s cannot be read, a new one is made: %s", path, error)
        return None
    return salt if len(salt) == SALT_BYTES else None


def export_recording(
    path: Path, folder: Path, request: ExportRequest, progress: Progress | None = None
) -> ExportReport:
    """Export into a new folder inside ``folder``, named after the subject and the format.

    ``request.subject`` empty means a pseudonym made from the recording's own.
    Raises EmgError with what to do, or Cancelled through ``progress``.
    """
    with Recording.open(path) as recording:
        subject = request.subject or pseudonym(recording.subject, own_salt())
        name = recording.path.name if request.identified else f"{subject}_{request.format}"
    whole = replace(
        request,
        subject=subject,
        known_labels=request.known_labels | known_labels(),
        hed=request.hed or hed_tags(LabelSets().all().values()),
    )
    return export(path, free_name(folder, name), whole, progress)
