"""Recursive filters that stream: so many rows at once are one product with a matrix.

Rows and state out are linear in rows and state in, so a block of rows needs no loop
over them, and nothing of scipy.signal, whose import takes two seconds.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# More rows at once need more multiplications for each, fewer more calls.
BLOCK = 64
# Rows of a long signal at once: they stay in the processor's cache.
ROWS = 32 * BLOCK


class System(NamedTuple):
    """A filter by its state z: ``y = row @ z + direct x``, then ``z = step @ z + push x``."""

    step: Floats
    push: Floats
    row: Floats
    direct: float


class BlockFilter:
    """A filter for columns of samples; keeps no samples itself, ``run`` takes the state.

    ``order`` is how many numbers of state each column has.
    """

    def __init__(self, system: System) -> None:
        step, push, row, direct = system
        self.order = len(push)
        powers = [np.eye(self.order)]
        for _ in range(BLOCK):
            powers.append(step @ powers[-1])
        self._powers = powers
        # What the state alone gives in each row, and what a row leaves in the state.
        self._free = np.array([row @ p for p in powers[:BLOCK]]).reshape(BLOCK, self.order)
        self._left = np.array([p @ push for p in powers[BLOCK - 1 :: -1]]).T
        response = np.concatenate([[direct], self._free[:-1] @ push])
        rows, columns = np.indices((BLOCK, BLOCK))
        self._forced = np.where(rows >= columns, response[rows - columns], 0.0)
        self._by_length: dict[int, Floats] = {}

    def run(self, x: Floats, state: Floats) -> tuple[Floats, Floats]:
        """The next rows ``x (n, columns)`` filtered, and the state after them.

        ``state (order, columns)`` is left as it is.
        """
        if len(x) <= BLOCK:
            return self._short(x, state)
        out = np.empty(x.shape)
        whole = len(x) - len(x) % BLOCK
        for start in range(0, whole, ROWS):
            part = slice(start, min(start + ROWS, whole))
            out[part], state = self._long(x[part], state)
        out[whole:], state = self._short(x[whole:], state)
        return out, state

    def _long(self, x: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Whole blocks, side by side, so that all of them are one product."""
        columns = x.shape[1]
        blocks = x.reshape(-1, BLOCK, columns).swapaxes(0, 1).reshape(BLOCK, -1)
        left = (self._left @ blocks).reshape(self.order, len(x) // BLOCK, columns)
        across = self._powers[BLOCK]
        states = np.empty_like(left)
        for place in range(left.shape[1]):
            states[:, place] = state
            state = across @ state + left[:, place]
        done = self._forced @ blocks + self._free @ states.reshape(self.order, blocks.shape[1])
        return done.reshape(BLOCK, -1, columns).swapaxes(0, 1).reshape(x.shape), state

    def _short(self, x: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Up to one block."""
        n = len(x)
        matrix = self._by_length.get(n)
        if matrix is None:
            matrix = self._by_length[n] = np.block(
                [
                    [self._forced[:n, :n], self._free[:n]],
                    [self._left[:, BLOCK - n :], self._powers[n]],
                ]
            )
        out = matrix @ np.concatenate([x, state])
        return out[:n], out[n:]


def of_ratio(numerator: Floats, denominator: Floats) -> System:
    """The filter ``numerator / denominator`` in powers of 1/z, transposed direct form II."""
    order = max(len(numerator), len(denominator)) - 1
    b, a = np.zeros(order + 1), np.zeros(order + 1)
    b[: len(numerator)] = numerator
    a[: len(denominator)] = denominator
    b, a = b / a[0], a / a[0]
    row = np.zeros(order)
    row[:1] = 1.0
    return System(np.eye(order, k=1) - np.outer(a[1:], row), b[1:] - a[1:] * b[0], row, float(b[0]))


def of_sections(sections: Floats) -> System:
    """Second-order ``sections (s, 6)`` one after the other; two numbers of state for each."""
    nothing = System(np.empty((0, 0)), np.empty(0), np.empty(0), 1.0)
    return reduce(_after, (of_ratio(s[:3], s[3:]) for s in sections), nothing)


def _after(first: System, then: System) -> System:
    """``then`` fed with what ``first`` gives."""
    corner = np.zeros((len(first.push), len(then.push)))
    step = np.block([[first.step, corner], [np.outer(then.push, first.row), then.step]])
    return System(
        step,
        np.concatenate([first.push, then.push * first.direct]),
        np.concatenate([then.direct * first.row, then.row]),
        first.direct * then.direct,
    )
