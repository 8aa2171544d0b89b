"""Where one item of a policy is written. Policies know only where they begin, so an issue about an item asks for its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from reconciler.model.manifest import Path
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverridePolicy

Place: TypeAlias = Callable[[Origin, Path], Origin]
"""(origin of an object, path of a field or item in it) → where that is."""


def of_object(origin: Origin, path: Path) -> Origin:
    """The object itself: the place of everything in it where no text is at hand."""
    return origin


def rule_path(policy: OverridePolicy, position: int) -> tuple[str | int, ...]:
    """The path of a rule. In the older form, the policy itself is the only rule."""
    older = len(policy.rules) == 1 and policy.rules[0].origin == policy.origin
    return ("spec",) if older else ("spec", "overrideRules", position)
