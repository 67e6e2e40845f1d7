"""Steps in a row: where there is no room for all their names, only the present one has its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QPushButton


def name_steps(buttons: Sequence[QPushButton], names: Sequence[str], room: int, gap: int) -> None:
    """Write numbers and names on checkable ``buttons``, ``gap`` px apart, for ``room`` px.

    A step without its name has it in the tooltip.
    """
    _name(buttons, names, all_of_them=True)
    needed = sum(made.sizeHint().width() for made in buttons) + (len(buttons) - 1) * gap
    if needed > room:
        _name(buttons, names, all_of_them=False)


def _name(buttons: Sequence[QPushButton], names: Sequence[str], *, all_of_them: bool) -> None:
    for step, (made, name) in enumerate(zip(buttons, names, strict=True)):
        whole = all_of_them or made.isChecked()
        text = f"{step + 1}  {name}" if whole else f"{step + 1}"
        if made.text() != text:
            made.setText(text)
            made.setToolTip("" if whole else name)
