"""The XML of a workbook's parts, read as a stream of elements; no tree is ever built.

A document type is refused before it can name an entity: a workbook has none. Memory does not grow
with the part, whatever its elements and attributes are.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from xml.parsers import expat

from service.intake.xlsx.package import BadWorkbook, Package

TOKEN_BYTES_MAX = 1 << 20
DEPTH_MAX = 100
TEXT_MAX = 32_767  # of a cell, in the limits of the format
Attributes = Mapping[str, str]


@dataclass(frozen=True)
class Handlers:
    """What becomes of an element's start, of its end, and of text between."""

    start: Callable[[str, Attributes], None]
    end: Callable[[str], None]
    text: Callable[[str], None]


def ignore(_: str) -> None:
    """An end or a text that nobody asked for."""


def parse(package: Package, part: str, handlers: Handlers) -> None:
    """Feeds the handlers to the end. Raises BadWorkbook for what is no XML."""
    for _ in fed(package, part, handlers):
        pass


def fed(package: Package, part: str, handlers: Handlers) -> Iterator[None]:
    """Feeds the handlers chunk by chunk; names have no namespace. Raises BadWorkbook."""
    parser = _parser(package, handlers)
    count = 0
    try:
        for chunk in package.inflate(part):
            parser.Parse(chunk, False)
            count += len(chunk)
            if count - max(parser.CurrentByteIndex, 0) > TOKEN_BYTES_MAX:
                raise BadWorkbook("a workbook with an element that is too large")
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as error:
        found = f"a damaged workbook ({_known(part)} is no XML at line {error.lineno})"
        raise BadWorkbook(found) from None
    except (ValueError, LookupError):  # an encoding that its first line names
        raise BadWorkbook(f"a damaged workbook ({_known(part)} cannot be decoded)") from None


def _parser(package: Package, handlers: Handlers) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal depth
        package.count_element()
        depth += 1
        if depth > DEPTH_MAX:
            raise BadWorkbook("a workbook with elements nested too deep")
        handlers.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handlers.end(_local(name))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = handlers.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _known(part: str) -> str:
    plain = part.replace("/", "").replace(".", "").isalnum() and part.isascii()
    return part if plain and part.startswith("xl/") else "a part"


def number_in(attributes: Attributes, name: str) -> int | None:
    """A whole number from 0 in an attribute; None when there is none."""
    value = attributes.get(name, "")
    if value.isascii() and value.isdigit():
        with suppress(ValueError):
            return int(value[:10])
    return None


def _refuse_doctype(*_: object) -> None:
    raise BadWorkbook("a workbook with a document type, which workbooks do not have")
