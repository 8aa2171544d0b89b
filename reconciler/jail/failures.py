"""Why a run gave no output."""

from __future__ import annotations

from enum import StrEnum

from reconciler.errors import ReconcilerError


class RunError(ReconcilerError):
    """A program was not run, or not to its end. Each of the errors below is one."""


class JailError(RunError):
    """The program was not started, because it cannot be isolated here, or does not exist. The message says what is missing."""


class InputError(RunError):
    """The program was not started, because of a file that it would have been given.

    path: of the file, relative to the folder of the files.
    """

    def __init__(self, path: str, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{path}: {message}", remedy=remedy)
        self.path = path


class Limit(StrEnum):
    """Which limit was reached."""

    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    PROCESSES = "processes"
    """It started a process, or too many threads."""


class LimitError(RunError):
    """The program was ended at a limit. The same input reaches it again."""

    def __init__(self, limit: Limit, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.limit = limit


class ProgramError(RunError):
    """The program ended with an error.

    code: its exit code; 128 + the number of a signal that ended it.
    stderr: the end of what it wrote there: at most 64 KiB, without control characters, without paths of this machine.
    """

    def __init__(self, program: str, code: int, stderr: str) -> None:
        lines = [line for line in stderr.splitlines() if line.strip()]
        super().__init__(f"{program} ended with exit code {code}: {lines[-1].strip() if lines else 'it wrote no message'}")
        self.code = code
        self.stderr = stderr
