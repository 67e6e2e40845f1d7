"""Results of therapy sessions, kept so that a client's page does not compute them each time."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from emgstudio.core.errors import EmgError
from emgstudio.core.files import write_atomic
from emgstudio.core.tasks import PartProgress, Progress
from emgstudio.dsp.measure import Measure
from emgstudio.session.therapy.goal import Goal
from emgstudio.session.therapy.judging import Repetition
from emgstudio.session.therapy.plan import plan_from
from emgstudio.session.therapy.protocol import Kind
from emgstudio.session.therapy.results import TherapyResult, is_therapy, therapy_result
from emgstudio.storage.format import EVENTS_FILE, SESSION_FILE
from emgstudio.storage.recording import Recording

log = logging.getLogger(__name__)

FILE = "results.json"
# Another number when measures are computed otherwise: what was kept is then computed anew.
FORMAT = 4
SAMPLES = (".i16", ".i32", ".f32")


def kept_results(
    folder: Path, paths: Sequence[Path], progress: Progress | None = None
) -> list[TherapyResult]:
    """The results of those of ``paths`` that are therapy sessions, oldest first.

    They come from ``folder/results.json`` unless a recording has changed since, and have
    no envelopes. A session that cannot be read is left out. Raises Cancelled through
    ``progress``; what was computed until then is kept.
    """
    stored = _read(folder / FILE)
    entries: dict[str, Any] = {}
    found = []
    try:
        for number, path in enumerate(paths):
            part = progress and PartProgress(progress, number, len(paths))
            if part is not None:
                part.report(0.0, path.name)
            state = _state(path)
            entry = stored.get(path.name)
            result = _again(path, entry, state)
            if result is None and not _none(entry, state):
                result = _computed(path, part)
                entry = {"state": state, "result": result and _plain(result)}
            entries[path.name] = entry
            if result is not None:
                found.append(result)
    finally:
        _write(folder / FILE, {**stored, **entries} if len(entries) < len(paths) else entries)
    return sorted(found, key=lambda r: r.when)


def _state(path: Path) -> list[list[Any]]:
    """What changes when samples or labels of a recording do: sizes and times of its files."""
    return sorted(
        [file.name, about.st_size, about.st_mtime_ns]
        for file in path.iterdir()
        if file.name in (SESSION_FILE, EVENTS_FILE) or file.suffix in SAMPLES
        for about in (file.stat(),)
    )


def _computed(path: Path, progress: Progress | None) -> TherapyResult | None:
    try:
        with Recording.open(path) as recording:
            if not is_therapy(recording):
                return None
        return therapy_result(path, progress)
    except EmgError as error:
        log.info("%s has no result: %s", path.name, error)
        return None


def _none(entry: object, state: list[list[Any]]) -> bool:
    """Whether it is known that there is nothing to compute."""
    return isinstance(entry, dict) and entry.get("state") == state and entry.get("result") is None


def _again(path: Path, entry: object, state: list[list[Any]]) -> TherapyResult | None:
    if not isinstance(entry, dict) or entry.get("state") != state or not entry.get("result"):
        return None
    try:
        return _result(path, entry["result"])
    except (EmgError, KeyError, TypeError, ValueError, AttributeError) as error:
        log.info("the kept result of %s is computed anew: %s", path.name, error)
        return None


def _plain(result: TherapyResult) -> dict[str, Any]:
    return {
        "when": result.when.isoformat(),
        "client": result.client,
        "simulated": result.simulated,
        "plan": result.plan.stored(),
        "unit": result.unit,
        "recipe": result.recipe,
        "repetitions": [asdict(r) for r in result.repetitions],
        "rate": result.rate,
        "start_s": result.start_s,
        "measures": [asdict(m) for m in result.measures],
        "comparable": dict(result.comparable),
        "notes": list(result.notes),
        "remarks": list(result.remarks),
    }


def _result(path: Path, plain: Mapping[str, Any]) -> TherapyResult:
    plan = plan_from(plain["plan"])
    return TherapyResult(
        path,
        datetime.fromisoformat(plain["when"]),
        plain["client"],
        plain["simulated"],
        plan,
        plain["unit"],
        plain["recipe"],
        tuple(_repetition(one) for one in plain["repetitions"]),
        plain["rate"],
        plain["start_s"],
        np.empty((0, len(plan.muscles))),
        tuple(Measure(**{**one, "flags": tuple(one["flags"])}) for one in plain["measures"]),
        plain["comparable"],
        tuple(plain["notes"]),
        tuple(plain["remarks"]),
    )


def _repetition(plain: Mapping[str, Any]) -> Repetition:
    goal = dict(plain["goal"])
    return Repetition(
        **{
            **plain,
            "goal": Goal(Kind(goal.pop("kind")), **goal),
            "mean": tuple(plain["mean"]),
            "peak": tuple(plain["peak"]),
        }
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        stored = json.loads(file.read_text("utf-8"))
        return dict(stored["recordings"]) if stored["format"] == FORMAT else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.info("kept results are computed anew: %s", error)
        return {}


def _write(file: Path, recordings: Mapping[str, Any]) -> None:
    try:
        # With NaN for what is not known, which Python reads back and nobody else needs to.
        text = json.dumps({"format": FORMAT, "recordings": recordings}, ensure_ascii=False)
        write_atomic(file, text.encode())
    except OSError as error:
        # They are only computed again next time.
        log.info("results could not be kept: %s", error)
