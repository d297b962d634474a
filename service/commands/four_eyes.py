"""Four eyes: where the rules say so, nobody records both facts of a pair in one record.

Held where a person acts: recording over the API, correcting and cancelling. An import brings in
what was decided elsewhere, by one user, and is not held by it.
"""

from uuid import UUID

from domain.event import Cancelled, Corrected, decode
from domain.rejection import Rejection
from service.commands.projects import registered
from service.commands.work import Work
from service.store.database import in_tenant

WHO = """SELECT version, type, actor, data FROM ledger.event
    WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s ORDER BY version LIMIT 1000"""


class FourEyes(Rejection):
    """Whoever recorded the one fact may not record the other."""

    code = "four_eyes"


def check_four_eyes(work: Work, stream: UUID, project: UUID, name: str) -> None:
    """Raises FourEyes when the user recorded or changed what `name` must not be joined with."""
    rules = work.programmes.of(registered(work, project).rule_set)
    apart = {
        pair.second if name == pair.first else pair.first
        for pair in rules.four_eyes
        if name in (pair.first, pair.second)
    }
    if not apart:
        return
    name_of: dict[int, str] = {}
    values = {"tenant": work.tenant, "stream": stream}
    for version, stored_name, actor, data in in_tenant(work.ledger.pool, work.tenant, WHO, values):
        fact = decode(stored_name, data)
        about = fact.version if isinstance(fact, Corrected | Cancelled) else version
        name_of.setdefault(about, stored_name)
        if actor == work.actor and name_of[about] in apart:
            raise FourEyes("another person has to do this: the rules want four eyes")
