"""What a device can be asked to do, as buttons made from what its driver offers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget

from emgstudio.core.errors import EmgError
from emgstudio.gui.flow import FlowLayout
from emgstudio.gui.forms import OptionsForm
from emgstudio.gui.widgets import Popover, button, column, label, row

if TYPE_CHECKING:
    from emgstudio.devices.actions import Action
    from emgstudio.devices.worker import DeviceWorker


class ActionRow(QWidget):
    """Buttons for :attr:`DeviceWorker.actions`; those with options ask for them first."""

    def __init__(self, worker: DeviceWorker) -> None:
        super().__init__()
        self.setAccessibleName(f"What {worker.title} can be asked")
        self._worker = worker
        self._shown: tuple[Action, ...] = ()
        self._values: dict[str, dict[str, object]] = {}
        self.buttons: dict[str, QPushButton] = {}
        self.form: OptionsForm | None = None
        self._flow = FlowLayout((8, 8))
        self.setLayout(self._flow)
        self.hide()

    def refresh(self) -> None:
        """Other buttons when the driver offers other actions."""
        actions = self._worker.actions
        if actions == self._shown:
            return
        self._shown = actions
        while (item := self._flow.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.hide()
                gone.deleteLater()
        self.buttons = {action.key: self._button(action) for action in actions}
        for made in self.buttons.values():
            self._flow.addWidget(made)
        self.setVisible(bool(actions))

    def _button(self, action: Action) -> QPushButton:
        title = action.title + ("…" if action.options else "")
        made = button(title, partial(self._ask, action), tooltip=action.detail)
        made.setAccessibleDescription(action.detail)
        return made

    def _ask(self, action: Action) -> None:
        if action.options is None:
            self._worker.act(action.key)
            return
        form = OptionsForm(action.options, self._values.get(action.key))
        self.form = form
        go = button(action.title, lambda: self._act(action, form, popover), kind="primary")
        content = column(
            label(action.title, "heading"),
            label(action.detail, "muted", wrap=True),
            form,
            row(1, go),
            spacing=10,
        )
        popover = Popover(self, content)
        popover.setMinimumWidth(320)
        popover.show_beside(self.buttons[action.key])

    def _act(self, action: Action, form: OptionsForm, popover: Popover) -> None:
        try:
            form.options()
        except EmgError:
            # The form says which value does not fit.
            return
        self._values[action.key] = form.values()
        self._worker.act(action.key, form.values())
        popover.close()
