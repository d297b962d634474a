"""What the measurements depend on, and what is kept of the explanation beside them."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import psycopg

HEADING = "\n## What is reached and what holds it back\n"
CALM = 0.5


def load() -> float:
    """How many processes ran or wanted to in the last minute."""
    return os.getloadavg()[0]


def facts(url: str, before: float) -> str:
    """The machine, the server, the versions, in a paragraph."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    server = row[0] if row else "?"
    shared = "The machine was shared with others" if before > CALM else "Nothing else ran"
    return (
        f"{os.cpu_count()} cores, shared by client and server; {platform.system()}"
        f" {platform.release()}; PostgreSQL {server}, every commit durable; Python"
        f" {sys.version.split()[0]}, psycopg {version('psycopg')}, eventsourcing"
        f" {version('eventsourcing')}, msgspec {version('msgspec')}. Medians of interleaved runs."
        f" {shared} (load {before:.1f} as the run began)."
    )


def explanation(path: Path) -> str:
    """The part of an earlier file of the same day that a person wrote; a new run keeps it."""
    if not path.exists():
        return ""
    _, heading, written = path.read_text(encoding="utf-8").partition(HEADING)
    return heading + written
