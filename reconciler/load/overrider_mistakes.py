"""Overriders that Karmada accepts and that do something else than they seem to say. Warnings only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reconciler.documents.json_patch import likely_pointer
from reconciler.load.schemas.explain_violations import Violation, field_path
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, sequence

_KINDS = frozenset({("policy.karmada.io", "OverridePolicy"), ("policy.karmada.io", "ClusterOverridePolicy")})


def find_mistakes(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """The warnings about an override policy, in the order of its operations; empty for other kinds."""
    if (gvk.group, gvk.kind) not in _KINDS:
        return []
    places: list[tuple[str | int, ...]] = [("spec", "overriders")]  # the older form
    places += [
        ("spec", "overrideRules", index, "overriders") for index in range(len(sequence(document, "spec", "overrideRules")))
    ]
    return [
        violation
        for place in places
        for name, mistakes in (("imageOverrider", _of_image), ("plaintext", _of_operation))
        for index, item in enumerate(sequence(document, *place, name))
        if isinstance(item, dict)
        for violation in mistakes(item, (*place, name, index))
    ]


def _of_image(overrider: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[Violation]:
    """`overriders_without_effect.py` is about tags: a wrong one changes nothing."""
    component, value = get(overrider, "component"), get(overrider, "value")
    allowed = _ALLOWED.get(component) if isinstance(component, str) else None
    if allowed is not None and get(overrider, "operator") != "remove" and isinstance(value, str) and not allowed.fullmatch(value):
        message = f"{field_path((*place, 'value'))} makes an image that no container runtime can pull"
        remedy = "Write letters, digits, ., _, -, : and / only; a repository has no capital letters."
        yield Violation((*place, "value"), Severity.WARNING, "InvalidImage", message, remedy)


def _of_operation(operation: dict[str, Any], place: tuple[str | int, ...]) -> Iterator[Violation]:
    path = get(operation, "path")
    if isinstance(path, str) and path and not path.startswith("/"):
        what = "everything before its first / is ignored" if "/" in path else "it is not a JSON pointer"
        message = f"{field_path((*place, 'path'))} does not begin with /: {what}"
        meaning = f" It means /{path.partition('/')[2]}." if "/" in path else ""
        remedy = f"Write {likely_pointer(path)} if that is meant.{meaning}"
        yield Violation((*place, "path"), Severity.WARNING, "IncompletePath", message, remedy)
    if get(operation, "operator") in ("add", "replace") and "value" not in operation:
        message = f"{field_path(place)} has no value, so the field becomes null"
        remedy = "Write the value. To remove the field, use the operator remove."
        yield Violation(place, Severity.WARNING, "MissingValue", message, remedy)


_ALLOWED = {"Registry": re.compile(r"[A-Za-z0-9._:/\[\]-]*"), "Repository": re.compile(r"[a-z0-9._:/@-]*")}
"""What a value may consist of: the characters of that part of a reference (github.com/distribution/reference)."""
