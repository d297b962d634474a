"""Counting inside the fold of `indicator_progress`: periods, participants, contributions."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import msgspec

from domain.activity import MINUTES, Held, QuestionnaireRecorded
from domain.indicator import Support, common_indicators_of, is_complete, threshold_day
from domain.project import Registered, period_of
from domain.rule_set import RuleSet
from projections.indicator_tables import BELOW, COUNTED, INCOMPLETE, PERSONS
from projections.indicator_tables import OUTPUT as OUTPUT_TABLE
from projections.indicator_tables import PARTICIPANT as PARTICIPANT_TABLE
from projections.rows import Rows
from projections.stored_facts import stored_fact

Sealed = Mapping[bytes, Mapping[str, str | None]]
NO_PARTICIPANT: dict[str, Any] = dict.fromkeys(c.name for c in PARTICIPANT_TABLE.values)
NO_OUTPUT: dict[str, Any] = dict.fromkeys(c.name for c in OUTPUT_TABLE.values)


class Counting:
    """The rows of one batch, with the persons unsealed for it and the rule sets."""

    def __init__(self, rows: Rows, persons: Sealed, rules_of: Callable[[str], RuleSet]) -> None:
        self.rows, self.persons, self.rules_of = rows, persons, rules_of

    def act(self, project: UUID) -> Registered | None:
        """The project's legal act as it stands, when it is registered."""
        row = self.rows.get("indicator_project", (project,))
        return cast("Registered", stored_fact("project.registered.v1", row["act"])) if row else None

    def period(self, project: UUID, day: date | None) -> int:
        """The number of the monitoring period that holds the day, 0 outside of all."""
        act = self.act(project)
        return period_of(act.periods, day) if act and day else 0

    def reassign(self, project: UUID, position: int) -> None:
        """Counts all of a project again, whose dates, periods or rules changed."""
        rows = self.rows
        for row in rows.where("activity", "project_id", project):
            period = self.period(project, row["ends_on"])
            values = {**rows.values_of("activity", row), "period": period}
            rows.put("activity", (row["activity_id"],), values, position)
        for row in rows.where("questionnaire", "project_id", project):
            period = self.period(project, row["effective_on"])
            values = {**rows.values_of("questionnaire", row), "period": period}
            rows.put("questionnaire", (row["activity_id"], row["fact_version"]), values, position)
        for row in rows.where("output", "project_id", project):
            self.change_output(row["output_id"], {}, position)
        for row in rows.where("participant", "project_id", project):
            self.recount(row["participant_id"], position)

    def put_activity(self, activity: UUID, version: int, fact: Held, position: int) -> None:
        """Puts an activity; its questionnaires count on its last day."""
        values = msgspec.structs.asdict(fact)
        values |= {
            "project_id": values.pop("project"),
            "starts_on": values.pop("start"),
            "ends_on": values.pop("end"),
            "period": self.period(fact.project, fact.end),
            "held_version": version,
            "source": position,
        }
        self.rows.put("activity", (activity,), values, position)
        for row in self.rows.where("questionnaire", "activity_id", activity):
            moved = {
                **self.rows.values_of("questionnaire", row),
                "effective_on": fact.end,
                "period": values["period"],
            }
            self.rows.put("questionnaire", (activity, row["fact_version"]), moved, position)

    def put_questionnaire(
        self, activity: UUID, version: int, fact: QuestionnaireRecorded, position: int
    ) -> None:
        """Puts a questionnaire; it counts on the last day of its activity."""
        held = self.rows.get("activity", (activity,))
        day = held["ends_on"] if held else fact.effective_on
        values = msgspec.structs.asdict(fact)
        values |= {
            "project_id": values.pop("project"),
            "effective_on": day,
            "period": self.period(fact.project, day),
            "source": position,
        }
        self.rows.put("questionnaire", (activity, version), values, position)

    def change_output(self, output: UUID, part: dict[str, Any], position: int) -> None:
        """Puts changed values of an output; it counts in the period of its publication."""
        old = self.rows.get("output", (output,))
        values = {**(self.rows.values_of("output", old) if old else NO_OUTPUT), **part}
        values["period"] = self.period(values["project_id"], values["published_on"])
        self.rows.put("output", (output,), values, position)

    def change_participant(self, participant: UUID, part: dict[str, Any], position: int) -> None:
        """Puts changed values of a participant and counts the person again."""
        old = self.rows.get("participant", (participant,))
        values = {**(self.rows.values_of("participant", old) if old else NO_PARTICIPANT), **part}
        self._put_counted(participant, values, position)

    def recount(self, participant: UUID, position: int) -> None:
        """Counts a recorded participant again, after support changed."""
        old = self.rows.get("participant", (participant,))
        if old is not None:
            self._put_counted(participant, self.rows.values_of("participant", old), position)

    def forget(self, table: str, stream: UUID, position: int) -> None:
        """Closes a cancelled participant or output and what it contributed."""
        self.rows.close(table, (stream,), position)
        for row in self.rows.where("contribution", "participant_id", stream):
            self.rows.close("contribution", (stream, row["code"]), position)

    def _put_counted(self, participant: UUID, values: dict[str, Any], position: int) -> None:
        act = self.act(values["project_id"])
        rules = self.rules_of(act.rule_set.name) if act else None
        supports = self._supports(participant)
        reached = (
            threshold_day((one for one, _ in supports), rules.support_threshold) if rules else None
        )
        person = self._person(values)
        complete = rules is not None and is_complete(person, rules)
        known = values["entered_on"] is not None
        counted = known and complete and reached is not None
        status = COUNTED if counted else INCOMPLETE if reached is not None else BELOW
        minutes = [(one.quantity * MINUTES[one.unit], one.form) for one, _ in supports]
        sources = [source for one, source in supports if reached and one.on <= reached]
        own = [values["entered_source"], values["characterised_source"]]
        values |= {
            "minutes": sum((m for m, _ in minutes), Decimal(0)),
            "in_person_minutes": sum((m for m, f in minutes if f == "in_person"), Decimal(0)),
            "complete": complete,
            "reached_on": reached,
            "status": status,
            "period": self.period(values["project_id"], reached),
            "positions": sorted({*(s for s in own if s is not None), *sources}),
        }
        self.rows.put("participant", (participant,), values, position)
        codes = [PERSONS, *common_indicators_of(person, rules)] if counted and rules else []
        self._put_contributions(participant, values, codes, person.get("sex") or "", position)

    def _put_contributions(
        self,
        participant: UUID,
        values: Mapping[str, Any],
        codes: list[str],
        sex: str,
        position: int,
    ) -> None:
        for row in self.rows.where("contribution", "participant_id", participant):
            if row["code"] not in codes:
                self.rows.close("contribution", (participant, row["code"]), position)
        for code in codes:
            contribution = {
                "project_id": values["project_id"],
                "period": values["period"],
                "sex": sex,
                "effective_on": max(values["reached_on"], values["entered_on"]),
                "positions": values["positions"],
            }
            self.rows.put("contribution", (participant, code), contribution, position)

    def _supports(self, participant: UUID) -> list[tuple[Support, int]]:
        return [
            (
                Support(row["received_on"], row["quantity"], row["unit"], row["form"]),
                row["source"],
            )
            for row in self.rows.where("support", "participant_id", participant)
        ]

    def _person(self, values: Mapping[str, Any]) -> dict[str, str | None]:
        """The person's fields as far as they are recorded and readable."""
        person: dict[str, str | None] = {}
        for address in (values["identity"], values["characteristics"]):
            person |= self.persons.get(address, {}) if address is not None else {}
        if values["entered_on"] is not None and values["entry_known"]:
            person["entry_date"] = values["entered_on"].isoformat()
        return person
