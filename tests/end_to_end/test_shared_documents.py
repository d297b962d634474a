"""One document borne by several items of two projects: each project sees its own part."""

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from domain.document import Allocation
from domain.person import SealedPerson
from service.commands.expenditures import NewDocument, record_document
from service.commands.persons import SealedNames, SupplierName, seal_names
from service.commands.work import NO_REQUEST, Work
from service.composition import Services
from tests.end_to_end.desk import Desk
from tests.end_to_end.explained import Explained
from tests.end_to_end.running import SEED, SEED_PLUS, Imported, fresh_tenant, import_folder
from tests.end_to_end.view_rows import not_as_folded, wrong_sums

PARTS = ("600.00", "300.00", "100.00")


@pytest.fixture
def projects(services: Services) -> tuple[Imported, Imported]:
    """Both seed projects in one organisation."""
    tenant = fresh_tenant(services)
    found = []
    for folder in (SEED, SEED_PLUS):
        project = import_folder(services, tenant, folder).project
        assert project is not None
        found.append(Imported(services, tenant, project, folder))
    return found[0], found[1]


def record(first: Imported, second: Imported, on: date) -> UUID:
    """An invoice of 1,000.00: two items of the first project, one of the second."""
    document, projects = uuid4(), (first.project, first.project, second.project)
    items = ("1.1.3.2.1", "1.1.4.1", "1.1.3.1")
    allocations = tuple(
        Allocation(project=project, item=item, amount=Decimal(amount))
        for project, item, amount in zip(projects, items, PARTS, strict=True)
    )
    values = NewDocument(
        reference="FP90001",
        supplier_ico="99941392",
        document_number="2018-1",
        issued_on=on,
        taxable_supply_on=on,
        paid_on=on,
        currency="CZK",
        net=Decimal("1000.00"),
        vat=Decimal("0.00"),
        gross=Decimal("1000.00"),
        exchange_rate=None,
        amount=Decimal("1000.00"),
        allocations=allocations,
        description="rent",
        corrects=None,
    )

    def decide(work: Work) -> None:
        record_document(work, first.project, document, values, sealed_supplier(work))

    commands = first.services.commands(first.tenant, "system:test")
    commands.run(uuid4(), NO_REQUEST, decide)
    return document


def sealed_supplier(work: Work) -> SealedPerson:
    known, name = SealedNames(), SupplierName("Dodavatel s.r.o.", "99941392")
    work.beside(*seal_names(work, known, suppliers=[name]))
    return known.of_supplier[name]


def recorded(project: Imported, item: str) -> Decimal:
    return Decimal(project.figures()["budget_by_item"][item]["recorded"])


def test_each_project_counts_its_part_and_judges_it_by_its_own_dates(
    projects: tuple[Imported, Imported],
) -> None:
    first, second = projects
    before = [recorded(first, "1.1.3.2.1"), recorded(first, "1.1.4.1"), recorded(second, "1.1.3.1")]
    record(first, second, date(2018, 6, 15))
    after = [recorded(first, "1.1.3.2.1"), recorded(first, "1.1.4.1"), recorded(second, "1.1.3.1")]
    assert [a - b for a, b in zip(after, before, strict=True)] == [
        Decimal("600.00"),
        Decimal("300.00"),
        Decimal("0.00"),
    ]
    assert "FP90001" not in first.figures()["findings"]
    assert second.figures()["findings"]["FP90001"] == ["incurred_outside_project"]
    for project in projects:
        assert Explained(project).wrong() == []


def test_a_corrected_date_moves_the_finding_from_one_project_to_the_other(
    projects: tuple[Imported, Imported],
) -> None:
    first, second = projects
    document = record(first, second, date(2018, 6, 15))
    before = recorded(second, "1.1.3.1"), recorded(first, "1.1.4.1")
    Desk(first).correct_fact(document, 1, {"effective_on": "2024-06-15"})
    Desk(first).correct_fact(document, 2, {"effective_on": "2024-06-20"})
    assert recorded(second, "1.1.3.1") == before[0] + Decimal("100.00")
    assert recorded(first, "1.1.4.1") == before[1] - Decimal("300.00")
    assert "FP90001" not in second.figures()["findings"]
    late = ["incurred_outside_project", "paid_after_deadline"]
    assert first.figures()["findings"]["FP90001"] == late
    for project in projects:
        assert Explained(project).wrong() == []
        assert not_as_folded(project) == []
    assert wrong_sums(first.services, first.tenant) == []


def test_an_allocation_corrected_to_another_project_is_judged_by_it(
    projects: tuple[Imported, Imported],
) -> None:
    first, second = projects
    document = record(first, second, date(2024, 6, 15))
    parts = [
        {"project": str(second.project), "item": "1.1.3.1", "amount": "900.00"},
        {"project": str(first.project), "item": "1.1.4.1", "amount": "100.00"},
    ]
    before = recorded(second, "1.1.3.1")
    Desk(first).correct_fact(document, 1, {"allocations": parts})
    assert recorded(second, "1.1.3.1") == before + Decimal("800.00")
    assert not_as_folded(first) == []
    assert Explained(second).wrong() == []
    Desk(first).cancel_fact(document, None)
    assert recorded(second, "1.1.3.1") == before - Decimal("100.00")
    assert not_as_folded(first) == []
