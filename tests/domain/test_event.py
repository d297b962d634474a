"""Facts and their bytes: closed registry, exact round trip, money that is money."""

from decimal import Decimal

import pytest

from domain.event import UnknownFact, class_of, decode, encode, name_of, stored, stored_names
from domain.money import parse_decimal, parse_money, round_money
from domain.rejection import InvalidValue
from domain.streams import kind_of
from tests import builders


@pytest.mark.parametrize("fact", [builders.registered(), builders.document(), builders.work()])
def test_a_fact_reads_back_to_the_same_bytes(fact: object) -> None:
    name = name_of(type(fact))  # type: ignore[arg-type]
    data = encode(fact)  # type: ignore[arg-type]
    assert decode(name, data) == fact
    assert encode(decode(name, data)) == data


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(UnknownFact):
        decode("project.renamed.v1", b"{}")
    with pytest.raises(UnknownFact):
        class_of("project.renamed.v1")


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match=r"project\.registered\.v1"):
        stored("project.registered.v1")(type(builders.registered()))


def test_every_name_has_stream_fact_and_version() -> None:
    assert len(stored_names()) >= 25
    assert all(name.count(".") == 2 for name in stored_names())
    assert kind_of("work-record.recorded.v1").name == "expenditure"


@pytest.mark.parametrize("amount", ["NaN", "1e5", "1.5", "1.234", "Infinity", "1"])
def test_money_that_is_not_money_is_in_no_fact(amount: str) -> None:
    with pytest.raises(InvalidValue):
        builders.item(total=Decimal(amount))


@pytest.mark.parametrize("text", ["NaN", "1e5", "1.5", "01.00", "-0.00", "1,00", "", " 1.00"])
def test_texts_that_are_not_money(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_money(text)


def test_a_negative_amount_is_refused_where_it_has_no_sense() -> None:
    assert parse_money("-4840.00") == Decimal("-4840.00")
    with pytest.raises(InvalidValue):
        parse_money("-4840.00", negative=False)


@pytest.mark.parametrize("text", ["NaN", "1e5", "-0", ".5", "1."])
def test_texts_that_are_not_decimals(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_decimal(text)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("-0.004", "0.00")],
)
def test_money_is_rounded_half_away_from_zero(exact: str, rounded: str) -> None:
    assert str(round_money(Decimal(exact))) == rounded
