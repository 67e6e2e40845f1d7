"""A report of everything that can be measured: curves, recipes, doubts, a spectrogram."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from emgstudio.cli.main import main
from emgstudio.core.paths import resource
from emgstudio.core.tasks import Progress, Task
from emgstudio.core.types import Annotation, Channel, Source
from emgstudio.dsp.analyses.tremor import Rhythm
from emgstudio.gui.report.clinical import Words, clinical_report, number
from emgstudio.gui.report.facts import Facts, gather
from emgstudio.gui.report.figure_files import figures_zip
from emgstudio.gui.report.handout import client_handout
from emgstudio.gui.report.page import ReportPage
from emgstudio.gui.tick import Tick
from emgstudio.session.reference import Method
from emgstudio.session.session import Session
from emgstudio.session.therapy.plan import Muscle
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.report import STATEMENT, numbers
from emgstudio.session.therapy.run import PAUSE, TRACK
from tests.gui.report_text import text_of
from tests.unit.session.exercises import exercise, noise


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Two muscles, steps by a foot switch, effort above the maximum, started anyway, a pause."""
    rate, seconds = 1000.0, 15.0
    protocol = Protocol(
        "walk", "Walk", Kind.ASSESS, (Step("", 1, 12.0),), reference=Method.MVC, muscles=2,
        measures=("cycles", "spectrum", "fatigue"),
    )  # fmt: skip
    phase = np.arange(0, seconds, 1 / rate) % 1.0
    level = np.where(phase < 0.5, 250.0, 4.0)
    signals = [level * noise(seconds, rate, seed) for seed in (1, 2)]
    path = exercise(
        tmp_path_factory.mktemp("rich"), protocol,
        np.column_stack([*signals, np.where(phase < 0.6, 3.0, 0.0)]), rate, [(1.0, 13.0, "")],
        muscles=(Muscle("a", "Vastus", "left"), Muscle("b", "Vastus", "right")),
        extra=(Channel("foot switch", "V", kind="AUX"),), meta={"rest": {"a": 3.0}},
        labels=(
            Annotation(0.5, 0.5, "started anyway", "placement", Source.USER, note="a: Contact"),
            Annotation(5.0, 6.0, PAUSE, TRACK, Source.CUE),
        ),
    )  # fmt: skip
    return gather([path], Progress())


@pytest.fixture(scope="module")
def plain(
    qapp: QApplication, rich: Facts, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """A report to which nobody adds a word: the file, and what a search finds in it."""
    file = tmp_path_factory.mktemp("plain") / "plain.pdf"
    return file, text_of(clinical_report(rich, Words(), "A4"), file)


def test_the_report_tells_all_that_was_measured(
    qapp: QApplication, rich: Facts, tmp_path: Path
) -> None:
    clinic = Words("Rehab North\nHarbour Street 12", comment="Well done.")
    whole = " ".join(text_of(clinical_report(rich, clinic, "A4"), tmp_path / "rich.pdf"))
    for measure in rich.newest.measures:
        assert number(measure) in whole, measure
        assert " ".join(measure.recipe.split()) in whole, measure
        for flag in measure.flags:
            assert flag in whole
    for wanted in (
        "Rehab North Harbour Street 12",
        "Curves",
        "mean and SD of 10 cycles",
        "Level at rest 3.00 µV",
        "100 %",
        "the reference was not the maximum",
        "Somebody chose to go on: started anyway; electrodes: a: Contact.",
        "Left out: 1 pauses, 1 s.",
        "electrodes: not recorded",
        "signs of fatigue" if "signs of fatigue" in whole else "No clear change of the median",
    ):
        assert wanted in whole, wanted
    assert "Goal reached" not in whole, "an assessment has no goal"


def test_every_figure_is_a_file_with_its_values_beside_it(
    qapp: QApplication, rich: Facts, tmp_path: Path
) -> None:
    packed = zipfile.ZipFile(io.BytesIO(figures_zip(rich)))
    names = [name for name in packed.namelist() if name.endswith(".csv")]
    assert len(packed.namelist()) == 4 * len(names)
    # Two muscles over the session, the best repetition, and the curves.
    assert len(names) == 3 + len(rich.newest.figures)
    for name in packed.namelist():
        data = packed.read(name)
        if name.endswith("png"):
            image = QImage.fromData(data)
            assert image.width() == 2000
            assert image.dotsPerMeterX() == 11811
        elif name.endswith("svg"):
            assert b"<polyline" in data
            assert b"<image" not in data
        elif name.endswith("pdf"):
            (page,) = PdfReader(io.BytesIO(data)).pages
            assert page.extract_text().strip()
    rows = list(csv.reader(io.StringIO(packed.read(names[0]).decode())))
    assert rows[0] == ["time s", "level %MVC"]
    values = [float(value) for _, value in rows[1:] if value]
    assert max(values) == pytest.approx(np.nanmax(rich.newest.envelopes[:, 0]), rel=1e-5)


def test_no_word_of_a_report_claims_to_know_an_illness(
    rich: Facts, plain: tuple[Path, list[str]], tmp_path: Path
) -> None:
    told = [*plain[1], *text_of(client_handout(rich, Words(), "A4"), tmp_path / "handout.pdf")]
    words = " ".join(page.replace(STATEMENT, "") for page in told)
    # What people click into a comment, and the analyses that say sentences.
    words += resource("report_bricks.json").read_text("utf-8")
    for hz, share in ((5.0, 0.9), (8.0, 0.1)):
        words += Rhythm(np.ones(2), np.full(2, hz), np.full(2, share), ()).sentence
    for claim in (
        "diagnos", "disease", "illness", "disorder", "syndrome", "parkinson", "essential tremor",
        "patholog", "abnormal", "healthy", "neuropath", "myopath", "should be treated",
    ):  # fmt: skip
        assert claim not in words.lower(), claim


@pytest.mark.logs_warnings
def test_what_the_protocol_does_not_name_can_be_measured_too(
    qtbot: QtBot,
    session: Session,
    tick: Tick,
    rich: Facts,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = rich.newest.path
    page = ReportPage(session, tick, [path])
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.facts is not None, timeout=60_000)
    assert page.facts is not None
    first = page.facts
    assert not any("rhythm" in m.name for m in first.newest.measures)

    def fault(_progress: Progress) -> Facts:
        raise KeyError("a fault of ours")

    page.task = Task("again", fault)
    page.task.run()
    tick.frame.emit(0.0)
    assert page.state.word.text() == "The report is as before."
    page.form.measures.boxes["rhythm"].setChecked(True)
    assert page.form.measures.text() == "rhythm"
    qtbot.waitUntil(lambda: page.facts is not first, timeout=60_000)
    found = [m for m in page.facts.newest.measures if "rhythm" in m.name]
    assert found
    assert all(m.unit and m.recipe for m in found)
    assert main(["report", str(path), "--measure", "rhythm", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(numbers(page.facts.newest)))
    assert main(["report", str(path), "--measure", "mood"]) != 0
    assert "There is no measure “mood”" in capsys.readouterr().err


def test_the_spectrogram_is_a_picture_among_vectors(
    rich: Facts, plain: tuple[Path, list[str]], tmp_path: Path
) -> None:
    wished = tmp_path / "wished.pdf"
    more = text_of(clinical_report(rich, Words(spectrogram=True), "A4"), wished)
    for wish, (file, told) in ((False, plain), (True, (wished, more))):
        assert ("its frequencies, Hz" in " ".join(told)) == wish
        drawn = [page["/Resources"].get("/XObject", {}) for page in PdfReader(file).pages]
        kinds = [one.get_object()["/Subtype"] for page in drawn for one in page.values()]
        assert kinds.count("/Image") == wish
