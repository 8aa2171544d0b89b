"""How closely a policy's resource selectors name an object: the same rule for propagation and override policies.

Karmada: pkg/util/selector.go, ResourceSelectorPriority. There the result is a policy's "implicit priority"; the closest
of its selectors counts.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def closeness(selector: ResourceSelector, manifest: Manifest) -> Closeness:
    """One selector's answer; where it gives a name, its labels are not looked at. No part of it has wildcards."""
    if manifest.get("kind") != selector.kind or manifest.get("apiVersion") != selector.api_version:
        return Closeness.NONE
    if selector.namespace and text(manifest, "metadata", "namespace") != selector.namespace:
        return Closeness.NONE
    if selector.name:
        return Closeness.NAME if text(manifest, "metadata", "name") == selector.name else Closeness.NONE
    if selector.label_selector is None:
        return Closeness.KIND
    return Closeness.LABEL if selector.label_selector.matches(labels_of(manifest)) else Closeness.NONE


def closeness_of(selectors: Sequence[ResourceSelector], manifest: Manifest) -> Closeness:
    """The closest of several selectors; NONE where none matches, so also where there are none."""
    return max((closeness(selector, manifest) for selector in selectors), default=Closeness.NONE)
