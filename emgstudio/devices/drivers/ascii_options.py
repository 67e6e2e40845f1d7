"""What a person can say about lines of numbers: layout, names, and what the numbers are worth."""

from __future__ import annotations

from dataclasses import dataclass

from emgstudio.core.errors import EmgError
from emgstudio.core.options import option
from emgstudio.devices.drivers.ascii_layout import SEPARATORS, Layout

BAUDS = (115200, 230400, 57600, 9600, 250000, 500000, 921600, 1000000)
AUTOMATIC, AUTO = {0: "automatic"}, {"auto": "automatic"}


@dataclass(frozen=True)
class AsciiOptions:
    """How lines are read; what is left at its default is found out."""

    baud: int = option(
        0, "Baud rate", choices=(0, *sorted(BAUDS)), words=AUTOMATIC, doc="Automatic finds it."
    )
    separator: str = option("auto", "Separator", choices=("auto", *SEPARATORS), words=AUTO)
    columns: str = option(
        "", "Signal columns", doc="Such as 2-4,6, counted from 1. Empty takes all but the counter."
    )
    order: str = option(
        "auto",
        "Counter or time column",
        choices=("auto", "none", *map(str, range(1, 17))),
        words={**AUTO, "none": "there is none"},
        doc="Tells exactly what is missing. Automatic finds it.",
    )
    rate: float = option(
        0.0, "Sampling rate", unit="Hz", minimum=0.0, maximum=20_000.0,
        words=AUTOMATIC, doc="Automatic measures it.",
    )  # fmt: skip
    names: str = option(
        "", "Names", doc="Of the signal columns, with commas. Empty takes what the board says."
    )
    vref: float = option(
        0.0, "Reference voltage", unit="V", minimum=0.0, maximum=50.0,
        words={0: "not known"}, doc="Of the converter. Not known leaves numbers without a unit.",
    )  # fmt: skip
    bits: int = option(10, "Converter", unit="bit", minimum=1, maximum=32)
    gain: float = option(1.0, "Amplifier gain", minimum=1e-3, maximum=1e6)
    middle: bool = option(
        True, "Zero is half of the reference", doc="As amplifiers with one supply have it."
    )
    factor: float = option(
        0.0, "Or directly: microvolts per step", unit="µV",
        doc="Of the electrodes' voltage, for one step of the numbers. 0 leaves it to the above.",
    )  # fmt: skip
    zero: float = option(0.0, "Number that means 0 µV", doc="Belongs to microvolts per step.")
    reset: bool = option(
        True, "Reset when opened", doc="Off leaves boards running that reset when a port is opened."
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """µV = (number - ``zero``) * ``factor``; ``rails`` are the smallest and largest number."""

    factor: float
    zero: float
    rails: tuple[float, float] | None = None


def scale_of(options: AsciiOptions) -> Scale | None:
    """What a step of the numbers is worth; None while nobody has said so."""
    if options.factor:
        return Scale(options.factor, options.zero)
    if not options.vref:
        return None
    steps = 1 << options.bits
    factor = 1e6 * options.vref / steps / options.gain
    return Scale(factor, steps / 2 if options.middle else 0.0, (0.0, float(steps - 1)))


def scale_through(low: tuple[float, float], high: tuple[float, float]) -> Scale:
    """The line through two points ``(number, µV)``.

    Raises EmgError when they do not make one.
    """
    (raw_low, volts_low), (raw_high, volts_high) = low, high
    if raw_low == raw_high:
        raise EmgError("Both points have the same number.", "Give two different numbers.")
    if volts_low == volts_high:
        raise EmgError("Both points have the same voltage.", "Give two different voltages.")
    factor = (volts_high - volts_low) / (raw_high - raw_low)
    return Scale(factor, raw_low - volts_low / factor)


def chosen_names(text: str, layout: Layout) -> tuple[str, ...]:
    """The names of the signal columns, one for each.

    Raises EmgError when there are more or fewer, or one twice.
    """
    names = tuple(name.strip() for name in text.split(","))
    count = len(layout.columns)
    if len(names) != count:
        raise EmgError(
            f"There are {count} signal columns and {len(names)} names.",
            "Give one name for each, with commas between, or none at all.",
        )
    if len(set(names)) != count or not all(names):
        raise EmgError(f"The names “{text}” cannot be told apart.", "Give each column its own.")
    return names
