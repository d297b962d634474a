"""A table of any content, written in any accepted notation, reads back to the same cells."""

from datetime import date
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.intake.csv_file import decode
from service.intake.table_file import read_table
from service.intake.tables import OUTPUTS, SD1, SD3, Table
from tests.service.intake.variants import AS_THE_SEED, Variant, encoded

LETTERS = st.characters(codec="cp1250", exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"])
WORDS = st.text(LETTERS, min_size=1, max_size=8)
TEXTS = st.lists(WORDS | st.sampled_from(['"', ",;", "'", "a\nb", "1.2.2016"]), min_size=1).map(
    " ".join
)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(date.isoformat)
AMOUNTS = st.decimals(-(10**9), 10**9, places=2).map(lambda value: f"{value or Decimal(0):.2f}")
RATES = st.decimals(Decimal("0.001"), 1000, places=3).map(str)
FLAGS = st.sampled_from(["yes", "no"])
VARIANTS = st.builds(
    Variant,
    separator=st.sampled_from([",", ";"]),
    bom=st.booleans(),
    decimal_comma=st.booleans(),
    czech_days=st.booleans(),
    thousands=st.sampled_from(["", " ", "\u00a0", "\u202f"]),
    czech_flags=st.booleans(),
    quote_all=st.booleans(),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "cp1250"]),
).filter(lambda variant: variant.encoding == "utf-8" or variant.thousands != "\u202f")


@st.composite
def outputs(draw: st.DrawFn) -> list[str]:
    return [
        draw(st.sampled_from(["manual", "leaflet"])),
        draw(TEXTS),
        draw(DAYS),
        draw(DAYS),
        draw(TEXTS),
        draw(FLAGS),
    ]


@st.composite
def documents(draw: st.DrawFn) -> list[str]:
    days = [draw(DAYS) for _ in range(3)]
    amounts = [draw(AMOUNTS) for _ in range(3)]
    return [
        *("1.1.1", draw(TEXTS), "12345678", draw(TEXTS), *days, "EUR", *amounts),
        *(draw(RATES), draw(AMOUNTS), draw(TEXTS), draw(st.sampled_from(["", "FP1"]))),
    ]


@st.composite
def trips(draw: st.DrawFn) -> list[str]:
    left = f"{draw(DAYS)}T{draw(st.times()):%H:%M}"
    back = f"{draw(DAYS)}T{draw(st.times()):%H:%M}"
    return [
        *("1.1.1", draw(TEXTS), "A1", draw(TEXTS), "DE", left, back),
        *(*(draw(AMOUNTS) for _ in range(4)), draw(RATES), draw(DAYS), ""),
    ]


def is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def cells_of(table: Table, rows: list[list[str]], variant: Variant) -> list[tuple[str, ...]]:
    header = [column.name for column in table.columns]
    numbered = [[f"R{index}", *row] for index, row in enumerate(rows)]
    data = encoded([header, *numbered], variant)
    assume(variant.encoding == "utf-8" or data.isascii() or not is_utf_8(data))
    text = decode(data, table.file, "windows-1250")
    assert isinstance(text, str)
    read = read_table(table, text)
    assert read.problems == []
    return [row.cells for row in read.rows]


def check(table: Table, rows: list[list[str]], variant: Variant) -> None:
    plain = cells_of(table, rows, AS_THE_SEED)
    assert len(plain) == len(rows)
    assert cells_of(table, rows, variant) == plain


@settings(max_examples=60, deadline=None)
@given(st.lists(outputs(), min_size=1, max_size=5), VARIANTS)
def test_outputs_read_back(rows: list[list[str]], variant: Variant) -> None:
    check(OUTPUTS, rows, variant)


@settings(max_examples=60, deadline=None)
@given(st.lists(documents(), min_size=1, max_size=5), VARIANTS)
def test_documents_read_back(rows: list[list[str]], variant: Variant) -> None:
    check(SD1, rows, variant)


@settings(max_examples=60, deadline=None)
@given(st.lists(trips(), min_size=1, max_size=5), VARIANTS)
def test_trips_read_back(rows: list[list[str]], variant: Variant) -> None:
    check(SD3, rows, variant)
