"""What integrators read of the types of events is what there is."""

import re
from pathlib import Path

import msgspec

from domain.event import class_of, stored_names

COMMITTED = Path(__file__).parents[3] / "docs" / "events.md"
ROW = re.compile(r"^\| `([a-z.-]+\.v[0-9]+)` \| [^|]+ \| ([^|]*) \|$", re.MULTILINE)


def test_the_document_has_every_type_and_its_fields() -> None:
    told = dict(ROW.findall(COMMITTED.read_text("utf-8")))
    # Other tests register facts of their own.
    ours = [name for name in stored_names() if class_of(name).__module__.startswith("domain.")]
    assert list(told) == ours
    for name, fields in told.items():
        known = [one.name for one in msgspec.structs.fields(class_of(name))]
        assert re.findall("`([a-z_]+)`", fields) == [one for one in known if one != "effective_on"]
