"""IS ESF CSV: supported persons and their support, the two bulk import files of IS ESF 21+.

Persons are unsealed a chunk at a time for the purpose named, which is logged. Whoever lacks a field
that the programme's record needs is in the remarks and in neither file; "refused", "none" and "not
asked" are empty alike. A kind of activity without a code of support in the rule set is in the
remarks, not in the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, NamedTuple
from uuid import UUID

from domain.activity import MINUTES
from domain.project import Period, period_of
from domain.rule_set import RuleSet
from projections.facts_in_force import Row
from service.exchange import is_esf_csv as csv
from service.exchange.export import Files, InvalidExport, Kind, Remark, Source, chunks, in_force
from service.store.vault import REFUSED

PERSONS_FILE, SUPPORT_FILE = "PodporeneOsoby", "Podpory"
MEDIA_TYPE = "text/csv; charset=utf-8"
PERSONS_AT_ONCE = 500
PERSONS = f"""SELECT p.participant_id, p.reference, p.entered_on, p.entry_known,
        CASE WHEN p.left_on <= %(as_of)s THEN p.left_on END AS left_on,
        p.identity, p.characteristics,
        CASE WHEN p.left_on <= %(as_of)s THEN p.situation END AS situation
    FROM views.participant AS p
    WHERE p.project_id = %(project)s AND p.entered_on <= %(as_of)s AND {in_force("p")}
    ORDER BY p.reference COLLATE "C", p.participant_id"""
SUPPORT = f"""SELECT s.participant_id, a.kind, s.received_on, s.quantity, s.unit, s.form
    FROM views.support AS s
    JOIN views.activity AS a ON a.activity_id = s.activity_id AND {in_force("a")}
    WHERE s.participant_id = ANY(%(persons)s) AND s.project_id = %(project)s
        AND s.received_on <= %(as_of)s AND {in_force("s")}
    ORDER BY s.participant_id, a.kind COLLATE "C", s.received_on, s.activity_id, s.fact_version"""
# The fields of a record by the columns that show them.
COLUMN_OF = {
    "first_name": "Jmeno_Osoby",
    "last_name": "Prijmeni_Osoby",
    "birth_date": "DatumNarozeni_Osoby",
    "municipality": "Obec_TrvaleBydlisteOsoby",
    "entry_date": "VstupuDoProjektu_Osoby",
    "sex": "PodlePohlavi",
    "labour_status": "PodlePostaveniNaTrhuPrace_MonitorovaciList",
    "education": "PodleNejvyssihoDosazenehoVzdelani_MonitorovaciList",
    "disadvantage": "PodleTypuZnevyhodneni_MonitorovaciList",
    "exit_situation": "PodleSituacePoUkonceniUcastiVProjektu_MonitorovaciList",
}
FIELD_OF = {column: name for name, column in COLUMN_OF.items()}
GIVEN = "a complete record; the person and the support are left out until it is"
Fields = Mapping[str, str | None]


class SupportRow(NamedTuple):
    """Support under one code in one monitoring period, in minutes by form."""

    code: str
    period: Period
    in_person: Decimal
    electronic: Decimal


@dataclass
class Output:
    """The two files while they are written."""

    persons: BinaryIO
    support: BinaryIO
    person_rows: int = 0
    support_rows: int = 0
    known: set[bytes] = field(default_factory=set[bytes])
    remarks: list[Remark] = field(default_factory=list[Remark])

    def left_out(
        self, file: str, reference: str, column: str, found: str | None, expected: str
    ) -> None:
        """A row that is not in the file; `found` is never a name."""
        self.remarks.append(Remark("error", file, reference, column, found, expected))


def write(source: Source, files: Files) -> Sequence[Remark]:
    """Both files, persons in the order of their references."""
    person_path, support_path = files.path("csv", PERSONS_FILE), files.path("csv", SUPPORT_FILE)
    with person_path.open("wb") as persons, support_path.open("wb") as support:
        output = Output(persons, support)
        persons.write(csv.header(csv.PERSON))
        support.write(csv.header(csv.SUPPORT))
        _remark_codes(source.rules, output)
        for chunk in chunks(source.rows(PERSONS), PERSONS_AT_ONCE):
            _write_chunk(source, output, chunk)
    _validate(source.rules, output, person_path, support_path)
    files.written(person_path, MEDIA_TYPE, output.person_rows)
    files.written(support_path, MEDIA_TYPE, output.support_rows)
    return output.remarks


IS_ESF = Kind(
    "is-esf",
    "exchange.kind.is-esf",
    write,
    views=("support",),
    personal="required",
    format="ms2021",
)


def support_rows(
    supports: Sequence[Row], codes: Mapping[str, str], periods: Sequence[Period]
) -> list[SupportRow]:
    """Support by period and code; what has no code or period is left out."""
    numbered = {period.number: period for period in periods}
    minutes: dict[tuple[int, str], list[Decimal]] = {}
    for one in supports:
        code, number = codes.get(one["kind"]), period_of(periods, one["received_on"])
        if code is not None and number in numbered:
            sums = minutes.setdefault((number, code), [Decimal(0), Decimal(0)])
            sums[one["form"] != "in_person"] += one["quantity"] * MINUTES[one["unit"]]
    return [
        SupportRow(code, numbered[number], in_person, electronic)
        for (number, code), (in_person, electronic) in sorted(minutes.items())
    ]


def _write_chunk(source: Source, output: Output, rows: Sequence[Row]) -> None:
    supports: dict[UUID, list[Row]] = {}
    for one in source.rows(SUPPORT, {"persons": [row["participant_id"] for row in rows]}):
        supports.setdefault(one["participant_id"], []).append(one)
    addresses = ("identity", "characteristics", "situation")
    hashes = [row[name] for row in rows for name in addresses if row[name] is not None]
    found = source.unsealed(hashes)
    for row in rows:
        fields: dict[str, str | None] = {}
        for name in addresses:
            fields |= found.get(row[name], {})
        fields["entry_date"] = row["entered_on"].isoformat() if row["entry_known"] else None
        if row["identity"] not in found:
            output.left_out(PERSONS_FILE, row["reference"], "Jmeno_Osoby", "erased", GIVEN)
        elif _is_whole(source.rules, output, row["reference"], fields):
            line = _person(fields, row["entered_on"], row["left_on"])
            if _write_person(output, row["reference"], line):
                _write_support(source, output, row, line, supports.get(row["participant_id"], []))


def _is_whole(rules: RuleSet, output: Output, reference: str, fields: Fields) -> bool:
    """Whether the record has all that the programme asks for, in codes that it knows."""
    missing = [name for name in rules.complete_record if not fields.get(name)]
    for name in missing:
        output.left_out(PERSONS_FILE, reference, COLUMN_OF[name], None, GIVEN)
    unknown = [
        (column, code)
        for column, codes in _codes(rules).items()
        for code in _given(fields, column)
        if code not in codes
    ]
    for column, code in unknown:
        output.left_out(PERSONS_FILE, reference, column, code, "a code of the programme")
    return not missing and not unknown


def _write_person(output: Output, reference: str, line: csv.Line) -> bool:
    """Whether the person was not written before."""
    who = csv.fingerprint(line)
    if who in output.known:
        expected = "one record a person; a second one is left out"
        output.left_out(PERSONS_FILE, reference, "DatumNarozeni_Osoby", None, expected)
        return False
    output.known.add(who)
    output.persons.write(csv.encoded(csv.PERSON, line))
    output.person_rows += 1
    return True


def _write_support(
    source: Source, output: Output, person: Row, line: csv.Line, supports: Sequence[Row]
) -> None:
    codes = {one.activity_kind: one.code for one in source.rules.support_codes}
    _remark_left_out(source, output, person["reference"], supports, codes)
    for row in support_rows(supports, codes, source.act.periods):
        first = max(person["entered_on"], row.period.start)
        if first > row.period.end:
            expected = f"entry by the end of period {row.period.number}, in which support was given"
            found = person["entered_on"].isoformat()
            output.left_out(SUPPORT_FILE, person["reference"], "DatumOd", found, expected)
            continue
        values = {
            "KodSpecifikace": row.code,
            "RozsahPodporyPrezencne": csv.hours_text(row.in_person),
            "RozsahPodporyElektronicky": csv.hours_text(row.electronic),
            "DatumOd": csv.day_text(first),
            "DatumDo": csv.day_text(row.period.end),
        }
        identity = {name: line[name] for name in csv.IDENTITY}
        output.support.write(csv.encoded(csv.SUPPORT, identity | values))
        output.support_rows += 1


def _remark_left_out(
    source: Source,
    output: Output,
    reference: str,
    supports: Sequence[Row],
    codes: Mapping[str, str],
) -> None:
    """Each row that the file lacks: of a kind without a code, or of a day in no period."""
    periods = source.act.periods
    numbers = {(period_of(periods, one["received_on"]), one["kind"]) for one in supports}
    for number, kind in sorted(numbers):
        record = f"{reference}, period {number}"
        if number == 0:
            expected = "a day of a monitoring period; the support is left out"
            output.left_out(SUPPORT_FILE, record, "DatumOd", kind, expected)
        elif kind not in codes:
            expected = "a kind that has a code in the rule set; the support is left out"
            output.left_out(SUPPORT_FILE, record, "KodSpecifikace", kind, expected)


def _remark_codes(rules: RuleSet, output: Output) -> None:
    for one in rules.support_codes:
        if one.confidence != "found":
            expected = f"the ministry's code for {one.activity_kind}: not verified, check it"
            found = f"{one.code} {one.title_cs}"
            remark = Remark("warning", SUPPORT_FILE, None, "KodSpecifikace", found, expected)
            output.remarks.append(remark)


def _person(fields: Fields, entered_on: date, left_on: date | None) -> dict[str, str]:
    """All identity columns, and the others that are known; what was not stated is empty."""
    given = {column: "|".join(_given(fields, column)) for column in COLUMN_OF.values()}
    return dict.fromkeys(csv.IDENTITY, "") | {
        **given,
        "DatumNarozeni_Osoby": csv.day_text(date.fromisoformat(fields["birth_date"] or "")),
        "VstupuDoProjektu_Osoby": csv.day_text(entered_on),
        "DatumVystupuZProjektu_Osoby": csv.day_text(left_on),
    }


def _given(fields: Fields, column: str) -> list[str]:
    """The values of a column: one text, or codes; nothing for refused, none and not asked."""
    name = FIELD_OF[column]
    text = fields.get(name) or ""
    if name in ("disadvantage", "exit_situation"):
        return [code for code in text.split("|") if code not in ("", REFUSED)]
    return [text] if text else []


def _codes(rules: RuleSet) -> dict[str, Sequence[str]]:
    """What the coded columns may hold."""
    codes = rules.codes
    return {
        COLUMN_OF["sex"]: (codes.sex_women, codes.sex_men),
        COLUMN_OF["labour_status"]: codes.labour_status,
        COLUMN_OF["education"]: codes.education,
        COLUMN_OF["disadvantage"]: codes.disadvantage,
        COLUMN_OF["exit_situation"]: codes.exit_situation,
    }


def _validate(rules: RuleSet, output: Output, person_path: Path, support_path: Path) -> None:
    """Reads both files back. Raises InvalidExport."""
    persons = csv.read_back(person_path, csv.PERSON, _codes(rules), None)
    codes = {"KodSpecifikace": [one.code for one in rules.support_codes]}
    support = csv.read_back(support_path, csv.SUPPORT, codes, output.known)
    if (len(persons), len(support)) != (output.person_rows, output.support_rows):
        raise InvalidExport("the files do not hold the rows that were written")
    if len(set(persons)) != len(persons):
        raise InvalidExport("a person is in the file twice")
