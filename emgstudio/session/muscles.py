"""Names of muscles, for completion where a person says where a sensor sits."""

from __future__ import annotations

import json
from functools import cache

from emgstudio.core.paths import resource


@cache
def muscle_names() -> tuple[str, ...]:
    """Every name in resources/muscles.json, from head to foot."""
    loaded = json.loads(resource("muscles.json").read_text(encoding="utf-8"))
    return tuple(name for region in loaded["muscles"] for name in region["names"])
