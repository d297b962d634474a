"""The exports that there are; a kind is added by one line, and nothing else has to know it."""

from domain.rejection import NotFound
from service.exchange.export import Kind
from service.exchange.is_esf import IS_ESF
from service.exchange.report.report import REPORT
from service.exchange.sd2 import SD2
from service.exchange.workbook.workbook import WORKBOOK

CATALOGUE: tuple[Kind, ...] = (
    REPORT,
    WORKBOOK,
    SD2,
    IS_ESF,
)


def kind_of(name: str) -> Kind:
    """The kind of this name. Raises NotFound."""
    for kind in CATALOGUE:
        if kind.name == name:
            return kind
    raise NotFound(f"there is no export {name}; there are: {', '.join(map(_name, CATALOGUE))}")


def _name(kind: Kind) -> str:
    return kind.name
