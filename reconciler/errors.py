"""The base of every error we raise on purpose.

Invalid, unschedulable, refused: those are results, not errors. An error is for the unexpected; it says what, where, and what
to try next, and whether trying again can help. Each door (`repo/`, `cluster/`, …) declares its own children.
"""


class ReconcilerError(Exception):
    """Something could not be done.

    message: what and where, in the user's words; never holds a secret value.
    remedy: what to try next, as a sentence; may be empty.
    """

    temporary = False
    """Whether the same call may succeed later without anybody changing anything."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message


class TemporaryError(ReconcilerError):
    """The same call may succeed later: a time-out, a lock, a member that does not answer."""

    temporary = True
