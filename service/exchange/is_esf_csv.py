"""The two CSV files of IS ESF 21+: their columns, how a line is written, and reading one back.

Separator `;`, UTF-8 with a byte order mark, CRLF, quotes only where a field needs them, except the
code of support, which spreadsheets would take for a date. Days are d.m.yyyy, hours have a decimal
comma. Source: two independent third-party programs with the same headers; confidence: third-party.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from service.exchange.export import InvalidExport

IDENTITY = (
    *("Jmeno_Osoby", "Prijmeni_Osoby", "DatumNarozeni_Osoby", "Obec_TrvaleBydlisteOsoby"),
    *("CastObce_TrvaleBydlisteOsoby", "Ulice_TrvaleBydlisteOsoby"),
    *("CisloPopisne_TrvaleBydlisteOsoby", "CisloOrientacni_TrvaleBydlisteOsoby"),
    *("ZnakCislaOrientacniho_TrvaleBydlisteOsoby", "PSC_TrvaleBydlisteOsoby"),
)
PERSON = (
    *IDENTITY,
    *("TitulPredJmenem_Osoby", "TitulZaJmenem_Osoby", "DatumVystupuZProjektu_Osoby"),
    *("DatumUmrti_Osoby", "Email_KontaktOsoby", "Telefon_KontaktOsoby"),
    *("VstupuDoProjektu_Osoby", "PodlePohlavi"),  # the odd first name is the ministry's
    "PodlePostaveniNaTrhuPrace_MonitorovaciList",
    "PodlePostaveniOsobyVProjektu_MonitorovaciList",
    "PodleNejvyssihoDosazenehoVzdelani_MonitorovaciList",
    "PodlePristupuKBydleni_MonitorovaciList",
    "PodleAktivityVSektoruEkonomiky_MonitorovaciList",
    "PodleSpecifikacePusobeniVeVerejnemSektoru_MonitorovaciList",
    "PodleTypuZnevyhodneni_MonitorovaciList",
    "PodleOsobSdilejicichStejnouDomacnost_MonitorovaciList",
    "PodleDruhuObdrzenePodpory_MonitorovaciList",
    "PodlePostaveniDaneOsoby_MonitorovaciList",
    "PodleVysledkuUcasti_MonitorovaciList",
    "PodleSituacePoUkonceniUcastiVProjektu_MonitorovaciList",
    "ProhlaseniPodporeneOsobyOUzemniZpusobilosti_MonitorovaciList",
    "Partner",
)
SUPPORT = (
    *IDENTITY,
    *("KodSpecifikace", "RozsahPodporyPrezencne", "RozsahPodporyElektronicky", "CenaPodpory"),
    *("DatumOd", "DatumDo", "Poznamka"),
)
FORCED = "KodSpecifikace"
BOM, END = "\N{ZERO WIDTH NO-BREAK SPACE}", "\r\n"
NEEDS_QUOTES = re.compile(r'[;"\r\n]')
ONE_DECIMAL = Decimal("0.1")
DAY = r"([1-9]|[12][0-9]|3[01])\.([1-9]|1[0-2])\.[0-9]{4}"
HOURS = r"0|[0-9]+,[0-9]"
# What a column must look like; all others may hold any text.
SHAPES: Mapping[str, str] = {
    "Jmeno_Osoby": r"(?s).+",
    "Prijmeni_Osoby": r"(?s).+",
    "DatumNarozeni_Osoby": DAY,
    "Obec_TrvaleBydlisteOsoby": r"(?s).+",
    "DatumVystupuZProjektu_Osoby": f"({DAY})?",
    "VstupuDoProjektu_Osoby": DAY,
    "KodSpecifikace": r"[0-9.]+",
    "RozsahPodporyPrezencne": HOURS,
    "RozsahPodporyElektronicky": HOURS,
    "CenaPodpory": "",
    "DatumOd": DAY,
    "DatumDo": DAY,
}
Codes = Mapping[str, Collection[str]]
Line = Mapping[str, str]


def header(columns: Sequence[str]) -> bytes:
    """The beginning of a file."""
    return (BOM + ";".join(columns) + END).encode()


def encoded(columns: Sequence[str], line: Line) -> bytes:
    """A row; columns that the line does not name are empty."""
    fields = (_field(line.get(name, ""), forced=name == FORCED) for name in columns)
    return (";".join(fields) + END).encode()


def day_text(day: date | None) -> str:
    """5.2.2023; empty for none."""
    return "" if day is None else f"{day.day}.{day.month}.{day.year}"


def hours_text(minutes: Decimal) -> str:
    """Hours with one decimal, half up, and a comma: 1,5; nothing is 0."""
    hours = (minutes / 60).quantize(ONE_DECIMAL, ROUND_HALF_UP)
    return "0" if hours == 0 else format(hours, "f").replace(".", ",")


def fingerprint(line: Line) -> bytes:
    """Who a row is about, comparable without keeping names."""
    return sha256("\0".join(line[name] for name in IDENTITY).encode()).digest()


def read_back(
    path: Path, columns: Sequence[str], codes: Codes, known: Collection[bytes] | None
) -> list[bytes]:
    """The persons of the rows, in their order. Raises InvalidExport, naming row and column.

    `codes`: what a column may hold, several joined by `|`; `known`: whom a row may be about.
    """
    persons: list[bytes] = []
    with path.open("rb") as raw:
        if not _next_is(raw, header(columns)):
            raise InvalidExport(f"{path.name}: the header is not that of the format")
        for row, fields in _rows(path):
            if len(fields) != len(columns):
                raise InvalidExport(f"{row} has {len(fields)} fields")
            line = dict(zip(columns, fields, strict=True))
            if not _next_is(raw, encoded(columns, line)):
                raise InvalidExport(f"{row} is not quoted and ended as the format demands")
            if fault := _fault(line, codes):
                raise InvalidExport(f"{row}, column {fault} is not of its format")
            persons.append(fingerprint(line))
            if known is not None and persons[-1] not in known:
                raise InvalidExport(f"{row} is about nobody of the other file")
    return persons


def _rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    """The rows under the header as a reader of CSV takes them, each with what it is called."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=";", strict=True)
        try:
            next(reader)
            for number, fields in enumerate(reader, start=2):
                yield f"{path.name}: row {number}", fields
        except csv.Error:  # its text may quote the row
            raise InvalidExport(f"{path.name}: not CSV behind line {reader.line_num}") from None


def _next_is(raw: BinaryIO, expected: bytes) -> bool:
    return raw.read(len(expected)) == expected


def _field(text: str, *, forced: bool) -> str:
    if forced or NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _fault(line: Line, codes: Codes) -> str | None:
    """The first column that holds what it must not."""
    for name, text in line.items():
        shape = SHAPES.get(name)
        if shape is not None and not re.fullmatch(shape, text):
            return name
        if name in codes and not set(text.split("|") if text else ()) <= set(codes[name]):
            return name
    return None
