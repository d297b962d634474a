"""The settings: what the environment says and what holds without it."""

import os
from pathlib import Path

import pytest

from service.settings import SYSTEM_HOME, Settings


def test_the_home_is_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for environ, home in (
        ({"HOME": "/home/jana"}, "/home/jana/.local/share/grantledger"),
        ({"HOME": "/home/jana", "XDG_DATA_HOME": "/data"}, "/data/grantledger"),
        (
            {"HOME": "/home/jana", "XDG_DATA_HOME": "relative"},
            "/home/jana/.local/share/grantledger",
        ),
    ):
        assert Settings.from_environment(environ).home == Path(home)


def test_the_home_of_root_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert Settings.from_environment({"XDG_DATA_HOME": "/data"}).home == SYSTEM_HOME


def test_an_empty_variable_counts_as_absent() -> None:
    settings = Settings.from_environment(
        {"GRANTLEDGER_HOME": "/h", "GRANTLEDGER_DATABASE_URL": "", "GRANTLEDGER_KEY_FILE": ""}
    )
    assert settings == Settings(Path("/h"), None, None, None, Path("/h/key"))
    assert settings.embedded


def test_every_variable_is_read() -> None:
    settings = Settings.from_environment(
        {
            "GRANTLEDGER_HOME": "relative",
            "GRANTLEDGER_DATABASE_URL": "postgresql://app",
            "GRANTLEDGER_PROJECTOR_URL": "postgresql://projector",
            "GRANTLEDGER_ADMIN_URL": "postgresql://admin",
            "GRANTLEDGER_KEY_FILE": "/k",
        }
    )
    assert settings == Settings(
        Path.cwd() / "relative",
        "postgresql://app",
        "postgresql://projector",
        "postgresql://admin",
        Path("/k"),
    )
    assert not settings.embedded
