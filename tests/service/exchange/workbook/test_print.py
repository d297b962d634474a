"""How the workbook looks and prints, as its file says: headings, filters, formats, links, pages."""

from datetime import UTC
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from service.store.database import in_tenant
from tests.end_to_end.running import Imported
from tests.service.exchange.workbook.sheets import HEADING_ROW, exported, sheet

TABLES = ("budget", "indicators", "common_indicators", "claims", "findings", "sd1", "sd2", "sd3")
RECORDED_AT = "SELECT recorded_at FROM ledger.event WHERE tenant_id = %s AND position = %s"


@pytest.fixture(scope="module")
def book(seed: Imported, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    return load_workbook(exported(seed, tmp_path_factory.mktemp("workbook")))


@pytest.mark.parametrize("name", TABLES)
def test_headings_stay_can_be_filtered_and_are_repeated_on_each_page(
    book: Workbook, name: str
) -> None:
    found = book[sheet(name)]
    first = HEADING_ROW + 1

    assert found.freeze_panes.endswith(str(first + 1))
    assert found.auto_filter.ref.startswith(f"A{first}:")
    assert found.print_title_rows == f"${first}:${first}"


def test_each_page_is_a4_across_one_page_wide_with_project_position_and_number(
    seed: Imported, book: Workbook
) -> None:
    for found in book:
        assert (found.page_setup.orientation, found.page_setup.paperSize) == ("landscape", 9)
        assert found.sheet_properties.pageSetUpPr.fitToPage
        assert found.page_setup.fitToHeight == 0
        footer = found.oddFooter
        assert footer.left.text.strip() == "CZ.03.2.63/0.0/0.0/15_023/0000850"
        assert footer.center.text.strip() == "page &P of &N"
        assert footer.right.text.endswith(f"known at position {seed.head()}")


def test_cells_have_the_format_of_their_kind(book: Workbook) -> None:
    bills = book[sheet("sd1")]
    headings = [cell.value for cell in bills[HEADING_ROW + 1]]
    cells = dict(zip(headings, bills[HEADING_ROW + 2], strict=True))

    assert cells["Amount CZK"].number_format == "#,##0.00"
    assert cells["Issued"].is_date
    for heading in ("Document", "Item", "IČO", "Supplier's document number"):
        assert cells[heading].data_type in ("s", "inlineStr")
    budget = book[sheet("budget")]["G5"]
    assert (budget.number_format, budget.data_type) == ("#,##0.00", "n")


def test_columns_are_as_wide_as_what_stands_in_them(book: Workbook) -> None:
    """An amount that is wider than its column would be shown as ####."""
    for name in TABLES:
        found = book[sheet(name)]
        for column in found.iter_cols(min_row=HEADING_ROW + 2):
            amounts = [
                f"{cell.value:,.2f}"
                for cell in column
                if cell.number_format == "#,##0.00" and isinstance(cell.value, int | float)
            ]
            width = found.column_dimensions[column[0].column_letter].width
            assert width > max(map(len, amounts), default=0), (name, column[0].column_letter)


def test_a_figure_leads_to_its_address_and_the_address_to_the_figure(book: Workbook) -> None:
    addresses = book[sheet("addresses")]

    figure = book[sheet("budget")]["H5"]
    assert figure.hyperlink.tooltip == "/budget_by_item/1.1.1.1.1/recorded"
    name, _, cell = figure.hyperlink.location.partition("!")
    assert name.strip("'") == addresses.title
    line = addresses[cell].row
    assert addresses.cell(line, 3).value == figure.hyperlink.tooltip
    back = addresses.cell(line, 2)
    assert back.hyperlink.location == f"'{sheet('budget')}'!H5"


def test_the_file_says_the_moment_of_its_position_not_of_its_making(
    seed: Imported, book: Workbook
) -> None:
    [(recorded_at,)] = in_tenant(
        seed.services.pool, seed.tenant, RECORDED_AT, [seed.tenant, seed.head()]
    )
    assert book.properties.created.replace(tzinfo=UTC) == recorded_at.replace(microsecond=0)


def test_sheets_and_headings_are_in_the_wanted_language(seed: Imported, tmp_path: Path) -> None:
    czech = load_workbook(exported(seed, tmp_path, language="cs"))

    assert czech.sheetnames[:3] == ["Souhrn", "Rozpočet", "Indikátory"]
    assert [cell.value for cell in czech["Rozpočet"][HEADING_ROW + 1]][:2] == ["Položka", "Název"]
    title = czech["Rozpočet"]["A2"].value
    assert "Posílení role českých měst v integraci pracovních migrantů" in title
