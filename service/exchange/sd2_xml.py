"""The XML of list SD-2 for MS2021+: records, a file of them, and reading one back.

`sd2-ms2021.xsd` says what a record may hold; it is ours, since the ministry's was not found. A
record is judged by it before it is written, and the whole file when it is read back.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib import import_module
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, NamedTuple

from service.exchange.export import InvalidExport

etree: Any = import_module("lxml.etree")  # it has no types

NAMESPACE = "http://ms21xsd.mssf.cz/ImportXML/SoupiskaDoklad/v_1.1"
PREFIX = "ns2"  # that of the official sample
DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
AMOUNTS = ("MZDA", "POJISTNE", "JINEVYDAJESODVODY", "JINEVYDAJEBEZODVODU")
DOCUMENTATION = ".//xs:element[@name=$name]/xs:annotation/xs:documentation/text()"
XS = {"xs": "http://www.w3.org/2001/XMLSchema"}
Values = Mapping[str, str | None]


class Fault(NamedTuple):
    """An element that a record may not hold like this; without its value, which can be a name."""

    element: str
    expected: str


class ReadBack(NamedTuple):
    """What a file holds: records, and the sum of their eligible amounts, CZK."""

    records: int
    amount: Decimal


def new_schema() -> Any:
    """What judges records and files. It keeps the errors of its last use: one an export."""
    return etree.XMLSchema(_schema_document())


def record(schema: Any, values: Values) -> tuple[Any, Fault | None]:
    """A record of elements in their order (None: left out), and the first fault in it."""
    made = etree.Element(_name("SoupiskaDoklad"))
    for element, text in values.items():
        if text is None:
            continue
        try:
            etree.SubElement(made, _name(element)).text = text
        except ValueError:  # its text would quote the value
            return made, Fault(element, "no control characters")
    if schema.validate(made):
        return made, None
    path: str = schema.error_log[0].path
    element = path.rpartition(":")[2].partition("[")[0]
    return made, Fault(element, _expected(element))


def write_file(path: Path, day: date, records: Iterable[Any]) -> None:
    """A file of records; `day` is the root's DATE."""
    with path.open("wb") as file:
        file.write(DECLARATION)
        with (
            etree.xmlfile(file, encoding="UTF-8") as out,
            out.element(_name("IMPORT"), {"DATE": moment(day)}, nsmap={PREFIX: NAMESPACE}),
        ):
            for one in records:
                with out.element(one.tag):
                    for child in one:
                        with out.element(child.tag):
                            out.write(child.text)
        file.write(b"\n")


def read_back(schema: Any, path: Path) -> ReadBack:
    """Raises InvalidExport for a file that the schema does not accept."""
    root = etree.parse(str(path)).getroot()
    if not schema.validate(root):
        where = schema.error_log[0].path.replace(f"{PREFIX}:", "")
        raise InvalidExport(f"{path.name}: {where} is not as the format demands")
    amounts = (Decimal(one.findtext(_name(name))) for one in root for name in AMOUNTS)
    return ReadBack(len(root), sum(amounts, Decimal("0.00")))


def moment(day: date) -> str:
    """A day as the format writes it."""
    return f"{day.isoformat()}T00:00:00.000"


def decimal_text(value: Decimal) -> str:
    """With a point and without trailing zeros: 25000.5, 168, 0."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def hours_text(value: Decimal) -> str:
    """At most 3 decimals, half up."""
    return decimal_text(value.quantize(Decimal("0.001"), ROUND_HALF_UP))


def _name(element: str) -> str:
    return f"{{{NAMESPACE}}}{element}"


@cache
def _schema_document() -> Any:
    with as_file(files("service.exchange").joinpath("sd2-ms2021.xsd")) as path:
        return etree.parse(str(path))


@cache
def _expected(element: str) -> str:
    found = _schema_document().xpath(DOCUMENTATION, name=element, namespaces=XS)
    return str(found[0]) if found else "a value that the format accepts"
