"""What the charts are made of: the figures given, where they stand, and in words."""

from decimal import Decimal
from typing import Any

import pytest

from service.charts.chart import WIDTH, Chart, apart, scale_of
from service.charts.indicator_progress import Indicator, indicator_progress
from service.charts.participants_over_time import participants_over_time
from service.charts.spending_by_item import ITEMS_MAX, Item, spending_by_item
from service.charts.spending_over_time import spending_over_time
from service.wording.wording import LANGUAGES, Language, Wording
from tests.service.charts.sample import INDICATORS, ITEMS, PERSONS, SPENDING, sample_charts

CZECH, ENGLISH = Wording("cs"), Wording("en")


def rows_of(chart: Chart, style: str) -> list[dict[str, Any]]:
    """The data of the layer of a style."""
    layers = [one for one in chart.spec["layer"] if one["mark"]["style"] == style]
    return [row for layer in layers for row in layer["data"]["values"]]


def texts_of(chart: Chart) -> list[str]:
    found: list[str] = []
    for layer in chart.spec["layer"]:
        if layer["mark"]["type"] == "text":
            for row in layer["data"]["values"]:
                found += row["text"] if isinstance(row["text"], list) else [row["text"]]
    return found


def test_bars_of_indicators_are_shares_of_the_target() -> None:
    chart = indicator_progress(INDICATORS, CZECH)

    bars = rows_of(chart, "recorded")
    assert [(bar["achieved"], bar["target"], bar["share"]) for bar in bars if "share" in bar] == [
        (80, "70", "114.3"),
        (1, "2.5", "40.0"),
        (3, "0", "0"),
    ]
    assert "80 z 70 · 114,3\N{NO-BREAK SPACE}%" in texts_of(chart)
    assert [row[1:] for row in chart.rows] == [
        ("70", "80", "114,3\N{NO-BREAK SPACE}%"),
        ("2,5", "1", "40\N{NO-BREAK SPACE}%"),
        ("0", "3", "–"),
    ]
    assert "1 z 2 indikátorů" in chart.alternative


def test_more_than_twice_the_target_is_drawn_as_twice_and_written_as_it_is() -> None:
    chart = indicator_progress([Indicator("Questionnaires", Decimal(10), 95)], ENGLISH)
    assert rows_of(chart, "recorded")[0]["share"] == "200"
    assert "95 of 10 · 950%" in texts_of(chart)


def test_lines_of_spending_end_where_the_known_periods_end() -> None:
    chart = spending_over_time(SPENDING, CZECH)

    assert [(row["day"], row["amount"]) for row in rows_of(chart, "recorded_line")] == [
        (0, "0.00"),
        (181, "700000.10"),
    ]
    assert [row["amount"] for row in rows_of(chart, "plan_line")][-1] == "2000000.00"
    assert chart.rows[1] == ("31. 1. 2024", CZECH.money("2000000.00"), "–", "–")
    assert chart.rows[2][2] == "12,30"
    assert CZECH.money("700000.10") in chart.alternative


def test_bars_of_items_are_the_amounts_as_they_are() -> None:
    chart = spending_by_item(ITEMS, ENGLISH)

    for name in ("budget", "recorded", "approved"):
        amounts = [row[name] for row in rows_of(chart, name) if name in row]
        assert amounts == [str(getattr(item, name)) for item in ITEMS]
    assert chart.rows[0] == ("1.1 Mzdy", "1,500,000.00", "600,000.10", "560,000.00")
    assert "2,000,000.00" in chart.alternative


def test_the_smaller_items_of_a_long_budget_are_added_up() -> None:
    items = [Item(f"{n}", Decimal(n), Decimal("0.50"), Decimal("0.25")) for n in range(1, 41)]
    chart = spending_by_item(items, CZECH)

    rows = [row for row in rows_of(chart, "budget") if "budget" in row]
    assert len(rows) == len(chart.rows) == ITEMS_MAX
    assert sum(Decimal(row["budget"]) for row in rows) == sum(item.budget for item in items)
    assert chart.rows[-1][0] == "25 dalších položek"
    assert chart.rows[0][0] == "26"


def test_participants_stand_one_sex_on_the_other() -> None:
    chart = participants_over_time(PERSONS, Decimal(8), CZECH)

    bars = [row for row in rows_of(chart, "women") if "total" in row]
    assert [(bar["women"], bar["men"], bar["total"]) for bar in bars] == [(3, 2, 5)]
    assert chart.rows == (("1.", "3", "2", "5"), ("2.", "–", "–", "–"))
    assert chart.alternative.endswith("cíl je 8.")
    assert "cíl" not in participants_over_time(PERSONS, None, CZECH).alternative


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_project_without_any_figures_has_its_charts(language: Language) -> None:
    wording = Wording(language)
    assert indicator_progress([], wording).rows == ()
    assert spending_by_item([], wording).rows == ()
    nothing = SPENDING._replace(points=[SPENDING.points[1]._replace(plan=Decimal("0.00"))])
    assert "0" in texts_of(spending_over_time(nothing, wording))
    assert participants_over_time([PERSONS[1]], None, wording).rows[0][1] == "–"


def test_every_text_stands_inside_the_picture() -> None:
    for chart in [*sample_charts(CZECH), *sample_charts(ENGLISH)]:
        left = chart.spec["padding"]["left"]
        for layer in chart.spec["layer"]:
            if layer["mark"]["type"] == "text" and layer["mark"]["align"] == "left":
                for row in layer["data"]["values"]:
                    words = row["text"] if isinstance(row["text"], list) else [row["text"]]
                    end = left + row["x"] + max(len(word) * 6.6 for word in words)
                    assert end <= WIDTH, words


def test_labels_keep_their_distance_and_their_order() -> None:
    assert apart([10, 12, 100], 16, 190) == [10, 26, 100]
    assert apart([188, 190, 186], 16, 190) == [174, 190, 158]


@pytest.mark.parametrize("largest", ["0", "1", "7", "9.5", "80", "799000", "6800000", "85000000"])
def test_scales_have_few_round_steps_up_to_the_largest_value(largest: str) -> None:
    steps = scale_of(Decimal(largest))
    assert steps[0] == 0
    assert steps[-1] >= Decimal(largest)
    assert 2 <= len(steps) <= 6
