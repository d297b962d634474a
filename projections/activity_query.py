"""Activities, attendance, participants and outputs as they stand. Participants are pseudonymous.

What ends in `_AT` is of a point of both times, `as_of` and `known_at`.
"""

from projections.page_query import PageQuery

ACTIVITIES = PageQuery(
    views=("activity",),
    select="""SELECT activity_id, held_version, reference, key_activity, kind, name_en, name_cs,
            starts_on, ends_on, place, country, hours, form, period
        FROM views.activity WHERE project_id = %(project)s AND to_position IS NULL
            AND (%(activity)s::uuid IS NULL OR activity_id = %(activity)s::uuid)""",
    order={"starts_on": "date", "activity_id": "uuid"},
    filters={"kind": "listed.kind = %(only_kind)s", "period": "listed.period = %(only_period)s"},
)
ATTENDANCE = PageQuery(
    views=("support", "activity"),
    select="""SELECT activity_id, fact_version, participant_id, received_on, quantity, unit, form
        FROM views.support WHERE project_id = %(project)s AND to_position IS NULL
            AND activity_id = %(activity)s::uuid""",
    order={"fact_version": "bigint"},
)
PARTICIPANTS = PageQuery(
    views=("participant",),
    select="""SELECT participant_id, reference, entered_on, entry_known, left_on, minutes,
            in_person_minutes, complete, reached_on, status, period, entered_version,
            characterised_version, left_version
        FROM views.participant WHERE project_id = %(project)s AND to_position IS NULL
            AND reference IS NOT NULL
            AND (%(participant)s::uuid IS NULL OR participant_id = %(participant)s::uuid)""",
    order={"reference": "text", "participant_id": "uuid"},
    filters={"status": "listed.status = %(only_status)s"},
)
OUTPUTS = PageQuery(
    views=("output",),
    select="""SELECT output_id, written_version, published_version, reference, kind, title, counts,
            written_on, published_on, published_at, period
        FROM views.output WHERE project_id = %(project)s AND to_position IS NULL
            AND written_on IS NOT NULL
            AND (%(output)s::uuid IS NULL OR output_id = %(output)s::uuid)""",
    order={"written_on": "date", "output_id": "uuid"},
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
