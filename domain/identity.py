"""Ids that follow from other ids, never from anything that a person may have to correct.

The id of an imported row's stream is a UUIDv5 of tenant, project, table and row id, so that the
same row meets the same stream on every machine and after every interruption.
"""

from uuid import UUID, uuid5

ROWS = UUID("6d1b6f0e-7c5a-5b1e-9a56-0a4c1d5f7e21")


def imported_stream(tenant: UUID, project: UUID, table: str, row: str) -> UUID:
    """The stream of a row of an imported table, for example ("sd1", "FP00001")."""
    return uuid5(ROWS, f"{tenant}/{project}/{table}/{row}")


def budget_stream(tenant: UUID, project: UUID) -> UUID:
    """The one budget of a project."""
    return uuid5(ROWS, f"{tenant}/{project}/budget")


def rates_stream(tenant: UUID, currency: str) -> UUID:
    """The exchange rates of one currency, shared by all projects of a tenant."""
    return uuid5(ROWS, f"{tenant}/exchange-rates/{currency}")


def row_command(stream: UUID, row_hmac: bytes) -> UUID:
    """The command id of an imported row: the same content is the same command, stored once."""
    return uuid5(stream, row_hmac.hex())


def changed_row_command(stream: UUID, row_hmac: bytes, version: int) -> UUID:
    """The command id of an imported row that changed, for the version of the stream it found.

    The version tells a row that went back to an earlier content from the first time it had it.
    """
    return uuid5(stream, f"{row_hmac.hex()}/{version}")


def difference_stream(document: UUID) -> UUID:
    """The one document that corrects a document which a claim holds.

    That there is one at most keeps two corrections from being counted against the same amounts.
    """
    return uuid5(document, "difference")


def reservation_stream(hmac: bytes) -> UUID:
    """The first 16 bytes of an HMAC as a UUIDv8 (RFC 9562): the only ids made of data.

    Which HMAC: of (tenant, kind of reservation, what is reserved) under the tenant's key.
    """
    value = int.from_bytes(hmac[:16], "big")
    value = (value & ~(0xF << 76)) | (0x8 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)
