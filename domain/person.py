"""What an event may hold of a natural person: a random id and the hash of sealed fields.

The fields themselves (names, birth date, sex, status) are ciphertext in the vault, addressed by
the hash; erasing a person destroys the key and leaves every event as it is.
"""

from uuid import UUID

from domain.event import Record


class SealedPerson(Record, frozen=True, kw_only=True):
    """`person` is a random id; `sha256` the hex hash of the ciphertext that holds the fields."""

    person: UUID
    sha256: str
