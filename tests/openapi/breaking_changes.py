"""What of a description breaks its clients: requests refused that were taken, answers they lack.

One comparison serves both directions: a request's schema must not take less than before, and an
answer's must not give more than the one before would take.
"""

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]
LOWER, UPPER = ("minLength", "minimum", "minItems"), ("maxLength", "maximum", "maxItems")
METHODS = ("get", "post", "put", "patch", "delete")


def breaking_changes(old: Node, new: Node) -> list[str]:
    """One line for each change that may break a client of the old description."""
    return list(_Comparison(old, new).changes())


class _Comparison:
    """Of two documents, whose references are followed on their own side."""

    def __init__(self, old: Node, new: Node) -> None:
        self._old, self._new = old, new

    def changes(self) -> Iterator[str]:
        for path, operations in self._old["paths"].items():
            for method in METHODS:
                if method not in operations:
                    continue
                before, where = operations[method], f"{method} {path}"
                after = self._new["paths"].get(path, {}).get(method)
                if after is None:
                    yield f"{where}: removed"
                    continue
                yield from self._of_parameters(where, before, after)
                yield from self._of_body(where, before, after)
                yield from self._of_answers(where, before, after)

    def _of_parameters(self, where: str, before: Node, after: Node) -> Iterator[str]:
        known, now = _parameters(self._old, before), _parameters(self._new, after)
        for key, one in known.items():
            place = f"{where} parameter {key[1]}"
            if key not in now:
                yield f"{place}: removed"
            else:
                yield from self._taken(place, one["schema"], now[key]["schema"])
        for key, one in now.items():
            was_required = known.get(key, {}).get("required", False)
            if one.get("required", False) and not was_required:
                yield f"{where} parameter {key[1]}: now required"

    def _of_body(self, where: str, before: Node, after: Node) -> Iterator[str]:
        known, now = before.get("requestBody", {}), after.get("requestBody", {})
        if now.get("required", False) and not known.get("required", False):
            yield f"{where} body: now required"
        for media, content in known.get("content", {}).items():
            if media not in now.get("content", {}):
                yield f"{where} body {media}: removed"
            else:
                schema = now["content"][media]["schema"]
                yield from self._taken(f"{where} body", content["schema"], schema)

    def _of_answers(self, where: str, before: Node, after: Node) -> Iterator[str]:
        for status, answer in before["responses"].items():
            place = f"{where} {status}"
            if status not in after["responses"]:
                yield f"{place}: removed"
                continue
            known = _resolved(self._old, answer)
            now = _resolved(self._new, after["responses"][status])
            for name in known.get("headers", {}).keys() - now.get("headers", {}).keys():
                yield f"{place} header {name}: removed"
            for media, content in known.get("content", {}).items():
                if media not in now.get("content", {}):
                    yield f"{place} {media}: removed"
                else:
                    schema = now["content"][media]["schema"]
                    yield from self._given(place, content["schema"], schema)

    def _taken(self, where: str, old: Node, new: Node) -> Iterator[str]:
        return _narrowed(where, (self._old, old), (self._new, new), set())

    def _given(self, where: str, old: Node, new: Node) -> Iterator[str]:
        """What a client could rely on in answers: the old schema has to take all new answers."""
        answers = (self._new, new), (self._old, old)
        yield from _narrowed(where, *answers, set())
        yield from _left_out(where, *answers, set())


Side = tuple[Node, Node]  # a document, and a schema of it


def _narrowed(where: str, wide: Side, narrow: Side, seen: set[str]) -> Iterator[str]:
    """What the first schema takes and the second does not."""
    place = f"{wide[1].get('$ref')} {narrow[1].get('$ref')}"
    if "$ref" in wide[1] and place in seen:
        return
    seen.add(place)
    kinds, others = _kinds(*wide), _kinds(*narrow)
    for kind, schema in kinds.items():
        other = others.get(kind) or others.get("number" if kind == "integer" else "any")
        if other is None:
            yield f"{where}: {kind} is not taken"
            continue
        yield from _constrained(where, schema, other)
        yield from _narrowed_object(where, (wide[0], schema), (narrow[0], other), seen)
        if isinstance(schema.get("items"), dict) and isinstance(other.get("items"), dict):
            items = (wide[0], schema["items"]), (narrow[0], other["items"])
            yield from _narrowed(f"{where}[]", *items, seen)


def _constrained(where: str, schema: Node, other: Node) -> Iterator[str]:
    words, allowed = _words(schema), _words(other)
    if allowed is not None and (words is None or words - allowed):
        yield f"{where}: words {sorted(map(str, (words or set()) - allowed)) or 'any'}"
    if words is None and other.get("pattern") not in (None, schema.get("pattern")):
        yield f"{where}: pattern {other['pattern']}"
    if schema.get("type") == "string" and other.get("format") not in (None, schema.get("format")):
        yield f"{where}: format {other['format']}"
    for name in LOWER:
        if name in other and (name not in schema or schema[name] < other[name]):
            yield f"{where}: {name} {other[name]}"
    for name in UPPER:
        if words is None and name in other and (name not in schema or schema[name] > other[name]):
            yield f"{where}: {name} {other[name]}"


def _narrowed_object(where: str, wide: Side, narrow: Side, seen: set[str]) -> Iterator[str]:
    known, other = wide[1].get("properties", {}), narrow[1].get("properties", {})
    closed = narrow[1].get("additionalProperties") is False
    if closed and wide[1].get("additionalProperties") is not False:
        yield f"{where}: closed"
    for name, schema in known.items():
        if name in other:
            yield from _narrowed(
                f"{where}/{name}", (wide[0], schema), (narrow[0], other[name]), seen
            )
        elif closed:
            yield f"{where}/{name}: not taken"
    for name in set(narrow[1].get("required", ())) - set(wide[1].get("required", ())):
        yield f"{where}/{name}: required"


def _kinds(document: Node, schema: Node) -> dict[str, Node]:
    """The schema of each type that a value may have."""
    found = _resolved(document, schema)
    if choices := found.get("anyOf") or found.get("oneOf"):
        return {kind: one for choice in choices for kind, one in _kinds(document, choice).items()}
    kinds = found.get("type", "any")
    return dict.fromkeys([kinds] if isinstance(kinds, str) else kinds, found)


def _left_out(where: str, new: Side, old: Side, seen: set[str]) -> Iterator[str]:
    """The properties, also optional ones, that answers had and have no more."""
    if (place := old[1].get("$ref", "")) in seen:
        return
    if place:
        seen.add(place)
    now = _kinds(*new)
    for kind, schema in _kinds(*old).items():
        inside = [("[]", schema.get("items"), now.get(kind, {}).get("items"))]
        there = now.get(kind, {}).get("properties", {})
        for name, one in schema.get("properties", {}).items():
            if name not in there:
                yield f"{where}/{name}: removed"
            inside.append((f"/{name}", one, there.get(name)))
        for name, one, other in inside:
            if isinstance(one, dict) and isinstance(other, dict):
                yield from _left_out(where + name, (new[0], other), (old[0], one), seen)


def _words(schema: Node) -> set[Any] | None:
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _parameters(document: Node, operation: Node) -> dict[tuple[str, str], Node]:
    found = [_resolved(document, one) for one in operation.get("parameters", ())]
    return {(one["in"], one["name"]): one for one in found}


def _resolved(document: Node, node: Node) -> Node:
    while reference := node.get("$ref"):
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    return node
