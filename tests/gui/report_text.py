"""What a search finds in a report."""

from __future__ import annotations

from pathlib import Path

from pypdf import PdfReader

from emgstudio.gui.report.printing import Printed, pdf_of


def text_of(pages: Printed, file: Path) -> list[str]:
    """What a search finds on each page, white space as one blank."""
    file.write_bytes(pdf_of(pages))
    return [" ".join(page.extract_text().split()) for page in PdfReader(file).pages]
