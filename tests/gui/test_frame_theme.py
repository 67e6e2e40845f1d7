"""Colours can be told apart and read, and every drawing exists."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QPushButton

from emgstudio.core.paths import resource
from emgstudio.gui import assets, style
from emgstudio.gui.theme import DARK, LIGHT, Palette, current, theme

PALETTES = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda p: p.name)


def luminance(colour: str) -> float:
    """WCAG 2 relative luminance."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@PALETTES
def test_a6_words_have_the_contrast_that_reading_needs(palette: Palette) -> None:
    for under in ("background", "canvas", "surface", "raised", "hover"):
        for ink in ("text", "muted"):
            ratio = contrast(getattr(palette, ink), getattr(palette, under))
            assert ratio >= 4.5, f"{ink} on {under}: {ratio:.2f}"
    assert contrast(palette.on_accent, palette.accent) >= 4.5
    assert contrast(palette.on_record, palette.record) >= 4.5
    soft = style.mix(palette.accent, palette.surface, 0.22 if palette.dark else 0.14)
    assert contrast(palette.text, soft) >= 4.5


@PALETTES
def test_a6_shapes_and_traces_stand_out(palette: Palette) -> None:
    for under in ("background", "canvas", "surface"):
        for ink in ("good", "check", "stop", "accent", "outline"):
            ratio = contrast(getattr(palette, ink), getattr(palette, under))
            assert ratio >= 3.0, f"{ink} on {under}: {ratio:.2f}"
    for trace in palette.traces:
        assert contrast(trace, palette.canvas) >= 2.95, trace


def test_trace_colours_repeat_after_eight() -> None:
    assert DARK.trace(9) == DARK.traces[1]


@PALETTES
def test_the_sheet_has_no_open_places(palette: Palette) -> None:
    text = style.sheet(palette, 150)
    assert "$" not in text
    assert "font-size: 30pt" in text


def test_switching_the_theme_changes_what_is_on_and_tells(qapp: QApplication) -> None:
    seen: list[Palette] = []
    theme().changed.connect(seen.append)
    theme().apply("light")
    assert current() is LIGHT
    assert seen == [LIGHT]
    assert qapp.palette().window().color() == QColor(LIGHT.background)
    theme().apply("light")
    assert seen == [LIGHT], "the same theme again changes nothing"
    theme().changed.disconnect(seen.append)


def test_text_grows_with_the_scale(qapp: QApplication) -> None:
    before = qapp.font().pointSizeF()
    theme().apply("dark", 200)
    try:
        assert qapp.font().pointSizeF() == pytest.approx(2 * before)
        assert theme().pixels(10) == 20
    finally:
        theme().apply("dark", 100)
    assert qapp.font().pointSizeF() == pytest.approx(before)
    assert before >= 10


def test_every_drawing_can_be_painted(qapp: QApplication) -> None:
    files = sorted(resource("icons").glob("*.svg")) + sorted(resource("gestures").glob("*.svg"))
    assert len(files) > 60
    for file in files:
        image = assets.picture(f"{file.parent.name}/{file.stem}", QSize(24, 24)).toImage()
        assert ink(image), f"{file} paints nothing"


def test_an_icon_takes_the_colour_of_the_theme_that_is_on(qapp: QApplication) -> None:
    button = QPushButton("Save")
    assets.set_icon(button, "record", "accent")
    for palette, mode in ((DARK, "dark"), (LIGHT, "light")):
        theme().apply(mode)
        image = button.icon().pixmap(32, 32).toImage()
        assert image.pixelColor(image.rect().center()) == QColor(palette.accent)


def test_a_gesture_without_a_drawing_shows_a_hand(qapp: QApplication) -> None:
    assert ink(assets.gesture_picture("my own gesture", QSize(48, 48)).toImage())


def test_drawings_use_the_ink_that_they_are_given() -> None:
    for file in resource("icons").glob("*.svg"):
        if file.stem == "app":
            continue
        colours = set(
            re.findall(r'(?:stroke|fill)="(?!none|currentColor)([^"]+)"', file.read_text())
        )
        assert not colours, f"{file.name} brings its own colours {colours}"


def ink(image: QImage) -> int:
    """How many pixels are not empty."""
    return sum(
        image.pixelColor(x, y).alpha() > 0
        for x in range(image.width())
        for y in range(image.height())
    )
