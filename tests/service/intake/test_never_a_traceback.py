"""Whatever bytes the files hold, reading ends with rows or problems, never with an error."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.intake.csv_file import decode
from service.intake.problems import Problem
from service.intake.project_file import read_project
from service.intake.project_folder import read_folder
from service.intake.table_file import read_table
from service.intake.tables import TABLES, Table
from tests.service.intake.variants import SEED_PLUS

SIGNS = [*'",;\n\r\x00\ufeff|.-:09aŽ\u00a0', "31.2.1980", "1,234", "refused", '"\n', ";;"]
TEXTS = {table.name: (SEED_PLUS / table.file).read_text("utf-8") for table in TABLES}
PROJECT = (SEED_PLUS / "project.json").read_text("utf-8")


@st.composite
def spoilt(draw: st.DrawFn, text: str) -> str:
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 3, 40, 4000])))
        text = text[:start] + draw(st.sampled_from(SIGNS) | st.text(max_size=8)) + text[end:]
    return text


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(TABLES))
def test_a_spoilt_table_gives_rows_or_problems(data: st.DataObject, table: Table) -> None:
    read = read_table(table, data.draw(spoilt(TEXTS[table.name])))
    assert read.rows or read.problems or table.name in ("sd1", "sd3")
    lines = [row.row_number for row in read.rows]
    assert lines == sorted(set(lines))
    assert not read.refused & set(lines)
    assert len({row.row_id for row in read.rows}) == len(read.rows)


@settings(max_examples=100, deadline=None)
@given(spoilt(PROJECT))
def test_a_spoilt_project_gives_a_project_or_problems(text: str) -> None:
    project, problems = read_project(text)
    assert (project is None) == bool(problems)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "windows-1250"]))
def test_any_bytes_are_text_or_a_problem(data: bytes, encoding: str | None) -> None:
    assert isinstance(decode(data, "sd1.csv", encoding), str | Problem)


@pytest.mark.parametrize("seed", range(30))
def test_a_folder_spoilt_in_many_places_is_read(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    folder = Path(shutil.copytree(SEED_PLUS, tmp_path / "project"))
    for path in sorted(folder.iterdir()):
        data = bytearray(path.read_bytes())
        for _ in range(chance.choice([0, 1, 1, 20])):
            at = chance.randrange(len(data) + 1)
            junk = chance.choice(SIGNS).encode() + chance.randbytes(chance.choice([0, 0, 1]))
            data[at : at + chance.choice([0, 1, 10])] = junk
        path.write_bytes(data)
    intake = read_folder(folder, encoding=chance.choice([None, "windows-1250"]))
    assert intake.source.files
    for name, rows in intake.good.items():
        assert {row.row_number for row in rows}.isdisjoint(intake.refused[name])
