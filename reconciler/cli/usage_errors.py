"""Words for mistakes on the command line, in place of those of typer and the library in it: what may be written, and what was
probably meant."""

from __future__ import annotations

import re
from typing import Any

from reconciler.model.spelling import did_you_mean

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
