"""The exit codes of the program, the same for every command. `docs/output.md` has the same table.

| Exit | Meaning | In particular |
|---|---|---|
| 0 | done, and nothing to report | `diff`: also where there are differences |
| 1 | done, and the answer is no | `validate`, `render`: an error in what the revision declares |
| | | `sync`: such an error, or an object that is skipped, not healthy, or waits for something; a `kept` copy does not count |
| | | `sync --dry-run`: such an error, or an object that would be skipped; `apply`: as `sync` |
| | | `sync` with `mode: Observe`: a member differs from what would be written |
| | | `status`: an object is not well, or a file has an error; an unclaimed template without copies does not count |
| | | `status` of objects, a namespace or labels: no recorded object matches |
| | | `clusters`: a member is not ready |
| | | `drift --exit-code`: a member is not in sync |
| | | `get`, `explain`: there is no such object; `status --orphans`: there are some; `simulate`: something would change |
| | | `describe`, `logs`, `tree`, `exec`, `port-forward`: there is no such object |
| | | `doctor`: a check fails |
| | | `history`, `blame`: no such object was ever recorded, or it is not on that member; `bisect`: the object broke |
| | | `simulate --lose-each`: a workload falls below its minimum; `simulate --for`: an object moves, or waits |
| | | `rebalance --dry-run`, `update --dry-run`: something would move; `images list`: a value would be updated |
| | | `drain`: nothing was written, because nobody agreed; `export`: a Chart or the like could not be expanded |
| | | `format --check`: a file differs; `import`: a file differs and was left; `inventory list`: one would change |
| | | `diff --exit-code`: there are differences; `diff --fail-on`: there are such ones |
| 2 | wrong usage | options and arguments |
| 3 | could not do it, or not judge it | Git, network, permission; a member that did not answer, a write that failed |
| | | `diff`: HEAD has an error that BASE does not have |
| | | `status`, `clusters`, `drift`: nothing is recorded, or the status branch is not in this clone |
| | | `history`, `blame`: likewise; `bisect`: likewise, or no such object was ever recorded; `status --at`: no such state |
| any | that of kubectl | `exec`: of the command in the container; `port-forward` |

`logs -f` and `events -w` are ended by Ctrl-C: 0, or 3 where a member did not answer or was lost.

What a sync came to is decided in `passes/verdict.py` (`verdict_of`); the code for each verdict stands here.
"""

from collections.abc import Mapping

DONE = 0
"""Done, and nothing to report."""
ANSWER_IS_NO = 1
"""Done, and the answer is no."""
WRONG_USAGE = 2
"""Wrong options or arguments; typer exits with it."""
COULD_NOT = 3
"""The command could not do it, or could not judge it."""

OF_VERDICT: Mapping[str, int] = {"done": DONE, "no": ANSWER_IS_NO, "failed": COULD_NOT}
"""By the value of `passes.verdict.Verdict`, which is not imported here: `--help` needs no pass."""


def code_of(error: Exception) -> int:
    """The exit code of a command that an exception ended. Python's own is 1, which means "the answer is no" here."""
    return DONE if isinstance(error, BrokenPipeError) else COULD_NOT  # The reader of our output has stopped (`| head`).
