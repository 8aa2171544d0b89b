"""Words for mistakes on the command line, in place of those of typer and the library in it: what may be written, and what was
probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from reconciler.model.spelling import did_you_mean

_ELSEWHERE = {
    "apply": "Commit the files; `reconciler sync` applies them.",
    "cordon": "Add a taint to its Cluster file; `reconciler simulate --taint` shows what would move.",
    "create": "Commit the files; `reconciler sync` applies them.",
    "delete": "Remove the file and commit; `reconciler sync` removes what it declared.",
    "describe": "See `reconciler explain KIND/NAME`, and `reconciler get KIND NAME -o yaml`.",
    "drain": "Add a taint with the effect NoExecute to its Cluster file; `reconciler simulate --taint` shows what would move.",
    "edit": "Edit the file and commit; `reconciler diff --worktree` shows the effect.",
    "history": "See `git log reconciler/status`.",
    "logs": "Ask the member: kubectl logs.",
    "rollback": "See `git revert`, or name the revision: reconciler sync REVISION.",
    "scale": "Edit the replicas in the file and commit.",
}
"""Commands of kubectl, karmadactl, Argo CD and Flux, and what to do here."""


def unknown_command(word: str, commands: Iterable[str]) -> str:
    """The message about a command that does not exist."""
    guess = _ELSEWHERE.get(word) or did_you_mean(word, commands) or "`reconciler --help` lists the commands."
    return f"No such command '{word}'. {guess}"


_NOT_ONE_OF = re.compile(r"(?:Value error, )?'(?P<value>.*)' is not one of (?P<choices>'.*')\.")


def reword(error: Any) -> None:
    """Changes the message of an error of the library, if it is about a choice or an option that does not exist."""
    unknown, context = getattr(error, "option_name", ""), getattr(error, "ctx", None)
    if unknown and context is not None:
        known = [name for parameter in context.command.params for name in (*parameter.opts, *parameter.secondary_opts)]
        guess = did_you_mean(unknown, known)
        if error.message.startswith("No such option"):
            error.possibilities = None  # The library measures by another rule.
            error.message = f"{error.message}. {guess}".removesuffix(" ")
    elif choice := _NOT_ONE_OF.fullmatch(str(getattr(error, "message", ""))):
        choices = re.findall("'(.*?)'", choice["choices"])
        guess = did_you_mean(choice["value"], choices)
        error.message = f"'{choice['value']}' is not one of {', '.join(choices)}. {guess}".removesuffix(" ")
        if error.param is not None:  # Its own hint names the variable of the environment, too, where nobody has set it.
            error.param_hint = " / ".join(f"'{name}'" for name in error.param.opts)
