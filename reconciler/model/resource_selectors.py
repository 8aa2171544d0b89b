"""How closely the resource selectors of a policy match an object; the same rule for propagation and override policies.

Karmada: pkg/util/selector.go, ResourceSelectorPriority. Karmada calls the result the "implicit priority" of a policy. The closest
of its selectors counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from reconciler.model.manifest import Manifest, labels_of, text
from reconciler.model.policy import ResourceSelector


class Closeness(IntEnum):
    """The closer the match, the larger the value."""

    NONE = 0
    """No match."""
    KIND = 1
    LABEL = 2
    """By a label selector, even an empty one."""
    NAME = 3


def closeness_of(selectors: Iterable[ResourceSelector], manifest: Manifest) -> Closeness:
    """The closeness of the closest selector; NONE if none matches."""
    kind, api_version = manifest.get("kind"), manifest.get("apiVersion")
    own = (selector for selector in selectors if selector.kind == kind and api_version in selector.api_versions)
    namespace, name = text(manifest, "metadata", "namespace"), text(manifest, "metadata", "name")
    return closest(own, namespace, name, labels_of(manifest))


def closest(selectors: Iterable[ResourceSelector], namespace: str, name: str, labels: Mapping[str, str]) -> Closeness:
    """The closeness of the closest selector. The caller has compared apiVersion and kind.

    If a selector has a name, its label selector is ignored.
    """
    best = Closeness.NONE
    for selector in selectors:
        if selector.namespace and selector.namespace != namespace:
            continue
        if selector.name:
            if selector.name == name:
                return Closeness.NAME
        elif selector.label_selector is None:
            best = best or Closeness.KIND
        elif best is not Closeness.LABEL and selector.label_selector.matches(labels):
            best = Closeness.LABEL
    return best
