"""Lines of numbers from any microcontroller: MyoWare at an Arduino, Teensy, ESP32 and so on.

How the lines are laid out, how fast they come and at which baud rate is found
within two seconds. Described in docs/devices/ascii.md.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from emgstudio.core.clock import host_time
from emgstudio.core.errors import EmgError
from emgstudio.core.types import ARBITRARY_UNIT, MICROVOLT, Channel, Reading, SampleType, StreamInfo
from emgstudio.devices.answers import Patience
from emgstudio.devices.backlog import Backlog
from emgstudio.devices.counting import Uncounted
from emgstudio.devices.driver import Driver, Item
from emgstudio.devices.drivers.ascii_layout import (
    LEAST_LINES,
    SEPARATORS,
    Layout,
    Line,
    find_layout,
    numbers,
)
from emgstudio.devices.drivers.ascii_options import (
    BAUDS,
    AsciiOptions,
    chosen_names,
    scale_of,
)
from emgstudio.devices.drivers.ascii_order import LineOrder, Placed, Row
from emgstudio.devices.link import Link, LinkLost, set_baud
from emgstudio.devices.rows import Rows

READ_WAIT_S = 0.02
# A board that was reset by opening its port is silent for about 2 s.
WAKE_S = 4.0
TRIAL_S = (0.2, 1.0)
TRIAL_LINES = 4
SURVEY_S = 1.2
LONGEST_SURVEY_S = 4.0
# So long between two reads, and this computer stood still. What lay ready meanwhile comes in
# heaps for a moment, at no rate; one that stands still again and again is not waited for.
STOOD_STILL_S, HEAPS_S, LONGEST_WATCH_S = 0.2, 0.3, 12.0
# With the rate given, only the columns have to be found.
SHORT_SURVEY_LINES = 30
LONGEST_LINE = 2048
RECENT_LINES = 20
# Enough to look at what columns do.
REMEMBERED_LINES = 400
LOAD_EVERY_S = 1.0
BITS_PER_BYTE = 10


class AsciiDriver(Driver):
    """Finds out how lines are laid out and reads them; see :class:`Driver`.

    ``layout`` is what was found, None before the first start; ``damaged``
    counts lines that were not numbers.
    """

    key = "ascii"
    title = "Lines of numbers (Arduino, MyoWare, any microcontroller)"
    Options = AsciiOptions
    options: AsciiOptions

    def __init__(self, options: AsciiOptions) -> None:
        super().__init__(options)
        self.layout: Layout | None = None
        self.baud = 0
        self.damaged = 0
        self._recent: deque[Line] = deque(maxlen=REMEMBERED_LINES)
        self._heard = b""
        self._rest = b""

    @property
    def recent(self) -> tuple[str, ...]:
        """The newest lines as they came, oldest first."""
        lines = list(self._recent.copy())[-RECENT_LINES:]
        return tuple(line.decode("utf-8", "replace") for line, _ in lines)

    @property
    def remembered(self) -> tuple[Line, ...]:
        """More of them, each with the host seconds at which it was sent; any thread may ask."""
        return tuple(self._recent.copy())

    def start(self, link: Link) -> tuple[StreamInfo, ...]:
        self._heard = self._first_bytes(link)
        if not self.options.baud:
            self._find_baud(link)
        layout = self._survey(link)
        self.layout = layout
        self.name = "Lines of numbers" + (f" at {self.baud} baud" if self.baud else "")
        self._order = LineOrder(layout.order, layout.rate) if layout.order else None
        self._backlog = Backlog()
        self._uncounted = Uncounted(layout.rate)
        self._rows = Rows("EMG", self._dtype)
        self._next = 0
        self._counted = 0
        self._counted_since: float | None = None
        return (self._info(layout),)

    def _first_bytes(self, link: Link) -> bytes:
        patience = Patience(WAKE_S)
        while patience.lasts():
            if data := link.read(READ_WAIT_S):
                return data
        raise LinkLost(
            "Nothing arrives at this port.",
            "Does the program on the board print lines, and is it running?",
        )

    def _find_baud(self, link: Link) -> None:
        known = (self.baud,) if self.baud else BAUDS
        for seconds in TRIAL_S:
            for baud in known:
                if not set_baud(link, baud):
                    return
                if self._understood(link, seconds):
                    self.baud = baud
                    return
        raise LinkLost(
            "What arrives at this port are no lines of numbers, at no usual baud rate.",
            "Choose the driver of your device, or set the baud rate by hand.",
        )

    def _understood(self, link: Link, seconds: float) -> bool:
        """Whether numbers arrive at the speed that is set now."""
        lines = LineReader()
        patience = Patience(seconds)
        good = 0
        while patience.lasts():
            data = link.read(READ_WAIT_S)
            self._heard += data
            for line in lines.feed(data):
                self._recent.append((line, host_time()))
                good += any(numbers(line, mark) for mark in SEPARATORS.values())
            if lines.strange:
                return False
            if good >= TRIAL_LINES:
                return True
        return False

    def _survey(self, link: Link) -> Layout:
        """Watch lines until their layout is clear; the same as before after a loss."""
        reader, lines = LineReader(), list[Line]()
        rate_known = bool(self.options.rate or self.layout)
        first = began = now = host_time()
        if self._recent:
            # Where the baud rate was just found, this is when.
            now = self._recent[-1][1]
        self._recent.clear()
        while True:
            before = now
            data = link.read(READ_WAIT_S)
            now = host_time()
            if now - before > STOOD_STILL_S and now - first < LONGEST_WATCH_S:
                began = now if rate_known else now + HEAPS_S
            lines += [(line, now) for line in reader.feed(data)]
            if now < began:
                lines.clear()
            enough = (
                len(lines) >= SHORT_SURVEY_LINES
                if rate_known
                else now - began >= SURVEY_S and len(lines) >= LEAST_LINES
            )
            if enough or now - began > LONGEST_SURVEY_S:
                break
        self._rest = reader.rest
        self._recent.extend(lines)
        return self._same_layout(lines) if self.layout else self._new_layout(lines)

    def _new_layout(self, lines: list[Line]) -> Layout:
        options = self.options
        # A board that was reset by opening its port prints its columns' names first.
        heard, self._heard = self._heard.splitlines(), b""
        layout = find_layout(lines, options.separator, options.columns, options.order, heard)
        if layout is None:
            raise LinkLost(
                "The lines that arrive do not agree in their number of columns.",
                "Set the separator by hand, or look at what the board prints.",
            )
        if not layout.columns:
            raise EmgError(
                f"The lines have {layout.fields} columns and no signal in '{options.columns}'.",
                "Columns are counted from 1, such as 2-4,6.",
            )
        if options.names:
            layout = replace(layout, names=chosen_names(options.names, layout))
        rate = options.rate or layout.rate
        if not rate:
            raise EmgError("The sampling rate cannot be measured.", "Set it by hand.")
        return replace(layout, rate=rate)

    def _same_layout(self, lines: list[Line]) -> Layout:
        assert self.layout is not None
        agreeing = sum(self.layout.reads(line) is not None for line, _ in lines)
        if agreeing < 0.5 * len(lines):
            raise EmgError(
                "The lines have other columns than before.", "Disconnect it and connect it anew."
            )
        return self.layout

    def stop(self, link: Link) -> None:
        """There is no common way to tell such a board to be quiet."""

    def feed(self, data: bytes, host: float) -> list[Item]:
        layout = self.layout
        assert layout is not None, "start() comes first"
        *lines, self._rest = (self._rest + self._backlog.take(data, host)).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""
        items: list[Item] = []
        placed: list[Placed] = []
        for k, line in enumerate(lines):
            # Lines of one heap were sent one after another, only the last one just now.
            sent = host - (len(lines) - 1 - k) / layout.rate
            self._recent.append((line.rstrip(b"\r"), sent))
            row = layout.reads(line)
            if row is None:
                self._count_damage(line, placed)
                continue
            placed += self._placed(row, sent)
        if placed:
            items += self._items(placed, host)
        return items + self._load(len(data), host)

    def _load(self, count: int, host: float) -> list[Item]:
        """Once a second, how much of what the port can carry arrives; above 90 % lines get lost."""
        baud = self.options.baud or self.baud
        since = self._counted_since
        if since is None:
            self._counted_since, self._counted = host, 0
            return []
        self._counted += count
        if not baud or host - since < LOAD_EVERY_S:
            return []
        load = 100.0 * self._counted * BITS_PER_BYTE / baud / (host - since)
        self._counted_since, self._counted = host, 0
        return [Reading("port load", load, "%")]

    def _count_damage(self, line: bytes, placed: list[Placed]) -> None:
        self.damaged += 1
        # Without an order column nothing else will tell that this line is missing.
        if self._order is None and any(48 <= byte <= 57 for byte in line):
            placed.append(Placed([], 0, True))

    def _placed(self, row: Row, host: float) -> list[Placed]:
        if self._order is None:
            return [Placed(row, 0, True)]
        return self._order.place(row, host)

    def _items(self, placed: list[Placed], host: float) -> list[Item]:
        assert self.layout is not None
        items: list[Item] = []
        if self._order is None:
            self._next += self._uncounted.lost_before(len(placed), host)
        columns = list(self.layout.columns)
        index: list[int] = []
        rows: list[Row] = []
        estimated = False
        for one in placed:
            if one.lost and index:
                items += self._flush(index, rows, estimated)
                index, rows = [], []
            if one.lost or not index:
                estimated = one.estimated
            self._next += one.lost
            if one.row:
                index.append(self._next)
                rows.append([one.row[c] for c in columns])
            self._next += 1
        return items + self._flush(index, rows, estimated)

    def _flush(self, index: list[int], rows: list[Row], estimated: bool) -> list[Item]:
        if not index:
            return []
        values = np.array(rows)
        if self._dtype == "int32":
            values = np.clip(values, -(1 << 31), (1 << 31) - 1)
        return self._rows.place(np.array(index, np.int64), values, estimated)

    @property
    def _dtype(self) -> SampleType:
        return "int32" if self.layout is not None and self.layout.whole else "float32"

    def _info(self, layout: Layout) -> StreamInfo:
        options = self.options
        scaled = scale_of(options)
        unit, scale, offset, rails = ARBITRARY_UNIT, 1.0, 0.0, None
        if scaled is not None:
            unit, scale, offset = MICROVOLT, scaled.factor, -scaled.zero * scaled.factor
            rails = scaled.rails
        names = (f"Column {name}" if name.isdigit() else name for name in layout.names)
        channels = tuple(Channel(name, unit, scale, offset, rails=rails) for name in names)
        return StreamInfo("EMG", layout.rate, channels, self._dtype, self.name)


class LineReader:
    """Cuts bytes into lines; the first one, which may be half a line, is thrown away.

    ``strange`` turns true when what arrives is no text at all: a wrong baud rate.
    """

    PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"
    SOME_BYTES = 24
    TEXT_SHARE = 0.9

    def __init__(self) -> None:
        self.rest = b""
        self._first = True
        self._bytes = 0
        self._odd = 0

    @property
    def strange(self) -> bool:
        if self._bytes < self.SOME_BYTES:
            return False
        return self._odd > (1.0 - self.TEXT_SHARE) * self._bytes

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without their ends."""
        self._bytes += len(data)
        self._odd += len(data.translate(None, self.PRINTABLE))
        *lines, self.rest = (self.rest + data).split(b"\n")
        if self._first and lines:
            self._first = False
            del lines[0]
        return [line.rstrip(b"\r") for line in lines]
