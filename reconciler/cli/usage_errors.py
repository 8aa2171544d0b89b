"""Words for mistakes on the command line, in place of those of typer and the library in it: what may be written, and what was
probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from reconciler.model.spelling import did_you_mean

_MEMBER = "Ask the member: kubectl {}."
_COMMIT = "Edit the file and commit; `reconciler diff --worktree` shows the effect."
_ELSEWHERE = {
    "annotate": _COMMIT,
    "attach": _MEMBER.format("attach"),
    "create": "Commit the files; `reconciler sync` applies them.",
    "deinit": "See `reconciler uninstall`, where `reconciler run` was installed in a cluster.",
    "delete": "Remove the file and commit; `reconciler sync` removes what it declared.",
    "describe": "See `reconciler explain KIND/NAME`, and `reconciler get KIND NAME -o yaml`.",
    "edit": _COMMIT,
    "exec": _MEMBER.format("exec"),
    "interpret": "See `reconciler explain KIND/NAME`, and `reconciler render`.",
    "logs": _MEMBER.format("logs"),
    "patch": _COMMIT,
    "promote": "Commit the manifest and a policy with conflictResolution: Overwrite; see `reconciler sync --dry-run`.",
    "rollback": "See `git revert`, or name the revision: reconciler sync REVISION.",
    "rollout": "See `reconciler status`, and `git revert`.",
    "scale": "Edit the replicas in the file and commit.",
    "top": _MEMBER.format("top"),
}
"""Commands of kubectl, karmadactl, Argo CD and Flux, and what to do here."""


def unknown_command(word: str, commands: Iterable[str]) -> str:
    """The message about a command that does not exist."""
    guess = _ELSEWHERE.get(word) or did_you_mean(word, commands) or "`reconciler --help` lists the commands."
    return f"No such command '{word}'. {guess}"


_OTHERWISE = {
    "-A": "This command covers all namespaces.",
    "--all-namespaces": "This command covers all namespaces.",
    "--worktree": "This command reads commits, so commit first. Only `validate`, `render` and `diff` have --worktree.",
}
"""Options that other commands have, and what to know where a command has none of that name."""

_NOT_ONE_OF = re.compile(r"(?:Value error, )?'(?P<value>.*)' is not one of (?P<choices>'.*')\.")
_EXTRA = re.compile(r"Got unexpected extra argument(?:\(s\))? \((?P<word>\S+)\)")


def _with_slash(context: Any, name: str) -> str:
    """`Write deploy/web.`, where an object was written as two words, in a command that takes KIND/NAME; else empty."""
    places = [one for one in context.command.params if "KIND/NAME" in (getattr(one, "metavar", "") or "")]
    kinds = [context.params.get(place.name) for place in places]
    return next((f"Write {kind}/{name}." for kind in kinds if isinstance(kind, str) and kind and "/" not in kind), "")


def reword(error: Any) -> None:
    """Changes the message of an error of the library, if it is about a choice, an option or an argument that does not exist."""
    unknown, context = getattr(error, "option_name", ""), getattr(error, "ctx", None)
    if unknown and context is not None:
        known = [name for parameter in context.command.params for name in (*parameter.opts, *parameter.secondary_opts)]
        guess = _OTHERWISE.get(unknown) or did_you_mean(unknown, known)
        if error.message.startswith("No such option"):
            error.possibilities = None  # The library measures by another rule.
            error.message = f"{error.message}. {guess}".removesuffix(" ")
    elif (extra := _EXTRA.fullmatch(str(getattr(error, "message", "")))) and context is not None:
        error.message = f"{error.message}. {_with_slash(context, extra['word'])}".removesuffix(". ")
    elif choice := _NOT_ONE_OF.fullmatch(str(getattr(error, "message", ""))):
        choices = re.findall("'(.*?)'", choice["choices"])
        guess = did_you_mean(choice["value"], choices)
        error.message = f"'{choice['value']}' is not one of {', '.join(choices)}. {guess}".removesuffix(" ")
        if error.param is not None:  # Its own hint names the variable of the environment, too, where nobody has set it.
            error.param_hint = " / ".join(f"'{name}'" for name in error.param.opts)
