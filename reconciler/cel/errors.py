"""Why an expression, or an object, has no result."""

from __future__ import annotations


class NotJudgedError(Exception):
    """Whether the server accepts the object cannot be known here. The text is the reason, a sentence without a full stop."""


class NoPlainValueError(NotJudgedError):
    """The value is an optional or a type, which the library hands out to nobody."""


class EvaluationError(Exception):
    """The expression gives an error. The text is in Kubernetes' words as far as these are known."""


class ConfigurationError(Exception):
    """A binding cannot be applied: the server refuses the object, unless the policy ignores failures."""


_MARK = "@not judged: "


def unknown_value(reason: str) -> ValueError:
    """What a function raises that cannot give Kubernetes' value. The library makes an error of it, as of every ValueError."""
    return ValueError(_MARK + reason)


def reason_in(message: str) -> str:
    """The reason that `unknown_value` had; empty for other errors."""
    return message.partition(_MARK)[2]
