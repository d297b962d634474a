"""The codes that the columns of a project's tables take (README of the seed project)."""

import re

PROGRAMMES = ("OPZ", "OPZ+")
BUDGET_VARIANTS = ("direct-indirect-25", "flat-40")
UNITS = ("month", "hour", "trip", "piece", "study", "event", "person")
LISTS = ("SD-1", "SD-2", "SD-3")
ACTIVITY_KINDS = (
    "participatory_workshop",
    "simulation_workshop",
    "study_visit",
    "conference",
    "research",
    "helpdesk",
    "e_learning",
    "counselling",
)
SEXES = ("POHZENY", "POHMUZI")
LABOUR_STATUSES = (
    *("TPZAMCI", "TPOSVC", "TPMATZ", "TPMATO"),
    *("TNKNEZ", "TPDNEZ"),
    *("TPSTUD", "TPSTD", "TPINV", "TPRODI", "TPNEAKO"),
)
EDUCATIONS = ("VZ0", "VZISCED1-2", "VZISCED3-4", "VZISCED5-8", "VZJN")
DISADVANTAGES = ("ZNPTZ", "ZNUZP", "ZNMIG", "ZNZP", "PBOBP", "SPPVT", "SPOZ", "SPZSV")
EXITS = ("SPVZD", "SPUKV", "SPUINU", "SPDIG", "SPZOUM")
CHANNELS = ("phone", "email", "online")
TOPICS = ("legislation", "residence", "employment", "housing")
OUTPUT_KINDS = (
    "methodology",
    "manual",
    "recommendations",
    "research_report",
    "legislation_overview",
    "competence_map",
    "good_practice",
    "analysis",
    "leaflet",
)
SOURCES = (
    *("participants", "documents", "questionnaires", "manual"),
    *(f"activity:{kind}" for kind in ACTIVITY_KINDS),
)
CONTRACTS = ("Smlouva", "DPC", "DPP")
CLAIM_KINDS = ("advance", "interim", "final")
CURRENCIES = ("CZK", "EUR")


def words() -> frozenset[str]:
    """Every word of these codes: a report of problems may show them as they were found."""
    codes = (
        *(UNITS + LISTS + ACTIVITY_KINDS + SEXES + LABOUR_STATUSES + EDUCATIONS),
        *(DISADVANTAGES + EXITS + CHANNELS + TOPICS + OUTPUT_KINDS + SOURCES),
        *(CONTRACTS + CLAIM_KINDS + CURRENCIES + PROGRAMMES + BUDGET_VARIANTS),
        *("yes", "no", "ano", "ne", "refused"),
    )
    return frozenset(word for code in codes for word in re.findall(r"[^\W\d_]+", code.casefold()))
