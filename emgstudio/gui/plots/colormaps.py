"""Colour maps for the spectrogram: viridis and cividis, even in lightness, readable by all eyes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from emgstudio.gui.plots.raster import Pixels

# 32 colours along the published 256-entry tables (viridis: CC0, van der Walt and Smith 2015;
# cividis: Nuñez, Anderton and Renslow 2018); straight lines between them stay within 8/255.
STOPS = {
    "viridis": (
        "440154 470d60 48196b 482475 472e7c 453882 424186 3e4b8a 3a548c 365d8d 32658e "
        "2e6d8e 2b758e 287d8e 25848e 228c8d 1f948c 1e9c89 20a386 25ab82 2eb37c 39ba76 "
        "48c16e 58c765 6acd5b 7ed34f 93d741 a8db34 bedf26 d4e21a e9e51a fde725"
    ),
    "cividis": (
        "00204d 00265a 002c69 00316f 0b376e 213d6d 2f436c 3a496b 434f6b 4c546c 545a6c "
        "5b606e 64666f 6b6c71 727274 787877 817f79 888579 908b79 989278 a19976 aa9f75 "
        "b2a672 baad70 c3b46d cdbc68 d6c364 deca5f e8d259 f2da50 fbe248 ffea46"
    ),
}
LEVELS = 256


@lru_cache
def lookup(name: str) -> Pixels:
    """256 RGB32 pixels of a map, quiet to loud. KeyError for an unknown name."""
    stops = np.array(
        [[int(stop[i : i + 2], 16) for i in (0, 2, 4)] for stop in STOPS[name].split()], float
    )
    at = np.linspace(0, len(stops) - 1, LEVELS)
    red, green, blue = (
        np.interp(at, np.arange(len(stops)), stops[:, i]).round().astype(np.uint32)
        for i in range(3)
    )
    pixels: Pixels = np.uint32(0xFF000000) | red << 16 | green << 8 | blue
    return pixels
