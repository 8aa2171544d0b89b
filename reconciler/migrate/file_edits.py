"""The files of an import against those of the repository: what is new, what is there, and what somebody changed. Pure.

A file that exists is not changed without leave. An object that another file declares is not declared again: people move files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from reconciler.edit.work_tree import FileEdit
from reconciler.migrate.imported import ImportedFile
from reconciler.model.desired import DesiredState
from reconciler.model.keys import PolicyRef, ResourceKey
from reconciler.model.origin import Origin


@dataclass(frozen=True, slots=True)
class FileEdits:
    """What an import does to the files of a repository."""

    edits: tuple[FileEdit, ...]
    """Of files that are written, sorted by path."""
    same: tuple[str, ...]
    """Files that are there already, with this content."""
    differing: tuple[str, ...]
    """Files that are there with another content, and stay as they are."""
    declared: Mapping[str, str]
    """By path: files that are not written, because another file declares their object, and that file."""
    holding_more: tuple[str, ...] = ()
    """Of those that differ, files that hold other objects, too, and are therefore never replaced."""


def file_edits(
    files: Iterable[ImportedFile],
    present: Mapping[str, str],
    elsewhere: Mapping[str, str],
    *,
    overwrite: bool = False,
    holding_more: Collection[str] = (),
) -> FileEdits:
    """present: the text of each path that HEAD has. elsewhere: by path, the file that declares the same object and
    stays. overwrite: whether a file that differs is replaced. holding_more: paths of files with other objects, which are not."""
    edits, same, differing, declared = [], [], [], {}
    for file in files:
        if present.get(file.path) == file.text:
            same.append(file.path)
        elif file.path in elsewhere:
            declared[file.path] = elsewhere[file.path]
        elif file.path in present and (not overwrite or file.path in holding_more):
            differing.append(file.path)
        else:
            edits.append(FileEdit(file.path, _always(file.text)))
    more = tuple(path for path in differing if path in holding_more)
    return FileEdits(tuple(edits), tuple(same), tuple(differing), declared, more)


def _always(text: str) -> Callable[[str | None], str]:
    return lambda _: text


def declaring_files(desired: DesiredState) -> dict[ResourceKey, str]:
    """The file of each template, and of each object of Karmada's kinds."""
    found = {template.key: template.origin.file for template in desired.templates}
    found |= {_policy_key(policy.ref): policy.origin.file for policy in desired.policies}
    found |= {_policy_key(policy.ref): policy.origin.file for policy in desired.override_policies}
    found |= {one.key: one.origin.file for one in desired.autoscalers}
    for quota in desired.quotas:
        found[ResourceKey("policy.karmada.io", "FederatedResourceQuota", quota.namespace, quota.name)] = quota.origin.file
    for service in desired.multi_cluster_services:
        ref = service.ref
        found[ResourceKey("networking.karmada.io", "MultiClusterService", ref.namespace, ref.name)] = service.origin.file
    for group, kind, objects in _without_namespace(desired):
        found |= {ResourceKey(group, kind, "", one.name): one.origin.file for one in objects}
    return found


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def origin(self) -> Origin: ...


def _without_namespace(desired: DesiredState) -> Iterator[tuple[str, str, Iterable[_Named]]]:
    yield "cluster.karmada.io", "Cluster", desired.clusters
    yield "policy.karmada.io", "ClusterTaintPolicy", desired.taint_policies
    yield "apps.karmada.io", "WorkloadRebalancer", desired.rebalancers
    yield "remedy.karmada.io", "Remedy", desired.remedies
    yield "config.karmada.io", "ResourceInterpreterCustomization", desired.customizations


def _policy_key(ref: PolicyRef) -> ResourceKey:
    return ResourceKey("policy.karmada.io", ref.kind, ref.namespace, ref.name)
