"""SD-2 XML: the list of work (soupiska lidských zdrojů) as the import of MS2021+ takes it.

Of a claim: the lines that it declares, in its order. Of the project: all work records without a
blocking finding. Names of employees are put in only for a purpose; without one they are left out,
which the format allows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, cast

from domain.event import decode
from domain.rejection import NotFound
from domain.work_record import WorkRecorded
from projections.facts_in_force import Row
from service.exchange import sd2_xml
from service.exchange.export import Files, InvalidExport, Kind, Remark, Source, chunks, in_force
from service.exchange.sd2_xml import decimal_text, hours_text, moment
from service.wording.wording import PRAGUE

NAME, MEDIA_TYPE = "sd2", "application/xml; charset=utf-8"
PERSONS_AT_ONCE = 500
CLAIM = f"""SELECT c.number FROM views.claim AS c WHERE c.project_id = %(project)s
    AND c.number = %(claim)s AND c.submitted_on <= %(as_of)s AND {in_force("c")}"""
DECLARED = f"""SELECT c.document_id, c.reference, c.item, c.amount, c.line_index AS place
    FROM views.claim_line AS c
    WHERE c.project_id = %(project)s AND c.number = %(claim)s AND c.submitted_on <= %(as_of)s
        AND {in_force("c")}"""
SPENT = f"""SELECT s.document_id, s.reference, s.item, s.amount, 0 AS place
    FROM views.spend AS s
    WHERE s.project_id = %(project)s AND s.list = 'SD-2' AND s.effective_on <= %(as_of)s
        AND (s.blocked_on IS NULL OR s.blocked_on > %(as_of)s) AND {in_force("s")}"""
# A person's agreements (DPP) of a month are judged together, whatever the list holds of them.
LINES = f"""WITH line AS ({{lines}}), month AS (
        SELECT fact -> 'employee' ->> 'person' AS person, fact ->> 'month' AS month,
            fact ->> 'contract' AS contract, sum((fact ->> 'gross_wage')::numeric) AS gross
        FROM ({SPENT}) AS s
        JOIN views.expenditure AS e ON e.document_id = s.document_id AND {in_force("e")}
        CROSS JOIN LATERAL (SELECT convert_from(e.data, 'UTF8')::jsonb AS fact) AS f
        GROUP BY 1, 2, 3
    )
    SELECT l.document_id, l.reference, l.item, l.amount, e.type, e.data, m.gross,
        CASE WHEN e.paid_on <= %(as_of)s THEN e.paid_on END AS paid_on,
        count(*) OVER (PARTITION BY l.reference) > 1 AS repeated
    FROM line AS l
    JOIN views.expenditure AS e ON e.document_id = l.document_id AND {in_force("e")}
        AND e.type = 'work-record.recorded.v1'
    CROSS JOIN LATERAL (SELECT convert_from(e.data, 'UTF8')::jsonb AS fact) AS f
    LEFT JOIN month AS m ON m.person = fact -> 'employee' ->> 'person'
        AND m.month = fact ->> 'month' AND m.contract = fact ->> 'contract'
    ORDER BY l.place, fact ->> 'month' COLLATE "C", l.reference COLLATE "C", l.document_id"""
BLOCKED = f"""SELECT f.reference, f.code FROM views.finding AS f
    JOIN views.spend AS s ON s.document_id = f.document_id AND s.project_id = f.project_id
        AND s.list = 'SD-2' AND s.blocked_on <= %(as_of)s AND {in_force("s")}
    WHERE f.project_id = %(project)s AND f.since <= %(as_of)s AND s.effective_on <= %(as_of)s
        AND f.code = ANY(%(blocking)s) AND {in_force("f")}
    ORDER BY f.reference COLLATE "C", f.code COLLATE "C", f.document_id"""


@dataclass
class Taken:
    """What became of the lines so far: the amounts that the files must hold, and the remarks."""

    amount: Decimal = Decimal("0.00")
    records: int = 0
    remarks: list[Remark] = field(default_factory=list[Remark])

    def left_out(self, reference: str, element: str, found: str | None, expected: str) -> None:
        """A line that the format cannot hold."""
        self.remarks.append(Remark("error", NAME, reference, element, found, expected))


def write(source: Source, files: Files) -> Sequence[Remark]:
    """The files of a claim or of the project, 500 records each, one at least."""
    taken, schema = Taken(), sd2_xml.new_schema()
    _remark_beforehand(source, taken)
    day = source.recorded_at.astimezone(PRAGUE).date()
    records = _records(source, schema, taken)
    back, part = sd2_xml.ReadBack(0, Decimal("0.00")), 0
    while (batch := list(islice(records, source.rules.work_list_import.records_max))) or not part:
        part += 1
        path = files.path("xml", str(part))
        sd2_xml.write_file(path, day, batch)
        read = sd2_xml.read_back(schema, path)
        back = sd2_xml.ReadBack(back.records + read.records, back.amount + read.amount)
        files.written(path, MEDIA_TYPE, read.records)
    if back != (taken.records, taken.amount):
        raise InvalidExport("the amounts in the files are not those of the list")
    return taken.remarks


SD2 = Kind(
    NAME,
    "exchange.kind.sd2",
    write,
    views=("expenditure",),
    personal="optional",
    format="ms2021",
    of_claim=True,
)


def _remark_beforehand(source: Source, taken: Taken) -> None:
    """Raises NotFound for a claim that is not submitted by then."""
    if source.order.purpose is None:
        expected = "a purpose, for the names of employees to be put in"
        taken.remarks.append(Remark("warning", NAME, None, "PRIJMENI", None, expected))
    if _identity(source) is None:
        expected = "the beneficiary's IČO, 8 to 10 digits; IC is left out"
        found = source.act.beneficiary.ico or None
        taken.remarks.append(Remark("warning", NAME, None, "IC", found, expected))
    if source.order.claim is not None:
        if not list(source.rows(CLAIM, {"claim": source.order.claim})):
            raise NotFound(f"the project has no claim {source.order.claim} by then")
        return
    blocking = [rule.code for rule in source.rules.findings if rule.blocking]
    for row in source.rows(BLOCKED, {"blocking": blocking}):
        taken.left_out(row["reference"], "finding", row["code"], "a record without this finding")


def _records(source: Source, schema: Any, taken: Taken) -> Iterator[Any]:
    """The records of the list, without lines of nothing and those that the format cannot hold."""
    for rows in chunks(_lines(source), PERSONS_AT_ONCE):
        facts = [cast("WorkRecorded", decode(row["type"], row["data"])) for row in rows]
        names = _names(source, facts)
        for row, fact in zip(rows, facts, strict=True):
            if not any(_amounts(fact).values()):
                continue
            values = _values(source, row, fact, names.get(fact.employee.sha256, {}))
            if values["DRUHPRACVZTAHU"] is None:
                expected = "a code in the rule set's work_list_import.contracts"
                taken.left_out(fact.reference, "DRUHPRACVZTAHU", fact.contract, expected)
                continue
            made, fault = sd2_xml.record(schema, values)
            if fault is not None:
                taken.left_out(fact.reference, fault.element, None, fault.expected)
                continue
            taken.records += 1
            taken.amount += row["amount"]
            yield made


def _lines(source: Source) -> Iterator[Row]:
    lines = SPENT if source.order.claim is None else DECLARED
    return source.rows(LINES.replace("{lines}", lines), {"claim": source.order.claim})


def _names(source: Source, facts: Sequence[WorkRecorded]) -> dict[str, dict[str, str | None]]:
    """The employees' names by the hash in the fact; none without a purpose."""
    if source.order.purpose is None:
        return {}
    hashes = [bytes.fromhex(one) for one in dict.fromkeys(fact.employee.sha256 for fact in facts)]
    return {address.hex(): found for address, found in source.unsealed(hashes).items()}


def _values(
    source: Source, row: Row, fact: WorkRecorded, name: dict[str, str | None]
) -> dict[str, str | None]:
    """The elements of a record in the order of the format."""
    gross = fact.gross_wage if row["gross"] is None else row["gross"]
    code = source.rules.work_list_import.code_of(fact.contract, fact.month, gross)
    # The organisation's own number is what people look for; the ledger's id where it is no id.
    plain = len(fact.reference) <= 64 and not row["repeated"]
    amounts = {element: decimal_text(amount) for element, amount in _amounts(fact).items()}
    return {
        "ID_EXT": fact.reference if plain else str(row["document_id"]),
        "TYPDOKLADU": "Mzdy",
        "IC": _identity(source),
        "POLOZKA": row["item"],
        "DATUMUHRADY": moment(row["paid_on"]) if row["paid_on"] else None,
        "DATUMLZ": moment(fact.month),
        "PRIJMENI": name.get("last_name") or name.get("name") or None,
        "JMENO": name.get("first_name") or None,
        "DRUHPRACVZTAHU": code,
        "MZDA": amounts["MZDA"],
        "FONDPRACDOBY": hours_text(fact.fund_hours),
        "POCETHODINNAPRJ": hours_text(fact.project_hours),
        "JINEVYDAJESODVODY": amounts["JINEVYDAJESODVODY"],
        "POJISTNE": amounts["POJISTNE"],
        "JINEVYDAJEBEZODVODU": amounts["JINEVYDAJEBEZODVODU"],
    }


def _amounts(fact: WorkRecorded) -> dict[str, Decimal]:
    return {
        "MZDA": fact.gross_wage,
        "JINEVYDAJESODVODY": fact.other_with_contributions,
        "POJISTNE": fact.employer_contributions,
        "JINEVYDAJEBEZODVODU": fact.other_without_contributions,
    }


def _identity(source: Source) -> str | None:
    """The beneficiary's IČO with its leading zeros."""
    ico = source.act.beneficiary.ico.strip()
    return ico.zfill(8) if ico.isascii() and ico.isdigit() and len(ico) <= 10 else None
