"""The files of an import against those of the repository: what is new, what is there, and what somebody changed. Pure.

A file that exists is not changed without leave. An object that another file declares is not declared again: people move files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from reconciler.edit.work_tree import FileEdit
from reconciler.migrate.imported import ImportedFile
from reconciler.model.desired import DesiredState
from reconciler.model.keys import PolicyRef, ResourceKey


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


def file_edits(
    files: Iterable[ImportedFile], present: Mapping[str, str], elsewhere: Mapping[str, str], *, overwrite: bool = False
) -> FileEdits:
    """present: the text of each path that HEAD has. elsewhere: by path, the file that declares the same object and
    stays. overwrite: whether a file that differs is replaced."""
    edits, same, differing, declared = [], [], [], {}
    for file in files:
        if present.get(file.path) == file.text:
            same.append(file.path)
        elif file.path in elsewhere:
            declared[file.path] = elsewhere[file.path]
        elif file.path in present and not overwrite:
            differing.append(file.path)
        else:
            edits.append(FileEdit(file.path, _always(file.text)))
    return FileEdits(tuple(edits), tuple(same), tuple(differing), declared)


def _always(text: str) -> Callable[[str | None], str]:
    return lambda _: text


def declared_in(desired: DesiredState) -> dict[ResourceKey, str]:
    """The file of each template, policy, override policy and Cluster."""
    found = {template.key: template.origin.file for template in desired.templates}
    found |= {_policy_key(policy.ref): policy.origin.file for policy in desired.policies}
    found |= {_policy_key(policy.ref): policy.origin.file for policy in desired.override_policies}
    for cluster in desired.clusters:
        found[ResourceKey("cluster.karmada.io", "Cluster", "", cluster.name)] = cluster.origin.file
    return found


def _policy_key(ref: PolicyRef) -> ResourceKey:
    return ResourceKey("policy.karmada.io", ref.kind, ref.namespace, ref.name)
