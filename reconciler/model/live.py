"""What a member holds, as far as a pass needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest


@dataclass(frozen=True, slots=True)
class LiveView:
    """The objects that were asked for and everything that carries our label."""

    cluster: ClusterName
    objects: Mapping[ResourceKey, Manifest] = field(default_factory=dict)
