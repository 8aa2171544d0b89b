"""Options that several commands share as one value: each command names the value, and gets all the options."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, TypeVar

T = TypeVar("T")


def grouped(name: str, make: Callable[..., Any]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Replaces the parameter `name` of a command by the parameters of `make`, whose result the command then gets. With an empty
    name, the parameters are added, and `make` is called for what it does. `make` itself may have its parameters replaced so. A
    parameter that the command has already is one option for both."""

    def replace(command: Callable[..., T]) -> Callable[..., T]:
        own = [one for one in signature(command, eval_str=True).parameters.values() if one.name != name]
        options = list(signature(make, eval_str=True).parameters.values())
        names = {option.name for option in options}
        shared = names & {one.name for one in own}

        @wraps(command)
        def run(**values: Any) -> T:
            value = make(**{key: given for key, given in values.items() if key in names})
            rest = {key: given for key, given in values.items() if key not in names - shared}
            return command(**rest, **({name: value} if name else {}))

        parameters = [
            one.replace(kind=Parameter.KEYWORD_ONLY)
            for one in (*own, *(option for option in options if option.name not in shared))
        ]
        run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        return run

    return replace
