"""The commands on money: documents, work records, trips, payments, claims."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from domain.calendar import last_day_of_month
from domain.document import Allocation
from domain.money import round_money
from service.commands import claims, expenditures
from service.commands.persons import SealedNames, StaffName, SupplierName, seal_names
from service.commands.work import Work
from tests.properties.steps import Dice
from tests.properties.world import World

ICOS = (None, "89803434", "54616026", "32994109", "12345678")
NO_MONEY = Decimal("0.00")


def document(world: World, dice: Dice) -> None:
    """An invoice or credit note, on one item or two, of one project or two, sometimes too much."""
    projects_known, documents = world.of("projects"), world.of("documents")
    sign = 1 if dice.often() else -1
    net, vat = sign * dice.money(), sign * dice.money()
    exchange = None if dice.often() else Decimal("24.505")
    amount = net + vat if exchange is None else round_money((net + vat) * exchange)
    allocations = _allocations(world, dice, amount)
    day, paid_after = dice.day(), dice.number(60)
    values = expenditures.NewDocument(
        reference=f"FP{len(documents)}",
        supplier_ico=dice.one_of(ICOS),
        document_number=f"2023-{dice.number(5)}",
        issued_on=day,
        taxable_supply_on=day,
        paid_on=day + timedelta(days=paid_after) if dice.often() else None,
        currency="CZK" if exchange is None else "EUR",
        net=net,
        vat=vat,
        gross=net + vat,
        exchange_rate=exchange,
        amount=amount,
        allocations=allocations,
        description="",
        corrects=dice.one_of(documents) if documents and sign < 0 else None,
    )
    stream, name = uuid4(), SupplierName(f"Supplier {dice.number(4)}", values.supplier_ico)
    of = dice.one_of(projects_known)

    def decide(work: Work) -> None:
        names = SealedNames()
        beside = seal_names(work, names, suppliers=[name])
        supplier = names.of_supplier[name]
        expenditures.record_document(work, of, stream, values, supplier)
        work.beside(*beside)

    world.run("document", decide)


def _allocations(world: World, dice: Dice, amount: Decimal) -> tuple[Allocation, ...]:
    first = round_money(amount * (dice.number(9) + 1) / 9)
    rest = amount - first
    if not dice.often():
        rest += 5 * amount.copy_sign(1) / abs(amount)  # more than the document
    parts = [first, rest] if rest else [first]
    places = [(_place(world, dice), part) for part in parts]
    return tuple(Allocation(project=of, item=code, amount=part) for (of, code), part in places)


def _place(world: World, dice: Dice) -> tuple[UUID, str]:
    of = dice.one_of(world.of("projects"))
    return of, dice.one_of([*world.items.get(of, ()), "1.0"])


def work_record(world: World, dice: Dice) -> None:
    of, code = _place(world, dice)
    month = date(2023, 1 + dice.number(12), 1)
    wage, contributions = dice.money(), dice.money()
    signed = last_day_of_month(month) - timedelta(days=dice.number(6) // 5 * 9)
    values = expenditures.NewWork(
        reference=f"MZ{len(world.of('documents'))}",
        item=code,
        contract=dice.one_of(("Smlouva", "DPC", "DPP")),
        month=month,
        fund_hours=Decimal(160),
        project_hours=Decimal(dice.number(160)),
        gross_wage=wage,
        other_with_contributions=NO_MONEY,
        employer_contributions=contributions,
        other_without_contributions=NO_MONEY,
        amount=wage + contributions,
        fte=Decimal(dice.number(5)) / 4,
        paid_on=last_day_of_month(month) + timedelta(days=10) if dice.often() else None,
        signed_on=signed if dice.often() else None,
        corrects=None,
    )
    stream, name = uuid4(), StaffName("Employee", f"Number {dice.number(4)}")

    def decide(work: Work) -> None:
        names = SealedNames()
        beside = seal_names(work, names, staff=[name])
        expenditures.record_work(work, of, stream, values, names.of_staff[name])
        work.beside(*beside)

    world.run("work", decide)


def travel(world: World, dice: Dice) -> None:
    (of, code), day = _place(world, dice), dice.day()
    fare, hotel = dice.money(), dice.money()
    values = expenditures.NewTravel(
        reference=f"CP{len(world.of('documents'))}",
        item=code,
        activity_id=None,
        place="Berlin",
        country="DE",
        departed_at=datetime.combine(day, datetime.min.time()),
        returned_at=datetime.combine(day + timedelta(days=2), datetime.min.time()),
        fare=fare,
        accommodation=hotel,
        meal_allowance=NO_MONEY,
        amount=fare + hotel,
        exchange_rate=None,
        paid_on=day + timedelta(days=14) if dice.often() else None,
        corrects=None,
    )
    stream, name = uuid4(), StaffName(None, f"Employee Number {dice.number(4)}")

    def decide(work: Work) -> None:
        names = SealedNames()
        beside = seal_names(work, names, staff=[name])
        expenditures.record_travel(work, of, stream, values, names.of_staff[name])
        work.beside(*beside)

    world.run("travel", decide)


def pay(world: World, dice: Dice) -> None:
    stream, day = dice.one_of(world.of("documents")), dice.day()
    world.run("pay", lambda work: expenditures.pay(work, stream, day))


def claim(world: World, dice: Dice) -> None:
    of, period = dice.one_of(world.of("projects")), dice.number(4)
    values = claims.NewClaim(
        number=period + 1,
        kind="interim" if period else "advance",
        period=period or None,
        submitted_on=dice.day(),
    )
    stream, documents = uuid4(), list(world.of("documents"))
    world.run("claim", lambda work: claims.submit_claim(work, of, stream, values, documents))


def decide_claim(world: World, dice: Dice) -> None:
    """Reductions of up to two documents, now and then of none that is in the claim, or too high."""
    stream, day = dice.one_of(world.of("claims")), dice.day()
    documents = [dice.one_of(world.of("documents")) for _ in range(dice.number(3))]
    reductions = [
        claims.NewReduction(document_id=one, amount=round_money(dice.money() / 4), reason="none")
        for one in dict.fromkeys(documents)
    ]
    world.run("decide", lambda work: claims.decide_claim(work, stream, day, reductions))


def pay_claim(world: World, dice: Dice) -> None:
    stream, day, amount = dice.one_of(world.of("claims")), dice.day(), dice.money()
    world.run("pay_claim", lambda work: claims.pay_claim(work, stream, day, amount))
