"""The style sheet: shapes, spacing and states of widgets, filled in with a palette's colours.

Widgets choose a look with dynamic properties: ``kind`` on buttons (primary,
record, quiet, tile), ``role`` on labels (title, heading, muted, big) and frames
(card, bar, banner).
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from emgstudio.core.paths import resource

if TYPE_CHECKING:
    from emgstudio.gui.theme import Palette

SHEET = Template("""
* { outline: 0; }
QToolTip { background: $raised; color: $text; border: 1px solid $outline; padding: 4px 6px; }
QMainWindow, QDialog { background: $background; }

QLabel { background: transparent; }
QLabel[role="display"] { font-size: $pt20; font-weight: 600; }
QLabel[role="title"] { font-size: $pt16; font-weight: 600; }
QLabel[role="heading"] { font-size: $pt11; font-weight: 600; }
QLabel[role="figure"] { font-weight: 600; }
QLabel[role="big"] { font-size: $pt22; font-weight: 600; }
QLabel[role="muted"], QLabel[role="hint"] { color: $muted; }
QLabel[role="problem"] { color: $text; font-weight: 600; }
QLabel[role="count"] {
    background: $check; color: $on_check; font-weight: 700; border-radius: 9px; padding: 1px 6px;
}
QLabel[role="key"] {
    background: $raised; border: 1px solid $outline; border-radius: 4px; padding: 1px 7px;
    font-weight: 600;
}
QLabel[role="demo"] {
    background: $check; color: $on_check; font-weight: 700; padding: 2px 8px; border-radius: 4px;
}

QFrame[role="card"] {
    background: $surface; border: 1px solid $border; border-radius: 10px;
}
QFrame[role="well"] {
    background: $background; border: 1px solid $border; border-radius: 8px;
}
QFrame[role="rail"] { background: $surface; border: 0; border-right: 1px solid $border; }
QFrame[role="status"] { background: $surface; border: 0; border-top: 1px solid $border; }
QFrame[role="session"] {
    background: $surface; border: 0; border-top: 1px solid $border;
    border-bottom: 3px solid $background;
}
QFrame[role="session"][recording="true"] { border-bottom: 3px solid $record; }
QFrame[role="popover"] { background: $raised; border: 1px solid $outline; }
QFrame[role="scrim"] { background: $scrim; border: 0; }
QFrame[role="bar"] { background: $surface; border: 0; }
QFrame[role="toolbar"] { background: $surface; border: 0; border-bottom: 1px solid $border; }
QFrame[role="line"] { background: $border; border: 0; max-height: 1px; min-height: 1px; }

QPushButton, QToolButton {
    background: $raised; color: $text; border: 1px solid $border; border-radius: 6px;
    padding: 5px 12px; min-height: $px20;
}
QToolButton { padding: 5px 8px; }
QPushButton:hover, QToolButton:hover { background: $hover; border-color: $outline; }
QPushButton:pressed, QToolButton:pressed { background: $border; }
QPushButton:checked, QToolButton:checked {
    background: $accent_soft; border-color: $accent; color: $text;
}
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 4px 11px; }
QToolButton:focus { padding: 4px 7px; }
QPushButton:disabled, QToolButton:disabled {
    color: $faint; background: $surface; border-color: $border;
}
QPushButton[kind="primary"], QToolButton[kind="primary"] {
    background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600;
}
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="primary"]:disabled {
    background: $raised; color: $faint; border-color: $border;
}
QPushButton[kind="quiet"], QToolButton[kind="quiet"] {
    background: transparent; border: 1px solid transparent;
}
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:checked, QToolButton[kind="quiet"]:checked {
    background: $accent_soft; border-color: $accent;
}
QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus { border: 2px solid $accent; }
QPushButton[kind="large"] { padding: 12px 22px; min-height: 24px; font-size: $pt11; }
QPushButton[kind="tile"] {
    background: $surface; border: 1px solid $border; border-radius: 10px; padding: 14px;
    text-align: left;
}
QPushButton[kind="tile"]:hover { background: $raised; border-color: $outline; }
QPushButton[kind="tile"]:focus { border: 2px solid $accent; padding: 13px; }
QPushButton[kind="tile"]:checked { background: $accent_soft; border: 2px solid $accent; }
QPushButton[kind="tile"]:checked:focus { border: 2px solid $text; }
QPushButton[kind="record"] {
    min-height: 26px; padding: 3px 14px; border-radius: 16px; font-weight: 600;
    border: 1px solid $outline;
}
QPushButton[kind="record"]:focus { border: 2px solid $accent; padding: 2px 13px; }
QPushButton[kind="record"]:disabled { border-color: $border; }
QPushButton[kind="record"][recording="true"] {
    background: $record; color: $on_record; border-color: $record;
}
QPushButton[kind="record"][recording="true"]:focus { border: 2px solid $text; }

QPushButton[target="large"], QToolButton[target="large"] { min-height: $px32; }
QComboBox[target="large"], QLineEdit[target="large"] { min-height: $px34; }

QToolButton[kind="rail"] {
    background: transparent; border: 0; border-left: 4px solid transparent; border-radius: 0;
    color: $muted; padding: 8px 4px 8px 0px; min-height: 44px;
}
QToolButton[kind="rail"]:hover { background: $hover; color: $text; }
QToolButton[kind="rail"]:checked {
    border-left: 4px solid $accent; background: $accent_soft; color: $text; font-weight: 700;
}
QToolButton[kind="rail"]:focus {
    border: 2px solid $accent; border-left: 4px solid $accent; padding: 6px 2px 6px 0px;
}
QPushButton[kind="brand"] {
    background: transparent; border: 0; font-weight: 700; font-size: $pt11; padding: 4px 12px 4px 0;
}
QPushButton[kind="chip"] { border-radius: 16px; min-height: 24px; padding: 3px 14px; }
QPushButton[kind="chip"]:focus { padding: 2px 13px; }
QPushButton[kind="link"] {
    background: transparent; border: 1px solid transparent; color: $accent; padding: 2px 4px;
    text-align: left;
}
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border: 2px solid $accent; padding: 1px 3px; }
QPushButton[kind="cell"] {
    background: transparent; border: 1px solid transparent; border-radius: 4px; color: $muted;
    padding: 1px 8px; min-height: 22px; text-align: left;
}
QPushButton[kind="cell"]:hover { background: $hover; color: $text; }
QPushButton[kind="cell"]:focus { border: 2px solid $accent; padding: 0px 7px; }
QPushButton[kind="cell"][level="check"], QPushButton[kind="cell"][level="stop"] {
    color: $text; font-weight: 600;
}
QPushButton[kind="cell"][level="demo"] {
    background: $check; color: $on_check; font-weight: 700;
}

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $background; color: $text; border: 1px solid $outline; border-radius: 6px;
    padding: 4px 8px; min-height: $px22; selection-background-color: $accent;
    selection-color: $on_accent;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus,
QComboBox:focus { border: 2px solid $accent; padding: 3px 7px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: $faint; border-color: $border;
}
QLineEdit[wrong="true"], QSpinBox[wrong="true"], QDoubleSpinBox[wrong="true"] {
    border: 2px solid $stop; padding: 3px 7px;
}
QComboBox { padding-right: 24px; background: $raised; border-color: $border; }
QComboBox:hover { background: $hover; border-color: $outline; }
QComboBox::drop-down { border: 0; width: 22px; }
QComboBox::down-arrow { image: url("$chevron_down"); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
    background: $raised; color: $text; border: 1px solid $outline; padding: 4px;
    selection-background-color: $accent_soft; selection-color: $text;
}
QSpinBox, QDoubleSpinBox { padding: 4px 22px 4px 2px; }
QSpinBox:focus, QDoubleSpinBox:focus { padding: 3px 21px 3px 1px; }
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus, QComboBox QLineEdit {
    background: transparent; border: 0; padding: 0; min-height: 0;
}
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button {
    subcontrol-origin: border; width: 20px; border: 0; background: transparent;
}
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-position: top right; }
QSpinBox::down-button, QDoubleSpinBox::down-button { subcontrol-position: bottom right; }
QSpinBox::up-button:hover, QDoubleSpinBox::up-button:hover, QSpinBox::down-button:hover,
QDoubleSpinBox::down-button:hover { background: $hover; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {
    image: url("$chevron_up"); width: 10px; height: 10px;
}
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {
    image: url("$chevron_down"); width: 10px; height: 10px;
}
QCheckBox, QRadioButton { spacing: 8px; min-height: $px24; background: transparent; }
QCheckBox::indicator {
    width: $px16; height: $px16; border: 1px solid $outline; border-radius: 4px;
    background: $background;
}
QCheckBox::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked {
    background: $accent; border-color: $accent; image: url("$tick_mark");
}
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator:focus { border: 2px solid $accent; }

QSlider::groove:horizontal { height: 4px; background: $border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $text; width: 16px; height: 16px; margin: -6px 0; border-radius: 8px;
}
QSlider::handle:horizontal:focus { border: 2px solid $accent; }
QProgressBar {
    background: $border; border: 0; border-radius: 4px; min-height: 8px; max-height: 8px;
    text-align: center; color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 4px; }

QListView, QTreeView, QTableView {
    background: $surface; alternate-background-color: $raised; color: $text;
    border: 1px solid $border; border-radius: 8px; gridline-color: $border;
    selection-background-color: $accent_soft; selection-color: $text;
}
QListView::item, QTreeView::item { padding: 5px 6px; min-height: 22px; border-radius: 4px; }
QTableView::item { padding: 0px 6px; }
QListView::item:hover, QTreeView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
    background: $accent_soft; color: $text;
}
QListView:focus, QTreeView:focus, QTableView:focus { border: 2px solid $accent; }
QHeaderView { background: $surface; border: 0; }
QHeaderView::section {
    background: $surface; color: $muted; border: 0; border-bottom: 1px solid $border;
    padding: 5px 8px;
}
QTableCornerButton::section { background: $surface; border: 0; }

QScrollArea, QScrollArea > QWidget > QWidget[role="page"] { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $scroll; border-radius: 4px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $outline; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: $border; }
QSplitter::handle:hover { background: $accent; }
QTabWidget::pane { border: 1px solid $border; border-radius: 8px; }
QTabBar::tab {
    background: transparent; color: $muted; padding: 7px 14px; border-bottom: 3px solid transparent;
}
QTabBar::tab:selected { color: $text; border-bottom: 3px solid $accent; font-weight: 600; }
QTabBar::tab:focus { color: $accent; }

QMenuBar { background: $surface; color: $text; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 4px 10px; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; color: $text; border: 1px solid $outline; padding: 4px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $border; margin: 4px 6px; }
QMenu::icon { padding-left: 10px; }

QFrame[role="notice"] {
    background: $raised; border: 1px solid $outline; border-left: 4px solid $accent;
    border-radius: 8px;
}
QFrame[role="notice"][level="warning"] { border-left-color: $check; }
QFrame[role="notice"][level="error"] { border-left-color: $stop; }
QFrame[role="banner"] {
    background: $accent_soft; border: 0; border-bottom: 1px solid $accent;
}
""")


LINE = 16
"""Height of a line of text at 100 %, pixels."""


def sheet(palette: Palette, scale: int = 100) -> str:
    """The whole style sheet for one palette; ``scale`` of text in percent."""
    tone = "dark" if palette.dark else "light"
    colours = {
        name: getattr(palette, name)
        for name in palette.__dataclass_fields__
        if isinstance(getattr(palette, name), str)
    }
    pictures = {
        "chevron_down": resource(f"icons/style/chevron-down-{tone}.svg").as_posix(),
        "chevron_up": resource(f"icons/style/chevron-up-{tone}.svg").as_posix(),
        "tick_mark": resource(f"icons/style/tick-mark-{tone}.svg").as_posix(),
    }
    derived = {
        "accent_soft": mix(palette.accent, palette.surface, 0.22 if palette.dark else 0.14),
        "accent_hover": mix(palette.accent, palette.text, 0.85),
        "on_check": palette.on_accent,
        "scroll": mix(palette.outline, palette.surface, 0.55),
    }
    sizes = {f"pt{size}": f"{size * scale / 100:g}pt" for size in (11, 16, 20, 22)}
    # Least heights grow with the text, or a full page squeezes the words out of its fields.
    line = round(LINE * scale / 100)
    sizes |= {"px16": f"{line}px"} | {f"px{n}": f"{max(n, line)}px" for n in (20, 22, 24, 32, 34)}
    return SHEET.substitute(colours | pictures | derived | sizes)


def mix(over: str, under: str, share: float) -> str:
    """``share`` of one ``#RRGGBB`` colour over another, opaque."""
    pairs = ((int(over[i : i + 2], 16), int(under[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)
