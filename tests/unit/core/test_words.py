"""What is said in the same way everywhere."""

from __future__ import annotations

import pytest

from emgstudio.core.words import several


@pytest.mark.parametrize(
    ("count", "many", "said"),
    [
        (0, "", "0 labels"),
        (1, "", "1 label"),
        (2, "", "2 labels"),
        (2, "label sets", "2 label sets"),
    ],
)
def test_one_is_said_as_one(count: int, many: str, said: str) -> None:
    assert several(count, "label", many) == said
