"""Rule sets: the rules of a programme as data, with validity, source and confidence.

`parse_rule_set` turns the text of a programme file into frozen structs and names the key at fault;
reading files is the service's. Percentages and hours are decimal strings. What is not `found` is a
default that the legal act overrides and is shown as unverified.
"""

import tomllib
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal, cast

import msgspec

Confidence = Literal["found", "third-party", "memory"]


class InvalidRuleSet(Exception):
    """The text is not a rule set; the message names the key at fault."""


class RuleData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a programme file."""


class SupportThreshold(RuleData, frozen=True, kw_only=True):
    """Hours (of 60 minutes) from which a person counts, and how many of them in person."""

    hours: Decimal
    in_person_hours: Decimal
    source: str
    confidence: Confidence


class CommonIndicator(RuleData, frozen=True, kw_only=True):
    """An EU common indicator; a counted person belongs to it when all given conditions hold.

    `any_of` names indicators before this one, of which one must hold.
    """

    code: str
    name: str
    labour_status: tuple[str, ...] = ()
    education: tuple[str, ...] = ()
    disadvantage: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    age_min: int | None = None
    age_max: int | None = None
    source: str
    confidence: Confidence


class FindingRule(RuleData, frozen=True, kw_only=True):
    """A grant rule that a document can break; a blocking one keeps it out of claims and sums."""

    code: str
    blocking: bool
    title_en: str
    title_cs: str
    resolved_by: str
    source: str
    confidence: Confidence


class BudgetVariant(RuleData, frozen=True, kw_only=True):
    """How indirect costs are paid: a flat rate (a fraction) of the approved direct costs."""

    name: str
    flat_rate: Decimal
    title_cs: str
    source: str
    confidence: Confidence


class CodeLists(RuleData, frozen=True, kw_only=True):
    """The codes that a participant's characteristics can have (číselníky IS ESF)."""

    sex_women: str
    sex_men: str
    labour_status: tuple[str, ...]
    education: tuple[str, ...]
    disadvantage: tuple[str, ...]
    exit_situation: tuple[str, ...]


class MinistrySystem(RuleData, frozen=True, kw_only=True):
    """The generation of the ministry's systems that take the programme's files (MS2014+, MS2021+).

    `format`: the file formats that they read.
    """

    format: Literal["ms2014", "ms2021"]
    title: str
    source: str
    confidence: Confidence


class ContractCode(RuleData, frozen=True, kw_only=True):
    """The ministry's code of a kind of contract, for months up to a day and wages up to a limit.

    `gross_wage_max`: CZK a person and month, included. Of several the first that fits holds.
    """

    contract: str
    code: str
    until: date | None = None
    gross_wage_max: Decimal | None = None


class WorkListImport(RuleData, frozen=True, kw_only=True):
    """What the import of list SD-2 takes: so many records a file, and these codes of contracts."""

    records_max: int
    contracts: tuple[ContractCode, ...]
    source: str
    confidence: Confidence

    def code_of(self, contract: str, month: date, gross_wage: Decimal) -> str | None:
        """The code of a contract in a month in which the person's gross wage was this."""
        for one in self.contracts:
            in_time = one.until is None or month <= one.until
            within = one.gross_wage_max is None or gross_wage <= one.gross_wage_max
            if one.contract == contract and in_time and within:
                return one.code
        return None


class SupportCode(RuleData, frozen=True, kw_only=True):
    """The code of support (KodSpecifikace of IS ESF) that activities of a kind give."""

    activity_kind: str
    code: str
    title_cs: str
    source: str
    confidence: Confidence


class PublicityMeasure(RuleData, frozen=True, kw_only=True):
    """What the beneficiary does to make the support known."""

    title_en: str
    title_cs: str


class Publicity(RuleData, frozen=True, kw_only=True):
    """The words beside the emblem of the Union, and the measures of publicity."""

    lines_en: tuple[str, ...]
    lines_cs: tuple[str, ...]
    measures: tuple[PublicityMeasure, ...]
    source: str
    confidence: Confidence


class FourEyes(RuleData, frozen=True, kw_only=True):
    """Two facts of one record, by their stored names, that nobody may record both."""

    first: str
    second: str
    source: str
    confidence: Confidence


class RuleSet(RuleData, frozen=True, kw_only=True):
    """The rules of a programme in one version; `complete_record` names the fields that count.

    `reported_common_indicators`: those of the programme's own regulation, which its reports show.
    """

    name: str
    programme: str
    title_cs: str
    valid_from: date
    support_threshold: SupportThreshold
    complete_record: tuple[str, ...]
    codes: CodeLists
    ministry_system: MinistrySystem
    work_list_import: WorkListImport
    support_codes: tuple[SupportCode, ...]
    budget_variants: tuple[BudgetVariant, ...]
    findings: tuple[FindingRule, ...]
    four_eyes: tuple[FourEyes, ...] = ()
    common_indicators: tuple[CommonIndicator, ...]
    reported_common_indicators: tuple[str, ...]
    publicity: Publicity


def parse_rule_set(text: str) -> RuleSet:
    """The rule set of a programme file. Raises InvalidRuleSet, naming the key at fault."""
    try:
        data = tomllib.loads(text)
        _refuse_floats(data, "")
        rules = msgspec.convert(data, RuleSet, strict=True)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidRuleSet(str(error)) from None
    known: set[str] = set()
    for indicator in rules.common_indicators:
        unknown = set(indicator.any_of) - known
        if indicator.code in known or unknown:
            fault = "is there twice" if indicator.code in known else f"names {sorted(unknown)}"
            raise InvalidRuleSet(f"common_indicators: {indicator.code} {fault}")
        known.add(indicator.code)
    _check_codes(rules)
    if unknown := set(rules.reported_common_indicators) - known:
        raise InvalidRuleSet(f"reported_common_indicators: names {sorted(unknown)}")
    return rules


def _check_codes(rules: RuleSet) -> None:
    """What goes into the ministry's files. Raises InvalidRuleSet."""
    if rules.work_list_import.records_max < 1:
        raise InvalidRuleSet("work_list_import.records_max: expected 1 or more")
    kinds: set[str] = set()
    for index, one in enumerate(rules.support_codes):
        if one.activity_kind in kinds:
            fault = f"{one.activity_kind} is there twice"
            raise InvalidRuleSet(f"support_codes[{index}].activity_kind: {fault}")
        kinds.add(one.activity_kind)


def content_hash(text: str) -> str:
    """The version of a rule set beside its name: the hex SHA-256 of the file's text."""
    return sha256(text.encode()).hexdigest()


def _refuse_floats(value: Any, path: str) -> None:
    """Decimals are written as strings: a float has lost digits before anybody sees it."""
    match value:
        case float():
            raise InvalidRuleSet(f"{path}: expected a decimal as a string")
        case dict():
            for key, child in cast("dict[str, Any]", value).items():
                _refuse_floats(child, f"{path}.{key}")
        case list():
            for index, child in enumerate(cast("list[Any]", value)):
                _refuse_floats(child, f"{path}[{index}]")
        case _:
            return
