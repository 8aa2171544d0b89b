"""The exit codes of the program, the same for every command."""

DONE = 0
"""Done, and nothing to report."""
ANSWER_IS_NO = 1
"""Done, and the answer is no: differences (`diff`), invalid files, unschedulable, unhealthy."""
WRONG_USAGE = 2
"""Wrong options or arguments; typer exits with it."""
COULD_NOT = 3
"""The command could not do it: Git, network, member, permission."""
