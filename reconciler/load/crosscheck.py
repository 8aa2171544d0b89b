"""Checks that need all objects of a revision: names that collide, and references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from reconciler.load.parse_file import ParsedObject
from reconciler.model.carried import REPORT_EVERY, ReportEveryError, report_every
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.hydration import HYDRATE, HydrationError, hydration_target
from reconciler.model.issues import Issue, error
from reconciler.model.keys import CLUSTER_NAME
from reconciler.model.manifest import is_secret, mapping
from reconciler.model.rebalancer import Rebalancer

Finding: TypeAlias = tuple[Any, Issue]
"""(object, issue about it). An object with an error is left out of the desired state."""

_DIRECTORY = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*")


def only_one(settings: Sequence[ParsedObject]) -> list[Issue]:
    """A repository has at most one Configuration."""
    places = ", ".join(str(parsed.origin) for parsed in settings)
    return [
        error(
            "DeclaredTwice",
            f"there is more than one Configuration: {places}",
            "Keep one.",
            origin=parsed.origin,
            subject="Configuration",
        )
        for parsed in settings
        if len(settings) > 1
    ]


def check_clusters(clusters: Sequence[Cluster]) -> Iterator[Finding]:
    yield from _shared_folders(clusters)
    yield from _shared_servers(clusters)
    for cluster in clusters:
        if not CLUSTER_NAME.fullmatch(cluster.name):
            remedy = "Write a DNS label of at most 48 characters."
            yield (
                cluster,
                error("InvalidName", f"Cluster {cluster.name} has an invalid name", remedy, origin=cluster.origin),
            )
        if cluster.directory and not _DIRECTORY.fullmatch(cluster.directory):
            remedy = "Write file: and the name of a folder below the member root, such as file:member1."
            message = f"Cluster {cluster.name}: spec.apiEndpoint leads outside the member root or is not the name of a folder"
            yield cluster, error("InvalidEndpoint", message, remedy, origin=cluster.origin)
        try:
            hydration_target(cluster.annotations)
        except HydrationError as wrong:
            remedy = "Write the name of a branch, or URL#BRANCH for one of another repository."
            message = f"Cluster {cluster.name}: the annotation {HYDRATE}: {wrong}"
            yield cluster, error("InvalidHydration", message, remedy, origin=cluster.origin)
        try:
            report_every(cluster.annotations)
        except ReportEveryError as wrong:
            message = f"Cluster {cluster.name}: the annotation {REPORT_EVERY}: {wrong}"
            yield cluster, error("InvalidReportEvery", message, "Write hours, such as 720h.", origin=cluster.origin)


def _shared_folders(clusters: Iterable[Cluster]) -> Iterator[Finding]:
    """Two members in the same folder, or one inside the folder of the other, would prune each other's objects."""
    by_folder: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        if cluster.directory:
            by_folder.setdefault(cluster.directory, []).append(cluster)
    for folder, members in by_folder.items():
        outer = [parent for parent in _above(folder) if parent in by_folder]
        neighbours = [*members, *(other for parent in outer for other in by_folder[parent])]
        if len(neighbours) > 1:
            names = ", ".join(sorted(cluster.name for cluster in neighbours))
            message = f"Clusters {names}: their spec.apiEndpoint name the same folder, or one folder inside the other"
            for cluster in neighbours:
                yield cluster, error("SharedFolder", message, "Give each member a folder of its own.", origin=cluster.origin)


def _shared_servers(clusters: Iterable[Cluster]) -> Iterator[Finding]:
    """Two members on the same API server would prune each other's objects. Detected as far as the files show it."""
    by_address: dict[tuple[str, str], list[Cluster]] = {}
    for cluster in clusters:
        for address in () if cluster.directory else cluster.addresses.items():
            by_address.setdefault(address, []).append(cluster)
    for address, members in by_address.items():
        if len(members) > 1:
            names = ", ".join(sorted(cluster.name for cluster in members))
            field = f"the annotation {address[0]}" if address[0].startswith("reconciler.dev/") else address[0]
            message = f"Clusters {names}: {field} is the same, so they are the same server"
            for cluster in members:
                yield cluster, error("SharedServer", message, "Declare each cluster once.", origin=cluster.origin)


def _above(folder: str) -> Iterator[str]:
    """`a` and `a/b` for `a/b/c`."""
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        yield folder


def check_rebalancers(rebalancers: Iterable[Rebalancer]) -> Iterator[Finding]:
    for rebalancer in rebalancers:
        if not _is_dns_name(rebalancer.name):
            message = f"{rebalancer} has an invalid name"
            yield rebalancer, error("InvalidName", message, _DNS_NAME, origin=rebalancer.origin, subject=str(rebalancer))


def check_templates(templates: Iterable[ResourceTemplate]) -> Iterator[Finding]:
    for template in templates:
        if problem := _name_problem(template):
            message = f"{template.key}: metadata.name is not a name that an API server accepts"
            problem = _PLACEHOLDER if "${" in template.key.name else problem
            yield template, error("InvalidName", message, problem, origin=template.origin, subject=template.key)
        if template.key.namespace and not _is_label(template.key.namespace):
            message = f"{template.key}: metadata.namespace is not a name that an API server accepts"
            yield template, error("InvalidName", message, _LABEL, origin=template.origin, subject=template.key)
        if is_secret(template.key) and "kubeconfig" in _fields(template):
            message = f"{template.key} contains a kubeconfig; credentials do not belong in the repository"
            remedy = "Remove it, and revoke the credential, because it stays in the history."
            yield (
                template,
                error("CredentialInRepository", message, remedy, origin=template.origin, subject=template.key),
            )


def _name_problem(template: ResourceTemplate) -> str:
    """The remedy for an invalid name; empty if the name is valid. Kubernetes: pkg/apis/*/validation, by kind."""
    group, kind, name = template.key.group, template.key.kind, template.key.name
    if group == "rbac.authorization.k8s.io":
        return "" if name not in (".", "..") and not {"/", "%"} & set(name) else "Leave out / and %."
    if (group, kind) in _LABEL_NAMES:
        return "" if _is_label(name) else _LABEL
    return "" if _is_dns_name(name) else _DNS_NAME


def _is_dns_name(name: str) -> bool:
    return len(name) <= 253 and all(map(_DNS_LABEL.fullmatch, name.split(".")))


def _is_label(name: str) -> bool:
    return len(name) <= 63 and _DNS_LABEL.fullmatch(name) is not None


_DNS_NAME = (
    "Write at most 253 lower-case letters, digits, - and .; each part between dots must begin and end with a letter or digit."
)
_PLACEHOLDER = "${} is the placeholder of another tool, such as Flux or envsubst. Let it fill this in, and commit the result."
_LABEL = "Write at most 63 lower-case letters, digits and -; it must begin and end with a letter or digit."
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_NAMES = frozenset({("", "Namespace"), ("", "Service")})


def _fields(template: ResourceTemplate) -> set[str]:
    return {*mapping(template.manifest, "data"), *mapping(template.manifest, "stringData")}
