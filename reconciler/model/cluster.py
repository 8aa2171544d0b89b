"""A member cluster as its file declares it (`cluster.karmada.io/v1alpha1`)."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler.model.capacity import Capacity, ResourceModels
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.origin import NOWHERE, Origin

KUBECONFIG_ANNOTATION = "reconciler.dev/kubeconfig"
"""On a Cluster: a kubeconfig file below the member root."""
CONTEXT_ANNOTATION = "reconciler.dev/context"
"""On a Cluster: which context of that file; its current one by default."""
PROFILE_ANNOTATION = "reconciler.dev/cluster-profile"
"""On a Cluster: NAMESPACE/NAME of the ClusterProfile of the host cluster that says how to reach the member."""
HOST_ANNOTATION = "reconciler.dev/host-kubeconfig"
"""On a Cluster: the host cluster that has its Secret, as a kubeconfig file below the member root. Without it: the one that the
process was started with."""
HOST_CONTEXT_ANNOTATION = "reconciler.dev/host-context"
"""On a Cluster: which context of that file; its current one by default."""
RECIPIENTS_ANNOTATION = "reconciler.dev/sops-recipients"
"""On a Cluster: recipients of SOPS, with commas between them."""

EVICT_ANNOTATION = "reconciler.dev/evict"
"""On a Cluster: a time of RFC 3339. Where failover only proposes, objects may leave the member for what failed until then."""
NO_EXECUTE = "NoExecute"
"""The effect of taints that evict."""

NO_CREDENTIAL = "its Cluster file names no credential"
NO_CREDENTIAL_REMEDY = (
    "Run `reconciler join`, or write spec.secretRef, or the annotation reconciler.dev/kubeconfig: FILE, a kubeconfig "
    "below the member root."
)


@dataclass(frozen=True, slots=True)
class Taint:
    key: str
    value: str
    effect: str
    """NoSchedule, PreferNoSchedule or NoExecute."""
    time_added: datetime | None = None
    """When a NoExecute taint was added, in whole seconds: its tolerationSeconds count from then. None where it is not known."""

    @property
    def identity(self) -> tuple[str, str]:
        """Key and effect. As in Karmada, a cluster has no two taints that differ in their values only."""
        return (self.key, self.effect)

    def __str__(self) -> str:
        """`key=value:effect`, or `key:effect` if the value is empty (k8s.io/api core/v1, Taint.ToString)."""
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


@dataclass(frozen=True, slots=True)
class Cluster:
    name: ClusterName
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    provider: str = ""
    region: str = ""
    zones: tuple[str, ...] = ()
    """`spec.zones`; the deprecated `spec.zone` counts as one of them, as Karmada's API server stores it."""
    taints: tuple[Taint, ...] = ()
    sync_mode: str = "Push"
    api_endpoint: str = ""
    """URL of the API server. `file:NAME` is a directory member: a folder of that name below the member root."""
    secret_ref: str = ""
    """`namespace/name` of the Secret with its credential, in the host cluster."""
    proxy_url: str = ""
    """URL of an HTTP proxy on the way to the API server; empty for none. It may contain a password."""
    proxy_headers: tuple[tuple[str, str], ...] = ()
    """Headers for that proxy, sorted by name; a name may occur more than once."""
    apis: frozenset[GroupVersionKind] | None = None
    """The kinds that it serves, from recorded discovery; None if unknown."""
    version: str = ""
    """Of Kubernetes there, such as `v1.36.3`, from recorded discovery; empty if unknown."""
    capacity: Capacity | None = None
    """Its resources, as last observed. None means unknown: as in Karmada, nothing fits then."""
    resource_models: ResourceModels = ()
    """How its nodes are sorted by size; empty: they are not."""
    deleting: bool = False
    """Whether it has a deletion timestamp."""
    origin: Origin = NOWHERE

    @property
    def evicts_until(self) -> datetime | None:
        """The time in its annotation; None where there is none."""
        return parse_moment(self.annotations.get(EVICT_ANNOTATION, ""))

    @property
    def sops_recipients(self) -> tuple[str, ...]:
        """For whom encrypted files must be encrypted that declare objects of this member, as its annotation names them; empty:
        that is not checked."""
        return tuple(one for part in self.annotations.get(RECIPIENTS_ANNOTATION, "").split(",") if (one := part.strip()))

    @property
    def is_pulled(self) -> bool:
        """Whether an agent keeps this member, so that no other process connects to it."""
        return self.sync_mode == "Pull"

    @property
    def addresses(self) -> Mapping[str, str]:
        """Everything that identifies the server: name of the field → its value, in a form that can be compared. Two Clusters that
        share one of them are the same server."""
        found = {}
        if self.api_endpoint:
            found["spec.apiEndpoint"] = self.api_endpoint if self.directory else self.api_endpoint.rstrip("/").lower()
        if KUBECONFIG_ANNOTATION in self.annotations:
            place, context = posixpath.normpath(self.annotations[KUBECONFIG_ANNOTATION]), self.annotations.get(CONTEXT_ANNOTATION)
            found[KUBECONFIG_ANNOTATION] = f"{place} ({context})" if context else place
        elif profile := self.profile:
            found[PROFILE_ANNOTATION] = profile
        elif self.secret_ref:
            found["spec.secretRef"] = f"{self.secret_ref}{self._host}"
        return found

    @property
    def profile(self) -> str:
        """NAMESPACE/NAME of its ClusterProfile; empty for none."""
        return self.annotations.get(PROFILE_ANNOTATION, "")

    @property
    def _host(self) -> str:
        """Whose Secrets are meant; empty for those of the process."""
        file, context = self.annotations.get(HOST_ANNOTATION, ""), self.annotations.get(HOST_CONTEXT_ANNOTATION, "")
        return f" of {posixpath.normpath(file)}" + (f" ({context})" if context else "") if file else ""

    @property
    def names_credential(self) -> bool:
        """Whether its file says where the credential for its server is; a directory member needs none."""
        return bool(self.directory or KUBECONFIG_ANNOTATION in self.annotations or self.profile or self.secret_ref)

    @property
    def directory(self) -> str:
        """The folder's name if this is a directory member, else empty."""
        return self.api_endpoint.removeprefix("file:") if self.api_endpoint.startswith("file:") else ""


def parse_moment(written: str) -> datetime | None:
    """A time of RFC 3339 in UTC and whole seconds; None if it is none. Without a time zone it is none: it would depend on where
    this program runs."""
    try:
        moment = datetime.fromisoformat(written)
        return None if moment.tzinfo is None else moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None
