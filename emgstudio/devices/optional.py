"""Libraries that only some devices need and that not everybody has installed."""

from __future__ import annotations

import importlib
from types import ModuleType

from emgstudio.core.errors import EmgError
from emgstudio.core.extras import install_line


def optional_module(name: str, extra: str, what: str) -> ModuleType:
    """Import ``name``, which comes with the extra ``extra`` and is needed for ``what``.

    Raises EmgError with the command that installs it.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise EmgError(
            f"{what} needs the extra '{extra}', which is not installed.",
            f"Install it with: {install_line(f'emgstudio[{extra}]')}",
        ) from error
    except (OSError, RuntimeError) as error:
        # pylsl raises RuntimeError where its binary library is not there.
        raise EmgError(
            f"{what} cannot be used: a part of the extra '{extra}' does not load.", str(error)
        ) from error
