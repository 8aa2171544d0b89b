"""RFC 6902 operations on plain documents, as in the library that Karmada uses (evanphx/json-patch v5).

The library differs from the RFC in ways that users can see: `-1` counts from the end of a list, `+1` and `01` are positions
too, a member whose value is null has no children, `replace` of a member with an empty name does not need such a member, and
text before the first slash of a path is ignored. Either all operations apply, or none does.

The result shares all unchanged parts with the document, which is never changed. The same code patches plain values and text:
`opened` turns a value that is still text into a mapping or list of such values when an operation enters it (see
`json_text.py`).

One difference: for a path such as `//a`, the library changes a copy that it does not use, so nothing happens; here it is an
error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from types import NoneType
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.model.overrides import PatchOperation
from reconciler.model.spelling import did_you_mean

_POSITION = re.compile(r"[+-]?[0-9]{1,18}")
_BRACKETS = re.compile(r"\[([0-9]{1,18}|-)\]")
_MAPS_OF_LABELS = frozenset({"annotations", "labels", "matchLabels", "nodeSelector"})
_OPERATORS = frozenset({"add", "replace", "remove"})
_PATCHABLE = (dict, list, NoneType)


class PatchError(ReconcilerError):
    """An operation does not apply: its path does not exist, or the value there is neither a mapping nor a list."""

    def __init__(self, message: str, *, remedy: str = "", absent: bool = False) -> None:
        super().__init__(message, remedy=remedy)
        self.absent = absent
        """Whether the path does not exist and no other path is near, so that the patch may be meant for other documents."""


def apply_patch(
    document: Any, operations: Iterable[PatchOperation], *, opened: Callable[[Any], Any] = lambda value: value
) -> Any:
    """The document after all operations. Each operation applies to the result of the one before.

    document: a mapping or a list; null only if the patch replaces the whole document.
    Raises PatchError, which names the operator and the path, never a value.
    """
    result = opened(document)
    if not isinstance(result, _PATCHABLE):
        raise PatchError("a patch cannot be applied to a single value", remedy="Patch a mapping or a list.")
    last: PatchOperation | None = None
    for last in operations:
        result = _applied(result, last, opened)
    if result is None and not (last and last.operator == "replace" and not last.path):
        raise PatchError("a patch cannot be applied to null", remedy="Add members to the document first.")
    return result


def _applied(document: Any, operation: PatchOperation, opened: Callable[[Any], Any]) -> Any:
    if operation.operator not in _OPERATORS:
        raise _refused(operation, "the operator is unknown", "Use add, replace or remove.")
    if not operation.path and operation.operator != "remove":
        value = opened(operation.value)
        if not isinstance(value, _PATCHABLE):
            raise _refused(operation, "the whole document can only become a mapping or a list")
        return value
    before, slash, _ = operation.path.partition("/")
    if before and not slash:
        raise _refused(operation, "the path is not a JSON pointer", 'Begin the path with "/".')
    return _edited(document, steps_of(operation.path), operation, opened)


def steps_of(pointer: str) -> list[str]:
    """The names and positions that a JSON pointer consists of; text before the first slash is ignored."""
    parts = pointer.partition("/")[2].split("/")
    return [part.replace("~1", "/").replace("~0", "~") for part in parts] if "~" in pointer else parts


def likely_pointer(path: str) -> str:
    """The JSON pointer that is meant by a path as in JSONPath (`spec.containers[0].image`), or without its first slash."""
    names = path if "/" in path else path.removeprefix("$").replace(".", "/")
    return "/" + _BRACKETS.sub(r"/\1", names).lstrip("/")


def _edited(container: Any, names: list[str], operation: PatchOperation, opened: Callable[[Any], Any]) -> Any:
    """A copy of `container` with the operation applied below it. Only the containers on the path are copied."""
    above = []
    for depth in range(len(names) - 1):
        place = _existing(container, names, depth, operation)
        above.append((container, place))
        container = opened(container[place])
    result = _changed(container, names[-1], operation)
    for outer, place in reversed(above):
        copy: Any = outer.copy()
        copy[place] = result
        result = copy
    return result


def _existing(container: Any, names: list[str], depth: int, operation: PatchOperation) -> str | int:
    """The existing member or position that the name at this depth means, on the way to the end of the path."""
    name = names[depth]
    if isinstance(container, list):
        return _position(name, len(container), operation)
    # In the library, an empty name before the end of a path is an error, even if such a member exists.
    if not isinstance(container, dict) or not name or name not in container:
        raise _missing_parent(operation, container, names[depth:])
    return name


def _changed(container: Any, name: str, operation: PatchOperation) -> Any:
    if isinstance(container, dict):
        return _changed_mapping(container, name, operation)
    if isinstance(container, list):
        return _changed_list(container, name, operation)
    raise _missing_parent(operation, container, [name])


def _changed_mapping(members: dict[str, Any], name: str, operation: PatchOperation) -> dict[str, Any]:
    if operation.operator == "add" or (operation.operator == "replace" and (name in members or not name)):
        return {**members, name: operation.value}
    if name not in members:
        raise _missing(operation, _meant(operation, name, members))
    return {key: value for key, value in members.items() if key != name}


def _changed_list(items: list[Any], name: str, operation: PatchOperation) -> list[Any]:
    if operation.operator == "add":
        position = len(items) if name == "-" else _position(name, len(items) + 1, operation)
        return [*items[:position], operation.value, *items[position:]]
    position = _position(name, len(items), operation)
    replacement = [operation.value] if operation.operator == "replace" else []
    return [*items[:position], *replacement, *items[position + 1 :]]


def _position(name: str, length: int, operation: PatchOperation) -> int:
    """The position that `name` means among `length` places; negative ones count from the end."""
    if not _POSITION.fullmatch(name):
        raise _refused(operation, f"{name!r} is not a position in a list", "Use a number, or - to append.")
    position = int(name)
    if not -length <= position < length:
        raise _refused(operation, f"the list has no position {name}", "Count from 0, and write - to append with add.")
    return position % length


def _missing(operation: PatchOperation, guess: str = "") -> PatchError:
    """The value itself is missing. guess: what may be meant, as a sentence."""
    remedies = {"replace": "Use add if it may be absent.", "remove": "Correct the path, or remove the operation."}
    remedy = _otherwise(guess, remedies.get(operation.operator, ""))
    return _refused(operation, "there is no value at this path", remedy, absent=not guess)


def _missing_parent(operation: PatchOperation, container: Any, names: list[str]) -> PatchError:
    """A parent of the value is missing, so that `add` would be refused, too. names: the rest of the path, from `container` on."""
    parts = operation.path.split("/")
    above, parent = "/".join(parts[: len(parts) - len(names)]), "/".join(parts[: len(parts) - len(names) + 1])
    if not isinstance(container, dict):
        return _refused(
            operation, "there is no value at this path", f"{above or 'The document'} holds a single value. Correct the path."
        )
    guess = _slash_in_name(above, names) or _meant(operation, names[0], container)
    remedies = {"add": f"Add {parent} first.", "replace": "Correct the path."}
    remedy = _otherwise(guess, remedies.get(operation.operator, "Correct the path, or remove the operation."))
    return _refused(operation, f"there is no value at this path, and none at {parent}", remedy, absent=not guess)


def _slash_in_name(above: str, names: list[str]) -> str:
    """What to write for the name of a label or annotation that has a slash of its own, as example.com/owner has; else empty."""
    if above.rpartition("/")[2] not in _MAPS_OF_LABELS or len(names) != 2 or "." not in names[0]:
        return ""
    return f"Write {above}/{names[0]}~1{names[1]}: in a JSON pointer, ~1 stands for the slash of a name."


def _meant(operation: PatchOperation, name: str, members: dict[str, Any]) -> str:
    """What a name that does not exist may mean, as a sentence; empty where nothing is near."""
    if isinstance(members.get(_BRACKETS.sub("", name)), list):
        return f"Write {likely_pointer(operation.path)}: in a JSON pointer, a position stands between slashes."
    return did_you_mean(name, members)


def _otherwise(guess: str, remedy: str) -> str:
    """One remedy after a guess, or alone. Where the guess is an instruction, it is enough."""
    if guess and remedy:
        return f"{guess} Otherwise {remedy[0].lower()}{remedy[1:]}" if guess.endswith("?") else guess
    return guess or remedy


def _refused(operation: PatchOperation, why: str, remedy: str = "", *, absent: bool = False) -> PatchError:
    if operation.path and not operation.path.startswith("/"):
        ignored = " What stands before the first / is ignored." if "/" in operation.path else ""
        remedy = f"Begin the path with /, as in {likely_pointer(operation.path)}.{ignored}"
    return PatchError(f"{operation.operator} {operation.path!r} does not apply: {why}", remedy=remedy, absent=absent)
