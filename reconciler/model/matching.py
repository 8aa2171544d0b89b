"""How closely a policy's resource selectors name an object: the same rule for propagation and override policies.

Karmada: pkg/util/selector.go, ResourceSelectorPriority. There the result is a policy's "implicit priority"; the closest
of its selectors counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from reconciler.model.manifest import Manifest, labels_of, text
from reconciler.model.policy import ResourceSelector


class Closeness(IntEnum):
    """Closer is larger."""

    NONE = 0
    """Not meant at all."""
    KIND = 1
    LABEL = 2
    """Also for a label selector that is there and empty."""
    NAME = 3


def closeness_of(selectors: Iterable[ResourceSelector], manifest: Manifest) -> Closeness:
    """The closest of several selectors; NONE where none matches, so also where there are none."""
    kind, api_version = manifest.get("kind"), manifest.get("apiVersion")
    own = (selector for selector in selectors if selector.kind == kind and selector.api_version == api_version)
    namespace, name = text(manifest, "metadata", "namespace"), text(manifest, "metadata", "name")
    return closest(own, namespace, name, labels_of(manifest))


def closest(selectors: Iterable[ResourceSelector], namespace: str, name: str, labels: Mapping[str, str]) -> Closeness:
    """The same for selectors whose apiVersion and kind are known to be the object's; both are compared exactly.

    Where a selector gives a name, its labels are not looked at.
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
