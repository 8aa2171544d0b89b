"""The manifests that one cluster must hold, each with the origin of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.helm_release import HelmRelease
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest, is_secret
from reconciler.model.origin import Origin
from reconciler.model.sealed import Sealed
from reconciler.model.sealed_expansion import SealedChild
from reconciler.model.write_policy import WRITE_EVERYTHING, WritePolicy


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """One override rule that was applied to a manifest, and the fields that it changed."""

    policy: PolicyRef
    rule: int
    """Position in `overrideRules`, from 0."""
    origin: Origin
    paths: tuple[str, ...] = ()
    """RFC 6901 pointers of the fields that the rule changed, in the order of the changes."""
    may_spoil: bool = False
    """Whether it has an overrider that can make an invalid object of a valid one (`OverrideRule.may_spoil`)."""


@dataclass(frozen=True, slots=True)
class RenderedManifest:
    """One manifest, shared by all clusters that get the same one."""

    key: ResourceKey
    manifest: Manifest = field(repr=False)
    digest: str
    """`sha256:` and hex digits, of the canonical JSON before ownership marks."""
    origin: Origin
    """Of the template."""
    overrides: tuple[AppliedRule, ...] = ()
    replicas: int | None = None
    """The number of replicas that scheduling wrote; None if it wrote none."""
    conflict_resolution: str = "Abort"
    write_policy: WritePolicy = WRITE_EVERYTHING
    template: ResourceKey | None = None
    """The key of its template where that is another one: a gate is a new Job for each revision."""
    sealed: Sealed | None = None
    """The file of its template, where SOPS encrypted that: `manifest` has seals, until `plan/unseal.py` puts values in their
    place, for the plan of one member. The digest is that of the seals in either case."""
    parent: ResourceKey | None = None
    """The Chart or Kustomize that it was expanded from."""
    within: tuple[ResourceKey, ...] = ()
    """Such objects that the parent builds, and that it is inside of, the outermost first."""
    adopts: HelmRelease | None = None
    """An object that belongs to this release is taken over, whatever the conflict resolution is."""

    expanded: SealedChild | None = None
    """What it is of an expansion with encrypted values: `manifest` is that with seals, until `plan/unseal.py` puts the one with
    values in its place, which has the same digest, too."""

    @property
    def is_sealed(self) -> bool:
        """Whether it has values that were encrypted in Git, or may have them."""
        return self.sealed is not None or self.expanded is not None

    @property
    def parents(self) -> tuple[ResourceKey, ...]:
        """All that it was expanded from, the outermost first."""
        return () if self.parent is None else (self.parent, *self.within)

    @property
    def declared(self) -> ResourceKey:
        """The key of its template: what is recorded of the object is recorded under it."""
        return self.template or self.key

    @property
    def public_digest(self) -> str:
        """The digest, to be shown or recorded; empty for a Secret, because its values could be guessed from the digest."""
        return "" if is_secret(self.key) else self.digest


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that one cluster must hold."""

    cluster: ClusterName
    manifests: tuple[RenderedManifest, ...]
    """Sorted by key."""
    held: frozenset[ResourceKey] = frozenset()
    """Objects that are neither applied nor pruned, because a file that declares or controls them has an error."""
    failed: Mapping[ResourceKey, Issue] = field(default_factory=dict)
    """Objects that could not be rendered for this cluster; they are neither applied nor pruned."""
    leaving: frozenset[ResourceKey] = frozenset()
    """Objects whose copy is only kept until its successor is Current: where there is no copy, none is created."""
    suspended: frozenset[ResourceKey] = frozenset()
    """Objects that a policy suspends: nothing is written or removed, but they are still decided and shown."""
    preserved: frozenset[ResourceKey] = frozenset()
    """Objects that are released instead of deleted when they are no longer wanted."""
