"""The JSONPath templates of Kubernetes (k8s.io/client-go util/jsonpath), as far as statePreservation needs them.

Text with expressions in braces: `{.jobStatus.jobID}`, `{.items[0].name}`, `{.items[*].name}`, `{['a.b']}`, `job-{.id}`. Recursive
descent, filters, slices, unions and `range` are not supported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

Step: TypeAlias = str | int | None
"""A field, a position, or every item (None)."""
Part: TypeAlias = str | tuple[Step, ...]
"""Text, or an expression."""


class JsonPathError(ValueError):
    """The text is no JSONPath, or has a form that is not supported."""


class NotFoundError(ValueError):
    """The value has no such field."""


def parse(template: str) -> tuple[Part, ...]:
    """Raises JsonPathError."""
    parts: list[Part] = []
    for literal, expression in _PARTS.findall(template):
        parts.append(literal if literal else _steps(expression))
    if "".join(literal or f"{{{expression}}}" for literal, expression in _PARTS.findall(template)) != template:
        raise JsonPathError("a brace is not closed")
    if not any(isinstance(part, tuple) for part in parts):
        raise JsonPathError("it has no expression in braces, such as {.jobStatus.jobID}")
    return tuple(parts)


def evaluate(template: str, value: Any) -> str:
    """The printed text; several matches are joined by blanks. Raises JsonPathError, and NotFoundError."""
    return "".join(part if isinstance(part, str) else " ".join(map(_text, _find(part, value))) for part in parse(template))


def _steps(expression: str) -> tuple[Step, ...]:
    text, steps, at = expression.strip().removeprefix("$"), list[Step](), 0
    for match in _STEP.finditer(text):
        if match.start() != at:
            break
        at = match.end()
        field, quoted, position = match["field"], match["quoted"], match["position"]
        if position is not None:
            steps.append(None if position == "*" else int(position))
        elif quoted is not None:
            steps.append(quoted[1:-1])
        elif field:
            steps.append(None if field == "*" else field.replace("\\", ""))
    if at != len(text) or not text:
        raise JsonPathError(f"{{{expression}}} is not supported: write fields and positions, as in {{.items[0].name}}")
    return tuple(steps)


def _find(steps: Iterable[Step], value: Any) -> list[Any]:
    values = [value]
    for step in steps:
        values = [found for one in values for found in _children(step, one)]
    return values


def _children(step: Step, value: Any) -> Iterator[Any]:
    if step is None:
        yield from value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    elif isinstance(step, int):
        if not isinstance(value, list) or not -len(value) <= step < len(value):
            raise NotFoundError(f"there is no item {step}")
        yield value[step]
    else:
        if not isinstance(value, Mapping) or step not in value:
            raise NotFoundError(f"{step} is not found")
        yield value[step]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_PARTS = re.compile(r"([^{}]+)|\{([^{}]*)\}")
_STEP = re.compile(
    r"\.(?P<field>\*|(?:[\w/@-]|\\.)+)|\[(?P<quoted>'[^']*'|\"[^\"]*\")\]|\[(?P<position>-?[0-9]{1,9}|\*)\]|\.(?=$)"
)
