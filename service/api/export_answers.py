"""What the API says of an export: its kind, point of both times, rules, files and remarks."""

from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from msgspec import Meta

from service.api.fields import MOMENT_PATTERN, WRITTEN, Body, Item
from service.exchange.export import Export, ExportedFile, Kind, Order, Remark
from service.wording.wording import Language, Wording


class ExportToMake(Body, frozen=True, kw_only=True):
    """An order of an export; what is left out is as in a read of it."""

    as_of: Annotated[
        date | None, Meta(description="What had happened by then; null: today", examples=[None])
    ] = None
    known_at: Annotated[
        Annotated[str, Meta(pattern=MOMENT_PATTERN)] | None,
        Meta(
            description="What the ledger knew at this position, or at this time (RFC 3339 with"
            " offset); null: now",
            examples=[None],
        ),
    ] = None
    claim: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="Only what this claim declares, where it applies", examples=[None]),
    ] = None
    language: Annotated[
        Language | None, Meta(description="Of files that people read; null: cs", examples=["en"])
    ] = None
    format: Annotated[
        Annotated[str, Meta(pattern=r"^[a-z0-9]{1,20}\Z")] | None,
        Meta(description="The ministry's systems that the file is for", examples=[None]),
    ] = None
    purpose: Annotated[
        Annotated[str, Meta(min_length=3, max_length=200, pattern=WRITTEN)] | None,
        Meta(
            description="Why personal data are read; kept in the log of reads. No names of persons",
            examples=[None],
        ),
    ] = None


class ExportKind(Item, frozen=True, kw_only=True):
    """A kind of export."""

    name: Annotated[str, Meta(description="Its name in addresses", examples=["sd2"])]
    title_cs: Annotated[str, Meta(description="Czech title", examples=["SD-2 XML"])]
    title_en: Annotated[str, Meta(description="English title", examples=["SD-2 XML"])]
    personal: Annotated[
        str,
        Meta(
            description="Personal data: `none`, `required` (a purpose must be named), or"
            " `optional` (left out without a purpose)",
            examples=["optional"],
        ),
    ]
    format: Annotated[
        str | None,
        Meta(description="The ministry's systems that it is for", examples=["ms2021"]),
    ]
    of_claim: Annotated[bool, Meta(description="Can be of one claim", examples=[True])]
    in_languages: Annotated[bool, Meta(description="Has a language", examples=[False])]


class ExportKinds(Item, frozen=True, kw_only=True):
    """All kinds of exports."""

    items: list[ExportKind]


class FileOfExport(Item, frozen=True, kw_only=True):
    """A file of an export."""

    name: Annotated[str, Meta(examples=["CZ.03.2.63_sd2-ms2021_2018-08-31_p3508_1.xml"])]
    media_type: Annotated[str, Meta(examples=["application/xml"])]
    size: Annotated[int, Meta(description="Bytes", examples=[48213])]
    sha256: Annotated[str, Meta(description="Of its bytes, hex", examples=["0b" * 32])]
    rows: Annotated[int, Meta(description="Records, rows or pages", examples=[120])]
    href: Annotated[
        str,
        Meta(
            description="Where it is fetched; where persons are in it, add your own `purpose`",
            examples=["/v1/projects/5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11/exports/sd2/files/x.xml"],
        ),
    ]


class RemarkOfExport(Item, frozen=True, kw_only=True):
    """A line of the validation report; never a name."""

    severity: Annotated[
        str,
        Meta(description="`error`: the record is not in the file; `warning`", examples=["warning"]),
    ]
    file: Annotated[str, Meta(description="The file or kind it is about", examples=["sd2"])]
    record: Annotated[str | None, Meta(description="Its reference", examples=["MZ00001"])]
    field: Annotated[str | None, Meta(examples=["PRIJMENI"])]
    found: Annotated[str | None, Meta(examples=[None])]
    expected: Annotated[str, Meta(examples=["a purpose, to put names in"])]


class RuleSetOfExport(Item, frozen=True, kw_only=True):
    """The rules that it was made by."""

    name: Annotated[str, Meta(examples=["opz.1"])]
    sha256: Annotated[str, Meta(description="Of the programme file, hex", examples=["1c" * 32])]


class ExportMade(Item, frozen=True, kw_only=True):
    """An export: its point of both times, rules, files and validation report."""

    kind: Annotated[str, Meta(examples=["sd2"])]
    registration_number: Annotated[str, Meta(examples=["CZ.03.2.63/0.0/0.0/15_023/0000850"])]
    as_of: Annotated[date, Meta(description="What had happened by then", examples=["2018-08-31"])]
    known_at: Annotated[int, Meta(description="What the ledger knew then", examples=[3508])]
    rule_set: RuleSetOfExport
    files: list[FileOfExport]
    remarks: list[RemarkOfExport]


def kind_as_shown(kind: Kind) -> ExportKind:
    """A kind of the catalogue."""
    return ExportKind(
        name=kind.name,
        title_cs=Wording("cs").text(kind.title),
        title_en=Wording("en").text(kind.title),
        personal=kind.personal,
        format=kind.format,
        of_claim=kind.of_claim,
        in_languages=kind.in_languages,
    )


def export_as_shown(made: Export, project: UUID, order: Order) -> ExportMade:
    """An export with addresses of its files that name day and position."""
    given = {"claim": order.claim, "language": order.language, "format": order.format}
    point = {"as_of": made.as_of.isoformat(), "known_at": made.known_at}
    query = urlencode(point | {name: value for name, value in given.items() if value is not None})
    at = f"/v1/projects/{project}/exports/{made.kind}/files"
    return ExportMade(
        kind=made.kind,
        registration_number=made.registration_number,
        as_of=made.as_of,
        known_at=made.known_at,
        rule_set=RuleSetOfExport(name=made.rule_set.name, sha256=made.rule_set.sha256),
        files=[_file(file, f"{at}/{quote(file.name)}?{query}") for file in made.files],
        remarks=[_remark(remark) for remark in made.remarks],
    )


def _file(file: ExportedFile, href: str) -> FileOfExport:
    return FileOfExport(
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256,
        rows=file.rows,
        href=href,
    )


def _remark(remark: Remark) -> RemarkOfExport:
    return RemarkOfExport(
        severity=remark.severity,
        file=remark.file,
        record=remark.record,
        field=remark.field,
        found=remark.found,
        expected=remark.expected,
    )
