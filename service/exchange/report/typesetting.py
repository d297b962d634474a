"""Setting a report as PDF: by Typst, in its own fonts, as PDF/A-2b and PDF/UA-1."""

import subprocess
import sys
from io import BytesIO
from typing import Any

import msgspec
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from service.exchange.export import InvalidExport
from service.exchange.report.document import Document

TYPESETTING_S_MAX = 120


def pdf_of(document: Document) -> bytes:
    """The PDF, the same bytes for the same document. Raises InvalidExport.

    Typst refuses what breaks a standard, such as a picture without an alternative text.
    """
    command = [sys.executable, "-P", "-m", "service.exchange.report.typst_process"]
    report = msgspec.json.encode(document)
    done = subprocess.run(
        command, input=report, capture_output=True, timeout=TYPESETTING_S_MAX, check=False
    )
    if done.returncode != 0:
        raise InvalidExport(f"the report cannot be set: {done.stderr.decode(errors='replace')}")
    return done.stdout


def pages_of(pdf: bytes, document: Document) -> int:
    """Reads the PDF back: how many pages it has. Raises InvalidExport if it is not what it must be.

    What must be there beside the pages: the title, the language, the tags, and the claim to PDF/A.
    """
    try:
        reader = PdfReader(BytesIO(pdf))
        catalog: Any = reader.root_object
        metadata = reader.xmp_metadata
        facts = {
            "pages": len(reader.pages) > 1,
            "title": document.project in ((reader.metadata and reader.metadata.title) or ""),
            "language": catalog.get("/Lang") == f"{document.language}-{document.region}",
            "tags": "/StructTreeRoot" in catalog,
            "PDF/A-2b": metadata is not None
            and (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "B"),
        }
    except PyPdfError as error:
        raise InvalidExport(f"the report cannot be read back: {error}") from error
    missing = [name for name, found in facts.items() if not found]
    if missing:
        raise InvalidExport(f"the report as read back lacks: {', '.join(missing)}")
    return len(reader.pages)
