"""Which objects a copy that stays on a member still uses: its claims, ConfigMaps, Secrets, account and classes.

A copy may stay although it is no longer wanted, or may stay as it is: it is protected or suspended, a file with an error governs
it, it waits for its successor. What it refers to is then not pruned either, because its Pods could not start again without it,
and the data of a claim would be lost. A copy that is brought to what Git says gets no such care: there Git says what goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, labels_of, mapping, text
from reconciler.model.selector import LabelSelector


def in_use(
    candidates: Mapping[ResourceKey, Manifest], staying: Mapping[ResourceKey, Manifest], interpreter: Interpreter
) -> dict[ResourceKey, str]:
    """The candidates that must stay, each with the reason.

    candidates: live objects that would be pruned. staying: live objects of ours that stay as they are.
    """
    reasons: dict[ResourceKey, str] = {}
    for user, manifest in sorted(staying.items()) if candidates else ():
        for key, reason in _used(user, manifest, candidates, interpreter):
            reasons.setdefault(key, reason)
    return reasons


def _used(
    user: ResourceKey, manifest: Manifest, candidates: Mapping[ResourceKey, Manifest], interpreter: Interpreter
) -> Iterator[tuple[ResourceKey, str]]:
    """The candidates that an object refers to, by name or by labels; all of its namespace where its references cannot be read."""
    try:
        # Of the further references only the classes: an autoscaler that stays does not keep its workload.
        classes = (one for one in interpreter.further_references(manifest) if not text(one, "namespace"))
        references = (*interpreter.dependencies(manifest), *classes)
    except MalformedObjectError as error:
        unknown = f"it is unknown whether {user}, which stays here, uses it: {error.message}"
        yield from ((key, unknown) for key in candidates if user.namespace and key.namespace == user.namespace)
        return
    used = f"{user}, which stays here, uses it"
    for reference in references:
        kind = GroupVersionKind.parse(text(reference, "apiVersion"), text(reference, "kind"))
        key = ResourceKey(kind.group, kind.kind, text(reference, "namespace"), text(reference, "name"))
        if key.name:
            yield from ((one, used) for one in (key,) if one in candidates)
        elif "labelSelector" in reference:
            selector = LabelSelector.parse(mapping(reference, "labelSelector"))
            for one, other in candidates.items():
                if (one.group, one.kind, one.namespace) == (key.group, key.kind, key.namespace) and selector.matches(
                    labels_of(other)
                ):
                    yield one, used
