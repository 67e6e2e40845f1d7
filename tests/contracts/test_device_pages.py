"""Every driver has its page: how to wire it, what its numbers mean, what it cannot do."""

from __future__ import annotations

import re

import pytest

from emgstudio.devices.registry import DRIVERS, DeviceKind
from tests.contracts.house import ROOT

PAGES = ROOT / "docs" / "devices"
INDEX = (PAGES / "README.md").read_text("utf-8")
SECTION = re.compile(r"(?:^#+ |\*\*)(\w+)(?: and (\w+))?", re.MULTILINE)
REAL = [kind for kind in DRIVERS if kind.scheme not in ("sim", "replay")]


def page(kind: DeviceKind) -> str:
    return (PAGES / f"{kind.key}.md").read_text("utf-8")


@pytest.mark.parametrize("kind", REAL, ids=lambda kind: kind.key)
def test_a_page_says_wiring_units_and_limits(kind: DeviceKind) -> None:
    sections = {word.lower() for found in SECTION.findall(page(kind)) for word in found}
    assert {"wiring", "units", "limits"} <= sections


@pytest.mark.parametrize("kind", REAL, ids=lambda kind: kind.key)
def test_a_page_says_how_to_connect_and_to_rehearse(kind: DeviceKind) -> None:
    text = page(kind)
    assert f"driver={kind.key}" in text or f"{kind.scheme}:" in text
    if kind.emulator is not None:
        assert f"emgstudio emulate {kind.key}" in text


def test_the_index_leads_to_every_page() -> None:
    for kind in DRIVERS:
        assert f"({kind.key}.md)" in INDEX
    for path in PAGES.glob("*.md"):
        assert path.name == "README.md" or f"({path.name})" in INDEX
