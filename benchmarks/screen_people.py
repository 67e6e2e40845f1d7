"""Clients with a past, so that lists, progress and reports have something to show."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from emgstudio.core.types import Annotation, Channel, Source, StreamInfo
from emgstudio.session.reference import Method
from emgstudio.session.session import Session
from emgstudio.session.therapy.goal import goal_of
from emgstudio.session.therapy.plan import META, Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.run import REST, TRACK, WORK
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.format import SESSION_FILE
from emgstudio.storage.importers.imported import imported_session

RATE, MVC = 1000.0, 240.0
WORK_S, REST_S, REPETITIONS = 5.0, 5.0, 6
SESSIONS, DAYS_APART = 8, 5
PEOPLE = (
    ("left knee, ACL reconstruction", "left", 1994),
    ("right forearm, residual limb", "right", 1981),
    ("neck and shoulder", "both", 1969),
    ("", "", None),
)


def client_with_history(session: Session) -> str:
    """Four clients, the first with eight sessions whose effort grows; returns its code."""
    codes = []
    for notes, side, year in PEOPLE:
        consent = "2026-09-12" if notes else ""
        made = session.clients.add(notes=notes)
        known = replace(made, side=side, birth_year=year, consent=consent)
        session.clients.change(known)
        codes.append(made.code)
    protocol = Protocol(
        "strengthen", "Strengthen 5/5", Kind.UP, (Step("", REPETITIONS, WORK_S, REST_S),),
        reference=Method.MVC, goals=(60.0,),
    )  # fmt: skip
    muscles = (Muscle("VM", "Vastus medialis", "left"),)
    plan = Plan(protocol, muscles, goal_of(protocol), codes[0])
    begin = datetime.now(UTC) - timedelta(days=DAYS_APART * SESSIONS)
    for number in range(SESSIONS):
        when = begin + timedelta(days=DAYS_APART * number, minutes=17 * number)
        _session(session.recordings_folder(), plan, when, number)
    session.clients.remember_plan(plan)
    session.clients.refresh()
    return codes[0]


def _session(folder: Path, plan: Plan, when: datetime, number: int) -> None:
    """One exercise: noise of known level, stronger from session to session."""
    random = np.random.default_rng(number)
    whole = REPETITIONS * (WORK_S + REST_S) + 2.0
    percent = np.full(round(whole * RATE), 3.0)
    log = []
    for k in range(REPETITIONS):
        start = 1.0 + k * (WORK_S + REST_S)
        reached = 46.0 + 3.5 * number + random.normal(0.0, 4.0)
        percent[round((start + 0.2) * RATE) : round((start + WORK_S) * RATE)] = reached
        note = json.dumps({"set": 1, "step": "", "goal": asdict(plan.goal)})
        end = start + WORK_S
        cue = Source.CUE
        log.append(Annotation(start, end, WORK, TRACK, cue, "", note, repetition=k + 1))
        log.append(Annotation(end, end + REST_S, REST, TRACK, cue, repetition=k + 1))
    smooth = np.convolve(percent, np.ones(200) / 200, "same")
    samples = (smooth / 100 * MVC * random.standard_normal(len(smooth)))[:, None]
    kept = {
        "channel": "VM", "value": MVC, "unit": "µV", "window_s": 0.5, "method": "mvc",
        "time": when.isoformat(), "quality": [], "condition": "20–450 Hz",
    }  # fmt: skip
    about = {
        **plan.stored(),
        "unit": "%MVC",
        "stream": "EMG",
        "recipe": "RMS over 250 ms, 20–450 Hz",
        "references": [kept],
    }
    path = folder / f"{when:%Y-%m-%d_%H%M}_{plan.client}"
    info = StreamInfo("EMG", RATE, (Channel("VM"),), "float32", "Two-channel sensor")
    meta = {"subject": plan.client, "title": "Strengthen 5/5", META: about}
    with imported_session(path, info, meta) as made:
        made.append(samples.astype(np.float32))
    stored = json.loads((path / SESSION_FILE).read_text("utf-8"))
    (path / SESSION_FILE).write_text(json.dumps({**stored, "created": when.isoformat()}), "utf-8")
    labels = AnnotationLog.open(path)
    labels.add(*log)
    labels.close()
