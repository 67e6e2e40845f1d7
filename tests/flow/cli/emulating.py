"""An ``emgstudio emulate`` of its own process, ended when a test is through with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def emulating(*words: str) -> Iterator[dict[str, Any]]:
    """What it says about itself as JSON, once it can be connected."""
    command = [sys.executable, "-m", "emgstudio", "emulate", *words, "--seconds", "900", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            text = ""
            for line in process.stdout:
                text += line
                if line == "}\n":
                    break
            yield json.loads(text)
        finally:
            process.terminate()
