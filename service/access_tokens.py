"""Access tokens of other programs: JWTs of RFC 9068, signed with EdDSA, good for ten minutes.

A token proves which client asked; what it may do is asked of the database at each use, so that a
revoked client, a disabled user or a narrower scope counts at once. Nothing in a token's header is
followed but the id of one of our own keys.
"""

import time
import warnings
from dataclasses import dataclass
from uuid import UUID, uuid4

import msgspec
from joserfc import jwt
from joserfc.errors import InvalidTokenError, JoseError, SecurityWarning
from joserfc.jwk import GuestProtocol, OKPKey
from joserfc.jwt import JWTClaimsRegistry

from service.clients import ClientInForce, client_in_force, parse_client
from service.permissions import Rights
from service.signing_keys import TOKEN_LIFE_S, SigningKeys
from service.store.database import Pool
from service.tokens import Identity

ALGORITHM, TYPE = "EdDSA", "at+jwt"
TYPES = (TYPE, f"application/{TYPE}")
LENGTH_MAX = 4096
LEEWAY_S = 5  # clocks of several machines
# RFC 9864 renames the algorithm to Ed25519; clients of today know EdDSA, and the curve is checked.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)


class Claims(msgspec.Struct, frozen=True):
    """What a token says beside its times, issuer and audience."""

    sub: str
    client_id: str
    scope: str
    tenant: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, how long it is good, and for what."""

    token: str
    life_s: int
    scopes: tuple[str, ...]


class UnknownScope(Exception):
    """The client may not have the scope."""


class AccessTokens:
    """Issues and verifies."""

    def __init__(self, pool: Pool, keys: SigningKeys) -> None:
        self._pool, self._keys = pool, keys

    def issue(self, client: ClientInForce, scope: str | None) -> Issued:
        """A token for some scopes of the client, or for all. Raises UnknownScope."""
        wanted = client.scopes if scope is None else tuple(dict.fromkeys(scope.split()))
        if not wanted or set(wanted) - set(client.scopes):
            raise UnknownScope
        key, issuer, now = self._keys.newest(), self._keys.issuer(), int(time.time())
        claims = {
            "iss": issuer,
            "aud": issuer,
            "sub": client.text,
            "client_id": client.text,
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_LIFE_S,
            "jti": str(uuid4()),
            "scope": " ".join(wanted),
            "tenant": str(client.tenant),
        }
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": str(key.key_id)}
        token = jwt.encode(header, claims, key.key, algorithms=[ALGORITHM])
        return Issued(token, TOKEN_LIFE_S, wanted)

    def authenticate(self, token: str) -> Identity | None:
        """Who a token stands for now; None for every reason alike."""
        claims = self._claims(token)
        named = None if claims is None else parse_client(claims.client_id)
        if claims is None or named is None:
            return None
        if (claims.sub, claims.tenant) != (claims.client_id, str(named[0])):
            return None
        client = client_in_force(self._pool, *named)
        if client is None:
            return None
        scopes = frozenset(claims.scope.split()) & frozenset(client.scopes)
        return Identity(client.tenant, client.user_id, Rights(client.rights.memberships, scopes))

    def _claims(self, token: str) -> Claims | None:
        if len(token) > LENGTH_MAX or not token.isascii():
            return None
        issuer = self._keys.issuer()
        registry = JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": issuer},
            nbf={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            jti={"essential": True},
        )
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            registry.validate(decoded.claims)
            return msgspec.convert(decoded.claims, Claims, strict=True)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None

    def _key(self, token: GuestProtocol) -> OKPKey:
        """One of ours, named by its id; nothing else in the header counts. InvalidTokenError."""
        header = token.headers()
        kind, named = header.get("typ"), header.get("kid")
        if not isinstance(kind, str) or kind.lower() not in TYPES or not isinstance(named, str):
            raise InvalidTokenError("not one of ours")
        key = self._keys.find(UUID(named))
        if key is None:
            raise InvalidTokenError("not one of ours")
        return key.key
