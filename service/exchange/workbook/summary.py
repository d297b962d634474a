"""The first sheet: the project card, every single figure with its address, how to open one."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from projections.derivation import escaped
from service.exchange.workbook.book import Book
from service.exchange.workbook.formats import Kind
from service.exchange.workbook.sheet import Figure, Sheet, Value

LABEL, VALUE, ADDRESS = range(3)
VALUE_WIDTH = 16


class Shown(NamedTuple):
    """A figure of a section: its text, its address, how it is written."""

    label: str
    pointer: str
    kind: Kind


def write_summary(book: Book) -> None:
    """What the project is, what it comes to, and where each figure can be opened."""
    sheet = book.sheet("summary")
    _write_card(book, sheet)
    for name, figures in _sections(book):
        sheet.next_row()
        _write_section(book, sheet, name, figures)
    sheet.next_row()
    for line in _how_to_open(book):
        sheet.put(LABEL, line, "text", "note")
        sheet.next_row()
    sheet.finish()


def _write_card(book: Book, sheet: Sheet) -> None:
    act, wording = book.source.act, book.source.wording
    days = f"{wording.day(act.start)} – {wording.day(act.end)}"
    rule_set = book.source.rule_set
    rules = f"{rule_set.name} (sha256 {rule_set.sha256[:12]})"
    card: Sequence[tuple[str, Value]] = (
        ("registration_number", act.registration_number),
        ("project", act.title_cs if wording.language == "cs" else act.title_en),
        ("programme", act.programme),
        ("beneficiary", act.beneficiary.name),
        ("ico", act.beneficiary.ico),
        ("implementation", days),
        ("rules", rules),
        ("as_of", book.source.as_of),
        ("known_at", str(book.source.known_at)),
        ("recorded_at", wording.moment(book.source.recorded_at)),
        ("persons", _persons(book)),
    )
    for key, value in card:
        sheet.put(LABEL, book.text(f"card.{key}"))
        sheet.put(VALUE, value, "day" if key == "as_of" else "text", "card")
        sheet.put(ADDRESS, None, "text", "card")
        sheet.next_row()
    sheet.needs(VALUE, VALUE_WIDTH)


def _persons(book: Book) -> str:
    """Not the purpose itself: for any purpose the bytes are the same."""
    return book.text("sealed" if book.source.order.purpose is None else "named")


def _write_section(book: Book, sheet: Sheet, name: str, figures: Iterable[Shown]) -> None:
    sheet.put(LABEL, book.text(f"section.{name}"), "text", "heading")
    sheet.put(VALUE, book.text("column.value"), "money", "heading")
    sheet.put(ADDRESS, book.text("column.address"), "text", "heading")
    sheet.next_row()
    for shown in figures:
        sheet.put(LABEL, shown.label)
        sheet.put(VALUE, Figure(shown.pointer), shown.kind)
        sheet.put(ADDRESS, shown.pointer)
        sheet.next_row()


def _sections(book: Book) -> Iterable[tuple[str, Iterable[Shown]]]:
    def shown(group: str, kind: Kind, *names: str) -> list[Shown]:
        prefix = f"/{group}" if group else ""
        return [
            Shown(book.text(f"{group or 'figure'}.{name}"), f"{prefix}/{name}", kind)
            for name in names
        ]

    yield (
        "budget",
        (
            *shown("", "money", "direct_budget", "flat_budget", "total_eligible_budget"),
            *shown("", "percent", "services_share_budget_pct", "services_share_spent_pct"),
        ),
    )
    yield (
        "settlement",
        shown(
            *("settlement", "money", "approved_direct", "flat", "provider_due"),
            *("advance_received", "payments_received", "balance"),
        ),
    )
    yield "participants", (*_participants(book),)
    yield "activities", (*_activities(book),)
    yield "outputs", shown("", "count", "documents_indicator")
    yield (
        "questionnaires",
        (
            *shown("questionnaires", "count", "count"),
            *shown(
                "questionnaires", "money", "mean_content", "mean_usefulness", "mean_organisation"
            ),
        ),
    )
    yield "helpdesk", shown("helpdesk", "count", "contacts", "minutes")


def _participants(book: Book) -> Iterable[Shown]:
    names = ("recorded", "reached_threshold", "counted", "not_counted_incomplete", "women", "men")
    for name in names:
        yield Shown(book.text(f"participants.{name}"), f"/participants/{name}", "count")
    for period in book.source.act.periods:
        text = book.source.wording.counted("workbook.counted_in_period", period.number)
        yield Shown(text, f"/participants/counted_by_period/{period.number}", "count")


def _activities(book: Book) -> Iterable[Shown]:
    for kind in book.source.figures.tree["activities"]:
        label = book.source.wording.known(f"codes.activity_kind.{kind}", kind)
        yield Shown(label, f"/activities/{escaped(kind)}", "count")


def _how_to_open(book: Book) -> Iterable[str]:
    """The command that opens a figure of this workbook, at this point of both times."""
    source = book.source
    yield book.text("how_to_open", sheet=book.text("sheet.addresses"))
    yield (
        f"grantledger explain {book.text('column.address').upper()}"
        f" --project {source.act.registration_number}"
        f" --as-of {source.as_of} --known-at {source.known_at}"
    )
