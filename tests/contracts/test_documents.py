"""Documents that lead somewhere, and whose examples work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.house import ROOT, documents, none_of, python_files, text_of

LINK = re.compile(r"\]\(([^)\s]+)\)")
RUNNABLE = re.compile(r"<!-- run -->\n+```python\n(.*?)```", re.DOTALL)
DOCUMENT = re.compile(r"\bdocs/[\w./-]+\.md\b")
TWO_PAGES = 1100
LARGEST_PICTURE = 150_000

examples = [
    pytest.param(code, id=f"{path}-{number}")
    for path in documents()
    for number, code in enumerate(RUNNABLE.findall(text_of(path)), 1)
]


def test_links_lead_somewhere() -> None:
    dead = [
        f"{path}: {link}"
        for path in documents()
        for link in LINK.findall(text_of(path))
        if "://" not in link and not link.startswith("mailto:") and not leads(path, link)
    ]
    none_of(dead)


def leads(path: Path, link: str) -> bool:
    target, _, heading = link.partition("#")
    file = (ROOT / path).parent / target if target else ROOT / path
    return file.exists() and (not heading or heading in headings(file))


def headings(file: Path) -> set[str]:
    """The anchors that GitHub makes from the headings of a document."""
    titles = re.findall(r"^#+\s+(.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_documents_named_in_the_source_exist() -> None:
    missing = [
        f"{path}: {name}"
        for path in [*python_files(), Path("pyproject.toml")]
        for name in DOCUMENT.findall(text_of(path))
        if not (ROOT / name).exists()
    ]
    none_of(missing)


@pytest.mark.parametrize("code", examples)
def test_examples_run(code: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_there_are_examples_to_run() -> None:
    assert examples


def test_the_architecture_fits_two_pages() -> None:
    assert len(text_of(Path("docs/ARCHITECTURE.md")).split()) <= TWO_PAGES


def test_decisions_are_numbered_without_holes() -> None:
    numbers = sorted(int(p.name[:4]) for p in documents() if p.parent.name == "decisions")
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_changelog_has_a_place_for_what_comes() -> None:
    assert "## [Unreleased]" in text_of(Path("CHANGELOG.md"))


def test_pictures_are_small_and_every_screen_is_in_the_gallery() -> None:
    sizes = {
        path.relative_to(ROOT): path.stat().st_size
        for path in (ROOT / "docs").rglob("*")
        if path.suffix in (".png", ".webp")
    }
    none_of(f"{path}: {size} bytes" for path, size in sizes.items() if size > LARGEST_PICTURE)
    shown = set(LINK.findall(text_of(Path("docs/screens.md"))))
    sheets = sorted((ROOT / "docs/screens").iterdir())
    assert len(sheets) > 50
    none_of(p.name for p in sheets if f"screens/{p.name}" not in shown)
