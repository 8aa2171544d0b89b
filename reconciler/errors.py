"""The base class of all errors of this program.

Invalid, unschedulable and refused are results, not errors. An error is for the unexpected. It says what failed, where, what the
user can do, and whether another attempt can succeed. Each room that uses the outside world (`repo/`, `cluster/`, …) declares
subclasses.
"""


class ReconcilerError(Exception):
    """An operation failed.

    message: what failed and where; never contains a secret value.
    remedy: what the user can do, as a sentence; may be empty.
    """

    temporary = False
    """Whether the same call may succeed later without any change."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message


class TemporaryError(ReconcilerError):
    """The same call may succeed later: a time-out, a lock, a member that does not answer."""

    temporary = True
