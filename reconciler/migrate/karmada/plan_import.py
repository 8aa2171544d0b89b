"""From what a Karmada API server holds to the files of a repository, and remarks about what has no counterpart. Pure.

One object in each file: `NAMESPACE/KIND-NAME.yaml`, `cluster/KIND-NAME.yaml`, and `clusters/NAME.yaml` for members. A name
depends only on the object, so that a second import finds its files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.documents.writer import dump
from reconciler.interpreter.containers import is_namespace
from reconciler.load import unread_kinds
from reconciler.load.schemas import karmada
from reconciler.migrate.imported import Imported, ImportedFile, Remark
from reconciler.migrate.karmada.cleaned import cleaned_cluster, cleaned_own, cleaned_template
from reconciler.migrate.karmada.control_plane import BINDINGS, ControlPlane
from reconciler.migrate.karmada.differences import binding_remarks, cluster_remarks, kind_remarks
from reconciler.migrate.karmada.templates import templates_of
from reconciler.model.file_names import path_part
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, gvk_of, is_secret, key_of
from reconciler.model.origin import NOWHERE
from reconciler.model.wording import first_few, plural


@dataclass(frozen=True, slots=True)
class KarmadaImport:
    """Everything that one import comes to."""

    imported: Imported
    keys: Mapping[str, ResourceKey]
    """By path, the object that the file declares."""
    templates: int
    policies: int
    clusters: int


@dataclass(frozen=True, slots=True)
class SecretFiles:
    """What becomes of Secrets."""

    encrypted: Mapping[ResourceKey, str]
    """The text of the file of each Secret, encrypted. A Secret that is not among them is not imported."""


NO_SECRETS = SecretFiles({})


def plan_import(
    control: ControlPlane, secrets: SecretFiles = NO_SECRETS, declared: Collection[ResourceKey] = ()
) -> KarmadaImport:
    """declared: what the repository declares already, such as a Secret that somebody has encrypted."""
    templates = templates_of(control)
    own = [one for one in control.of_karmada() if is_kept(gvk_of(one))]
    plain = [one for one in templates.objects if not is_secret(key_of(one))]
    texts = {key_of(one): dump(cleaned_template(one)) for one in plain}
    texts |= {key_of(one): dump(cleaned_cluster(one) if _is_cluster(one) else cleaned_own(one)) for one in own}
    texts |= {key: secrets.encrypted[key] for key in map(key_of, templates.objects) if key in secrets.encrypted}
    paths = paths_of(texts)
    files = [ImportedFile(paths[key], text) for key, text in texts.items()]
    refused = [key for key in map(key_of, templates.objects) if is_secret(key) and key not in {*secrets.encrypted, *declared}]
    remarks = (
        *_unread(control),
        *_secrets(refused),
        *_not_propagated(templates.not_propagated),
        *_controlled(templates.controlled),
        *kind_remarks(control),
        *cluster_remarks(control),
        *binding_remarks(control),
    )
    kinds = Counter(key.kind for key in map(key_of, own))
    policies = sum(count for kind, count in kinds.items() if kind.endswith("Policy"))
    imported = Imported(tuple(sorted(files)), tuple(sorted(set(remarks))))
    keys = {path: key for key, path in paths.items()}
    return KarmadaImport(imported, keys, len(texts) - len(own), policies, kinds["Cluster"])


def is_kept(gvk: GroupVersionKind) -> bool:
    """Whether this program reads objects of one of Karmada's kinds, so that they become files."""
    read = {(one.group, one.kind) for one in karmada.known_kinds()}
    return (gvk.group, gvk.kind) in read and not unread_kinds.is_unread(gvk)


def _is_cluster(one: Manifest) -> bool:
    gvk = gvk_of(one)
    return (gvk.group, gvk.kind) == ("cluster.karmada.io", "Cluster")


def paths_of(keys: Iterable[ResourceKey]) -> dict[ResourceKey, str]:
    """The path of each object. Where two kinds have one name, that of a project's own group gets the group, too."""
    wanted = {key: _path(key) for key in sorted(keys)}
    shared = {path for path, count in Counter(wanted.values()).items() if count > 1}
    return {key: _path(key, with_group=path in shared) for key, path in wanted.items()}


def _path(key: ResourceKey, *, with_group: bool = False) -> str:
    if (key.group, key.kind) == ("cluster.karmada.io", "Cluster"):
        return f"{_MEMBERS}/{path_part(key.name)}.yaml"
    is_itself = is_namespace(key) and not key.namespace
    namespace = key.name if is_itself else key.namespace
    folder = f"{namespace}.namespace" if namespace in _FOLDERS else path_part(namespace) or _NOT_NAMESPACED
    kind = f"{key.kind.lower()}.{key.group}" if with_group and key.group else key.kind.lower()
    name = kind if is_itself else path_part(f"{kind}-{key.name}")
    return f"{folder}/{name}{'.sops' if is_secret(key) else ''}.yaml"


_MEMBERS, _NOT_NAMESPACED = "clusters", "cluster"
_FOLDERS = frozenset({_MEMBERS, _NOT_NAMESPACED})
"""Folders that are no namespaces. A namespace of that name has another folder, which no namespace can have."""


def _unread(control: ControlPlane) -> Iterator[Remark]:
    for gvk, why in sorted(control.unread.items()):
        if gvk.kind in BINDINGS:
            consequence = "The decisions of Karmada about these templates are not recorded, and they may be placed otherwise."
        else:
            consequence = "Objects of this kind are not in the repository, and stay in the members as they are."
        remedy = (
            "Allow the user of the kubeconfig to get, list and watch the kind, or wait for what serves it; then import again."
        )
        yield Remark(str(gvk), NOWHERE, f"cannot be listed: {why.rstrip('.')}", consequence, remedy)


def _secrets(keys: Collection[ResourceKey]) -> Iterator[Remark]:
    for key in keys:
        yield Remark(
            str(key),
            NOWHERE,
            "is a Secret, and would be in Git in plain text",
            "It is not imported. Its copies in the members stay as they are, and nobody updates them.",
            "Import again with --secrets sops, which encrypts it, or leave it to a tool that brings secrets to members.",
        )


def _controlled(keys: Iterable[ResourceKey]) -> Iterator[Remark]:
    for key in keys:
        yield Remark(
            str(key),
            NOWHERE,
            "has an owner whose controller writes it in Karmada's API server",
            "It is not imported. Its copies in the members stay as they are, and nobody updates them.",
            "Run that controller in the members, or commit the object with a policy, without the owner.",
        )


def _not_propagated(keys: Collection[ResourceKey]) -> Iterator[Remark]:
    by_kind: dict[str, list[ResourceKey]] = {}
    for key in keys:
        by_kind.setdefault(key.qualified_kind, []).append(key)
    for kind, found in sorted(by_kind.items()):
        yield Remark(
            kind,
            NOWHERE,
            f"{plural(len(found), 'object')} that no policy selects: {first_few([one.namespaced_name for one in found], 5)}",
            "No member has them, so they are not imported.",
            "If you need one of them, commit it with a policy.",
        )
