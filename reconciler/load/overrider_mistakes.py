"""Operations of plaintext overriders that Karmada accepts and that do something else than they seem to say. Warnings only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.load.schemas.explain_violations import Violation, field_path
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, sequence

_KINDS = frozenset({("policy.karmada.io", "OverridePolicy"), ("policy.karmada.io", "ClusterOverridePolicy")})


def find_mistakes(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """The warnings about an override policy, in the order of its operations; empty for other kinds."""
    if (gvk.group, gvk.kind) not in _KINDS:
        return []
    places: list[tuple[str | int, ...]] = [("spec", "overriders", "plaintext")]  # the older form
    places += [
        ("spec", "overrideRules", index, "overriders", "plaintext")
        for index in range(len(sequence(document, "spec", "overrideRules")))
    ]
    return [
        violation
        for place in places
        for index, operation in enumerate(sequence(document, *place))
        if isinstance(operation, dict)
        for violation in _of_operation(operation, (*place, index))
    ]


def _of_operation(operation: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[Violation]:
    path = get(operation, "path")
    if isinstance(path, str) and path and not path.startswith("/"):
        what = "everything before its first / is ignored" if "/" in path else "it is not a JSON pointer"
        message = f"{field_path((*place, 'path'))} does not begin with /: {what}"
        meaning = f" It means /{path.partition('/')[2]}." if "/" in path else ""
        yield Violation(
            (*place, "path"), Severity.WARNING, "IncompletePath", message, f"Write /{path} if that is meant.{meaning}"
        )
    if get(operation, "operator") in ("add", "replace") and "value" not in operation:
        message = f"{field_path(place)} has no value, so the field becomes null"
        remedy = "Write the value. To remove the field, use the operator remove."
        yield Violation(place, Severity.WARNING, "MissingValue", message, remedy)
