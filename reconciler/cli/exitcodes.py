"""What the program's exit code says; the same for every command."""

DONE = 0
"""Done, and nothing to report."""
ANSWER_IS_NO = 1
"""Done, and the answer is no: differences (`diff`), invalid files, unschedulable, unhealthy."""
WRONG_USAGE = 2
COULD_NOT = 3
"""Could not do it: Git, network, member, permission."""
