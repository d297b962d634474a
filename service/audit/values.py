"""Recorded values in words: money, days, hours and codes as a language writes them.

A record that a value names by its id is called by its reference where that is known. A person is
never named: what is sealed is shown as sealed, with the beginning of the hash that the event holds,
so that a change of it is seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast, get_args, get_type_hints
from uuid import UUID

import msgspec

from domain.claim import ClaimLine, Reduction
from domain.document import Allocation, ForeignAmount
from domain.event import Money, Record, class_of
from domain.person import SealedPerson
from domain.project import Beneficiary, Period, RuleSetVersion
from service.wording.wording import Wording

Values = Mapping[str, Any]
SHARES = frozenset({"flat_rate", "public_rate", "eu_rate", "state_rate", "own_rate"})
IN_CURRENCY = frozenset({"net", "vat", "gross"})  # of the document; all other money is in CZK
# The fields that hold codes, and which list of codes the `kind` of a fact is of.
CODES = frozenset({"form", "unit", "contract", "channel", "topic", "source", "budget_variant"})
KINDS = {
    "activity.held.v1": "activity_kind",
    "claim.submitted.v1": "claim_kind",
    "exchange-rate.recorded.v1": "rate_kind",
    "output.written.v1": "output_kind",
    "project.target-set.v1": "indicator_kind",
}
LISTED_MAX = 20  # elements of a list that are written out; the events have all of them
CZK = "CZK"
ACTIVITIES = "activity:"


@dataclass(frozen=True)
class Spoken:
    """Values in the words of one language; `references` are what people call records."""

    wording: Wording
    references: Mapping[UUID, str]

    def field(self, fact_type: str, name: str) -> str:
        """What the field is called; the day of a fact has a name of its own where people use it."""
        if name == "effective_on":
            return self.wording.known(f"audit.event.{fact_type}.day", self._text("field.day"))
        return self._text(f"field.{name}")

    def value(self, fact_type: str, name: str, fact: Values) -> str:
        """The value of a field of a fact."""
        hint = hints(fact_type)[name]
        value = msgspec.convert(fact[name], hint)
        if isinstance(value, Decimal) and _is_money(hint):
            currency = fact["currency"] if name in IN_CURRENCY else CZK
            return self.money(value, currency)
        return self._one(KINDS[fact_type] if name == "kind" else name, value)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with its currency."""
        sign = self.wording.text("shared.czk") if currency == CZK else currency
        return self._text("money", value=self.wording.money(amount), currency=sign)

    def code(self, name: str, value: str) -> str:
        """A code in words; one that nobody has worded stands as it is."""
        if name == "source" and value.startswith(ACTIVITIES):
            kind = self.code("activity_kind", value.removeprefix(ACTIVITIES))
            return self._text("activities_of", kind=kind)
        return self.wording.known(f"codes.{name}.{value}", value)

    def record(self, stream: UUID) -> str:
        """What people call a record; its id where nothing else is known."""
        return self.references.get(stream, str(stream))

    def _one(self, name: str, value: Any) -> str:
        wording = self.wording
        match value:
            case None:
                return self._text("nothing")
            case bool():
                return self._text("yes" if value else "no")
            case str():
                is_code = name in CODES or name in KINDS.values()
                found = self.code(name, value) if is_code else value
                return found or self._text("blank")
            case Decimal() if name in SHARES:
                return self._text("per_cent", value=wording.exact(value * 100))
            case Decimal() | int():
                return wording.exact(Decimal(value))
            case datetime():  # local time as written on a travel order
                return f"{wording.day(value.date())} {value:%H:%M}"
            case date():
                return wording.month(value) if name == "month" else wording.day(value)
            case UUID():
                return self.record(value)
            case tuple():
                return self._list(cast("tuple[Record, ...]", value))
            case _:
                return self._part(value)

    def _list(self, parts: Sequence[Record]) -> str:
        if not parts:
            return self._text("none")
        shown = "; ".join(self._part(part) for part in parts[:LISTED_MAX])
        left = len(parts) - LISTED_MAX
        return f"{shown}; {self._text('more', count=left)}" if left > 0 else shown

    def _part(self, part: Record) -> str:
        day = self.wording.day
        match part:
            case SealedPerson(sha256=sha256):
                return self._text("sealed", hash=sha256[:8])
            case Allocation(project=project, item=item, amount=amount):
                values = {"project": self.record(project), "item": item}
                return self._text("allocation", **values, amount=self.money(amount, CZK))
            case ClaimLine(reference=reference, item=item, amount=amount):
                values = {"reference": reference, "item": item}
                return self._text("claim_line", **values, amount=self.money(amount, CZK))
            case Reduction(document=document, amount=amount, reason=reason):
                values = {"document": self.record(document), "reason": reason}
                return self._text("reduction", **values, amount=self.money(amount, CZK))
            case Period(number=number, start=start, end=end, report_due=due):
                days = {"start": day(start), "end": day(end), "report_due": day(due)}
                return self._text("period", number=number, **days)
            case Beneficiary(name=name, ico=ico, kind=kind):
                said = self.code("beneficiary_kind", kind)
                return self._text("beneficiary", name=name, ico=ico, kind=said)
            case RuleSetVersion(name=name):
                return name
            case ForeignAmount():
                return self._foreign(part)
            case _:
                raise TypeError(type(part).__qualname__)

    def _foreign(self, part: ForeignAmount) -> str:
        return self._text(
            "foreign",
            amount=self.money(part.amount, part.currency),
            rate=self.wording.exact(part.rate),
            amount_unit=part.amount_unit,
            currency=part.currency,
            rate_date=self.wording.day(part.rate_date),
            rate_kind=self.code("rate_kind", part.rate_kind),
        )

    def _text(self, key: str, **values: object) -> str:
        return self.wording.text(f"audit.{key}", **values)


@cache
def hints(fact_type: str) -> Mapping[str, Any]:
    """The types of a stored fact's fields."""
    return get_type_hints(class_of(fact_type), include_extras=True)


def _is_money(hint: Any) -> bool:
    return hint == Money or Money in get_args(hint)
