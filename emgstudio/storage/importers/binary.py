"""Which reader a binary file of another program wants, by its ending."""

from __future__ import annotations

from pathlib import Path

from emgstudio.storage.importers.edf import read_edf
from emgstudio.storage.importers.foreign import Foreign
from emgstudio.storage.importers.mat import read_mat
from emgstudio.storage.importers.wav import read_wav
from emgstudio.storage.importers.xdf import read_xdf

BINARY_SUFFIXES = (".edf", ".bdf", ".xdf", ".mat", ".wav")


def read_binary(file: Path, *, rate: float | None = None, unit: str | None = None) -> Foreign:
    """What ``file`` holds; ``rate`` in Hz and ``unit`` where the file does not say them.

    Raises EmgError with what is wrong and where.
    """
    match file.suffix.lower():
        case ".edf" | ".bdf":
            return read_edf(file)
        case ".xdf":
            return read_xdf(file)
        case ".mat":
            return read_mat(file, rate=rate, unit=unit)
        case _:
            return read_wav(file, unit=unit)
