"""The exit codes of the program, the same for every command.

What a sync came to is decided in `passes/verdict.py` (`verdict_of`); the code for each verdict stands here.
"""

from collections.abc import Mapping

DONE = 0
"""Done, and nothing to report."""
ANSWER_IS_NO = 1
"""Done, and the answer is no: differences (`diff`), invalid files, unschedulable, unhealthy."""
WRONG_USAGE = 2
"""Wrong options or arguments; typer exits with it."""
COULD_NOT = 3
"""The command could not do it: Git, network, member, permission."""

OF_VERDICT: Mapping[str, int] = {"done": DONE, "no": ANSWER_IS_NO, "failed": COULD_NOT}
"""By the value of `passes.verdict.Verdict`, which is not imported here: `--help` needs no pass."""


def code_of(error: Exception) -> int:
    """The exit code of a command that an exception ended. Python's own is 1, which means "the answer is no" here."""
    return DONE if isinstance(error, BrokenPipeError) else COULD_NOT  # The reader of our output has stopped (`| head`).
