"""Watches how many pictures a second there are, and when to make them at a lower cost."""

from __future__ import annotations

from dataclasses import dataclass, field

SLOW_FPS = 20.0
# Below this share of a core others keep the window waiting, and drawing less would not help it.
BUSY_SHARE = 0.4
SPAN_S = 2.0
WELL_FOR_S = 20.0
# A longer pause between two frames is no slowness: the room was hidden or the computer slept.
PAUSE_S = 1.0


@dataclass(slots=True)
class Pace:
    """``lighter`` is 0 (the picture as chosen), 1 (no scrolling) or 2 (every second frame).

    A step up after two seconds below 20 frames a second in which the window itself was
    busy, back down after twenty good ones. Without scrolling there is nothing at 1 to be gained.
    """

    lighter: int = 0
    slowest: float = 0.0
    _times: list[float] = field(default_factory=list)
    _spent: float = 0.0
    _good_since: float | None = None

    def frame(self, now: float, *, scrolls: bool, spent: float) -> bool:
        """Count a frame at ``now`` seconds; True when ``lighter`` changed.

        ``spent``: seconds of processor that the window's thread has used so far.
        """
        if self._times and not 0 <= now - self._times[-1] < PAUSE_S:
            self._times.clear()
            self._good_since = None
        if not self._times:
            self._spent = spent
        self._times.append(now)
        if now - self._times[0] < SPAN_S:
            return False
        passed = now - self._times[0]
        fps, busy = (len(self._times) - 1) / passed, (spent - self._spent) / passed
        self._times, self._spent = [now], spent
        if fps < SLOW_FPS:
            self._good_since = None
            if busy < BUSY_SHARE:
                return False
            self.slowest = fps
            if self.lighter == 2:
                return False
            self.lighter += 1 if scrolls else 2 - self.lighter
            return True
        if self.lighter == 0:
            return False
        self._good_since = now if self._good_since is None else self._good_since
        if now - self._good_since < WELL_FOR_S:
            return False
        self.lighter -= 1 if scrolls else self.lighter
        self._good_since = None
        return True

    @property
    def words(self) -> str:
        """What to tell a person; "" when there is nothing to tell."""
        if self.lighter == 0:
            return ""
        how = "sweeps instead of scrolling" if self.lighter == 1 else "is drawn half as often"
        return (
            f"This computer drew only {self.slowest:.0f} pictures a second: the picture {how}. "
            "Recording is not affected."
        )
