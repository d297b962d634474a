"""Roles, memberships and scopes: what is not given is denied."""

from uuid import uuid4

import pytest

from service.permissions import (
    OF_ROLE,
    PERMISSIONS,
    RIGHTS,
    ROLES,
    Membership,
    Rights,
    check_scopes,
)

OURS, THEIRS = uuid4(), uuid4()


def rights(*memberships: Membership, scopes: frozenset[str] | None = None) -> Rights:
    return Rights(memberships, scopes)


def test_every_permission_is_in_the_table_and_every_role_named_there_exists() -> None:
    assert tuple(RIGHTS) == PERMISSIONS
    named = {role for right in RIGHTS.values() for role in right.roles.split()}
    assert named == set(ROLES) - {"owner"}


def test_the_owner_may_do_everything_and_nobody_else_may_administer_or_erase() -> None:
    assert OF_ROLE["owner"] == set(PERMISSIONS)
    for role in set(ROLES) - {"owner"}:
        assert OF_ROLE[role].isdisjoint({"organisation.administer", "persons.erase"})


def test_an_auditor_may_only_read() -> None:
    verbs = {permission.partition(".")[2] for permission in OF_ROLE["auditor"]}
    assert verbs == {"read"}
    assert {p.partition(".")[2] for p in OF_ROLE["finance"]} > {"read"}, "control"


def test_special_rights_are_named_as_such_and_no_program_has_one() -> None:
    special = {permission for permission, right in RIGHTS.items() if right.special}
    assert special == {
        "exports.personal",
        "persons.read",
        "persons.read_special",
        "persons.erase",
        "organisation.administer",
    }
    assert OF_ROLE["integration"].isdisjoint(special)


def test_without_a_membership_nothing_is_allowed_and_no_project_exists() -> None:
    none = rights()
    assert none.in_organisation() == none.in_project(OURS) == none.somewhere() == frozenset()
    assert not none.sees(OURS)
    assert none.projects_with("projects.read") == []


def test_a_role_that_is_not_known_gives_nothing() -> None:
    unknown = rights(Membership("superuser"))
    assert unknown.in_organisation() == frozenset()
    assert not unknown.sees(OURS)


def test_a_membership_of_a_project_holds_there_only() -> None:
    finance = rights(Membership("finance", OURS))

    assert finance.sees(OURS)
    assert "documents.record" in finance.in_project(OURS)
    assert not finance.sees(THEIRS)
    assert finance.in_project(THEIRS) == finance.in_organisation() == frozenset()
    assert finance.projects_with("documents.record") == [OURS]
    assert finance.projects_with("claims.decide") == []


def test_memberships_add_up() -> None:
    both = rights(Membership("auditor"), Membership("finance", OURS))

    assert "documents.record" in both.in_project(OURS)
    assert "documents.record" not in both.in_project(THEIRS)
    assert both.projects_with("projects.read") is None
    assert both.projects_with("documents.record") == [OURS]


def test_scopes_only_take_away() -> None:
    narrow = rights(
        Membership("coordinator"), scopes=frozenset({"activities.read", "organisation.administer"})
    )
    assert narrow.in_organisation() == {"activities.read"}
    assert rights(Membership("owner"), scopes=frozenset()).in_project(OURS) == frozenset()


def test_a_scope_is_a_permission() -> None:
    check_scopes(["documents.read"])
    with pytest.raises(ValueError, match=r"documents\.destroy"):
        check_scopes(["documents.read", "documents.destroy"])
