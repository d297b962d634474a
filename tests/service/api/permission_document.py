"""`docs/permissions.md`, made from the table of roles and the routes of the app.

python -m tests.service.api.permission_document > docs/permissions.md
"""

import re
from collections.abc import Iterator

from litestar.handlers import HTTPRouteHandler

from service.api.route import NEEDS, Needs
from service.app import ROUTES
from service.permissions import OF_ROLE, RIGHTS, ROLES

HEAD = """# Who may do what

Made from `service/permissions.py` and from the routes; a test holds it equal to both.

A **membership** gives a user a role in the whole organisation or in one project, with an end or
without. What somebody may do is the sum of his memberships in force, cut down to the **scopes** of
the token that he came with. What is not in a table below is denied. A project in which the caller
has no role does not exist for him (404); what he may not do in one that he sees is refused (403).
Lists show what the caller may see. Pages need the same permissions as the API.

Whoever may run `grantledger` itself has the database and its key: roles do not bind him.
"""
TITLE_OF_ROUTES = """
## Routes

*Where*: `project` = in the project of the address; `organisation` = in the whole organisation;
`visible` = somewhere, and the answer holds only what the caller may see. Correcting a record needs
`records.correct` and what recording the fact needs, in every project that the record bears on.
"""
FOUR_EYES = """
## Four eyes

A programme's rules can name two facts of one record that nobody may record both (`[[four_eyes]]` in
`domain/programmes/*.toml`, such as `claim.submitted.v1` and `claim.decided.v1`). Then correcting or
cancelling either of them is bound too. No programme that is shipped says so; an import, which
brings in what was decided elsewhere, is not bound.
"""


def document() -> str:
    """The whole text."""
    parts = [HEAD, *_roles(), *_permissions(), TITLE_OF_ROUTES, *_routes(), FOUR_EYES]
    return "\n".join(part.rstrip("\n") for part in parts) + "\n"


def _roles() -> Iterator[str]:
    yield "\n## Roles\n\n| role | what for |\n| --- | --- |"
    for role, meaning in ROLES.items():
        yield f"| {role} | {meaning} |"


def _permissions() -> Iterator[str]:
    yield "\n## Permissions\n\n**Bold**: a special right."
    yield f"\n| permission | what | {' | '.join(ROLES)} |"
    yield "| --- | --- |" + " :-: |" * len(ROLES)
    for name, right in RIGHTS.items():
        held = " | ".join("x" if name in OF_ROLE[role] else " " for role in ROLES)
        yield f"| {f'**{name}**' if right.special else name} | {right.meaning} | {held} |"


def _routes() -> Iterator[str]:
    yield "\n| route | permission | where | roles |\n| --- | --- | --- | --- |"
    for path, method, needs in sorted(_needed(), key=lambda found: found[:2]):
        roles = ", ".join(role for role in ROLES if needs.permission in OF_ROLE[role])
        held = "all" if roles == ", ".join(ROLES) else roles
        yield f"| `{method} /v1{path}` | {needs.permission} | {needs.over} | {held} |"


def _needed() -> Iterator[tuple[str, str, Needs]]:
    for handler in ROUTES:
        assert isinstance(handler, HTTPRouteHandler)
        for path in handler.paths:
            for method in handler.http_methods:
                yield re.sub(r":\w+}", "}", path), method, handler.opt[NEEDS]


if __name__ == "__main__":
    print(document(), end="")
