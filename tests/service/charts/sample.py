"""Charts of made-up figures."""

from datetime import date
from decimal import Decimal

from domain.project import Period
from service.charts.chart import Chart
from service.charts.indicator_progress import Indicator, indicator_progress
from service.charts.participants_over_time import Persons, participants_over_time
from service.charts.spending_by_item import Item, spending_by_item
from service.charts.spending_over_time import Spending, Spent, spending_over_time
from service.wording.wording import Wording

PERIODS = (
    Period(number=1, start=date(2023, 2, 1), end=date(2023, 7, 31), report_due=date(2023, 8, 31)),
    Period(number=2, start=date(2023, 8, 1), end=date(2024, 1, 31), report_due=date(2024, 2, 29)),
)
INDICATORS = [
    Indicator("Celkový počet účastníků", Decimal(70), 80),
    Indicator("Kapacita služeb", Decimal("2.5"), 1),
    Indicator("Sledovaný bez závazku", Decimal(0), 3),
]
SPENDING = Spending(
    start=date(2023, 2, 1),
    budget=Decimal("2000000.00"),
    points=[
        Spent(PERIODS[0], Decimal("991780.82"), Decimal("700000.10"), Decimal("650000.00")),
        Spent(PERIODS[1], Decimal("2000000.00"), None, None),
    ],
    recorded_outside=Decimal("12.30"),
)
ITEMS = [
    Item("1.1 Mzdy", Decimal("1500000.00"), Decimal("600000.10"), Decimal("560000.00")),
    Item("1.2 Služby", Decimal("500000.00"), Decimal("100000.00"), Decimal("90000.00")),
]
PERSONS = [Persons(1, 3, 2), Persons(2, None, None)]


def sample_charts(wording: Wording) -> list[Chart]:
    """One of each."""
    return [
        indicator_progress(INDICATORS, wording),
        spending_over_time(SPENDING, wording),
        spending_by_item(ITEMS, wording),
        participants_over_time(PERSONS, Decimal(8), wording),
    ]
