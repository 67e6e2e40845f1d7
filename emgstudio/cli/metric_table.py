"""Offline figures as lines of text, for the commands that print some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emgstudio.cli.command import percent

SHARES = (
    ("active error", "active_error"),
    ("instability", "instability"),
    ("refused", "rejected"),
)
NUMBERS = (
    ("kappa", "kappa"),
    ("AUC", "auc"),
    ("NLL", "nll"),
    ("Brier", "brier"),
    ("ECE", "ece"),
)


def metric_table(found: Mapping[str, Any]) -> str:
    """All figures of ``Metrics.to_json``: those of everything, then each class."""
    parts = [f"{name} {percent(found[key])}" for name, key in SHARES]
    parts += [f"{name} {found[key]:.3f}" for name, key in NUMBERS if found[key] is not None]
    rows = found["per_class"]
    width = max(len(row["name"]) for row in rows)
    lines = ["  " + ", ".join(parts), f"  {'':<{width}}  precision  recall      F1  windows"]
    lines += [
        f"  {row['name']:<{width}}  {percent(row['precision']):>9}  {percent(row['recall']):>6}"
        f"  {percent(row['f1']):>6}  {row['support']:>7}"
        for row in rows
    ]
    return "\n".join(lines)
