"""Recordings from the command line: look at, check, repair, import and export them."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emgstudio.cli.command import (
    EXIT_FAILED,
    EXIT_OK,
    Command,
    LineProgress,
    complain,
    show,
)
from emgstudio.core.errors import EmgError
from emgstudio.core.words import several
from emgstudio.session.exporting import export_recording
from emgstudio.session.files import find_recordings, import_recording, import_remarks
from emgstudio.session.methods import methods_of
from emgstudio.storage.exporters import FORMATS, ExportRequest, ExportView
from emgstudio.storage.importers import SUFFIXES
from emgstudio.storage.recording import Recording
from emgstudio.storage.recovery import recover, verify


def one_recording(path: Path) -> Path:
    """The recording that ``path`` means; a folder with just one inside will do.

    Raises EmgError when there is none, or more than one.
    """
    found = find_recordings([path])
    if len(found) > 1:
        names = ", ".join(p.name for p in found[:3])
        raise EmgError(f"There are {len(found)} recordings in {path}.", f"Name one: {names} …")
    return found[0]


def _path_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, metavar="PATH", help="a recording")


def describe(recording: Recording) -> dict[str, Any]:
    """The facts of a recording that scripts rely on."""
    return {
        "path": str(recording.path),
        "state": recording.state,
        "duration_s": recording.duration_s,
        "streams": [
            {
                "name": s.info.name,
                "rate": s.info.rate,
                "channels": s.info.n_channels,
                "channel_names": [c.name for c in s.info.channels],
                "units": [c.unit for c in s.info.channels],
                "samples": s.samples,
                "lost": s.lost,
                "gaps": len(s.gaps),
                "device": s.info.device,
                "simulated": s.info.simulated,
            }
            for s in recording.streams.values()
        ],
        "annotations": len(recording.annotations),
        "readings": len(recording.readings),
    }


def _annotations(facts: Mapping[str, Any]) -> str:
    return several(facts["annotations"], "annotation")


def _info_arguments(parser: argparse.ArgumentParser) -> None:
    _path_argument(parser)
    parser.add_argument(
        "--methods", action="store_true", help="a methods paragraph with the items of ISEK's list"
    )


def _info(arguments: argparse.Namespace) -> int:
    recording = Recording.open(one_recording(arguments.path))
    if arguments.methods:
        methods = methods_of(recording)
        items = {item.name: item.value for item in methods.items}
        show(arguments, {"items": items, "paragraph": methods.paragraph}, methods.paragraph)
        return EXIT_OK
    facts = describe(recording)
    text = [
        f"{recording.path.name}: {facts['state']}, {facts['duration_s']:.1f} s, "
        f"{_annotations(facts)}"
    ]
    text += [
        f"  {s['name']}: {s['channels']} channels at {s['rate']:g} Hz from {s['device']}, "
        f"{s['samples']} samples, {s['lost']} lost in {s['gaps']} gaps"
        for s in facts["streams"]
    ]
    show(arguments, facts, "\n".join(text))
    return EXIT_OK


def _verify(arguments: argparse.Namespace) -> int:
    report = verify(one_recording(arguments.path))
    lines = report.problems or ("Every byte is as it was written.",)
    show(arguments, dataclasses.asdict(report), "\n".join([*lines, *report.story]))
    return EXIT_OK if report.ok else EXIT_FAILED


def _recover(arguments: argparse.Namespace) -> int:
    report = recover(one_recording(arguments.path))
    text = "\n  ".join([report.text, *report.problems])
    show(arguments, dataclasses.asdict(report) | {"text": report.text}, text)
    return EXIT_OK


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    known = ", ".join(suffix[1:].upper() for suffix in SUFFIXES)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=known)
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR",
        help="each file becomes a new recording in DIR, named like the file",
    )  # fmt: skip
    parser.add_argument("--rate", type=float, metavar="HZ", help="sampling rate")
    parser.add_argument("--unit", metavar="U", help="unit of the values, for example µV or a.u.")
    parser.add_argument(
        "--label-column", metavar="N", help="column with the gesture: its name, or number from 1"
    )
    parser.add_argument(
        "--rep-column", metavar="N", help="column with the repetition: its name, or number from 1"
    )


def _import(arguments: argparse.Namespace) -> int:
    """Each file for itself: one that is refused does not keep the others out."""
    done, refused = [], []
    for file in arguments.files:
        try:
            path = import_recording(
                file,
                arguments.out,
                progress=LineProgress(),
                rate=arguments.rate,
                unit=arguments.unit,
                label_column=arguments.label_column,
                repetition_column=arguments.rep_column,
            )
        except EmgError as error:
            if len(arguments.files) == 1:
                raise
            complain(error)
            refused.append({"file": str(file), "problem": error.message, "hint": error.hint})
        else:
            done.append({**describe(Recording.open(path)), "remarks": import_remarks(path)})
    text = [
        "\n  ".join([f"{d['path']}: {d['duration_s']:.1f} s, {_annotations(d)}", *d["remarks"]])
        for d in done
    ]
    if refused:
        text.append(f"{len(refused)} of {len(arguments.files)} files were not imported.")
    result = {"recordings": done, "refused": refused}
    show(arguments, done[0] if len(arguments.files) == 1 else result, "\n".join(text))
    return EXIT_FAILED if refused else EXIT_OK


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="recordings")
    parser.add_argument("--to", required=True, choices=tuple(FORMATS), help="format")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR",
        help="each recording becomes a new folder in DIR",
    )  # fmt: skip
    parser.add_argument(
        "--view", choices=[str(view) for view in ExportView], default="raw",
        help="raw samples (default), conditioned, or their envelope",
    )  # fmt: skip
    parser.add_argument("--stream", action="append", default=[], help="only this stream")
    parser.add_argument("--from", dest="start", type=float, metavar="S", help="from this second")
    parser.add_argument("--until", dest="stop", type=float, metavar="S", help="up to this second")
    parser.add_argument("--subject", default="", help="code to write instead of the client's")
    parser.add_argument("--task", default="", help="name of the task, for BIDS")
    parser.add_argument("--mains", type=float, metavar="HZ", help="mains frequency, for BIDS")
    parser.add_argument(
        "--texts",
        action="store_true",
        help="let all label texts and notes out",
    )
    parser.add_argument(
        "--identified", action="store_true", help="keep code, date, author and serial numbers"
    )


def _export(arguments: argparse.Namespace) -> int:
    request = ExportRequest(
        arguments.to,
        streams=tuple(arguments.stream),
        view=ExportView(arguments.view),
        start_s=arguments.start,
        stop_s=arguments.stop,
        subject=arguments.subject,
        task=arguments.task,
        identified=arguments.identified,
        texts=arguments.texts,
        mains_hz=arguments.mains,
    )
    done = []
    text = []
    for path in find_recordings(arguments.paths):
        report = export_recording(path, arguments.out, request, LineProgress())
        done.append(
            {
                "path": str(report.folder),
                "files": [str(file) for file in report.files],
                "removed": list(report.removed),
                "remarks": list(report.remarks),
                "conditioning": dict(report.recipe),
            }
        )
        text.append(f"{report.folder}: {len(report.files)} files")
        text += [f"  {remark}" for remark in report.remarks]
        text += [f"  removed: {what}" for what in report.removed]
    show(arguments, done[0] if len(done) == 1 else {"exports": done}, "\n".join(text))
    return EXIT_OK


COMMANDS = (
    Command("info", "say what is in a recording", _info_arguments, _info),
    Command("verify", "check every byte of a recording", _path_argument, _verify),
    Command("recover", "bring an unfinished recording into order", _path_argument, _recover),
    Command("import", "turn files of other programs into recordings", _import_arguments, _import),
    Command("export", "hand recordings over to other programs", _export_arguments, _export),
)
