"""Whether a member holds what it should, and the lines in which it does not.

What a member would hold after the apply is computed here (`expected`) and compared with what it holds; the API server is asked
only where that matters (`--live`, another door).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from reconciler.model.manifest import Manifest, get, with_value, without
from reconciler.plan.retain import retain

_SERVER_FIELDS = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


def expected(desired: Manifest, live: Manifest | None) -> Manifest:
    """What the member holds once `desired` is applied over `live`: its status and what it allocated stay its own."""
    if live is None:
        return desired
    merged = retain(desired, live, None)
    status = get(live, "status")
    return merged if status is None else with_value(merged, ("status",), status)


def same(expected_manifest: Manifest, live: Manifest) -> bool:
    """Whether the member holds that already."""
    return bool(comparable(expected_manifest) == comparable(live))


def comparable(manifest: Manifest) -> Manifest:
    """Without the fields that only a server writes, and without null members, which mean absent."""
    for field in _SERVER_FIELDS:
        manifest = without(manifest, ("metadata", field))
    return _without_nulls(manifest)  # type: ignore[no-any-return]


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def unified_diff(before: Manifest | None, after: Manifest | None, dump: Callable[[Any], str], context: int = 3) -> list[str]:
    """Lines of a unified diff of two manifests as text, without file headers; `before` None is a creation."""
    old = [] if before is None else dump(before).splitlines()
    new = [] if after is None else dump(after).splitlines()
    return list(difflib.unified_diff(old, new, lineterm="", n=context))[2:]
