"""What an event is found by: its clear values, whatever their case and accents; never a person."""

from domain.event import Cancelled, correction
from projections.search_text import folded, search_text
from tests.builders import SOMEBODY, document


def test_case_accents_and_white_space_do_not_matter() -> None:
    assert folded("  Příliš ŽLUŤOUČKÝ\n kůň ") == "prilis zlutoucky kun"
    assert folded("STRASSE") == folded("straße") == "strasse"
    assert folded("Łódź") == "łodz"  # a letter of its own, not an accent
    assert folded("a\0b") == "a b"


def test_reference_reason_and_values_are_searched() -> None:
    old = document(description="Dílna", document_number="2023-1")
    new = document(description="Kurz")
    changed = correction(1, old, new, "Překlep v názvu")
    assert {"fp1", "dilna", "2023-1", "121.00", "2023-02-01"} <= words("FP1", old)
    assert {"fp1", "preklep v nazvu", "kurz"} <= words("FP1", changed)
    assert "dilna" not in words("FP1", changed)
    cancelled = Cancelled(effective_on=old.effective_on, version=1, reason="Dvakrát")
    assert words(None, cancelled) == {"dvakrat"}


def test_ids_and_what_is_sealed_are_not() -> None:
    found = search_text("FP1", document())
    assert str(SOMEBODY.person) not in found
    assert SOMEBODY.sha256 not in found
    assert str(document().project) not in found


def words(reference: str | None, fact: object) -> set[str]:
    return set(search_text(reference, fact).split("\n"))  # type: ignore[arg-type]
