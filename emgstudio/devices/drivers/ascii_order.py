"""Which line is this? Holes found by a counter or time column that may itself be damaged."""

from __future__ import annotations

from dataclasses import dataclass

from emgstudio.devices.drivers.ascii_layout import Order

Row = list[float]

MODULI = (1 << 8, 1 << 16, 1 << 32)
FOLLOW = 0.05
# More missing lines than this many seconds beyond what time allows: the board began anew.
BEYOND_TIME_S = 1.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A line's numbers and how many lines are missing before it."""

    row: Row
    lost: int
    estimated: bool


class LineOrder:
    """Places lines by their order column; ``rate`` in lines per second.

    There is no checksum: a number out of order is believed only when the next
    line goes on from it. Until then its line waits; if it does not, the line
    was damaged and is lost.
    """

    def __init__(self, order: Order, rate: float) -> None:
        self._order = order
        self._rate = rate
        self._modulus = order.modulus or (0.0 if order.per_second else MODULI[0])
        self._at: float | None = None
        self._host = 0.0
        self._waiting: tuple[Row, float] | None = None

    def place(self, row: Row, host: float) -> list[Placed]:
        """The lines that are certain now, this one sent at ``host`` seconds or a waiting one."""
        value = row[self._order.column]
        if not self._order.per_second and value >= self._modulus:
            self._modulus = next((m for m in MODULI if m > value), value + 1.0)
        if self._at is None:
            return [self._take(row, host, 0, self._estimated)]
        if self._waiting is None:
            ahead = self._ahead(value, self._at)
            if abs(ahead) < self._order.tolerance:
                return [self._take(row, host, 0, self._estimated)]
            self._waiting = row, host
            return []
        return self._decide(row, host, *self._waiting)

    @property
    def _estimated(self) -> bool:
        return not self._order.exact

    def _decide(self, row: Row, host: float, odd: Row, odd_host: float) -> list[Placed]:
        assert self._at is not None
        value, odd_value = row[self._order.column], odd[self._order.column]
        on = self._ahead(value, odd_value)
        where = round(self._ahead(value, self._at))
        if where in (0, 1):
            # This line is where it should be, so the one before was damaged, or came twice.
            self._waiting = None
            return [self._take(row, host, where, self._estimated)]
        lost, sure = self._lost(odd_value, odd_host)
        if abs(on) < self._order.tolerance or (sure and 0.0 < on <= self._rate):
            self._waiting = None
            first = self._take(odd, odd_host, lost, not sure or self._estimated)
            return [first, *self.place(row, host)]
        self._waiting = row, host
        return []

    def _lost(self, value: float, host: float) -> tuple[int, bool]:
        """Lines missing before ``value``, and whether time agrees; if not, by time."""
        assert self._at is not None
        by_time = (host - self._host) * self._rate - 1.0
        ahead = self._ahead(value, self._at)
        turn = self._modulus / self._order.step
        if turn:
            ahead += turn * max(0, round((by_time - ahead) / turn))
        if ahead >= 0.0 and ahead <= by_time + BEYOND_TIME_S * self._rate:
            return round(ahead), True
        return max(0, round(by_time)), False

    def _ahead(self, value: float, last: float) -> float:
        """Lines between ``last`` and ``value``; negative when it steps back."""
        ahead = (value - last) / self._order.step - 1.0
        turn = self._modulus / self._order.step
        if turn:
            ahead = (ahead + turn / 2.0) % turn - turn / 2.0
        return ahead

    def _take(self, row: Row, host: float, lost: int, estimated: bool) -> Placed:
        value = row[self._order.column]
        if self._order.per_second and self._at is not None and lost == 0:
            # A clock's steps jitter; the place where it should be follows slowly.
            error = self._ahead(value, self._at)
            self._at = value - (1.0 - FOLLOW) * error * self._order.step
        else:
            self._at = value
        self._host = host
        return Placed(row, lost, estimated)
