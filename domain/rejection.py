"""Why a command is refused: one class a reason, named by the fact, with the fields at fault."""


class Rejection(Exception):
    """A grant rule or the state of a stream forbids the command; nothing was recorded.

    `pointer` names the field at fault as a JSON Pointer into the command's values ("" = the whole).
    The text is for a person and holds no personal data.
    """

    code = "rejected"

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__(detail)
        self.detail, self.pointer = detail, pointer


class NotFound(Rejection):
    """The stream that the command names does not exist."""

    code = "not_found"


class AlreadyRecorded(Rejection):
    """The stream exists; what it holds can be corrected or cancelled."""

    code = "already_recorded"


class AlreadyCancelled(Rejection):
    """The fact was cancelled and takes no further facts."""

    code = "already_cancelled"


class InvalidValue(Rejection):
    """A value is not one that the field can hold; the text says what was expected."""

    code = "invalid_value"
