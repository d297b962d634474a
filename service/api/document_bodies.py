"""What requests and answers about accounting documents hold."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from service.api.fields import (
    Body,
    Code,
    Currency,
    Day,
    Ico,
    Item,
    Money,
    Name,
    Number,
    Reference,
    Text,
)
from service.api.paging import NextCursor
from service.api.spending import Corrects, Spending

DocumentNumber = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f\x7f]{1,60}\Z",
        description="The document's number as the supplier gave it",
        examples=["2026-0417"],
    ),
]
Net = Annotated[Money, Meta(description="Without VAT, in `currency`", examples=["1000.00"])]
Vat = Annotated[Money, Meta(description="VAT, in `currency`", examples=["210.00"])]
Gross = Annotated[Money, Meta(description="With VAT, in `currency`", examples=["1210.00"])]
Claimed = Annotated[
    Money, Meta(description="What is claimed, CZK; negative on a credit note", examples=["1210.00"])
]
Rate = Annotated[
    Number | None, Meta(description="CZK for 1 unit of a foreign currency", examples=[None])
]


class Allocation(Body, frozen=True, kw_only=True):
    """The part that one budget item of one project bears, CZK."""

    project_id: Annotated[
        UUID,
        Meta(description="The project", examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"]),
    ]
    item: Annotated[Code, Meta(description="Code of the budget item", examples=["1.1.4.1"])]
    amount: Claimed


class DocumentToRecord(Body, frozen=True, kw_only=True):
    """A document as written; net + vat = gross, allocations are at most the amount."""

    reference: Reference
    supplier_name: Annotated[Name, Meta(examples=["Tiskárna Brno s.r.o."])]
    supplier_ico: Ico | None
    document_number: DocumentNumber
    issued_on: Day
    taxable_supply_on: Annotated[Day, Meta(description="DUZP, the day it counts on")]
    currency: Currency
    net: Net
    vat: Vat
    gross: Gross
    amount: Claimed
    allocations: Annotated[list[Allocation], Meta(min_length=1, max_length=200)]
    description: Text
    exchange_rate: Rate = None
    paid_on: Annotated[Day | None, Meta(description="Paid in full", examples=["2026-04-10"])] = None
    corrects: Corrects = None


class Document(Spending, frozen=True, kw_only=True):
    """An accounting document as it stands, without the supplier's name.

    `allocations` are those of projects that the caller has a role in.
    """

    supplier_ico: Ico | None
    document_number: DocumentNumber
    issued_on: Day
    taxable_supply_on: Day
    currency: Currency
    net: Net
    vat: Vat
    gross: Gross
    amount: Claimed
    exchange_rate: Rate
    allocations: list[Allocation]
    description: Text
    corrects: Corrects


class DocumentPage(Item, frozen=True, kw_only=True):
    """A page of documents by reference."""

    items: list[Document]
    next_cursor: NextCursor
