"""A project's figures with the derivation of each, and all that an evaluator may read."""

import tomllib
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from projections.provenance import explanation
from service.store.database import act_for
from tests.end_to_end.evaluator import Evaluator
from tests.end_to_end.running import Http, Imported, leaves, log_of


class Explained:
    """Figures and derivations, asked over HTTP, or of the report itself."""

    def __init__(
        self,
        project: Imported,
        http: Http | None = None,
        as_of: date | None = None,
        known_at: int | None = None,
    ) -> None:
        self.project = project
        self.figures = http.figures() if http else project.figures(as_of, known_at)
        self.answers = (
            {pointer: http.explained(pointer) for pointer in leaves(self.figures)}
            if http
            else explanations(project, as_of, known_at)
        )
        self.derivations = {f: answer["derivation"] for f, answer in self.answers.items()}
        self.rules = rules()

    @cached_property
    def log(self) -> dict[int, dict[str, Any]]:
        return log_of(self.project.services, self.project.tenant)

    def evaluator(self, derivations: dict[str, Any] | None = None) -> Evaluator:
        return Evaluator(self.log, self.rules, derivations or self.derivations)

    def wrong(self) -> list[str]:
        """The figures that do not follow from their derivations."""
        recompute = self.evaluator()
        return [
            pointer
            for pointer, answer in self.answers.items()
            if written(recompute.value(pointer), answer["value"]) != answer["value"]
        ]


def explanations(
    project: Imported, as_of: date | None, known_at: int | None
) -> dict[str, dict[str, Any]]:
    """The answers for all figures of one report."""
    figures = project.report(as_of, known_at).figures
    with project.services.pool.connection() as connection, connection.transaction():
        act_for(connection, project.tenant)
        return {
            pointer: explanation(connection, project.tenant, figures, pointer)
            for pointer in figures.leaves
        }


def rules() -> dict[str, Any]:
    """The programme files as they are, by their name."""
    folder = Path(str(files("domain").joinpath("programmes")))
    found = (tomllib.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.toml"))
    return {one["name"]: one for one in found}


def written(value: Any, like: Any) -> Any:
    """A recomputed value in the form in which the report writes such a figure."""
    if value is None or (isinstance(value, str) and value == like):
        return value
    if isinstance(like, int):
        return int(value) if Decimal(value) == int(Decimal(value)) else value
    try:
        return f"{Decimal(value).quantize(Decimal('0.01')) + 0:.2f}"
    except InvalidOperation:
        return value
