"""Bodies are decoded strictly, and each fault is named by a JSON Pointer.

The framework would take `"1"` for a number and any media type for JSON. The canonical bytes of the
body are kept for the request's hash. A long one is decoded in a thread: nobody waits for it.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types.empty import Empty

from service.api.problem import FieldError
from service.expected import fault

BODY_FIELDS = "body_fields"
CANONICAL_BODY = "canonical_body"
DEPTH_MAX = 32
VALUES_MAX = 100_000  # a few bytes of JSON are a hundred in memory
LONG = 20_000
YEAR_MIN, YEAR_MAX = 1900, 2199  # rules look a month and a period further
DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?")
encode_canonical = msgspec.json.Encoder(order="sorted").encode


class InvalidBody(Exception):
    """The body is not JSON, or not of the operation's shape."""

    def __init__(self, text: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(text)
        self.text, self.errors = text, errors


class StrictRequest(Request[Any, Any, State]):
    """A request whose JSON is what the handler's `data` says, nothing looser."""

    async def body(self) -> bytes:
        """The bytes; an empty body where one is needed is refused as any other."""
        raw = await super().body()
        if not raw and self._wanted() is not None:
            raise InvalidBody("expected a JSON body")
        return raw

    async def json(self) -> Any:
        """The body as the handler's `data`."""
        wanted = self._wanted()
        if wanted is None:
            return await super().json()
        if self.content_type[0] != "application/json":
            headers = {"Accept-Post": "application/json"}
            raise HTTPException(
                status_code=415, detail="expected Content-Type: application/json", headers=headers
            )
        state = self.scope["state"]
        state[BODY_FIELDS] = getattr(wanted, "__struct_fields__", ())
        raw = await self.body()
        if len(raw) > LONG:
            state[CANONICAL_BODY], data = await sync_to_thread(_read, wanted, raw)
        else:
            state[CANONICAL_BODY], data = _read(wanted, raw)
        return data

    def _wanted(self) -> Any:
        handler = self.scope["route_handler"]
        field = handler.parsed_fn_signature.parameters.get("data")  # pyright: ignore
        return None if field is None or field.annotation is Empty else field.annotation


def decoded(wanted: Any, raw: bytes | msgspec.Raw) -> Any:
    """What bytes that went through `canonical` hold. Raises InvalidBody."""
    try:
        return _decoder(wanted).decode(raw)
    except msgspec.ValidationError as error:
        raise InvalidBody(
            "a value is not accepted", [FieldError(*fault(str(error), wanted))]
        ) from None


def canonical(raw: bytes) -> bytes:
    """The same bytes for the same JSON. Raises InvalidBody for what no operation takes."""
    check_count(raw, VALUES_MAX)
    try:
        value = msgspec.json.decode(raw)
        json.loads(raw, object_pairs_hook=_check_names)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise InvalidBody("the body is not JSON") from None
    if found := _fault(value, ""):
        raise InvalidBody("a value is not accepted", [found])
    return encode_canonical(value)


def check_count(raw: bytes, most: int) -> None:
    """Raises InvalidBody where there may be more values, before memory is taken for them."""
    if raw.count(b",") + raw.count(b"[") + raw.count(b"{") > most:
        raise InvalidBody(f"the body has more than {most:,} values")


def _read(wanted: Any, raw: bytes) -> tuple[bytes, Any]:
    return canonical(raw), decoded(wanted, raw)


def _check_names(pairs: list[tuple[str, Any]]) -> None:
    """A name that is there twice means one thing to one reader and another to the next."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise InvalidBody("a name is in an object twice")


def _fault(value: Any, pointer: str, depth: int = 0) -> FieldError | None:
    """The first NUL, which no database text can hold, or a nesting too deep."""
    if depth > DEPTH_MAX:
        return FieldError("", f"nested more than {DEPTH_MAX} deep")
    match value:
        case str():
            return _text_fault(value, pointer)
        case list():
            children = enumerate(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case dict():
            if any("\x00" in key for key in value):  # pyright: ignore
                return FieldError(pointer, "a name holds a NUL character")
            children = value.items()  # pyright: ignore[reportUnknownVariableType]
        case _:
            return None
    found = (_fault(child, f"{pointer}/{name}", depth + 1) for name, child in children)  # pyright: ignore[reportUnknownVariableType]
    return next((one for one in found if one), None)


def _text_fault(value: str, pointer: str) -> FieldError | None:
    if "\x00" in value:
        return FieldError(pointer, "holds a NUL character")
    if DATED.fullmatch(value) and not YEAR_MIN <= int(value[:4]) <= YEAR_MAX:
        return FieldError(pointer, f"expected a day of {YEAR_MIN} to {YEAR_MAX}")
    return None


@cache
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted, strict=True)
