"""Lab Streaming Layer for tests: on this computer alone, and only among the tests of one run."""

from __future__ import annotations

import os
from typing import Any

import pytest

# Tests run beside these give out streams of the same names; neither shall find the other's.
SETTINGS = f"[multicast]\nResolveScope = machine\n[lab]\nSessionID = tests {os.getpid()}\n"


def own_lsl() -> Any:
    """The library, set up before anything else uses it; where it is missing the test is skipped."""
    try:
        import pylsl
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"pylsl or its library is not installed: {error}")
    pylsl.set_config_content(SETTINGS)
    return pylsl
