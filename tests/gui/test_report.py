"""A report on paper: what stands in the PDF, what must not, and the page it is saved from."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from scipy.signal import butter, sosfilt

from emgstudio.cli.main import main
from emgstudio.core.errors import EmgError
from emgstudio.core.tasks import Progress
from emgstudio.core.types import Annotation, Channel, Source, StreamInfo
from emgstudio.gui.report.bricks import Bricks
from emgstudio.gui.report.clinical import Words, clinical_report, number
from emgstudio.gui.report.facts import Facts, facts_of, gather
from emgstudio.gui.report.handout import bars_of, client_handout
from emgstudio.gui.report.page import ReportPage
from emgstudio.gui.report.plots import trend_plot
from emgstudio.gui.report.printing import save_new
from emgstudio.gui.report.saving import free_file
from emgstudio.gui.tick import Tick
from emgstudio.session.reference import Method
from emgstudio.session.session import Session
from emgstudio.session.therapy.goal import goal_of
from emgstudio.session.therapy.plan import META, Muscle, Plan
from emgstudio.session.therapy.protocol import Kind, Protocol, Step
from emgstudio.session.therapy.report import STATEMENT, in_one_sentence, methods_line, numbers
from emgstudio.session.therapy.run import REST, TRACK, WORK
from emgstudio.storage.annotations import AnnotationLog
from emgstudio.storage.format import SESSION_FILE
from emgstudio.storage.importers.imported import imported_session
from tests.gui.report_text import text_of

RATE, MVC = 500.0, 200.0
CODE = "C-0042"
FIRST = datetime(2026, 9, 1, 10, tzinfo=UTC)
LEVELS = (70.0, 30.0)
WORDS = Words("Rehab North", "", "The goal stays as it is.", "Ten times a day.", "Monday")


def recording(
    folder: Path, when: datetime, *, window: float = 0.5, reference: bool = True, extra: float = 0
) -> Path:
    """Two repetitions of 4 s of one muscle at known levels."""
    method = Method.MVC if reference else None
    protocol = Protocol(
        "own", "Own", Kind.UP, (Step("", 2, 4.0, 4.0),), reference=method, goals=(60.0,)
    )
    plan = Plan(protocol, (Muscle("a", "Vastus medialis", "left"),), goal_of(protocol), CODE)
    percent = np.full(round(18 * RATE), 5.0)
    log = []
    for k, level in enumerate(LEVELS):
        start = 1.0 + 8 * k
        percent[round(start * RATE) : round((start + 4) * RATE)] = level + extra
        note = json.dumps({"set": 1, "step": "", "goal": asdict(plan.goal)})
        log.append(
            Annotation(start, start + 4, WORK, TRACK, Source.CUE, "", note, repetition=k + 1)
        )
        log.append(Annotation(start + 4, start + 8, REST, TRACK, Source.CUE, repetition=k + 1))
    log.append(Annotation(2.0, 5.0, "Q-HUM", "quality", Source.DEVICE, "quality lamps", "a"))
    sign = np.where(np.arange(len(percent)) % 20 < 10, 1.0, -1.0)
    samples = (percent / 100 * MVC * sign)[:, None].astype(np.float32)
    kept = {"channel": "a", "value": MVC, "unit": "µV", "window_s": window, "method": "mvc",
            "time": when.isoformat(), "quality": [], "condition": "20–450 Hz"}  # fmt: skip
    about = {
        **plan.stored(),
        "unit": "%MVC" if reference else "µV",
        "stream": "EMG",
        "recipe": "RMS over 250 ms, no filter",
        "references": [kept] if reference else [],
    }
    path = folder / f"{when:%Y-%m-%d}"
    info = StreamInfo("EMG", RATE, (Channel("a"),), "float32", "Armband")
    with imported_session(path, info, {"subject": CODE, META: about}) as made:
        made.append(samples)
    stored = json.loads((path / SESSION_FILE).read_text("utf-8"))
    (path / SESSION_FILE).write_text(json.dumps({**stored, "created": when.isoformat()}), "utf-8")
    labels = AnnotationLog.open(path)
    labels.add(*log)
    labels.close()
    return path


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("reports")
    return [
        recording(folder, FIRST + timedelta(days=7 * k), extra=2.0 * k, window=0.5 if k < 2 else 1)
        for k in range(3)
    ]


@pytest.fixture(scope="module")
def facts(paths: list[Path]) -> Facts:
    return gather(paths, Progress())


@pytest.fixture(scope="module")
def told(qapp: QApplication, facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a search finds on each page of the report of these facts."""
    file = tmp_path_factory.mktemp("printed") / "report.pdf"
    return text_of(clinical_report(facts, WORDS, "A4"), file)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a2_d7_the_report_opens_and_can_be_searched(
    qapp: QApplication, facts: Facts, tmp_path: Path, paper: str
) -> None:
    pages = clinical_report(facts, WORDS, paper)
    texts = text_of(pages, tmp_path / "report.pdf")
    assert len(texts) == len(pages.pages) >= 2
    whole = " ".join(texts)
    assert "In one sentence" in texts[0]
    assert in_one_sentence(facts.newest, facts.before) in texts[0]
    assert methods_line(facts.newest) in whole
    for number_of, text in enumerate(texts, 1):
        assert STATEMENT in text
        assert f"page {number_of} of {len(texts)}" in text
    for wanted in (CODE, "Rehab North", "The goal stays as it is.", "Mains hum", "Samples lost"):
        assert wanted in whole
    width, height = PdfReader(tmp_path / "report.pdf").pages[0].mediabox[2:]
    assert (round(width), round(height)) == tuple(map(round, pages.size))


def test_d7_its_numbers_are_those_of_an_analysis_by_hand(facts: Facts, told: list[str]) -> None:
    # From the stored samples by nothing but the definitions: a causal high-pass (500 Hz hold no
    # upper edge), RMS over the last 250 ms at each step of 1/30 s, in per cent of the reference.
    (stored,) = facts.newest.path.glob("*.f32")
    x = sosfilt(butter(4, 20, "highpass", fs=RATE, output="sos"), np.fromfile(stored, "<f4"))
    parts = [
        [
            100 / MVC * math.sqrt(np.mean(np.square(x[max(0, end - 125) : end])))
            for end in (math.floor(k * RATE / 30) + 1 for k in range(30 * first, 30 * first + 120))
        ]
        for first in (1, 9)
    ]
    by_hand = {
        "mean in work": np.mean(parts),
        "peak in work": np.max(parts),
        "best repetition": max(np.mean(part) for part in parts),
        "success": 50.0,
        "reference": MVC,
    }
    whole = " ".join(told)
    for name, value in by_hand.items():
        assert facts.newest.value("Vastus medialis left", name) == pytest.approx(value, rel=1e-3)
        called = {"success": "Goal reached", "reference": "Reference effort"}.get(name, name)
        shown = f"{value:.0f}" if value >= 100 else f"{value:.1f}"
        assert f"{called[0].upper()}{called[1:]} {shown}" in whole


class WatchedPainter(QPainter):
    """Remembers where lines were drawn without a break, and where with one."""

    def __init__(self, image: QImage) -> None:
        super().__init__(image)
        self.sloping: list[bool] = []

    def drawLine(self, *line: QPointF) -> None:  # type: ignore[override]
        """The lines of the axes are level or upright."""
        if line[0].x() != line[1].x() and line[0].y() != line[1].y():
            self.sloping.append(self.pen().style() == Qt.PenStyle.SolidLine)
        super().drawLine(*line)


def test_d7_the_trend_is_dashed_when_the_normalisation_changed(
    qapp: QApplication, facts: Facts, tmp_path: Path
) -> None:
    newest = facts.newest.comparable
    other = {**newest, "normalisation": "reference contraction"}
    found = facts_of(
        [
            replace(result, comparable=like)
            for result, like in zip(facts.results, (other, newest, newest), strict=True)
        ]
    )
    whole = " ".join(text_of(clinical_report(found, WORDS, "A4"), tmp_path / "trend.pdf"))
    assert "2026-09-08: normalisation changed." in whole
    assert "Dashed: two sessions that are not comparable" in whole
    image = QImage(300, 112, QImage.Format.Format_RGB32)
    painter = WatchedPainter(image)
    trend_plot(found.trends[0], painter, QRectF(0, 0, 300, 112))
    painter.end()
    assert painter.sloping == [False, True]


def test_its_numbers_are_those_of_the_results(facts: Facts, told: list[str]) -> None:
    whole = " ".join(told)
    for measure in facts.newest.measures:
        assert number(measure) in whole, measure
    assert facts.newest.value("Vastus medialis left", "success") == 50.0
    assert "Goal reached 50.0 %" in whole


def test_what_cannot_be_compared_is_told(facts: Facts, told: list[str], tmp_path: Path) -> None:
    whole = " ".join(told)
    assert "2026-09-15: window of the reference changed." in whole
    assert "Dashed: two sessions that are not comparable" in whole
    alike = facts_of(facts.results[:2])
    whole = " ".join(text_of(clinical_report(alike, WORDS, "A4"), tmp_path / "alike.pdf"))
    assert "Dashed:" not in whole
    first = facts_of(facts.results[:1])
    whole = " ".join(text_of(clinical_report(first, WORDS, "A4"), tmp_path / "first.pdf"))
    assert "This is the first session" in whole


def test_demo_stands_on_every_page_of_simulated_signals_only(
    facts: Facts, told: list[str], tmp_path: Path
) -> None:
    assert not any("DEMO" in text for text in told)
    older = (replace(facts.results[0], simulated=True), *facts.results[1:])
    demo = replace(facts, results=older)
    for make in (clinical_report, client_handout):
        texts = text_of(make(demo, WORDS, "A4"), tmp_path / f"{make.__name__}.pdf")
        assert all("DEMO" in text for text in texts)


@pytest.mark.parametrize("percent", [True, False])
def test_the_client_takes_no_code_and_no_microvolts_home(
    qapp: QApplication, tmp_path: Path, percent: bool
) -> None:
    made = [
        recording(tmp_path, FIRST + timedelta(days=k), reference=percent, extra=k) for k in (0, 1)
    ]
    found = gather(made, Progress())
    (text,) = text_of(client_handout(found, WORDS, "Letter"), tmp_path / "handout.pdf")
    assert CODE not in text
    assert "µV" not in text
    assert "EMG report" not in str(PdfReader(tmp_path / "handout.pdf").metadata)
    for wanted in ("Last time", "Today", "Goal", "Ten times a day.", "Next time: Monday"):
        assert wanted in text
    assert "of 2 goals reached" in text
    assert STATEMENT in text
    bars = bars_of(found)
    assert bars.goal == (60.0 if percent else 100.0)
    assert bars.today > bars.last


def test_a_long_exercise_at_home_stays_on_the_page(
    qapp: QApplication, facts: Facts, tmp_path: Path
) -> None:
    long = replace(WORDS, home="Again and again. " * 400, name="A name " * 40)
    (text,) = text_of(client_handout(facts, long, "Letter"), tmp_path / "handout.pdf")
    assert "…" in text


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(b"mine")
    with pytest.raises(EmgError, match="exists"):
        save_new(file, b"other")
    assert file.read_bytes() == b"mine"
    assert free_file(tmp_path, "report", "pdf").name == "report-2.pdf"


def test_a_report_is_about_one_client(facts: Facts) -> None:
    with pytest.raises(EmgError, match="2 clients"):
        facts_of([facts.results[0], replace(facts.results[1], client="C-0043")])
    with pytest.raises(EmgError, match="no therapy session"):
        gather([], Progress())


def test_own_sentences_are_kept(tmp_path: Path) -> None:
    bricks = Bricks(tmp_path)
    shipped = bricks.of("comment")
    bricks.keep("comment", "  Mine,\n of course. ")
    bricks.keep("comment", "Mine, of course.")
    assert Bricks(tmp_path).of("comment") == [*shipped, "Mine, of course."]
    with pytest.raises(EmgError, match="no text"):
        bricks.keep("comment", " ")


def test_the_command_line_prints_the_same_numbers(
    qapp: QApplication, paths: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pdf, handout = tmp_path / "r.pdf", tmp_path / "h.pdf"
    line = ["report", str(paths[0]), "--pdf", str(pdf), "--handout", str(handout), "--json"]
    assert main(line) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(json.dumps(numbers(facts_of_first(paths))))
    whole = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(pdf).pages)
    assert told["sentence"] in whole
    for measure in told["measures"]:
        assert f"{measure['value']:.0f}"[:2] in whole
    assert len(PdfReader(handout).pages) == 1
    assert main(line) != 0, "nothing is overwritten"
    assert "exists already" in capsys.readouterr().err


def facts_of_first(paths: list[Path]) -> object:
    return gather(paths[:1], Progress()).newest


def test_the_page_shows_and_saves_what_is_typed(
    qtbot: QtBot, session: Session, tick: Tick, paths: list[Path], tmp_path: Path
) -> None:
    page = ReportPage(session, tick, paths)
    qtbot.addWidget(page)
    page.resize(1200, 700)
    page.show()
    qtbot.waitUntil(lambda: page.facts is not None)
    assert page.pages is not None
    assert len(page.shown) == len(page.pages.pages)
    assert all(w.isVisibleTo(page) and w.pixmap().width() > 100 for w in page.shown)
    assert page.file_name() == f"{CODE} report 2026-09-15"
    assert not page.form.with_name.isEnabled()
    page.form.clinic.setPlainText("Practice by the sea")
    page.form.insert(page.form.comment, page.form.bricks.of("comment")[0])
    page.save_pdf(tmp_path / "saved.pdf")
    text = " ".join(PdfReader(tmp_path / "saved.pdf").pages[0].extract_text().split())
    assert "Practice by the sea" in text
    assert session.settings.reports.clinic == "Practice by the sea"
    assert page.state.level == "good"
    page.save_pdf(tmp_path / "saved.pdf")
    assert page.state.level == "stop"
    page.save_csv(tmp_path / "numbers.csv")
    assert "mean in work" in (tmp_path / "numbers.csv").read_text("utf-8")
    page.form.kind.setCurrentIndex(1)
    page.draw()
    assert len(page.shown) == len(page.pages.pages) == 1
    assert "handout" in page.file_name()


def test_a_page_without_a_session_says_so(qtbot: QtBot, session: Session, tick: Tick) -> None:
    page = ReportPage(session, tick, [])
    qtbot.addWidget(page)
    qtbot.waitUntil(lambda: page.state.level == "stop")
    assert "no therapy session" in page.state.word.text()
