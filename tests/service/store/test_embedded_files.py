"""The embedded server's files: owners and modes, long paths, broken and foreign clusters."""

import os
import pwd
import shutil
import stat
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from service.store import embedded_binaries, embedded_files
from service.store.embedded import Server
from service.store.embedded_account import SYSTEM_USER, ServerUnavailable
from service.store.embedded_files import LOGINS, Files

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it as somebody else")


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that nobody else may enter, as the temporary folders of most programs are."""
    folder = Path(tempfile.mkdtemp(prefix="grantledger-closed-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A home with a cluster; who moves it away or changes it puts it back."""
    folder = Path(tempfile.mkdtemp(prefix="grantledger-made-"))
    with Server(folder / "home"):
        pass
    yield folder / "home"
    shutil.rmtree(folder)


def answer(server: Server) -> object:
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute("SELECT 1").fetchone()
        assert row
        return row[0]


def owner(pid: int) -> int | None:
    """Whose process it is; None when it has ended meanwhile, as a worker of autovacuum does."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except FileNotFoundError:
        return None


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_in_the_home_is_closed_to_others(made: Path) -> None:
    folders = [made, *(made / name for name in ("data", "secrets", "socket"))]
    files = [made / "secrets" / login for login in LOGINS]
    files += [made / name for name in ("server.log", "server.lock", "users.lock")]
    assert [mode(folder) for folder in folders] == [0o700] * len(folders)
    assert [mode(file) for file in files] == [0o600] * len(files)
    assert len({file.read_text() for file in files[: len(LOGINS)]}) == len(LOGINS)


def test_the_password_of_a_login_stays_the_same(tmp_path: Path) -> None:
    files = Files(tmp_path / "home")
    files.prepare()
    assert files.password("grantledger_app") == Files(tmp_path / "home").password("grantledger_app")
    assert sorted(path.name for path in (tmp_path / "home/secrets").iterdir()) == sorted(LOGINS)


def moved(made: Path, place: Path) -> str:
    """Where the server of a home that was moved to `place` listens."""
    place.parent.mkdir(parents=True, exist_ok=True)
    made.rename(place)
    try:
        with Server(place) as server:
            assert answer(server) == 1
            socket = psycopg.conninfo.conninfo_to_dict(server.url("postgres"))["host"]
            assert mode(Path(str(socket))) == 0o700
            return str(socket)
    finally:
        place.rename(made)


def test_a_long_path_gets_a_short_socket_that_is_removed_at_the_end(
    made: Path, closed: Path
) -> None:
    place = closed.joinpath(*["an-ever-longer-folder-ž"] * 4)
    assert len(os.fsencode(place / "socket/.s.PGSQL.5432")) > embedded_files.SOCKET_PATH_BYTES_MAX
    socket = moved(made, place)
    assert len(os.fsencode(socket)) < embedded_files.SOCKET_PATH_BYTES_MAX
    assert not Path(socket).is_relative_to(closed)
    assert not Path(socket).exists()


def test_odd_characters_in_the_path_do_no_harm(made: Path, closed: Path) -> None:
    moved(made, closed / 'o\'clock \\ and "spaces"')
    assert "," not in moved(made, closed / "a,comma")


def test_the_socket_folder_of_somebody_else_is_refused(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_files, "SOCKET_PATH_BYTES_MAX", 0)
    monkeypatch.setattr(Files, "_run_folder", lambda _: closed / "open")
    (closed / "open").mkdir()
    (closed / "open").chmod(0o777)
    with pytest.raises(ServerUnavailable, match="somebody else"), Server(closed / "home"):
        pass


def test_another_major_version_is_named_and_left_alone(tmp_path: Path) -> None:
    data = tmp_path / "home/data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("16\n")
    with (
        pytest.raises(ServerUnavailable, match=r"made by PostgreSQL 16, this program carries 18"),
        Server(tmp_path / "home"),
    ):
        pass
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_an_initdb_that_was_cut_off_is_made_anew(closed: Path) -> None:
    left = closed / "home/data.new"
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("18\n")
    with Server(closed / "home") as server:
        assert answer(server) == 1
    assert not left.exists()


def test_a_data_folder_with_other_things_is_not_touched(closed: Path) -> None:
    (closed / "home/data").mkdir(parents=True)
    (closed / "home/data/letter.txt").write_text("kept")
    with pytest.raises(ServerUnavailable, match="move it away"), Server(closed / "home"):
        pass
    assert (closed / "home/data/letter.txt").read_text() == "kept"


def test_replaced_passwords_are_reported(made: Path) -> None:
    secret = made / "secrets/postgres"
    right = secret.read_text()
    secret.write_text("another")
    with (
        pytest.raises(ServerUnavailable, match="refuses its own password") as refused,
        Server(made),
    ):
        pass
    secret.write_text(right)
    assert "another" not in str(refused.value)


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    files = Files(tmp_path / "home")
    files.prepare()
    files.log.write_text("x" * (embedded_files.LOG_BYTES_MAX + 1))
    os.close(files.open_log())
    assert files.log.read_text() == ""
    assert (tmp_path / "home/server.log.1").exists()


@AS_ROOT
def test_as_root_it_runs_as_the_system_user_below_a_closed_folder(made: Path) -> None:
    with Server(made) as server:
        owners = {pid: owner(pid) for pid in server.processes()}
        assert server.pid in owners
        assert set(owners.values()) - {None} == {pwd.getpwnam(SYSTEM_USER).pw_uid}
        assert answer(server) == 1
    assert (made.parent.stat().st_uid, mode(made.parent)) == (0, 0o700)


@AS_ROOT
def test_as_root_an_existing_home_keeps_its_owner(closed: Path) -> None:
    home = closed / "home"
    home.mkdir(mode=0o755)
    with Server(home) as server:
        assert answer(server) == 1
        assert server.data.stat().st_uid == pwd.getpwnam(SYSTEM_USER).pw_uid
    assert (home.stat().st_uid, mode(home)) == (0, 0o755)


@AS_ROOT
def test_binaries_that_the_system_user_cannot_read_are_copied(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = embedded_binaries.wheel_install()
    package = wheel.parent
    site = closed / "site"
    for part in (f"{package.name}/{wheel.name}", f"{package.name}.libs"):
        shutil.copytree(package.parent / part, site / part, copy_function=os.symlink)
    install = site / package.name / wheel.name
    monkeypatch.setattr(embedded_binaries, "wheel_install", lambda: install)
    monkeypatch.setattr(embedded_files, "SYSTEM_HOME", closed.with_name(f"{closed.name}-system"))
    try:
        with Server(closed / "home") as server:
            program = Path(f"/proc/{server.pid}/exe").readlink()
            assert program.is_relative_to(embedded_files.SYSTEM_HOME)
            assert answer(server) == 1
    finally:
        shutil.rmtree(embedded_files.SYSTEM_HOME)
    assert mode(closed) == 0o700


def as_user(uid: int, body: Callable[[], None]) -> None:
    """Runs `body` in a fork without root's rights; what it raises fails the test here."""
    end, start = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            body()
        except BaseException:  # noqa: BLE001 - the fork must not run on as a second pytest
            os.write(start, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(start)
    with os.fdopen(end) as said:
        failed = said.read()
    os.waitpid(child, 0)
    assert not failed, failed


@AS_ROOT
def test_the_home_of_an_ordinary_user_stays_his_and_another_is_refused() -> None:
    folder = Path(tempfile.mkdtemp(prefix="grantledger-nobody-"))
    folder.chmod(0o755)
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(folder, nobody, -1)

    def run() -> None:
        with Server(folder / "home") as server:
            assert answer(server) == 1
            assert Path(f"/proc/{server.pid}").stat().st_uid == nobody

    def intrude() -> None:
        with pytest.raises(ServerUnavailable, match="must be a folder of the user"):
            Server(folder / "home").__enter__()

    try:
        as_user(nobody, run)
        run()  # as root, it becomes the owner of the home
        assert {path.lstat().st_uid for path in folder.rglob("*")} == {nobody}
        as_user(nobody - 1, intrude)
    finally:
        shutil.rmtree(folder)
