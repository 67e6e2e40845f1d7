"""Which reader a binary file of another program wants, by its ending."""

from __future__ import annotations

from pathlib import Path

from emgstudio.storage.importers.c3d import read_c3d
from emgstudio.storage.importers.edf import read_edf
from emgstudio.storage.importers.foreign import Foreign
from emgstudio.storage.importers.mat import read_mat
from emgstudio.storage.importers.opensignals import read_opensignals_h5
from emgstudio.storage.importers.wav import read_wav
from emgstudio.storage.importers.xdf import read_xdf

BINARY_SUFFIXES = (".edf", ".bdf", ".xdf", ".mat", ".wav", ".c3d", ".h5", ".hdf5")


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
        case ".c3d":
            return read_c3d(file)
        case ".h5" | ".hdf5":
            return read_opensignals_h5(file)
        case _:
            return read_wav(file, unit=unit)
