from __future__ import annotations

import shlex
import sys

import pytest

from emgstudio.core.extras import install_line


def test_the_line_is_for_the_python_that_runs() -> None:
    python, *words = shlex.split(install_line("emgstudio[sound]"))
    assert python == sys.executable
    assert words == ["-m", "pip", "install", "emgstudio[sound]"]


def test_a_folder_with_blanks_is_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/home/my things/python")
    assert shlex.split(install_line("onnx"))[0] == "/home/my things/python"
