"""What an event may hold of a natural person: a random id and the hash of sealed fields.

The fields themselves (names, birth date, sex, status) are ciphertext in the vault, addressed by
the hash; erasing a person destroys the key and leaves every event as it is.
"""

import unicodedata
from uuid import UUID

from domain.event import Record


class SealedPerson(Record, frozen=True, kw_only=True):
    """`person` is a random id; `sha256` the hex hash of the ciphertext that holds the fields."""

    person: UUID
    sha256: str


def normalised(name: str) -> str:
    """A name as it is compared: NFKC, no case, single spaces; diacritics count."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
