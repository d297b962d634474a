"""The log of the program: lines on standard error, so that standard output holds only results.

JSON where nobody sits before it. A fault of the program is logged under an id by where it
happened; the error's own text may quote what was being recorded, so it is left out.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import structlog


def configure_log() -> None:
    """For this run: ours and that of libraries."""
    shown = sys.stderr.isatty()
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if shown else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, force=True)


def log_unexpected(error: BaseException, number: str) -> None:
    """Where it happened, from the outside to the inside."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    log: Any = structlog.get_logger("grantledger")
    log.error("unexpected error", id=number, kind=type(error).__name__, where=where)
