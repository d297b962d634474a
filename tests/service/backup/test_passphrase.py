"""The vault's parts open with the passphrase, in their order and behind the same log, or not."""

import unicodedata
from collections.abc import Sequence
from uuid import uuid4

import msgspec
import pytest

from service.backup.archive import Damaged
from service.backup.passphrase import (
    PartCipher,
    PassphraseRefused,
    WrongPassphrase,
    check_passphrase,
    new_lock,
    opened,
)

PARTS = [("vault/a", b"one"), ("vault/b", b"two"), ("vault/end.enc", b"")]
BEFORE = b"hash of the log".ljust(32)
KEY = bytes(32)
Sealed = Sequence[tuple[str, bytes]]


def sealed() -> list[tuple[str, bytes]]:
    cipher = PartCipher(KEY, BEFORE)
    return [(name, cipher.seal(name, data, last=name == PARTS[-1][0])) for name, data in PARTS]


def opening(parts: Sealed, key: bytes = KEY, before: bytes = BEFORE) -> list[bytes]:
    cipher = PartCipher(key, before)
    return [cipher.open(name, data, last=name == PARTS[-1][0]) for name, data in parts]


def test_the_passphrase_opens_what_it_locked() -> None:
    backup = uuid4()
    lock, key = new_lock("žluťoučký kůň", backup)

    assert opened(lock, "žluťoučký kůň", backup) == key
    composed_otherwise = unicodedata.normalize(
        "NFD", "žluťoučký kůň"
    )  # as a Mac types it: letters and marks apart
    assert composed_otherwise != "žluťoučký kůň"
    assert opened(lock, composed_otherwise, backup) == key
    assert key.hex() not in str(lock)


def test_another_passphrase_or_backup_does_not() -> None:
    backup = uuid4()
    lock, _ = new_lock("one passphrase", backup)

    for passphrase, other in (("another passphrase", backup), ("one passphrase", uuid4())):
        with pytest.raises(WrongPassphrase):
            opened(lock, passphrase, other)


@pytest.mark.parametrize(
    "odd",
    [
        {"memory_kib": 2**30},
        {"time_cost": 10**6},
        {"lanes": 1000},
        {"version": 16},
        {"memory_kib": 1},
        {"salt": "00"},
        {"salt": "no hex"},
        {"wrapped_key": "no hex"},
    ],
)
def test_a_derivation_that_was_never_written_is_refused_at_once(odd: dict[str, object]) -> None:
    backup = uuid4()
    lock, _ = new_lock("one passphrase", backup)

    with pytest.raises(Damaged, match="derivation"):
        opened(msgspec.structs.replace(lock, **odd), "one passphrase", backup)


def test_a_short_passphrase_is_refused() -> None:
    check_passphrase("12345678")
    with pytest.raises(PassphraseRefused, match="at least 8"):
        check_passphrase("1234567")


def test_parts_open_in_their_order() -> None:
    assert opening(sealed()) == [data for _, data in PARTS]


def test_parts_left_out_moved_renamed_or_behind_another_log_do_not_open() -> None:
    one, two, end = sealed()
    for wrong in (
        [two],
        [one, end],
        [two, one, end],
        [one, one],
        [one, (two[0], one[1])],
        [("vault/x", one[1])],
        [("vault/end.enc", one[1])],
        [one, two, ("vault/more", end[1])],
    ):
        with pytest.raises(Damaged):
            opening(wrong)
    with pytest.raises(Damaged):
        opening([one], before=b"hash of another".ljust(32))
    with pytest.raises(Damaged):
        opening([one], key=b"1" * 32)
