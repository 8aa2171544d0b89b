"""What can only be judged with everything on the table: names and references."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from reconciler.load.parse_file import ParsedObject
from reconciler.model.cluster import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION, Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, error
from reconciler.model.manifest import is_secret, mapping
from reconciler.model.rebalancer import Rebalancer

Finding: TypeAlias = tuple[Any, Issue]
"""What a complaint is about, and the complaint. What an error is about is not acted on."""

_CLUSTER_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,46}[a-z0-9])?")
_DIRECTORY = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*")


def only_one(settings: Sequence[ParsedObject]) -> list[Issue]:
    """A repository has at most one Configuration."""
    places = ", ".join(str(found.origin) for found in settings)
    return [
        error(
            "DeclaredTwice",
            f"there is more than one Configuration: {places}",
            "Keep one.",
            origin=found.origin,
            subject="Configuration",
        )
        for found in settings
        if len(settings) > 1
    ]


def check_clusters(clusters: Sequence[Cluster]) -> Iterator[Finding]:
    yield from _shared_folders(clusters)
    yield from _shared_servers(clusters)
    for cluster in clusters:
        if not _CLUSTER_NAME.fullmatch(cluster.name):
            remedy = "A cluster's name is a DNS label of at most 48 characters."
            yield (
                cluster,
                error("InvalidName", f"Cluster {cluster.name} has an invalid name", remedy, origin=cluster.origin),
            )
        if cluster.directory and not _DIRECTORY.fullmatch(cluster.directory):
            remedy = "Write file: and a folder's name below the member root, such as file:member1."
            message = f"Cluster {cluster.name}: spec.apiEndpoint leads outside the member root or is no folder's name"
            yield cluster, error("InvalidEndpoint", message, remedy, origin=cluster.origin)


def _shared_folders(clusters: Iterable[Cluster]) -> Iterator[Finding]:
    """Two members in one folder, or one inside the other's, would each prune what the other is to hold."""
    by_folder: dict[str, list[Cluster]] = {}
    for cluster in clusters:
        if cluster.directory:
            by_folder.setdefault(cluster.directory, []).append(cluster)
    for folder, members in by_folder.items():
        outer = [parent for parent in _above(folder) if parent in by_folder]
        neighbours = [*members, *(other for parent in outer for other in by_folder[parent])]
        if len(neighbours) > 1:
            names = ", ".join(sorted(cluster.name for cluster in neighbours))
            message = f"Clusters {names}: spec.apiEndpoint names the same folder, or one inside the other's"
            for cluster in neighbours:
                yield cluster, error("SharedFolder", message, "Give each member a folder of its own.", origin=cluster.origin)


def _shared_servers(clusters: Iterable[Cluster]) -> Iterator[Finding]:
    """Two members that are one server would each prune what the other is to hold. Told as far as files can tell."""
    by_way: dict[tuple[str, ...], list[Cluster]] = {}
    for cluster in clusters:
        for way in () if cluster.directory else _ways_to(cluster):
            by_way.setdefault(way, []).append(cluster)
    for way, members in by_way.items():
        if len(members) > 1:
            names = ", ".join(sorted(cluster.name for cluster in members))
            message = f"Clusters {names}: {way[0]} is the same, so they are one server"
            for cluster in members:
                yield cluster, error("SharedServer", message, "Declare each cluster once.", origin=cluster.origin)


def _ways_to(cluster: Cluster) -> Iterator[tuple[str, ...]]:
    """What names its server; the first word is the field."""
    if cluster.api_endpoint:
        yield "spec.apiEndpoint", cluster.api_endpoint.rstrip("/").lower()
    if KUBECONFIG_ANNOTATION in cluster.annotations:
        place = posixpath.normpath(cluster.annotations[KUBECONFIG_ANNOTATION])
        yield f"the annotation {KUBECONFIG_ANNOTATION}", place, cluster.annotations.get(CONTEXT_ANNOTATION, "")
    elif cluster.secret_ref:
        yield "spec.secretRef", cluster.secret_ref


def _above(folder: str) -> Iterator[str]:
    """`a` and `a/b` for `a/b/c`."""
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        yield folder


def check_rebalancers(rebalancers: Iterable[Rebalancer]) -> Iterator[Finding]:
    for one in rebalancers:
        if len(one.name) > 253 or not all(map(_DNS_LABEL.fullmatch, one.name.split("."))):
            remedy = "Write lower-case letters, digits, - and ., at most 253; each part between dots begins and ends with one."
            yield one, error("InvalidName", f"{one} has an invalid name", remedy, origin=one.origin, subject=str(one))


def check_templates(templates: Iterable[ResourceTemplate]) -> Iterator[Finding]:
    for template in templates:
        if problem := _name_problem(template):
            message = f"{template.key}: metadata.name is no name that an API server would take"
            yield template, error("InvalidName", message, problem, origin=template.origin, subject=template.key)
        if template.key.namespace and not _is_label(template.key.namespace):
            message = f"{template.key}: metadata.namespace is no name that an API server would take"
            yield template, error("InvalidName", message, _LABEL, origin=template.origin, subject=template.key)
        if is_secret(template.key) and "kubeconfig" in _fields(template):
            message = f"{template.key} holds a kubeconfig; credentials never live in the repository"
            remedy = "Remove it and revoke the credential: it is in the history now."
            yield (
                template,
                error("CredentialInRepository", message, remedy, origin=template.origin, subject=template.key),
            )


def _name_problem(template: ResourceTemplate) -> str:
    """How the name would have to be; empty where it is fine. Kubernetes: pkg/apis/*/validation, by kind."""
    group, kind, name = template.key.group, template.key.kind, template.key.name
    if group == "rbac.authorization.k8s.io":
        return "" if name not in (".", "..") and not {"/", "%"} & set(name) else "Leave out / and %."
    if (group, kind) in _LABEL_NAMES:
        return "" if _is_label(name) else _LABEL
    fine = len(name) <= 253 and all(map(_DNS_LABEL.fullmatch, name.split(".")))
    return (
        "" if fine else "Write lower-case letters, digits, - and ., at most 253; each part between dots begins and ends with one."
    )


def _is_label(name: str) -> bool:
    return len(name) <= 63 and _DNS_LABEL.fullmatch(name) is not None


_LABEL = "Write at most 63 lower-case letters, digits and -, beginning and ending with a letter or digit."
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_NAMES = frozenset({("", "Namespace"), ("", "Service")})


def _fields(template: ResourceTemplate) -> set[str]:
    return {*mapping(template.manifest, "data"), *mapping(template.manifest, "stringData")}
