"""A fault of the program: told by an id, logged by where it happened."""

import sys
import traceback
from pathlib import Path
from typing import Any

import structlog


def log_unexpected(error: BaseException, number: str) -> None:
    """Where it happened; not the error's text, which may quote what was being recorded."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    logger: Any = structlog.wrap_logger(structlog.PrintLogger(sys.stderr))
    logger.error("unexpected error", id=number, kind=type(error).__name__, where=where)
