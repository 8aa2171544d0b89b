"""Everything that one revision declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.binding import stable_uid
from reconciler.model.cluster import Cluster
from reconciler.model.cron_federated_hpa import CronFederatedHpa
from reconciler.model.customization import Customization
from reconciler.model.expansion import Parent, Source, is_expanded
from reconciler.model.federated_hpa import FederatedHpa
from reconciler.model.image_policy import ImagePolicy
from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, text
from reconciler.model.multi_cluster_service import MultiClusterService
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.quota import Quota
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.remedy import Remedy
from reconciler.model.sealed import Sealed
from reconciler.model.sealed_expansion import SealedText
from reconciler.model.settings import Settings
from reconciler.model.source_lock import NO_LOCK, SourceLock, WantedSource
from reconciler.model.taint_policy import TaintPolicy
from reconciler.model.tenant import NO_TENANTS, Tenancy
from reconciler.model.workload import Contents


@dataclass(frozen=True, slots=True)
class ResourceTemplate:
    """An object as written in Git, with its namespace filled in."""

    key: ResourceKey
    gvk: GroupVersionKind
    manifest: Manifest = field(repr=False)
    origin: Origin
    namespace_filled_in: bool = False
    """Whether the file states no namespace, so that the object counts as `default`."""
    parts: Mapping[ClusterName, Manifest] = field(default_factory=dict)
    """For an object that a FederatedResourceQuota assigns to clusters: what each gets. No policy claims or changes it. Empty for
    all others. Of a child: what it is on each cluster."""
    sealed: Sealed | None = None
    """Its file, where SOPS encrypted that: `manifest` has seals in place of encrypted values (`model/sealed.py`)."""
    parent: Parent | None = None
    """The Chart or Kustomize that it was expanded from; None for an object that is written in Git. No policy claims or changes a
    child: it goes where its parent goes."""
    translated: bool = False
    """Whether it is an object of Flux or Argo CD that is expanded as a Chart or Kustomize is (`load/translate.py`)."""
    contents: Contents | None = None
    """What an object that is expanded runs (`pipeline/contents.py`); None where that is not known, or does not matter."""

    @property
    def is_expanded(self) -> bool:
        """Whether it is expanded on the way to a cluster, and never written to it itself."""
        return self.translated or is_expanded(self.key)

    @property
    def uid(self) -> str:
        """The uid that breaks ties, as in Karmada. A file rarely has one, so it is derived from the key. A file that was exported
        from a Karmada control plane may have one; then the objects stay where Karmada placed them."""
        return text(self.manifest, "metadata", "uid") or stable_uid(self.key)


@dataclass(frozen=True, slots=True)
class UnknownObject:
    """An object whose kind, or version of a kind, neither Kubernetes nor the repository defines. Members may serve it."""

    gvk: GroupVersionKind
    manifest: Manifest = field(repr=False)
    origin: Origin
    issue: Issue
    """What `DesiredState.issues` says of it."""
    sealed: Sealed | None = None
    """As of a template."""


@dataclass(frozen=True, slots=True)
class DesiredState:
    """What could be read of one revision, and what could not. Every tuple is sorted by the keys of its objects."""

    settings: Settings = field(default_factory=Settings)
    clusters: tuple[Cluster, ...] = ()
    templates: tuple[ResourceTemplate, ...] = ()
    policies: tuple[PropagationPolicy, ...] = ()
    override_policies: tuple[OverridePolicy, ...] = ()
    customizations: tuple[Customization, ...] = ()
    taint_policies: tuple[TaintPolicy, ...] = ()
    rebalancers: tuple[Rebalancer, ...] = ()
    autoscalers: tuple[FederatedHpa | CronFederatedHpa, ...] = ()
    """FederatedHPAs and CronFederatedHPAs."""
    remedies: tuple[Remedy, ...] = ()
    quotas: tuple[Quota, ...] = ()
    image_policies: tuple[ImagePolicy, ...] = ()
    multi_cluster_services: tuple[MultiClusterService, ...] = ()
    """Those that cross clusters are among `policies`, too."""
    issues: tuple[Issue, ...] = ()
    broken_files: frozenset[str] = frozenset()
    """Files with an error. Objects that they declared at the last good revision are neither pruned nor moved."""
    broken_texts: Mapping[str, str] = field(default_factory=dict)
    """The texts of these files, by path. An object whose name is in such a text may be declared there."""
    settings_in: str = ""
    """If no Configuration could be read, the file with an error that may contain it. The settings are the defaults then."""
    configuration: str = ""
    """The file with the Configuration; empty where none could be read."""
    unknown: tuple[UnknownObject, ...] = ()
    """In the order of their files. They are no templates, unless the recorded APIs of the members have them."""
    hidden: frozenset[str] = frozenset()
    """Paths that are not read: links, submodules, folders of Kustomize and Helm, files that are too large or stored elsewhere.
    Objects that were declared there, or below, at the last good revision are protected too."""
    blobs: Mapping[str, str] = field(default_factory=dict)
    """Git's ids of the contents of `broken_files` and `hidden`, by path."""
    tenancy: Tenancy = NO_TENANTS
    """The Tenants that it declares: they judge the revision that is applied next."""
    tenant_files: Mapping[str, str] = field(default_factory=dict)
    """The files that declare them: path → Git's id of the content, sorted."""
    judges: Tenancy = NO_TENANTS
    """The Tenants that judge it: those of the revision that was applied before, or its own."""

    revision: str = ""
    """The commit; empty where no rollout is to be carried out: a change then concerns all members at once."""
    earlier: Mapping[str, DesiredState] = field(default_factory=dict)
    """By commit, earlier revisions that rollouts need: members keep their content until it is their turn."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    """By digest, sorted: what Charts and Kustomizes are expanded from."""
    value_texts: Mapping[str, str] = field(default_factory=dict)
    """By digest: the values that Charts take from ConfigMaps and Secrets, with seals."""
    sealed_texts: Mapping[str, SealedText] = field(default_factory=dict)
    """By digest: those of them that have seals."""
    wanted_sources: tuple[WantedSource, ...] = ()
    """What it wants from outside of the repository, as often as it is wanted."""
    source_lock: SourceLock = NO_LOCK
    """What its `reconciler.lock` pins."""
    unavailable: frozenset[str] = frozenset()
    """The folders of sources that could not be had."""

    by_hand: bool = False
    """Whether a person reconciles it (`sync`)."""
    passed_statuses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By commit that is rolled out, the names of the commit statuses that succeeded at the forge."""

    def cluster(self, name: ClusterName) -> Cluster | None:
        return next((cluster for cluster in self.clusters if cluster.name == name), None)

    @property
    def files(self) -> frozenset[str]:
        """Every file that declares an object."""
        origins = [cluster.origin for cluster in self.clusters] + [template.origin for template in self.templates]
        origins += [policy.origin for policy in self.policies] + [policy.origin for policy in self.override_policies]
        origins += [customization.origin for customization in self.customizations]
        origins += [policy.origin for policy in self.taint_policies]
        origins += [rebalancer.origin for rebalancer in self.rebalancers]
        origins += [remedy.origin for remedy in self.remedies]
        origins += [quota.origin for quota in self.quotas]
        origins += [one.origin for one in self.autoscalers]
        origins += [one.origin for one in self.multi_cluster_services]
        return frozenset(origin.file for origin in origins)

    @property
    def federated_hpas(self) -> tuple[FederatedHpa, ...]:
        return tuple(one for one in self.autoscalers if isinstance(one, FederatedHpa))

    @property
    def cron_federated_hpas(self) -> tuple[CronFederatedHpa, ...]:
        return tuple(one for one in self.autoscalers if isinstance(one, CronFederatedHpa))

    @property
    def templates_by_key(self) -> Mapping[ResourceKey, ResourceTemplate]:
        return {template.key: template for template in self.templates}
