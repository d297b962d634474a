"""What every export gets from the framework, shown by kinds of its own."""

import stat
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from domain.project import RuleSetVersion
from domain.rejection import InvalidValue
from projections.facts_in_force import UnknownProject
from service.exchange.export import Files, InvalidExport, Kind, Order, Remark, Source
from service.exchange.making import export_to_folder, make_export
from service.programmes import Programmes
from service.reports import Point
from tests.end_to_end.running import ACTOR, Imported

ITEMS = """SELECT code FROM views.budget_item WHERE project_id = %(project)s
    AND effective_on <= %(as_of)s AND from_position <= %(known_at)s
    AND (to_position IS NULL OR to_position > %(known_at)s) ORDER BY code COLLATE "C" """


def write_items(source: Source, files: Files) -> Sequence[Remark]:
    codes = [row["code"] for row in source.rows(ITEMS)]
    path = files.path("txt")
    path.write_text("".join(f"{code}\n" for code in codes), encoding="utf-8")
    files.written(path, "text/plain", len(codes))
    return [Remark("warning", "items", code, "code", code, "a look") for code in codes[:1]]


def write_half(_: Source, files: Files) -> Sequence[Remark]:
    files.path("txt").write_text("half")
    raise InvalidExport("the rest is missing")


ITEM_LIST = Kind("items", "exchange.items", write_items)


def order_of(project: Imported, **more: object) -> Order:
    return replace(Order(project.project, ACTOR, Point()), **more)  # type: ignore[arg-type]


def test_an_export_says_what_it_is_of(seed: Imported, tmp_path: Path) -> None:
    order = order_of(seed, point=Point(as_of=date(2017, 3, 31)))

    made = make_export(seed.services, seed.tenant, ITEM_LIST, order, tmp_path)

    name = f"CZ.03.2.63-0.0-0.0-15_023-0000850_items_2017-03-31_p{seed.head()}.txt"
    content = (tmp_path / name).read_bytes()
    assert (made.as_of, made.known_at) == (date(2017, 3, 31), seed.head())
    assert made.rule_set.name == "opz.1"
    assert len(made.rule_set.sha256) == 64
    assert [(file.name, file.size, file.rows) for file in made.files] == [(name, len(content), 13)]
    assert made.files[0].sha256 == sha256(content).hexdigest()
    assert made.remarks[0].found == content.decode().splitlines()[0]


def test_a_position_beyond_the_log_is_its_last(seed: Imported, tmp_path: Path) -> None:
    made = make_export(
        seed.services,
        seed.tenant,
        ITEM_LIST,
        order_of(seed, point=Point(known_at=seed.head() + 1000)),
        tmp_path,
    )
    assert made.known_at == seed.head()


def test_nothing_is_exported_of_a_project_before_it_was_recorded(
    seed: Imported, tmp_path: Path
) -> None:
    order = order_of(seed, point=Point(known_at=0))
    with pytest.raises(UnknownProject):
        export_to_folder(seed.services, seed.tenant, ITEM_LIST, order, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_appear_whole_or_not_at_all(seed: Imported, tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder"
    kind = Kind("items", "exchange.items", write_half)
    with pytest.raises(InvalidExport):
        export_to_folder(seed.services, seed.tenant, kind, order_of(seed), target)
    assert list(target.iterdir()) == []

    made = export_to_folder(seed.services, seed.tenant, ITEM_LIST, order_of(seed), target)
    assert [path.name for path in target.iterdir()] == [file.name for file in made.files]


def test_a_file_with_persons_is_its_owners_only(seed: Imported, tmp_path: Path) -> None:
    personal = replace(ITEM_LIST, personal="required")
    order = order_of(seed, purpose="hand in the claim")
    for kind, given, mode in ((personal, order, 0o600), (ITEM_LIST, order_of(seed), 0o644)):
        made = export_to_folder(seed.services, seed.tenant, kind, given, tmp_path)
        path = tmp_path / made.files[0].name
        assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize(
    ("kind", "more", "pointer"),
    [
        (ITEM_LIST, {"claim": 2}, "claim"),
        (ITEM_LIST, {"language": "en"}, "language"),
        (ITEM_LIST, {"format": "ms2021"}, "format"),
        (ITEM_LIST, {"purpose": "because"}, "purpose"),
        (Kind("items", "exchange.items", write_items, personal="required"), {}, "purpose"),
        (
            Kind("items", "exchange.items", write_items, format="ms2021"),
            {"format": "ms2014"},
            "format",
        ),
        (Kind("items", "exchange.items", write_items, format="ms2021"), {}, "format"),
    ],
)
def test_an_order_that_the_kind_cannot_serve_is_refused(
    seed: Imported, tmp_path: Path, kind: Kind, more: dict[str, object], pointer: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        make_export(seed.services, seed.tenant, kind, order_of(seed, **more), tmp_path)
    assert refused.value.pointer == pointer


def test_a_format_of_other_systems_is_made_when_named_and_warned_of(
    seed: Imported, seed_plus: Imported, tmp_path: Path
) -> None:
    kind = Kind("items", "exchange.items", write_items, format="ms2021")
    for project, warned in ((seed, True), (seed_plus, False)):
        order = order_of(project, format="ms2021")
        made = make_export(project.services, project.tenant, kind, order, tmp_path)
        assert ("format" in [remark.field for remark in made.remarks]) is warned
        assert "_items-ms2021_" in made.files[0].name


class OtherContent(Programmes):
    """The same rules, said to be of another content."""

    def version_of(self, name: str) -> RuleSetVersion:
        return RuleSetVersion(name=name, sha256="0b" * 32)


def test_rules_changed_since_the_project_was_registered_are_told(
    seed: Imported, tmp_path: Path
) -> None:
    changed = replace(seed.services, programmes=OtherContent())
    for services, told in ((seed.services, []), (changed, ["rule_set"])):
        made = make_export(services, seed.tenant, ITEM_LIST, order_of(seed), tmp_path)
        assert made.rule_set == services.programmes.version_of("opz.1")
        assert [one.field for one in made.remarks if one.file == "items" and not one.record] == told
