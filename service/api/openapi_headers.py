"""The headers of answers, and which problems have which."""

from typing import Any

from service.api.openapi_events import LINK
from service.api.openapi_parameters import TEXT, WHOLE

HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"description": "Id of the request, also in the log", "schema": TEXT},
    "Ledger-Position": {
        "description": "Position of the log that the answer is of, or that the write took",
        "schema": WHOLE,
    },
    "Link": LINK,
    "ETag": {
        "description": "Version of the record, in a read with a digest of the answer;"
        " to be sent as `If-Match` or `If-None-Match`",
        "schema": TEXT,
    },
    "RateLimit-Policy": {
        "description": "How many requests (`q`) a caller may send in so many seconds (`w`)",
        "schema": TEXT,
    },
    "RateLimit": {
        "description": "How many are left (`r`), and in how many seconds all are again (`t`)",
        "schema": TEXT,
    },
    "Dry-Run": {"description": "`true`: nothing was stored", "schema": TEXT},
    "Location": {"description": "Address of the new record, or of the operation", "schema": TEXT},
    "Preference-Applied": {"description": "`respond-async`, if it was preferred", "schema": TEXT},
    "Repr-Digest": {"description": "SHA-256 of the bytes (RFC 9530)", "schema": TEXT},
    "Content-Disposition": {"description": "Name of the file", "schema": TEXT},
    "Retry-After": {"description": "Seconds to wait", "schema": WHOLE},
    "WWW-Authenticate": {"description": "How to authenticate", "schema": TEXT},
    "Allow": {"description": "The methods that there are", "schema": TEXT},
}
HEADERS_OF_PROBLEM = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    409: ("Retry-After",),
    412: ("ETag",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
OF_ALL = ("X-Request-Id", "RateLimit-Policy", "RateLimit")
