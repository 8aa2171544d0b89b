"""Windows of time in which changes may, or may not, reach members: `spec.windows` of the Configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from reconciler.model.cluster import Cluster
from reconciler.model.keys import ResourceKey
from reconciler.model.selector import LabelSelector


class WindowKind(StrEnum):
    ALLOW = "allow"
    """Changes reach members only while one of these windows is open."""
    DENY = "deny"
    """While it is open, no change does."""


@dataclass(frozen=True, slots=True)
class Window:
    name: str
    kind: WindowKind
    schedule: str
    """When it opens: five fields, as in crontab(5)."""
    duration: timedelta
    time_zone: str = "UTC"
    clusters: tuple[str, ...] = ()
    """Globs of names; with `selector` empty, too: all clusters."""
    selector: LabelSelector | None = None
    namespaces: tuple[str, ...] = ()
    """Globs; empty: all, and cluster-scoped objects."""
    kinds: tuple[str, ...] = ()
    """Globs of kinds; empty: all."""
    overrun: bool = False
    """Whether a change that has begun may go on when the window does not allow it any more."""
    manual: bool = False
    """Whether `sync`, which a person runs, may do what `run` may not."""

    def concerns(self, key: ResourceKey) -> bool:
        return _matches(key.namespace, self.namespaces) and _matches(key.kind, self.kinds)

    def holds_on(self, cluster: Cluster) -> bool:
        if not self.clusters and self.selector is None:
            return True
        named = bool(self.clusters) and _matches(cluster.name, self.clusters)
        return named or (self.selector is not None and self.selector.matches(cluster.labels))


def _matches(text: str, globs: tuple[str, ...]) -> bool:
    return not globs or any(fnmatchcase(text, glob) for glob in globs)
