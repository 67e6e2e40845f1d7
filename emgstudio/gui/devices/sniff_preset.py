"""How one characteristic packs its numbers: fields beside the numbers that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QLabel, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.core.types import ARBITRARY_UNIT
from emgstudio.devices.ble_draft import PresetDraft, counted_on, preset_of
from emgstudio.devices.ble_presets import PackedPreset
from emgstudio.gui.devices.driver_form import make_narrow
from emgstudio.gui.devices.spark import Spark
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.theme import theme
from emgstudio.gui.widgets import StatusWord, column, label, row

MOST_CHANNELS_SHOWN = 8
NARROW = 680


class PresetEditor(QFrame):
    """``changed`` after every edit; :meth:`show_payloads` decodes with what is said now."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "well")
        self.form = OptionsForm(PresetDraft)
        self.form.changed.connect(self._edited)
        self.fits = StatusWord("", "lamp-off")
        self.counts = StatusWord("", "lamp-off")
        self._lines: list[tuple[Spark, QLabel]] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        words = column(
            label("What it makes of the packets", "heading"),
            self.fits,
            self.counts,
            self._grid,
            1,
            spacing=8,
        )
        preview = QWidget()
        preview.setLayout(words)
        make_narrow(self.form)
        self._sides = row(self.form, preview, spacing=24)
        self._sides.setStretchFactor(self.form, 1)
        self._sides.setStretchFactor(preview, 1)
        whole = column(label("How it packs its numbers", "heading"), self._sides, spacing=10)
        whole.setContentsMargins(14, 12, 14, 12)
        self.setLayout(whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room beside each other, the numbers come below the fields."""
        super().resizeEvent(event)
        direction = QBoxLayout.Direction
        narrow = self.width() < theme().pixels(NARROW)
        self._sides.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)

    def show_draft(self, draft: PresetDraft) -> None:
        """Begin with this draft."""
        self.form.set_values(asdict(draft))
        self._edited()

    def make(
        self,
        characteristic: str,
        service: str,
        names: tuple[str, ...],
        start: tuple[tuple[str, str], ...],
    ) -> PackedPreset:
        """The preset as described now. Raises EmgError, the form shows where."""
        draft: PresetDraft = self.form.options()
        return preset_of(draft, characteristic, service=service, names=names, start=start)

    def show_payloads(self, characteristic: str, payloads: Sequence[bytes]) -> None:
        """Decode these with what is said now; what does not fit is said in words."""
        try:
            preset = preset_of(PresetDraft(**self.form.values()), characteristic)
        except EmgError as error:
            self.fits.show_status("stop", str(error))
            self.counts.hide()
            self._show_numbers(None, ())
            return
        wanted = preset.payload_bytes
        good = [p for p in payloads if len(p) == wanted]
        self._say_fit(preset, payloads, len(good))
        steps, right = counted_on(preset, good)
        self.counts.setVisible(bool(steps))
        if steps:
            fine = right >= 0.9 * steps
            text = f"The counter goes on in {right} of {steps} steps."
            self.counts.show_status("good" if fine else "check", text)
        self._show_numbers(preset, good)

    def _say_fit(self, preset: PackedPreset, payloads: Sequence[bytes], good: int) -> None:
        wanted = preset.payload_bytes
        if not payloads:
            self.fits.show_status("lamp-off", f"{wanted} bytes; nothing has come yet.")
        elif good:
            self.fits.show_status("good", f"{wanted} bytes, as they come.")
        else:
            came = len(payloads[-1])
            self.fits.show_status("check", f"This makes {wanted} bytes, but {came} come.")

    def _show_numbers(self, preset: PackedPreset | None, payloads: Sequence[bytes]) -> None:
        if preset is None or not payloads:
            self._have(0)
            return
        rows = np.concatenate([preset.numbers(p) for p in payloads]).astype(float)
        values = rows * preset.scale + preset.offset
        count = min(preset.channels, MOST_CHANNELS_SHOWN)
        self._have(count)
        unit = "" if preset.unit == ARBITRARY_UNIT else f" {preset.unit}"
        for k, (spark, words) in enumerate(self._lines):
            one = values[:, k]
            spark.show_values(one)
            words.setText(f"{one.min():.5g} to {one.max():.5g}{unit}")

    def _have(self, count: int) -> None:
        if count == len(self._lines):
            return
        while (item := self._grid.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        self._lines = []
        for k in range(count):
            spark = Spark(f"Newest values of channel {k + 1}", k)
            words = label("", "muted")
            self._grid.addWidget(label(str(k + 1)), k, 0)
            self._grid.addWidget(spark, k, 1)
            self._grid.addWidget(words, k, 2)
            self._lines.append((spark, words))

    def _edited(self) -> None:
        self.changed.emit()
