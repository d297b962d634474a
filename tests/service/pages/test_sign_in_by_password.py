"""Signing in by login, password and code: one answer for whatever is wrong, and a wait in words."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.testing import TestClient
from structlog.testing import capture_logs

from service.app import create_app
from service.composition import Services
from service.identity import create_tenant
from service.passwords import set_password
from service.programmes import Programmes
from service.sessions import current_session
from service.settings import Settings
from service.sign_in import FREE_OF_ADDRESS, FREE_OF_LOGIN
from service.store import keys
from service.store.database import open_pool, transaction_of
from service.store.vault import Vault
from tests.database import migrated_database
from tests.service.disabling import disable_user
from tests.service.doors import LOGIN, PASSWORD, Door, door_of
from tests.service.pages.visits import COOKIE, CZECH, ENGLISH, Visit

WRONG = "This is not right: login, password or code."


def send(client: Any, door: Door, headers: dict[str, str] = ENGLISH, **fields: str) -> Any:
    """What the form sends; the right login and password unless told otherwise."""
    form = {"organisation": str(door.tenant), "login": LOGIN, "password": PASSWORD, **fields}
    return client.post("/sign-in", data=form, headers=headers, follow_redirects=False)


def of_nobody(page: str, login: str) -> str:
    """The page without the login that was sent, which it shows again."""
    return page.replace(f'value="{login}"', 'value=""')


def test_login_and_password_begin_a_session_of_their_user(
    services: Services, anonymous: httpx.Client, door: Door
) -> None:
    answer = send(anonymous, door, back="/?cursor=x", login=f" {LOGIN.upper()} ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?cursor=x")
    session = current_session(services.pool, anonymous.cookies[COOKIE])
    assert session is not None
    assert (session.identity.tenant, session.identity.user_id) == (door.tenant, door.user)


def test_whatever_is_wrong_gets_the_same_answer(
    services: Services, anonymous: httpx.Client, door: Door
) -> None:
    other = door_of(services.pool, services.vault, create_tenant(services.pool, services.vault))
    disable_user(other.pool, other.tenant, other.user)
    tried: list[tuple[Door, dict[str, str]]] = [
        (door, {"password": "not the password"}),
        (door, {"login": "nobody@example.org"}),
        (door, {"login": "nobody@example.org", "code": "123456"}),
        (door, {"password": ""}),
        (door, {"password": PASSWORD + "x" * 50_000}),
        (door, {"login": "<b>\x00" * 20}),
        (other, {}),
    ]
    pages: set[str] = set()
    for at, fields in tried:
        answer = send(anonymous, at, **fields)
        assert answer.status_code == 401, fields
        assert "set-cookie" not in answer.headers
        assert PASSWORD not in answer.text
        shown = answer.text.replace("&lt;b&gt;\x00" * 20, LOGIN).replace(str(at.tenant), "")
        pages.add(of_nobody(of_nobody(shown, LOGIN), "nobody@example.org"))
    (page,) = pages
    assert WRONG in page
    assert "<title>Error: Sign in" in page
    assert send(anonymous, door).status_code == 303, "control"


def test_bytes_that_are_no_text_are_refused_as_well(anonymous: httpx.Client, door: Door) -> None:
    door.app()
    form = {"Content-Type": "application/x-www-form-urlencoded", **ENGLISH}
    sent = f"organisation={door.tenant}&login={LOGIN}&password=%ED%A0%80%FF&code=%ED%A0%80"
    for body in (sent, sent.replace("%ED%A0%80%FF", PASSWORD.replace("ě", "%C4%9B"))):
        answer = anonymous.post("/sign-in", content=body, headers=form)
        assert answer.status_code == 401
        assert WRONG in answer.text


@pytest.mark.parametrize("login", [LOGIN, "nobody@example.org"])
def test_too_many_attempts_are_told_to_wait_whether_the_login_exists_or_not(
    anonymous: httpx.Client, door: Door, login: str
) -> None:
    for _ in range(FREE_OF_LOGIN):
        assert send(anonymous, door, login=login, password="wrong").status_code == 401
    door.later(-100)  # the wait is made longer than this test takes
    answer = send(anonymous, door, login=login)
    assert answer.status_code == 429
    assert 60 < int(answer.headers["retry-after"]) <= 101
    assert "Too many attempts. Try again in 2 minutes." in answer.text
    assert "set-cookie" not in answer.headers
    assert "za 2 minuty" in send(anonymous, door, CZECH, login=login).text
    door.later(60)
    assert "seconds." in send(anonymous, door, login=login).text
    door.later(60)
    expected = 303 if login == LOGIN else 401
    assert send(anonymous, door, login=login).status_code == expected, "control"


def test_the_networks_of_ipv6_and_each_address_of_ipv4_are_counted(
    anonymous: httpx.Client, door: Door
) -> None:
    def sent_from(address: str, login: str) -> int:
        headers = {**ENGLISH, "X-Forwarded-For": address}
        return send(anonymous, door, headers, login=login).status_code

    for number in range(FREE_OF_ADDRESS):
        assert sent_from(f"2001:db8::{number:x}", f"nobody-{number}") == 401
    door.later(-100)
    assert sent_from("2001:db8::ffff:1", LOGIN) == 429
    assert sent_from("2001:db8:0:1::1", LOGIN) == 303, "control: another network"
    assert sent_from("192.0.2.1", LOGIN) == 303


def test_a_second_factor_is_asked_for_and_a_code_is_good_once(
    anonymous: httpx.Client, door: Door
) -> None:
    code = door.app().generate(int(time.time())).decode()
    asked = send(anonymous, door)
    assert asked.status_code == 401
    assert "set-cookie" not in asked.headers
    assert "This user has a second factor." in asked.text
    assert f'name="login" value="{LOGIN}"' in asked.text
    assert PASSWORD not in asked.text
    assert asked.text.count('aria-invalid="true"') == 1
    assert send(anonymous, door, code=f" {code[:3]} {code[3:]} ").status_code == 303

    replayed = send(anonymous, door, code=code)
    assert replayed.status_code == 401
    unknown = send(anonymous, door, login="nobody@example.org", code=code)
    assert of_nobody(replayed.text, LOGIN) == of_nobody(unknown.text, "nobody@example.org")


def test_a_recovery_code_stands_in_once(anonymous: httpx.Client, door: Door) -> None:
    door.app()
    assert send(anonymous, door, recovery=door.codes[0].lower()).status_code == 303
    assert send(anonymous, door, recovery=door.codes[0]).status_code == 401
    assert send(anonymous, door, recovery=door.codes[1]).status_code == 303, "control"


def disable(door: Door) -> None:
    disable_user(door.pool, door.tenant, door.user)


def give_a_new_password(door: Door) -> None:
    with transaction_of(door.pool, door.tenant) as connection:
        set_password(connection, door.vault, door.tenant, door.user, LOGIN, "another long one")


@pytest.mark.parametrize("ending", [disable, give_a_new_password])
def test_the_session_ends_with_the_user_and_with_a_new_password(
    anonymous: httpx.Client, door: Door, ending: Callable[[Door], None]
) -> None:
    assert send(anonymous, door).status_code == 303
    assert anonymous.get("/", headers=ENGLISH).status_code != 401
    ending(door)
    answer = anonymous.get("/", headers=ENGLISH)
    assert answer.status_code == 401
    assert "Your session has ended" in answer.text


def test_signing_in_again_ends_the_session_before(
    anonymous: httpx.Client, door: Door, visit: Visit
) -> None:
    before = visit.cookie
    assert send(visit.client, door).status_code == 303
    copy = {"Cookie": f"{COOKIE}={before}"}
    assert anonymous.get("/", headers=copy).status_code == 401


def test_nothing_that_was_given_is_logged(anonymous: httpx.Client, door: Door) -> None:
    door.app()
    with capture_logs() as logged:
        send(anonymous, door, code="918273")
        send(anonymous, door, password="a wrong password")
        send(anonymous, door, recovery=door.codes[0])
    events = [line["event"] for line in logged]
    assert "sign-in refused" in events
    assert "sign-in" in events
    for secret in (LOGIN, PASSWORD, "a wrong password", "918273", door.codes[0]):
        assert secret not in str(logged)


def test_the_organisation_is_asked_for_where_there_are_several_and_none_is_told(
    server_url: tuple[str, dict[str, str]],
) -> None:
    with migrated_database(*server_url) as urls, open_pool(urls.app, 4) as pool:
        settings = Settings(Path("/nowhere"), urls.app, urls.projector, None, Path("/nowhere/key"))
        vault = Vault(pool, keys.new_key())
        services = Services(settings, urls, pool, vault, Programmes())
        door = door_of(pool, vault, create_tenant(pool, vault))
        with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
            assert 'name="organisation"' not in client.get("/sign-in").text
            assert send(client, door, organisation="").status_code == 303
            client.cookies.clear()

            other = door_of(pool, vault, create_tenant(pool, vault))
            for page in (client.get("/sign-in"), client.get("/")):
                assert 'name="organisation"' in page.text
                assert str(door.tenant) not in page.text
            given = ("", "x", str(uuid4()))
            texts = [send(client, door, organisation=one).text for one in given]
            wrong = send(client, door, password="wrong").text.replace(str(door.tenant), "")
            assert {
                text.replace(f'value="{one}"', 'value=""')
                for text, one in zip(texts, given, strict=True)
            } == {wrong}
            for at in (door, other):
                assert send(client, at).status_code == 303, "control"
                assert client.cookies[COOKIE].startswith(f"gs_{at.tenant.hex}_")

            for _ in range(FREE_OF_LOGIN):
                answer = send(client, door, organisation=str(uuid4()))
            assert answer.status_code == 429, "an id that is none counts as well"
        services.close()
