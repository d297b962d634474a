"""What a passphrase does for a backup: Argon2id makes a key that wraps the key of the vault's part.

The parts are a STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015; as in age): AES-256-GCM under a
key made for this one backup, the nonce is the part's number and whether it is the last one, so that
no part can be left out, moved or put behind the end. Each part is bound to all bytes of the file
that are before the vault: who has the passphrase also knows that the log was not changed.
"""

import secrets
import unicodedata
from typing import Literal
from uuid import UUID

import msgspec
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.backup.archive import Damaged
from service.store import keys

LENGTH_MIN = 8  # characters
SALT_BYTES = 16
ARGON2_VERSION = 0x13  # 1.3
# RFC 9106, section 4, the second recommended option: 64 MiB.
TIME_COST, MEMORY_KIB, LANES = 3, 65_536, 4
# A file may say what it likes before it is known to be ours.
TIME_COST_MAX, MEMORY_KIB_MAX, LANES_MAX = 32, 2**21, 16
COUNTER_BYTES = 11
ABOUT = b"grantledger.backup-key.v1"
ODD_DERIVATION = "the backup asks for a derivation of its key that this program does not do"


class WrongPassphrase(Exception):
    """The passphrase does not open the vault of this backup."""


class PassphraseRefused(Exception):
    """Not good enough to protect a backup."""


class Lock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the passphrase becomes a key, and the key of the parts wrapped by it."""

    kdf: Literal["argon2id"]
    version: int
    time_cost: int
    memory_kib: int
    lanes: int
    salt: str
    wrapped_key: str


def check_passphrase(passphrase: str) -> None:
    """Raises PassphraseRefused for one that is too short."""
    if len(passphrase) < LENGTH_MIN:
        raise PassphraseRefused(
            f"the passphrase has {len(passphrase)} characters: expected at least {LENGTH_MIN};"
            " several words in a row are good"
        )


def new_lock(passphrase: str, backup: UUID) -> tuple[Lock, bytes]:
    """A new key for the parts of a backup, and how the passphrase opens it."""
    key = keys.new_key()
    open_ = Lock(
        kdf="argon2id",
        version=ARGON2_VERSION,
        time_cost=TIME_COST,
        memory_kib=MEMORY_KIB,
        lanes=LANES,
        salt=secrets.token_bytes(SALT_BYTES).hex(),
        wrapped_key="",
    )
    wrapped = keys.encrypt(_derived(open_, passphrase), key, ABOUT + backup.bytes)
    return msgspec.structs.replace(open_, wrapped_key=wrapped.hex()), key


def opened(lock: Lock, passphrase: str, backup: UUID) -> bytes:
    """The key of the parts. Raises WrongPassphrase."""
    try:
        wrapping, wrapped = _derived(lock, passphrase), bytes.fromhex(lock.wrapped_key)
    except (HashingError, ValueError):
        raise Damaged(ODD_DERIVATION) from None
    try:
        return keys.decrypt(wrapping, wrapped, ABOUT + backup.bytes)
    except keys.Unreadable:
        raise WrongPassphrase("the passphrase does not open the vault of this backup") from None


def _derived(lock: Lock, passphrase: str) -> bytes:
    """One and the same for a passphrase however the keyboard composes its letters."""
    too_much = lock.time_cost > TIME_COST_MAX or lock.memory_kib > MEMORY_KIB_MAX
    if lock.version != ARGON2_VERSION or too_much or lock.lanes > LANES_MAX:
        raise Damaged(ODD_DERIVATION)
    return hash_secret_raw(
        secret=unicodedata.normalize("NFKC", passphrase).encode(),
        salt=bytes.fromhex(lock.salt),
        time_cost=lock.time_cost,
        memory_cost=lock.memory_kib,
        parallelism=lock.lanes,
        hash_len=keys.KEY_BYTES,
        type=Type.ID,
        version=ARGON2_VERSION,
    )


class PartCipher:
    """Seals the vault's parts one after the other, or opens them in the same order."""

    def __init__(self, key: bytes, before: bytes) -> None:
        """`before`: the hash of the file in front of the first part."""
        self._cipher, self._before, self._number = AESGCM(key), before, 0

    def seal(self, name: str, plain: bytes, *, last: bool = False) -> bytes:
        """The next part."""
        return self._cipher.encrypt(self._nonce(last), plain, self._about(name))

    def open(self, name: str, sealed: bytes, *, last: bool = False) -> bytes:
        """The next part in clear. Raises Damaged."""
        try:
            return self._cipher.decrypt(self._nonce(last), sealed, self._about(name))
        except InvalidTag:
            raise Damaged(f"{name} does not open: it or a part before it was changed") from None

    def _nonce(self, last: bool) -> bytes:
        number, self._number = self._number, self._number + 1
        return number.to_bytes(COUNTER_BYTES) + (b"\1" if last else b"\0")

    def _about(self, name: str) -> bytes:
        return self._before + name.encode("ascii")
