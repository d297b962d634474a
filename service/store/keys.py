"""Keys and the one cipher: AES-256-GCM under a root key file, a key a tenant, a key a person.

The root key wraps the tenants' keys, a tenant's key (through HKDF, never itself) the keys of its
persons and the HMACs. What is encrypted is bound to what it is about (tenant, person), so that a
row put in another's place does not open. Destroying a person's key is what erasure means.
"""

import os
import secrets
import tempfile
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12  # random: fine far below 2^32 uses of one key
FORMAT = b"\x01"  # first byte of all that is stored, so that another cipher can come later


class KeyMissing(Exception):
    """There is no root key where it is expected, and making one would not open what is sealed."""


class VaultClosed(KeyMissing):
    """The ledger was restored without its vault: no person can be read, sealed or looked up."""


class KeyWrong(Exception):
    """The root key is not the one that this database was sealed with."""


class Unreadable(Exception):
    """Stored bytes do not open with their key: changed, or put in another row's place."""


def encrypt(key: bytes, plain: bytes, about: bytes) -> bytes:
    """Format byte, nonce, ciphertext with tag. `about` is authenticated, not stored."""
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, about)


def decrypt(key: bytes, stored: bytes, about: bytes) -> bytes:
    """The plain bytes. Raises Unreadable, without a word about the content."""
    start = len(FORMAT) + NONCE_BYTES
    if stored[: len(FORMAT)] != FORMAT or len(stored) <= start:
        raise Unreadable("the stored bytes have an unknown format")
    try:
        return AESGCM(key).decrypt(stored[len(FORMAT) : start], stored[start:], about)
    except InvalidTag:
        raise Unreadable("the stored bytes do not open with their key") from None


def new_key() -> bytes:
    """A random key of 256 bits."""
    return secrets.token_bytes(KEY_BYTES)


def derived_key(key: bytes, purpose: str) -> bytes:
    """A key for one purpose (HKDF-SHA256), so that no key serves two."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode("ascii")).derive(key)


def about_tenant(tenant: UUID) -> bytes:
    """What a wrapped tenant key is bound to."""
    return b"grantledger.tenant-key.v1" + tenant.bytes


def about_person_key(tenant: UUID, person: UUID) -> bytes:
    """What a wrapped person key is bound to."""
    return b"grantledger.person-key.v1" + tenant.bytes + person.bytes


def about_person(tenant: UUID, person: UUID) -> bytes:
    """What the sealed fields of a person are bound to."""
    return b"grantledger.sealed.v1" + tenant.bytes + person.bytes


def about_secret(tenant: UUID, user: UUID) -> bytes:
    """What a user's second factor is bound to."""
    return b"grantledger.user-secret.v1" + tenant.bytes + user.bytes


def about_webhook(tenant: UUID, endpoint: UUID) -> bytes:
    """What the secret of a webhook endpoint is bound to."""
    return b"grantledger.webhook-secret.v1" + tenant.bytes + endpoint.bytes


def about_piece(tenant: UUID, operation: UUID, place: str) -> bytes:
    """What a piece of an operation's file is bound to."""
    return b"grantledger.operation-piece.v1" + tenant.bytes + operation.bytes + place.encode()


def load_root_key(path: Path, *, create: bool) -> bytes:
    """The root key in `path` (64 hexadecimal digits); `create` only while there is no tenant yet.

    Raises KeyMissing where there is none, KeyWrong where the file holds something else.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        if not create:
            raise KeyMissing(
                f"The root key is expected in {path}, but there is no such file. Without it the "
                "persons in this database cannot be read: put the backup of the key file back, "
                "restore a backup that was made with the vault into a new home, or name another "
                "place with GRANTLEDGER_KEY_FILE."
            ) from None
    _create(path, new_key())
    return _read(path)


def store_root_key(path: Path, key: bytes) -> bool:
    """Puts a root key into a file that is not there; False: it is there already.

    Raises KeyWrong where the file holds another one.
    """
    made = not path.exists()
    if made:
        _create(path, key)
    if _read(path) != key:
        raise KeyWrong(f"{path} holds another root key: move it away, or name another place")
    return made


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyWrong(f"{path} holds no root key: 64 hexadecimal digits are expected.")
    return key


def _create(path: Path, key: bytes) -> None:
    """Written aside and linked into place: nobody meets half a key, the first of two wins."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, aside = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        pass
    finally:
        Path(aside).unlink()
