"""Tags and conditional reads, HEAD, OPTIONS and compression, on every route alike."""

import gzip
from typing import Any

import pytest

from service.api import answers
from tests.service.api.made_trail import Made
from tests.service.api.requests import PROJECT, Api, document, project_with_items
from tests.service.api.routes import endpoints


def test_a_read_that_has_not_changed_is_not_sent_again(api: Api) -> None:
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    record = api.record(path, document(project))
    for one in (f"{path}/{record}", path, f"/v1/projects/{project}/budget", "/v1/users"):
        first = api.get(one)
        headers = api.headers | {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
        again = api.client.get(one, headers=headers)
        assert (again.status_code, again.content) == (304, b""), one
        assert again.headers["etag"] == first.headers["etag"]
        assert "x-request-id" in again.headers
        assert api.client.get(one, headers=api.headers | {"If-None-Match": "*"}).status_code == 304


def test_a_finding_that_another_record_brings_changes_the_tag_and_not_the_version(
    api: Api,
) -> None:
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    first, second = (api.record(path, document(project)) for _ in range(2))
    before = api.get(f"{path}/{second}")
    assert before.json()["findings"] == ["duplicate_document"]
    api.record(f"/v1/records/{first}/cancellations", {"reason": "Recorded twice"})
    headers = api.headers | {"If-None-Match": before.headers["etag"]}
    after = api.client.get(f"{path}/{second}", headers=headers)
    assert (after.status_code, after.json()["findings"]) == (200, [])
    assert after.headers["etag"].partition(".")[0] == before.headers["etag"].partition(".")[0]


def test_every_get_has_a_head_with_the_same_headers_and_no_body(made: Made) -> None:
    checked = 0
    for one in endpoints(made.api.client.app):
        if one.method != "GET":
            continue
        path = one.address(str(made.project))
        got = made.api.get(path)
        head = made.api.client.head(path, headers=made.api.headers)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        varying = (
            {"x-request-id", "ratelimit", "content-length", "etag"}
            if got.status_code >= 400
            else {"x-request-id", "ratelimit"}
        )
        assert {name: value for name, value in head.headers.items() if name not in varying} == {
            name: value for name, value in got.headers.items() if name not in varying
        }, path
        checked += got.status_code == 200
    assert checked > 15
    assert made.api.client.head("/healthz").status_code == 200


def test_options_and_refused_methods_name_head_where_there_is_get(api: Api) -> None:
    for answer in (
        api.client.options("/v1/projects", headers=api.headers),
        api.client.delete("/v1/projects", headers=api.headers),
    ):
        assert {"GET", "HEAD", "POST"} <= set(answer.headers["allow"].split(", "))
    only_post = api.client.options("/v1/exchange-rates", headers=api.headers)
    assert "HEAD" not in only_post.headers["allow"]


def raw(api: Api, path: str, accepted: str) -> tuple[dict[str, str], bytes]:
    headers = api.headers | {"Accept-Encoding": accepted}
    with api.client.stream("GET", path, headers=headers) as answer:
        return dict(answer.headers), b"".join(answer.iter_raw())


def test_a_long_read_is_compressed_for_who_takes_it(made: Made) -> None:
    path = f"/v1/projects/{made.project}/documents"
    plain_headers, plain = raw(made.api, path, "identity")
    headers, packed = raw(made.api, path, "br;q=0.5, gzip")
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3
    assert headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in headers["vary"]
    assert headers["etag"] != plain_headers["etag"]
    for tag in (headers["etag"], plain_headers["etag"]):
        again = made.api.client.get(path, headers=made.api.headers | {"If-None-Match": tag})
        assert again.status_code == 304
    refused, _ = raw(made.api, path, "gzip;q=0")
    assert "content-encoding" not in refused


def test_what_is_short_or_may_hold_a_secret_is_not_compressed(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, _ = raw(made.api, "/v1/me", "gzip")
    assert "content-encoding" not in short
    monkeypatch.setattr(answers, "COMPRESSED_MIN", 1)
    packed, _ = raw(made.api, "/v1/me", "gzip")
    assert packed["content-encoding"] == "gzip", "control"
    body: dict[str, Any] = PROJECT | {"registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000007"}
    assert "content-encoding" not in made.api.post("/v1/projects", body, dry_run="true").headers
    page, _ = raw(made.api, "/docs", "gzip")
    assert "content-encoding" not in page
