"""The root key file and the cipher; no database."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from service.store import keys


def test_the_root_key_is_made_once_and_read_only_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "home" / "key"

    made = keys.load_root_key(path, create=True)

    assert len(made) == 32
    assert keys.load_root_key(path, create=False) == made
    assert keys.load_root_key(path, create=True) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["key"]


def test_two_first_starts_at_once_get_one_key(tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / f"key-{number}"
        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda p: keys.load_root_key(p, create=True), [path] * 8))
        assert len(set(made)) == 1


def test_a_missing_key_is_not_made_anew_and_the_place_is_named(tmp_path: Path) -> None:
    path = tmp_path / "key"

    with pytest.raises(keys.KeyMissing) as missing:
        keys.load_root_key(path, create=False)

    assert str(path) in str(missing.value)
    assert "backup of the key file" in str(missing.value)
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "00" * 31, "00" * 33, "not a key", "ž" * 64])
def test_a_file_that_is_no_key_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)

    with pytest.raises(keys.KeyWrong, match="64 hexadecimal digits"):
        keys.load_root_key(path, create=True)
    assert path.read_text() == content


def test_what_is_encrypted_opens_only_with_its_key_and_subject() -> None:
    key, tenant, person = keys.new_key(), uuid4(), uuid4()
    about = keys.about_person(tenant, person)
    stored = keys.encrypt(key, b"plain", about)

    assert keys.decrypt(key, stored, about) == b"plain"
    for other_key, other_bytes, other_about in (
        (keys.new_key(), stored, about),
        (key, stored, keys.about_person(tenant, uuid4())),
        (key, stored, keys.about_person(uuid4(), person)),
        (key, stored, keys.about_person_key(tenant, person)),
        (key, b"\x02" + stored[1:], about),
        (key, stored[:-1], about),
        (key, b"", about),
    ):
        with pytest.raises(keys.Unreadable):
            keys.decrypt(other_key, other_bytes, other_about)


def test_every_changed_bit_is_noticed() -> None:
    key, about = keys.new_key(), b"about"
    stored = keys.encrypt(key, b"plain", about)

    for position in range(len(stored) * 8):
        changed = bytearray(stored)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(keys.Unreadable):
            keys.decrypt(key, bytes(changed), about)


def test_a_key_for_one_purpose_says_nothing_of_another() -> None:
    key = keys.new_key()

    assert keys.derived_key(key, "one") != keys.derived_key(key, "two")
    assert keys.derived_key(key, "one") == keys.derived_key(key, "one")
