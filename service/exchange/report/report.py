"""The implementation report (zpráva o realizaci) as PDF, in Czech or English."""

from collections.abc import Sequence

from service.exchange.export import Files, Kind, Remark, Source
from service.exchange.report.content import report_of
from service.exchange.report.given import VIEWS
from service.exchange.report.typesetting import pages_of, pdf_of

PDF = "application/pdf"


def write(source: Source, files: Files) -> Sequence[Remark]:
    """One PDF. There is nothing to remark: it shows the figures, and the findings among them."""
    document = report_of(source)
    pdf = pdf_of(document)
    pages = pages_of(pdf, document)
    path = files.path("pdf")
    path.write_bytes(pdf)
    files.written(path, PDF, pages)
    return []


REPORT = Kind("report", "report.kind", write, views=VIEWS, in_languages=True)
