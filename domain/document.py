"""An accounting document (účetní doklad, list SD-1): invoice, receipt, credit note.

Owns: its amounts and their allocation to projects and items, never more than the document.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.event import Fact, Money, Record, stored
from domain.money import round_money
from domain.person import SealedPerson
from domain.rejection import InvalidValue


class Allocation(Record, frozen=True, kw_only=True):
    """The part of a document that one budget item of one project bears, CZK."""

    project: UUID
    item: str
    amount: Money


class ForeignAmount(Record, frozen=True, kw_only=True):
    """The amount as on the document: `rate` CZK for `amount_unit` units on `rate_date`."""

    currency: str
    amount: Money
    rate: Decimal
    rate_kind: str
    rate_date: date
    amount_unit: int


@stored("accounting-document.recorded.v1")
class DocumentRecorded(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """The document as written; `effective_on` is the taxable supply (DUZP).

    `net`, `vat`, `gross` in `currency`; `amount` is what is claimed, CZK, VAT included unless
    `recoverable_vat` (CZK) takes it off; negative on a credit note. The supplier's name is sealed,
    its IČO in clear. `number_key` is the reservation stream of IČO and normalised number. `reason`
    says of a difference why it was recorded.
    """

    project: UUID
    reference: str
    supplier: SealedPerson
    supplier_ico: str | None
    document_number: str
    number_key: UUID | None
    issued_on: date
    currency: str
    net: Money
    vat: Money
    gross: Money
    recoverable_vat: Money
    amount: Money
    fx: ForeignAmount | None
    allocations: tuple[Allocation, ...]
    description: str
    corrects: UUID | None
    reason: str | None = None


class AmountsDoNotAddUp(InvalidValue):
    """Parts and total of a document differ."""

    code = "amounts_do_not_add_up"


def check_document(fact: DocumentRecorded) -> None:
    """Net + VAT = gross; the amount follows from gross and rate; allocations stay within it."""
    if fact.net + fact.vat != fact.gross:
        raise AmountsDoNotAddUp("net + vat must be the total", "/amount_total")
    if fact.fx is None:
        if fact.currency != "CZK":
            raise InvalidValue("expected an exchange rate", "/exchange_rate")
        amount = fact.gross - fact.recoverable_vat
    else:
        gross = round_money(fact.gross * fact.fx.rate / fact.fx.amount_unit)
        amount = gross - fact.recoverable_vat
    if fact.amount != amount:
        raise AmountsDoNotAddUp("the amount must be the total in CZK", "/amount_czk")
    if not fact.allocations:
        raise InvalidValue("expected at least one allocation", "/allocations")
    allocated = sum((a.amount for a in fact.allocations), Decimal(0))
    if abs(allocated) > abs(fact.amount):
        raise AmountsDoNotAddUp("allocations exceed the document", "/allocations")


def normalised_number(number: str) -> str:
    """Upper case, only letters and digits: "2016-64310" = "201664310"."""
    return "".join(c for c in number.upper() if c.isalnum())


def is_valid_ico(ico: str) -> bool:
    """The check digit of an IČO padded to 8 digits: d8 = (11 - sum(w * d) mod 11) mod 10."""
    padded = ico.zfill(8)
    if len(padded) != 8 or not (padded.isascii() and padded.isdigit()):
        return False
    total = sum((8 - place) * int(digit) for place, digit in enumerate(padded[:7]))
    return int(padded[7]) == (11 - total % 11) % 10
