"""JSON that is deep, huge, twofold or no text: a quick 400 or 413 at every operation."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from service.api import strict_request
from service.composition import Services
from tests.service.api.every_write import Writes
from tests.service.api.places import Place, places, request_schemas
from tests.service.api.requests import PROJECT, Api, problem_of

DEEP, MANY = 100_000, 1_000_000
SECONDS_MAX = 10.0  # of a slow machine; measured is less than a tenth of a second
JSON = "application/json"
VALID = json.dumps(PROJECT).encode()


def twice(body: bytes) -> bytes:
    """The body with its first name twice, the second time as it is."""
    name = next(iter(json.loads(body)), "name")
    return b'{"%s": "first", ' % name.encode() + body.lstrip()[1:]


def with_name(body: bytes, name: bytes, value: bytes) -> bytes:
    more = b", " if len(json.loads(body)) else b""
    return b'{"%s": %s' % (name, value) + more + body.lstrip()[1:]


NO_JSON: dict[str, bytes] = {
    "nothing": b"",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep lists without an end": b"[" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a number of 1.9 million digits": b"9" * 1_900_000,
    "a number of 10 million digits": b"9" * 10_000_000,
    "a fraction of 1.9 million digits": b"0." + b"9" * 1_900_000,
    "an exponent without an end": b"1e" + b"9" * 1_000_000,
    "a text of 1.9 MB": b'"' + b"a" * 1_900_000 + b'"',
    "a text of 10 MB": b'"' + b"a" * 10_000_000 + b'"',
    "a million names": b"{" + b",".join(b'"%d":1' % n for n in range(MANY)) + b"}",
    "170,000 names": b"{" + b",".join(b'"%d":1' % n for n in range(170_000)) + b"}",
    "many empty lists": b"[" + b",".join([b"[]"] * 600_000) + b"]",
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "two values": b"{} {}",
    "a comment": b"/* */ {}",
    "single quotes": b"{'a': 1}",
    "a comma too many": b'{"a": 1,}',
    "no text": b'\xff\xfe{"a": 1}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a BOM": b'\xef\xbb\xbf{"a": 1}',
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "half a surrogate pair": b'{"a": "\\ud800"}',
    "a NUL as it is": b'{"a": "\x00"}',
    "a NUL around it": b"\x00{}",
    "a line end in a text": b'{"a": "\n"}',
}


def made_of(body: bytes) -> dict[str, bytes]:
    """What only an operation's own body can be made into."""
    return {
        "a name twice": twice(body),
        "an unknown name": with_name(body, b"__proto__", b"{}"),
        "a NUL escaped in a name": with_name(body, b"a\\u0000", b"1"),
        "a deep value": with_name(body, b"deep", b"[" * 500 + b"]" * 500),
        "a BOM before it": b"\xef\xbb\xbf" + body,
    }


def refused(api: Api, path: str, content: bytes) -> bool:
    """Whether it is a problem of 400 or 413, quickly."""
    headers = api.headers | {"Content-Type": JSON, "If-Match": "*"}
    began = time.perf_counter()
    answer = api.client.post(path, content=content, headers=headers)
    assert time.perf_counter() - began < SECONDS_MAX
    kinds = {400: ("malformed-request", "invalid-value"), 413: ("content-too-large",)}
    return answer.status_code in kinds and problem_of(answer) in kinds[answer.status_code]


def head(services: Services, api: Api) -> int:
    return services.ledger(api.tenant).head()


def taken(api: Api, asked: Writes, names: Sequence[str]) -> list[tuple[str, str]]:
    """The operations and drills that did not end as they must."""
    found: list[tuple[str, str]] = []
    for operation in request_schemas():
        path, body = asked[operation]
        drills = NO_JSON | made_of(json.dumps(body).encode())
        found += [(operation, name) for name in names if not refused(api, path, drills[name])]
    return found


SMALL = [name for name, content in NO_JSON.items() if len(content) < 1_000]
LARGE = [name for name in NO_JSON if name not in SMALL]


def test_every_operation_refuses_what_is_no_json_of_its_own(
    services: Services, api: Api, asked: Writes
) -> None:
    before = head(services, api)
    names = [*SMALL, *made_of(VALID), "deep lists"]
    assert len(request_schemas()) >= 40
    assert taken(api, asked, names) == []
    assert head(services, api) == before


def test_what_is_large_is_refused_quickly(api: Api, asked: Writes) -> None:
    for name in LARGE:
        for operation in ("register_project", "record_many_documents", "correct_fact"):
            assert refused(api, asked[operation][0], NO_JSON[name]), (name, operation)


@pytest.mark.long
def test_every_operation_refuses_what_is_large(api: Api, asked: Writes) -> None:
    assert taken(api, asked, LARGE) == []


def test_controls_the_same_without_the_fault_is_taken(api: Api, asked: Writes) -> None:
    path, body = asked["register_project"]
    number = body["registration_number"]
    content = json.dumps(body).encode()
    headers = api.headers | {"Content-Type": JSON}
    padded = content.replace(b"{", b"{" + b" " * 1_000_000, 1)
    assert api.client.post(path, content=padded, headers=headers).status_code == 201
    changed = content.replace(number.encode(), number.encode()[:-1] + b"7")
    escaped = changed.replace(b'"A small project"', b'"\\ud83d\\ude00 \\u017e"')
    assert api.client.post(path, content=escaped, headers=headers).status_code == 201


def test_control_a_decoder_that_takes_the_last_of_two_is_caught(
    api: Api, asked: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_request, "_check_names", dict)
    assert ("register_project", "a name twice") in taken(api, asked, ["a name twice"])


def test_lines_of_bulk_requests_are_as_strict(api: Api, asked: Writes) -> None:
    path, body = asked["record_many_documents"]
    item = json.dumps(body["items"][0]).encode()
    drills = {**NO_JSON, **made_of(item)}
    lines = [content for content in drills.values() if content.strip() and b"\n" not in content]
    lines = [content for content in lines if len(content) < 1_000_000]
    headers = api.headers | {"Content-Type": "application/x-ndjson"}
    content = b"\n".join(lines)
    answer = api.client.post(f"{path}?mode=continue", content=content, headers=headers)
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["status"] for one in told] == [400] * len(lines)


def has_pattern(place: Place) -> bool:
    """A text that the description lets have no line end."""
    pattern = place.schema.get("pattern", "")
    return pattern.endswith("$") and "[^\\x00]" not in pattern


def test_a_line_end_after_a_value_is_refused_wherever_the_pattern_has_none(
    services: Services, api: Api, asked: Writes
) -> None:
    """Python's `$` lets one through, which the description forbids."""
    found = places(has_pattern)
    assert len(found) > 100
    before = head(services, api)
    for place in found:
        path, body = asked[place.operation]
        examples: list[Any] = place.schema.get("examples", ["text"])
        answer = api.post(path, place.put(body, f"{examples[0]}\n"))
        assert problem_of(answer) == "invalid-value", (str(place), answer.text)
        assert place.pointer in [one["pointer"] for one in answer.json()["errors"]], str(place)
    assert head(services, api) == before
