"""Activities, attendance, participants and outputs as they stand. Participants are pseudonymous.

What ends in `_AT` is of a point of both times, `as_of` and `known_at`.
"""

from projections.page_query import LAST_DAY, PageQuery, equal

ACTIVITIES = PageQuery(
    views=("activity",),
    select="""SELECT activity_id, held_version, reference, key_activity, kind, name_en, name_cs,
            starts_on, ends_on, place, country, hours, form, period
        FROM views.activity WHERE project_id = %(project)s AND to_position IS NULL
            AND (%(activity)s::uuid IS NULL OR activity_id = %(activity)s::uuid)""",
    order={"starts_on": "date", "activity_id": "uuid"},
    sorts={
        "start": {"starts_on": "date"},
        "end": {"ends_on": "date"},
        "reference": {"reference": "text"},
    },
    tie={"activity_id": "uuid"},
    filters={
        **equal("reference", "kind", "key_activity", "period"),
        "since": "listed.ends_on >= %(only_since)s::date",
        "until": "listed.starts_on <= %(only_until)s::date",
    },
)
ATTENDANCE = PageQuery(
    views=("support", "activity"),
    select="""SELECT activity_id, fact_version, participant_id, received_on, quantity, unit, form
        FROM views.support WHERE project_id = %(project)s AND to_position IS NULL
            AND activity_id = %(activity)s::uuid""",
    order={"fact_version": "bigint"},
    sorts={"version": {}, "date": {"received_on": "date"}},
    tie={"fact_version": "bigint"},
    filters={"participant": "listed.participant_id = %(only_participant)s::uuid"},
)
PARTICIPANTS = PageQuery(
    views=("participant",),
    select=f"""SELECT participant_id, reference, entered_on, entry_known, left_on, minutes,
            CASE WHEN entry_known THEN entered_on ELSE {LAST_DAY} END AS entered_by,
            coalesce(reached_on, {LAST_DAY}) AS reached_by,
            in_person_minutes, complete, reached_on, status, period, entered_version,
            characterised_version, left_version
        FROM views.participant WHERE project_id = %(project)s AND to_position IS NULL
            AND reference IS NOT NULL
            AND (%(participant)s::uuid IS NULL OR participant_id = %(participant)s::uuid)""",
    order={"reference": "text", "participant_id": "uuid"},
    sorts={
        "reference": {"reference": "text"},
        "entered_on": {"entered_by": "date"},
        "reached_on": {"reached_by": "date"},
        "hours": {"minutes": "numeric"},
    },
    tie={"participant_id": "uuid"},
    filters=equal("reference", "status", "period"),
)
OUTPUTS = PageQuery(
    views=("output",),
    select=f"""SELECT output_id, written_version, published_version, reference, kind, title, counts,
            coalesce(published_on, {LAST_DAY}) AS published_by, written_on, published_on,
            published_at, period
        FROM views.output WHERE project_id = %(project)s AND to_position IS NULL
            AND written_on IS NOT NULL
            AND (%(output)s::uuid IS NULL OR output_id = %(output)s::uuid)""",
    order={"written_on": "date", "output_id": "uuid"},
    sorts={
        "written_on": {"written_on": "date"},
        "published_on": {"published_by": "date"},
        "reference": {"reference": "text"},
    },
    tie={"output_id": "uuid"},
    filters={
        **equal("reference", "kind", "period"),
        "published": "(listed.published_on IS NOT NULL) = %(only_published)s",
    },
)
_THEN = """project_id = %(project)s AND from_position <= %(known_at)s
    AND (to_position IS NULL OR to_position > %(known_at)s)"""
ACTIVITIES_AT = f"""SELECT a.reference, a.key_activity, a.kind, a.name_en, a.name_cs, a.starts_on,
        a.ends_on, a.place, a.country, a.hours, a.form, coalesce(s.participants, 0) AS participants
    FROM views.activity AS a
    LEFT JOIN (
        SELECT activity_id, count(DISTINCT participant_id) AS participants FROM views.support
        WHERE {_THEN} AND received_on <= %(as_of)s GROUP BY activity_id
    ) AS s ON s.activity_id = a.activity_id
    WHERE {_THEN} AND ends_on <= %(as_of)s ORDER BY starts_on, a.activity_id"""
OUTPUTS_AT = f"""SELECT reference, kind, title, counts, written_on,
        CASE WHEN published_on <= %(as_of)s THEN published_on END AS published_on,
        CASE WHEN published_on <= %(as_of)s THEN published_at END AS published_at
    FROM views.output WHERE {_THEN} AND written_on <= %(as_of)s ORDER BY written_on, output_id"""
