"""What one cluster must hold: exact manifests, each with the origin of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest, is_secret
from reconciler.model.origin import Origin


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """One override rule that acted on a manifest, and the fields it wrote."""

    policy: PolicyRef
    rule: int
    """Position in `overrideRules`, from 0."""
    origin: Origin
    paths: tuple[str, ...] = ()
    """RFC 6901 pointers of the fields that the rule changed, in the order of the changes."""


@dataclass(frozen=True, slots=True)
class RenderedManifest:
    """One manifest, shared by all clusters for which it came out the same."""

    key: ResourceKey
    manifest: Manifest
    digest: str
    """`sha256:` and hex digits, of the canonical JSON before ownership marks."""
    origin: Origin
    """Of the template."""
    overrides: tuple[AppliedRule, ...] = ()
    replicas: int | None = None
    """The number that scheduling wrote; None where it wrote none."""
    conflict_resolution: str = "Abort"

    @property
    def public_digest(self) -> str:
        """The digest where it may be shown or recorded; empty for a Secret, whose values could be guessed from it."""
        return "" if is_secret(self.key) else self.digest


@dataclass(frozen=True, slots=True)
class Work:
    """Everything meant for one cluster."""

    cluster: ClusterName
    manifests: tuple[RenderedManifest, ...]
    """Sorted by key."""
    held: frozenset[ResourceKey] = frozenset()
    """Objects that stay as they are: neither applied nor pruned, because something that governs them is broken."""
    failed: Mapping[ResourceKey, Issue] = field(default_factory=dict)
    """Objects that could not be rendered for this cluster; they are held, too."""
    suspended: frozenset[ResourceKey] = frozenset()
    """Objects that a policy does not want touched for now; what they are to be is decided and shown all the same."""
    preserved: frozenset[ResourceKey] = frozenset()
    """Objects that are let go instead of being removed once they are no longer wanted."""
