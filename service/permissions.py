"""Who may do what: permissions, roles, and what a user's memberships allow. Denied by default.

A membership gives a role in the whole organisation or in one project. What a caller may do is the
sum of his memberships, cut down to the scopes of the token he came with. The table below is the
only place where roles meet permissions; `docs/permissions.md` is made from it and from the routes.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args
from uuid import UUID

Permission = Literal[
    "projects.read",
    "projects.register",
    "imports.run",
    "budget.plan",
    "indicators.plan",
    "activities.read",
    "activities.record",
    "participants.read",
    "participants.record",
    "outputs.read",
    "outputs.record",
    "documents.read",
    "documents.record",
    "work_records.read",
    "work_records.record",
    "trips.read",
    "trips.record",
    "exchange_rates.record",
    "claims.read",
    "claims.submit",
    "claims.decide",
    "claims.pay",
    "records.correct",
    "reports.read",
    "exports.read",
    "exports.personal",
    "operations.read",
    "audit.read",
    "events.read",
    "persons.read",
    "persons.read_special",
    "persons.erase",
    "organisation.administer",
    "service.read",
    "me.read",
]
Role = Literal["owner", "manager", "finance", "coordinator", "approver", "auditor", "integration"]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
ROLES: Mapping[Role, str] = {
    "owner": "Everything, and who may do what",
    "manager": "Runs projects, hands in claims, reads who participants are",
    "finance": "Documents, work, trips, rates, claims",
    "coordinator": "Activities, participants, outputs, trips",
    "approver": "Records decisions on claims",
    "auditor": "Reads, the audit trail and persons too; always until a stated day",
    "integration": "Another program; of this only what the scopes of its token name",
}


class Right(NamedTuple):
    """A permission: what it allows, and the roles beside the owner that have it."""

    meaning: str
    roles: str
    special: bool = False


ALL = "manager finance coordinator approver auditor integration"
READERS = "manager finance approver auditor"
RIGHTS: Mapping[Permission, Right] = {
    "projects.read": Right("projects, budgets, targets", ALL),
    "projects.register": Right("new projects of the organisation", "manager integration"),
    "imports.run": Right("whole projects from files, all that they hold", "manager"),
    "budget.plan": Right("items of the budget", "manager finance integration"),
    "indicators.plan": Right("targets of indicators", "manager integration"),
    "activities.read": Right("activities, attendance", ALL),
    "activities.record": Right(
        "activities, attendance, questionnaires, contacts", "manager coordinator integration"
    ),
    "participants.read": Right("participants, pseudonymous", ALL),
    "participants.record": Right("participants", "manager coordinator integration"),
    "outputs.read": Right("outputs", ALL),
    "outputs.record": Right("outputs and their publication", "manager coordinator integration"),
    "documents.read": Right("accounting documents", ALL),
    "documents.record": Right("accounting documents and payments", "manager finance integration"),
    "work_records.read": Right("work records, pseudonymous", READERS + " integration"),
    "work_records.record": Right(
        "work records, payments, signatures", "manager finance integration"
    ),
    "trips.read": Right("trips, pseudonymous", ALL),
    "trips.record": Right("trips and payments", "manager finance coordinator integration"),
    "exchange_rates.record": Right("rates of the organisation", "manager finance integration"),
    "claims.read": Right("claims with their lines", ALL),
    "claims.submit": Right("claims handed in", "manager finance"),
    "claims.decide": Right("decisions on claims", "manager approver"),
    "claims.pay": Right("payments of claims", "manager finance"),
    "records.correct": Right(
        "corrections and cancellations, of what the role may record",
        "manager finance coordinator integration",
    ),
    "reports.read": Right("figures, provenance, findings", ALL),
    "exports.read": Right("files for others, without persons", READERS),
    "exports.personal": Right(
        "files with personal data, special categories too", "manager", special=True
    ),
    "operations.read": Right("one's own long work: how far it is, results", ALL),
    "audit.read": Right("who recorded what, when and why", READERS),
    "events.read": Right("all events as they are recorded, pseudonymous", READERS + " integration"),
    "persons.read": Right("who participants are", "manager coordinator auditor", special=True),
    "persons.read_special": Right("their disadvantages too", "manager", special=True),
    "persons.erase": Right("persons taken out for ever", "", special=True),
    "organisation.administer": Right("users, roles, tokens, programs", "", special=True),
    "service.read": Right("state of the service", ALL),
    "me.read": Right("one's own roles", ALL),
}
OF_ROLE: Mapping[str, frozenset[Permission]] = {
    role: frozenset(
        name for name, right in RIGHTS.items() if role == "owner" or role in right.roles.split()
    )
    for role in ROLES
}
NOTHING: frozenset[Permission] = frozenset()


@dataclass(frozen=True, slots=True)
class Membership:
    """A role in one project, or with `project` None in the whole organisation."""

    role: str
    project: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rights:
    """What a caller may do: his memberships in force; `scopes` None = no narrower than these."""

    memberships: tuple[Membership, ...]
    scopes: frozenset[str] | None = None

    def in_organisation(self) -> frozenset[Permission]:
        """What he may do in every project, and to what belongs to none."""
        return self._scoped(one.role for one in self.memberships if one.project is None)

    def in_project(self, project: UUID) -> frozenset[Permission]:
        """What he may do in a project; nothing: the project does not exist for him."""
        return self._scoped(one.role for one in self.memberships if one.project in (None, project))

    def sees(self, project: UUID) -> bool:
        """Whether he has any role in a project."""
        return any(
            one.project in (None, project) and one.role in OF_ROLE for one in self.memberships
        )

    def somewhere(self) -> frozenset[Permission]:
        """What he may do in some project at least."""
        return self._scoped(one.role for one in self.memberships)

    def projects_with(self, permission: Permission) -> list[UUID] | None:
        """The projects in which he may do it; None: in all of the organisation."""
        if permission in self.in_organisation():
            return None
        named = {one.project for one in self.memberships if one.project is not None}
        return sorted(project for project in named if permission in self.in_project(project))

    def of(self, membership: Membership) -> frozenset[Permission]:
        """What one membership allows."""
        return self._scoped([membership.role])

    def _scoped(self, roles: Iterable[str]) -> frozenset[Permission]:
        counted = [role for role in roles if self.scopes is not None or role != "integration"]
        allowed = NOTHING.union(*(OF_ROLE.get(role, NOTHING) for role in counted))
        if self.scopes is None:
            return allowed
        return frozenset(permission for permission in allowed if permission in self.scopes)


def check_scopes(scopes: Collection[str]) -> None:
    """Raises ValueError for what is no permission."""
    if unknown := sorted(set(scopes) - set(PERMISSIONS)):
        raise ValueError(f"there is no permission {unknown[0]!r}")
