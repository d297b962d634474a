"""Users of the organisation and what each may do; only who administers it may look or change."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta
from psycopg import Connection

from service import users
from service.api.caller import AsCaller, Caller
from service.api.fields import WRITTEN, Body, Id, Item, Name
from service.api.lists import Key, of_pages
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.preconditions import version_tag
from service.api.route import MembershipId, UserId, read, write
from service.identity import NewUser, user_names
from service.memberships import Grant, Held, grant, revoke
from service.permissions import ROLES

Moment = Annotated[datetime, Meta(tz=True, examples=["2026-04-02T09:30:00Z"])]
MaybeMoment = Annotated[
    Annotated[datetime, Meta(tz=True)] | None, Meta(examples=["2027-04-02T09:30:00Z"])
]
RoleName = Annotated[
    str,
    Meta(
        pattern=rf"^({'|'.join(ROLES)})\Z",
        description=", ".join(f"`{role}`" for role in ROLES),
        examples=["finance"],
    ),
]
MaybeProject = Annotated[
    UUID | None,
    Meta(
        description="In this project only; null: in the whole organisation",
        examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"],
    ),
]
MaybePurpose = Annotated[
    str | None,
    QueryParameter(
        min_length=3,
        max_length=200,
        pattern=WRITTEN,
        description="Why names are read, kept in the log of reads; without it there are none",
    ),
]


class UserToAdd(Body, frozen=True, kw_only=True):
    """A person who will use the program; may do nothing until a role is granted."""

    name: Name


class MembershipToGrant(Body, frozen=True, kw_only=True):
    """A role; an auditor's has an end."""

    role: RoleName
    project_id: MaybeProject = None
    expires_at: MaybeMoment = None


class NothingMore(Body, frozen=True, kw_only=True):
    """An empty object: the address says it all."""


class Made(Item, frozen=True, kw_only=True):
    """What was made or changed."""

    id: Id


class HeldMembership(Item, frozen=True, kw_only=True):
    """A role that a user has or had."""

    id: Id
    role: RoleName
    project_id: MaybeProject
    granted_at: Moment
    granted_by: Annotated[str | None, Meta(description="User id", examples=[None])]
    expires_at: MaybeMoment
    revoked_at: MaybeMoment


class User(Item, frozen=True, kw_only=True):
    """A user with all roles ever granted."""

    id: Id
    name: Annotated[
        str | None, Meta(description="Only where a purpose was named", examples=["Jana Nováková"])
    ]
    created_at: Moment
    disabled_at: MaybeMoment
    has_password: Annotated[bool, Meta(examples=[True])]
    has_second_factor: Annotated[bool, Meta(examples=[False])]
    memberships: list[HeldMembership]


class UserPage(Item, frozen=True, kw_only=True):
    """A page of users in the order in which they were added."""

    items: list[User]
    next_cursor: NextCursor


PATH = "/users"
ONE = f"{PATH}/{{user_id:uuid}}"


@read(
    PATH,
    permission="organisation.administer",
    lists=User,
    operation_id="list_users",
    summary="List users",
    tags=["access"],
)
def list_users(
    caller: AsCaller,
    purpose: MaybePurpose = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[UserPage]:
    """The users with their roles, with names where a purpose is named."""

    def read_page(most: int, after: Key) -> tuple[list[User], Key]:
        found, last = users.users_page(caller.services.pool, caller.tenant, most, after)
        names = _names(caller, [one.user_id for one in found], purpose)
        return [_user(one, names) for one in found], last

    return of_pages(caller, UserPage, users.USERS.order, read_page, limit, cursor)


@read(
    ONE,
    permission="organisation.administer",
    operation_id="read_user",
    summary="Read a user",
    tags=["access"],
)
def read_user(caller: AsCaller, user_id: UserId, purpose: MaybePurpose = None) -> Response[User]:
    """One user with all roles ever granted."""
    found = users.user(caller.services.pool, caller.tenant, user_id)
    content = _user(found, _names(caller, [user_id], purpose))
    return Response(content, headers={"ETag": version_tag(found.version)})


@write(
    PATH,
    permission="organisation.administer",
    operation_id="add_user",
    summary="Add a user",
    tags=["access"],
)
def add_user(caller: AsCaller, data: JSONBody[UserToAdd]) -> Response[Made]:
    """Adds a person; the name is sealed. Login and password are set on the command line."""
    vault, tenant = caller.services.vault, caller.tenant

    def add(connection: Connection[Any], new: UUID) -> None:
        NewUser(vault, tenant, data.name, [], new).store(connection)

    new, _ = caller.administer(add)
    return Response(Made(id=new), headers={"Location": f"/v1/users/{new}"})


@write(
    f"{ONE}/memberships",
    permission="organisation.administer",
    adds_to="user_id",
    operation_id="grant_role",
    summary="Grant a role",
    tags=["access"],
)
def grant_role(
    caller: AsCaller, user_id: UserId, data: JSONBody[MembershipToGrant]
) -> Response[Made]:
    """Gives a role; the same role that the user has there ends with it.

    With `If-Match` only while the user has the roles that were seen.
    """
    order = Grant(user_id, data.role, data.project_id, data.expires_at)
    precondition = caller.precondition()

    def give(connection: Connection[Any], new: UUID) -> None:
        if precondition is not None:
            precondition.check(users.version_of(connection, caller.tenant, user_id))
        grant(connection, caller.tenant, order, new, caller.actor)

    new, _ = caller.administer(give)
    return Response(Made(id=new))


@write(
    "/memberships/{membership_id:uuid}/revocation",
    permission="organisation.administer",
    operation_id="revoke_role",
    summary="Take a role back",
    tags=["access"],
)
def revoke_role(
    caller: AsCaller, membership_id: MembershipId, data: JSONBody[NothingMore]
) -> Response[Made]:
    """From the next request on; the last owner stays."""
    del data
    caller.administer(
        lambda connection, _: revoke(connection, caller.tenant, membership_id, caller.actor)
    )
    return Response(Made(id=membership_id))


@write(
    f"{ONE}/disablement",
    permission="organisation.administer",
    operation_id="disable_user",
    summary="Disable a user",
    tags=["access"],
)
def disable_user(caller: AsCaller, user_id: UserId, data: JSONBody[NothingMore]) -> Response[Made]:
    """Refuses all tokens, sessions and sign-ins of a user from now on; the last owner stays."""
    del data
    caller.administer(lambda connection, _: users.disable(connection, caller.tenant, user_id))
    return Response(Made(id=user_id))


def _names(caller: Caller, found: list[UUID], purpose: str | None) -> dict[UUID, str]:
    if purpose is None:
        return {}
    services = caller.services
    return user_names(
        services.pool, services.vault, caller.tenant, found, actor=caller.actor, purpose=purpose
    )


def _user(found: users.User, names: dict[UUID, str]) -> User:
    return User(
        id=found.user_id,
        name=names.get(found.user_id),
        created_at=found.created_at.astimezone(UTC),
        disabled_at=utc(found.disabled_at),
        has_password=found.has_password,
        has_second_factor=found.has_totp,
        memberships=[_membership(one) for one in found.memberships],
    )


def _membership(held: Held) -> HeldMembership:
    return HeldMembership(
        id=held.membership_id,
        role=held.role,
        project_id=held.project,
        granted_at=held.granted_at.astimezone(UTC),
        granted_by=held.granted_by,
        expires_at=utc(held.expires_at),
        revoked_at=utc(held.revoked_at),
    )


def utc(moment: datetime | None) -> datetime | None:
    """A moment as it is written in answers."""
    return moment.astimezone(UTC) if moment else None
