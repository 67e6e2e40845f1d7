"""Rows that know their index become blocks, and what is missing between them becomes gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from emgstudio.core.types import Gap, SampleBlock, Samples, SampleType
from emgstudio.devices.driver import Item


class Rows:
    """One stream's rows in the order of their indices. ``next`` is the index after the last."""

    def __init__(self, stream: str, dtype: SampleType) -> None:
        self.stream = stream
        self.dtype = dtype
        self.next = 0

    def place(self, index: NDArray[np.int64], data: Samples, estimated: bool = False) -> list[Item]:
        """Blocks and gaps for ``data`` (n, channels), whose rows have these rising indices.

        ``estimated`` marks the gaps.
        """
        if not len(index):
            return []
        data = np.ascontiguousarray(data, self.dtype)
        edges = [0, *(np.flatnonzero(np.diff(index) != 1) + 1), len(index)]
        items: list[Item] = []
        for begin, end in pairwise(edges):
            items += self.skip_to(int(index[begin]), estimated)
            items.append(SampleBlock(self.stream, self.next, data[begin:end]))
            self.next += int(end - begin)
        return items

    def skip_to(self, index: int, estimated: bool = False) -> list[Item]:
        """What is missing before ``index``, if anything."""
        missing = index - self.next
        if missing <= 0:
            return []
        gap = Gap(self.stream, self.next, missing, estimated)
        self.next = index
        return [gap]
