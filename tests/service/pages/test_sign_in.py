"""Signing in and out by the token, and forms that no page of ours has sent."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from service.app import create_app
from service.composition import Services
from service.identity import OWNER, create_user
from service.pages.routes import page_routes
from service.store.database import in_tenant
from service.tokens import create_token, list_tokens, revoke_token
from tests.service.disabling import disable_user
from tests.service.pages.visits import COOKIE, ENGLISH, Visit

EARLIER = """UPDATE identity.session SET last_used_at = last_used_at - interval '61 minutes'
    WHERE user_id = %(user)s"""
PATHS_OPEN = {"/sign-in", "/language/{language:str}", "/pages.css", "/icon.svg"}


def sign_in(client: httpx.Client, token: str, **headers: str) -> httpx.Response:
    return client.post("/sign-in", data={"token": token}, headers=ENGLISH | headers)


def test_a_token_signs_in_and_the_page_asked_for_follows(
    anonymous: httpx.Client, visit: Visit
) -> None:
    form = {"token": f" {visit.token}\n", "back": "/?cursor=x"}
    answer = anonymous.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?cursor=x")
    assert anonymous.get("/").status_code == 200


def refused_tokens(services: Services, visit: Visit) -> list[str]:
    """Each for another reason."""
    pool, tenant = services.pool, visit.tenant
    past = datetime.now(UTC) - timedelta(seconds=1)
    expired = create_token(pool, tenant, visit.user, "expired", past)
    revoked = create_token(pool, tenant, visit.user, "revoked", None)
    (known,) = (one for one in list_tokens(pool, tenant) if one.name == "revoked")
    revoke_token(pool, tenant, known.token_id)
    other = create_user(pool, services.vault, tenant, "Jiná", [OWNER])
    disabled = create_token(pool, tenant, other, "disabled", None)
    disable_user(pool, tenant, other)
    elsewhere = visit.token.replace(tenant.hex, uuid4().hex)
    return ["", "gl_", "ž" * 50, "x" * 50_000, elsewhere, expired, revoked, disabled]


def test_every_refused_token_gets_the_same_answer(
    services: Services, anonymous: httpx.Client, visit: Visit
) -> None:
    pages: set[str] = set()
    for token in refused_tokens(services, visit):
        answer = sign_in(anonymous, token)
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        pages.add(answer.text)
    (page,) = pages
    assert "This token is not valid" in page
    assert sign_in(anonymous, visit.token).status_code == 303, "control"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    anonymous: httpx.Client, visit: Visit
) -> None:
    plain = sign_in(anonymous, visit.token).headers["set-cookie"]
    assert plain.startswith(f"{COOKIE}=gs_{visit.tenant.hex}_")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert part in plain
    assert "Secure" not in plain
    behind_tls = sign_in(anonymous, visit.token, **{"X-Forwarded-Proto": "https"})
    cookie = behind_tls.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=gs_")
    assert "Secure" in cookie
    assert "Domain" not in cookie


def test_the_cookie_of_plain_http_is_not_taken_over_https(visit: Visit) -> None:
    assert visit.client.get("/", headers={"X-Forwarded-Proto": "https"}).status_code == 401
    assert visit.client.get("/").status_code == 200


def expire(services: Services, visit: Visit) -> None:
    in_tenant(services.pool, visit.tenant, EARLIER, {"user": visit.user})


def revoke(services: Services, visit: Visit) -> None:
    (token,) = list_tokens(services.pool, visit.tenant)
    revoke_token(services.pool, visit.tenant, token.token_id)


def disable(services: Services, visit: Visit) -> None:
    disable_user(services.pool, visit.tenant, visit.user)


@pytest.mark.parametrize("ending", [expire, revoke, disable])
def test_what_ends_a_session_is_said_on_the_next_page(
    services: Services, visit: Visit, ending: Callable[[Services, Visit], None]
) -> None:
    assert visit.get("/").status_code == 200
    ending(services, visit)
    answer = visit.get("/projects/x", as_of="2017-01-01")
    assert answer.status_code == 404, "no such route: nothing is told"
    answer = visit.get("/", cursor="x")
    assert answer.status_code == 401
    assert "Your session has ended" in answer.text
    assert 'name="back" value="/?cursor=x"' in answer.text
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_signing_out_ends_every_copy_of_the_cookie(visit: Visit, anonymous: httpx.Client) -> None:
    copy = {"Cookie": f"{COOKIE}={visit.cookie}"}
    assert anonymous.get("/", headers=copy).status_code == 200
    answer = visit.client.post("/sign-out", data={"form_token": visit.form_token()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert COOKIE not in visit.client.cookies
    assert anonymous.get("/", headers=copy).status_code == 401


def test_signing_in_again_ends_the_session_before(visit: Visit, anonymous: httpx.Client) -> None:
    copy = {"Cookie": f"{COOKIE}={visit.cookie}"}
    visit.sign_in()
    assert anonymous.get("/", headers=copy).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Content-Type": "text/plain"},
    ],
    ids=str,
)
def test_a_form_of_another_site_is_refused(visit: Visit, headers: dict[str, str]) -> None:
    body = f"form_token={visit.form_token()}"
    own = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/sign-in", "/sign-out"):
        answer = visit.client.post(path, content=body, headers=own | ENGLISH | headers)
        assert answer.status_code == 403, path
        assert "The form was not accepted" in answer.text
    assert visit.get("/").status_code == 200, "the session goes on"


def test_a_form_without_the_sessions_token_is_refused(
    services: Services, visit: Visit, visit_of: Callable[..., Visit]
) -> None:
    other = visit_of(visit.tenant)
    for token in ("", "x", "ž", other.form_token()):
        answer = visit.client.post("/sign-out", data={"form_token": token})
        assert answer.status_code == 403
    assert visit.get("/").status_code == 200
    own = {"Origin": str(visit.client.base_url), "Sec-Fetch-Site": "same-origin"}
    data = {"form_token": visit.form_token()}
    assert visit.client.post("/sign-out", data=data, headers=own).status_code == 303, "control"


@pytest.mark.parametrize(
    "back",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "elsewhere",
        "/" + "x" * 3000,
    ],
)
def test_no_redirect_leaves_the_server(visit: Visit, back: str) -> None:
    signed_in = visit.client.post("/sign-in", data={"token": visit.token, "back": back})
    chosen = visit.client.get("/language/cs", params={"back": back})
    for answer in (signed_in, chosen):
        assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_every_other_page_asks_for_a_session(services: Services, anonymous: httpx.Client) -> None:
    of_pages = [route for router in page_routes() for route in router.routes]
    paths = {route.path for route in of_pages}
    assert paths > PATHS_OPEN
    assert paths <= {route.path for route in create_app(services).routes}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for route in of_pages:
        if route.path in PATHS_OPEN:
            continue
        filled = re.sub(r"\{\w+:uuid\}", str(uuid4()), route.path)
        filled = re.sub(r"\{\w+:str\}", "x", filled)
        for method in route.methods - {"OPTIONS"}:  # type: ignore[attr-defined]
            answer = anonymous.request(method, filled, headers=ENGLISH | form)
            assert answer.status_code == 401, (method, route.path)
            assert "<h1>Sign in</h1>" in answer.text


def test_a_token_of_the_api_opens_no_page_and_a_session_no_api(visit: Visit) -> None:
    bearer = {"Authorization": f"Bearer {visit.token}"}
    assert httpx.get(f"{visit.client.base_url}", headers=bearer).status_code == 401
    assert visit.client.get("/v1/projects").status_code == 401
    assert visit.client.get("/v1/projects", headers=bearer).status_code == 200


def test_signing_in_is_logged_with_ids_only(anonymous: httpx.Client, visit: Visit) -> None:
    with capture_logs() as logged:
        sign_in(anonymous, visit.token[:-1])
        sign_in(anonymous, visit.token)
    events = [line["event"] for line in logged]
    assert events.count("sign-in refused") == 1
    (begun,) = (line for line in logged if line["event"] == "sign-in")
    assert (begun["tenant"], begun["user"]) == (str(visit.tenant), str(visit.user))
    assert visit.token[-43:-1] not in str(logged)
    assert anonymous.cookies[COOKIE][-43:] not in str(logged)
