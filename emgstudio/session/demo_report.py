"""The demo's report: one HTML page for people, one JSON file for scripts."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emgstudio import __version__
from emgstudio.core.files import write_atomic, write_json
from emgstudio.ml.gestures import gesture_title
from emgstudio.session.demo import TEST_TRIM_S, DemoResult

RESEARCH_USE = (
    "EMG Studio is software for education, training and research. It is not a medical device, "
    "gives no diagnosis and must not be the only basis of a treatment decision."
)
STYLE = """
body { font: 11pt/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 }
td, th { border: 1px solid; padding: 0.2rem 0.6rem; text-align: right }
th:first-child { text-align: left }
img { max-width: 100%; border: 1px solid; margin: 0.4rem 0 }
small { display: block; margin-top: 2rem }
"""


def demo_facts(result: DemoResult) -> dict[str, Any]:
    """The result under the names that scripts rely on; fractions, not percent."""
    return {
        "accuracy": result.accuracy,
        "balanced_accuracy": result.balanced_accuracy,
        "lost_samples": result.lost_samples,
        "latency_ms": {
            "median": 1e3 * result.latency_median_s,
            "p99": 1e3 * result.latency_p99_s,
        },
        "session": str(result.session),
        "model": str(result.model),
        "decisions": result.decisions,
        "calibration_accuracy": result.trained_accuracy,
        "classes": list(result.classes),
        "confusion": [list(row) for row in result.confusion],
        "trim_s": TEST_TRIM_S,
    }


def write_demo_report(result: DemoResult, out: Path, pictures: Sequence[Path]) -> Path:
    """Write ``report.html`` and ``report.json`` into ``out``; returns the page's path."""
    facts = demo_facts(result) | {"pictures": [p.name for p in pictures]}
    write_json(out / "report.json", facts)
    page = out / "report.html"
    write_atomic(page, _page(result, pictures).encode())
    return page


def _page(result: DemoResult, pictures: Sequence[Path]) -> str:
    trained = result.trained_accuracy
    learnt = f" Leaving out one repetition at a time gave {trained:.1%}." if trained else ""
    images = "\n".join(
        f'<figure><img src="{html.escape(p.name)}" alt="{html.escape(p.stem)}">'
        f"<figcaption>{html.escape(p.stem.partition('-')[2])}</figcaption></figure>"
        for p in pictures
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>EMG Studio demo</title><style>{STYLE}</style>
<h1>EMG Studio demo (simulated person)</h1>
<p><b>{result.accuracy:.1%} of {result.decisions} live decisions on unseen cues were right</b>
({result.balanced_accuracy:.1%} balanced over the gestures).{learnt}</p>
<ul>
<li>Lost samples: {result.lost_samples}</li>
<li>From the newest sample to the decision: {1e3 * result.latency_median_s:.1f} ms in the median,
{1e3 * result.latency_p99_s:.1f} ms at the 99th percentile</li>
<li>Recording: {html.escape(str(result.session))}</li>
<li>Model: {html.escape(str(result.model))}</li>
</ul>
<p>Rows are what was cued, columns what was decided. The first {TEST_TRIM_S:g} s of each cue,
in which a person reacts and the window fills, do not count.</p>
{_confusion_table(result)}
{images}
<small>EMG Studio {__version__}. {RESEARCH_USE}</small>
</html>
"""


def _confusion_table(result: DemoResult) -> str:
    names = [html.escape(gesture_title(c)) for c in result.classes]
    head = "".join(f"<th>{n}</th>" for n in names)
    rows = "".join(
        f"<tr><th>{name}</th>" + "".join(f"<td>{n}</td>" for n in row) + "</tr>"
        for name, row in zip(names, result.confusion, strict=True)
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"
