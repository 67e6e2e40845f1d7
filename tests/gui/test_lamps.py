"""The quality lamps as a person sees them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from emgstudio.dsp.quality_lamps import Lamp, LampLevel
from emgstudio.dsp.quality_rules import quality_rules
from emgstudio.gui.panels.lamps import LampChip, LampPanel, findings, summary
from emgstudio.session.quality import ChannelQuality


def lamp(code: str, level: LampLevel) -> Lamp:
    rule = next(r for r in quality_rules() if r.code == code)
    return Lamp(
        code,
        level,
        rule.name,
        f"Said of {code}.",
        rule.advice,
        rule.action,
        rule.action_text,
        rule.of_device,
    )


HUM, OFF = lamp("Q-HUM", LampLevel.CHECK), lamp("Q-OFF", LampLevel.STOP)
BATTERY = lamp("Q-BATT", LampLevel.CHECK)
GOOD = ChannelQuality(0, "Biceps", LampLevel.GOOD)
HUMS = tuple(ChannelQuality(k, f"EMG {k}", LampLevel.CHECK, (HUM,)) for k in (1, 2))
DEAD = ChannelQuality(3, "EMG 3", LampLevel.STOP, (OFF, BATTERY))


@pytest.mark.parametrize(
    ("channels", "text"),
    [
        ((), "Signal: –"),
        ((GOOD,), "Signal good"),
        ((GOOD, *HUMS), "Mains hum · 2 of 3"),
        ((GOOD, *HUMS, DEAD), "No signal · 1 of 4"),
        ((DEAD,), "No signal"),
    ],
)
def test_the_chip_says_the_worst(
    qtbot: QtBot, channels: tuple[ChannelQuality, ...], text: str
) -> None:
    chip = LampChip()
    qtbot.addWidget(chip)
    chip.show_quality(channels)
    assert chip.text() == summary(channels) == text
    assert text in chip.accessibleName()


def test_the_chip_is_big_enough_and_opens(qtbot: QtBot) -> None:
    chip = LampChip()
    qtbot.addWidget(chip)
    chip.show()
    assert chip.sizeHint().height() >= 44
    with qtbot.waitSignal(chip.opened):
        chip.click()


def test_one_finding_on_several_channels_is_one_row() -> None:
    kinds = findings((*HUMS, DEAD))
    assert [one.code for one, _ in kinds] == ["Q-OFF", "Q-HUM", "Q-BATT"]
    assert [c.channel for c in kinds[1][1]] == [1, 2]


def test_the_panel_offers_what_can_be_done(qtbot: QtBot) -> None:
    panel = LampPanel()
    qtbot.addWidget(panel)
    panel.show_quality((*HUMS, DEAD))
    buttons = {b.text(): b for b in panel.findChildren(QPushButton)}
    assert set(buttons) == {"Wake it", "Show EMG 3", "Filter it", "Show EMG 1"}
    assert all(b.accessibleName() for b in buttons.values())
    with qtbot.waitSignal(panel.action_wanted) as asked:
        buttons["Filter it"].click()
    assert asked.args[0] == "filter-hum"
    assert asked.args[1] is HUMS[0]
    with qtbot.waitSignal(panel.channel_wanted) as wanted:
        buttons["Show EMG 3"].click()
    assert wanted.args == [DEAD]


def test_rows_stay_while_the_words_stay(qtbot: QtBot) -> None:
    panel = LampPanel()
    qtbot.addWidget(panel)
    panel.show_quality(HUMS)
    before = panel.findChildren(QPushButton)
    panel.show_quality(tuple(HUMS))
    assert panel.findChildren(QPushButton) == before
