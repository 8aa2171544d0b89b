"""Flux's HelmRelease and Kustomization → Chart and Kustomize, as far as they mean the same. Pure.

Source: fluxcd/helm-controller (api/v2, docs/spec/v2/helmreleases.md), fluxcd/source-controller (docs/spec/v1) and
fluxcd/kustomize-controller (docs/spec/v1/kustomizations.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from reconciler.load.not_expanded import Honoured, Note
from reconciler.load.translation import DEFAULT_NAMESPACE, FindSource, IsThis, Where, chart, joined, kustomize, own_namespace
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.source_lock import BRANCH, COMMIT, TAG, SourceKind, WantedSource

SOURCES_GROUP = "source.toolkit.fluxcd.io"
SOURCE_KINDS = frozenset({"GitRepository", "HelmRepository", "OCIRepository"})
_LONGEST, _HASH = 53, 12
"""Of the name of a release; of the hash at the end of a shortened one."""

_REFERENCE = {"apiVersion": True, "kind": True, "name": True, "namespace": True}
RELEASE_FIELDS: Honoured = {
    "chart": {
        "spec": {"chart": True, "version": True, "sourceRef": _REFERENCE, "valuesFiles": True, "interval": True},
    },
    "chartRef": _REFERENCE,
    "releaseName": True,
    "targetNamespace": True,
    "storageNamespace": True,
    "values": True,
    "valuesFrom": {"kind": True, "name": True, "valuesKey": True, "targetPath": True, "optional": True},
    "commonMetadata": {"labels": True, "annotations": True},
    "install": {"crds": True, "skipCRDs": True},
    "upgrade": {"crds": True},
    "dependsOn": {"name": True, "namespace": True},
    "postRenderers": {
        "kustomize": dict.fromkeys(("patches", "images", "patchesStrategicMerge", "patchesJson6902"), True),
    },
    **dict.fromkeys(("interval", "timeout", "maxHistory", "persistentClient"), True),
}
KUSTOMIZATION_FIELDS: Honoured = {
    "sourceRef": _REFERENCE,
    "commonMetadata": {"labels": True, "annotations": True},
    "dependsOn": {"name": True, "namespace": True},
    "postBuild": {"substitute": True, "substituteFrom": {"kind": True, "name": True, "optional": True}},
    **dict.fromkeys(("path", "targetNamespace", "patches", "images", "components", "namePrefix", "nameSuffix"), True),
    **dict.fromkeys(("interval", "retryInterval", "timeout", "prune"), True),
    **dict.fromkeys(("patchesStrategicMerge", "patchesJson6902"), True),
}
SOURCE_FIELDS: Honoured = dict.fromkeys(("url", "ref", "type", "interval", "timeout", "provider"), True)
_CREDENTIALS = "Credentials are in the folder of --source-credentials."
REMEDIES: Mapping[str, str] = {
    "spec.kubeConfig": "Name the clusters in the policy that selects the object.",
    "spec.suspend": "Write spec.suspension in the policy that selects the object.",
    "spec.serviceAccountName": "Say in a Tenant what the files of a team may declare.",
    "spec.install.createNamespace": "Declare the Namespace.",
    "spec.secretRef": _CREDENTIALS,
    "spec.certSecretRef": _CREDENTIALS,
    "spec.driftDetection": "Drift is corrected; write spec.driftPolicy or spec.ignoreDifferences of the Configuration.",
    "spec.decryption": "Encrypted files of a kustomization are not decrypted; keep Secrets in files that a policy places.",
}


def refused_in_release(manifest: Manifest) -> list[Note]:
    """What makes other objects there, and cannot be done here."""
    found = []
    for place, entry in enumerate(sequence(manifest, "spec", "postRenderers")):
        for name in ("patchesStrategicMerge", "patchesJson6902"):
            if get(entry, "kustomize", name):
                what = f"spec.postRenderers[{place}].kustomize.{name} is not read any more"
                found.append(Note(("spec", "postRenderers", place, "kustomize", name), what, "Write it as patches."))
    for place, entry in enumerate(sequence(manifest, "spec", "valuesFrom")):
        if text(entry, "kind") not in ("ConfigMap", "Secret"):
            what = f"spec.valuesFrom[{place}].kind is neither ConfigMap nor Secret"
            found.append(Note(("spec", "valuesFrom", place, "kind"), what, "Write one of them."))
    return found


def refused_in_kustomization(manifest: Manifest) -> list[Note]:
    found = []
    for name in ("patchesStrategicMerge", "patchesJson6902"):
        if get(manifest, "spec", name):
            found.append(Note(("spec", name), f"spec.{name} is not read any more", "Write it as spec.patches."))
    return found


def other_meanings(manifest: Manifest) -> list[Note]:
    """Fields of a HelmRelease that are honoured, and mean something else with this value."""
    found, spec = [], mapping(manifest, "spec")
    if text(spec, "upgrade", "crds") == "Skip" and not _skips_crds(spec):
        what = "spec.upgrade.crds has no effect: CustomResourceDefinitions of the chart are updated with it"
        found.append(Note(("spec", "upgrade", "crds"), what, "Leave them out with spec.install.crds: Skip, or accept that."))
    files = sequence(spec, "chart", "spec", "valuesFiles")
    if files and not str(files[0]).endswith("values.yaml"):
        what = "spec.chart.spec.valuesFiles does not begin with the values.yaml of the chart, which counts here nevertheless"
        found.append(Note(("spec", "chart", "spec", "valuesFiles"), what, "Write values.yaml first, or accept that."))
    return found


def not_pruned(manifest: Manifest) -> list[Note]:
    """A Kustomization that is not to be pruned."""
    if get(manifest, "spec", "prune") is not False:
        return []
    what = "spec.prune: false has no effect: an object that the files do not have any more is pruned, within the prune guard"
    remedy = "Write helm.sh/resource-policy: keep on what is to stay, or accept that."
    return [Note(("spec", "prune"), what, remedy)]


def _skips_crds(spec: Mapping[str, Any]) -> bool:
    return text(spec, "install", "crds") == "Skip" or get(spec, "install", "skipCRDs") is True


def chart_of(manifest: Manifest) -> Manifest:
    """A HelmRelease as a Chart, without its source."""
    spec = mapping(manifest, "spec")
    target, name = text(spec, "targetNamespace"), text(manifest, "metadata", "name")
    release = text(spec, "releaseName") or (f"{target}-{name}" if target else name)
    stated: dict[str, Any] = {
        "releaseName": _shortened(release),
        "values": mapping(spec, "values"),
        "valuesFrom": [_values_entry(entry) for entry in sequence(spec, "valuesFrom")],
        "valuesFiles": _values_files(manifest),
        "skipCrds": _skips_crds(spec),
        "commonMetadata": mapping(spec, "commonMetadata"),
        "postRenderers": _post_renderers(spec),
    }
    return chart(manifest, target or own_namespace(manifest), stated)


def _values_files(manifest: Manifest) -> list[str]:
    """From the folder of the chart. Those of a chart in a Git repository are stated from the root of that."""
    wanted = mapping(manifest, "spec", "chart", "spec")
    stated = [one for one in sequence(wanted, "valuesFiles") if isinstance(one, str)]
    if text(wanted, "sourceRef", "kind") != "GitRepository":
        return stated
    folder = joined("", text(wanted, "chart"))
    return [(joined("", one) or one).removeprefix(f"{folder}/") if folder else one for one in stated]


def _post_renderers(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each as a kustomization for what the one before it gives."""
    made = []
    for entry in sequence(spec, "postRenderers"):
        patches = [
            {name: one[name] for name in ("patch", "target") if one.get(name)}
            for one in sequence(entry, "kustomize", "patches")
            if isinstance(one, Mapping)
        ]
        stated = {"patches": patches, "images": sequence(entry, "kustomize", "images")}
        if found := {name: one for name, one in stated.items() if one}:
            made.append(found)
    return made


def _values_entry(entry: Any) -> dict[str, Any]:
    own = {"kind": text(entry, "kind"), "name": text(entry, "name"), "key": text(entry, "valuesKey")}
    own["targetPath"] = text(entry, "targetPath")
    return {name: one for name, one in own.items() if one} | ({"optional": True} if get(entry, "optional") is True else {})


def _shortened(name: str) -> str:
    """As helm-controller shortens the names of releases (internal/release, ShortenName)."""
    if len(name) <= _LONGEST:
        return name
    return f"{name[: _LONGEST - _HASH - 1]}-{hashlib.sha256(name.encode()).hexdigest()[:_HASH]}"


def kustomize_of(manifest: Manifest, folder: str) -> Manifest:
    """A Kustomization as a Kustomize. folder: where its files are, from the root of the revision."""
    spec = mapping(manifest, "spec")
    components = [joined(folder, one) or one for one in sequence(spec, "components") if isinstance(one, str)]
    stated: dict[str, Any] = {
        "path": folder or ".",
        "namespace": text(spec, "targetNamespace"),
        "plain": "deep",
        "components": components,
        **{name: spec.get(name) for name in ("namePrefix", "nameSuffix", "images", "patches", "commonMetadata", "postBuild")},
    }
    return kustomize(manifest, text(spec, "targetNamespace") or DEFAULT_NAMESPACE, stated)


def locate_release(manifest: Manifest, find: FindSource, is_this: IsThis) -> Where | Note:
    """Where the chart of a HelmRelease is."""
    reference = mapping(manifest, "spec", "chartRef")
    if reference:
        if text(reference, "kind") != "OCIRepository":
            what = f"spec.chartRef names a {text(reference, 'kind')}, and only an OCIRepository is read here"
            return Note(("spec", "chartRef"), what, "Name an OCIRepository, or write spec.chart.")
        return _found(manifest, ("spec", "chartRef"), find, is_this, "", True)
    wanted, path = mapping(manifest, "spec", "chart", "spec"), ("spec", "chart", "spec", "sourceRef")
    kind, name = text(wanted, "sourceRef", "kind"), text(wanted, "chart")
    if kind == "GitRepository":
        return _found(manifest, path, find, is_this, name, True)
    if kind != "HelmRepository":
        what = f"spec.chart.spec.sourceRef names {f'a {kind}' if kind else 'no kind'}, and none is read here"
        return Note(path, what, "Name a HelmRepository or a GitRepository, or write spec.chartRef.")
    repository = _object(manifest, path, find)
    if isinstance(repository, Note):
        return repository
    url, version = text(repository, "spec", "url").rstrip("/"), text(wanted, "version") or "*"
    if url.startswith("oci://"):
        return Where("", WantedSource(SourceKind.OCI, f"{url}/{name}", "", version), True)
    return Where("", WantedSource(SourceKind.HELM, url, name, version), True)


def locate_kustomization(manifest: Manifest, find: FindSource, is_this: IsThis) -> Where | Note:
    """Where the files of a Kustomization are."""
    kind = text(manifest, "spec", "sourceRef", "kind")
    if kind not in ("GitRepository", "OCIRepository"):
        what = f"spec.sourceRef names {f'a {kind}' if kind else 'no kind'}, and none is read here"
        return Note(("spec", "sourceRef"), what, "Name a GitRepository or an OCIRepository.")
    return _found(manifest, ("spec", "sourceRef"), find, is_this, text(manifest, "spec", "path"), False)


def _object(manifest: Manifest, path: tuple[str, ...], find: FindSource) -> Manifest | Note:
    reference = mapping(manifest, *path)
    namespace = text(reference, "namespace") or own_namespace(manifest)
    found = find(text(reference, "kind"), namespace, text(reference, "name"))
    return Note(path, f"{'.'.join(path)} {found.message}", found.remedy) if isinstance(found, Note) else found


def _found(
    manifest: Manifest, path: tuple[str, ...], find: FindSource, is_this: IsThis, folder: str, charted: bool
) -> Where | Note:
    repository, below = _object(manifest, path, find), joined("", folder)
    if isinstance(repository, Note):
        return repository
    if below is None:
        return Note(path[:-1], f"{folder} leads out of its source", "Write a folder below the root of the source.")
    url = text(repository, "spec", "url").rstrip("/")
    if text(repository, "kind") == "OCIRepository":
        return Where(below, WantedSource(SourceKind.OCI, url, "", _artifact_version(repository)), charted)
    if is_this(url, repository):
        return Where(below, None, charted)
    return Where(below, WantedSource(SourceKind.GIT, url, "", _commit_wanted(repository)), charted)


def _artifact_version(repository: Manifest) -> str:
    """The digest counts most, then the range, then the tag."""
    ref = mapping(repository, "spec", "ref")
    return text(ref, "digest") or text(ref, "semver") or f"{TAG}{text(ref, 'tag') or 'latest'}"


def _commit_wanted(repository: Manifest) -> str:
    """The commit counts most, then the reference by its full name, the range, the tag, the branch."""
    ref = mapping(repository, "spec", "ref")
    if commit := text(ref, "commit"):
        return f"{COMMIT}{commit}"
    name = text(ref, "name")
    if name.startswith("refs/heads/"):
        return f"{BRANCH}{name.removeprefix('refs/heads/')}"
    if name:
        return f"{TAG}{name.removeprefix('refs/tags/')}"
    if stated := text(ref, "semver"):
        return stated
    return f"{TAG}{tag}" if (tag := text(ref, "tag")) else f"{BRANCH}{text(ref, 'branch') or 'master'}"


def dependencies(manifest: Manifest) -> list[str]:
    """What `spec.dependsOn` names, as `reconciler.dev/depends-on` names objects."""
    kind, group = text(manifest, "kind"), text(manifest, "apiVersion").partition("/")[0]
    return [
        f"{group}/namespaces/{text(entry, 'namespace') or own_namespace(manifest)}/{kind}/{text(entry, 'name')}"
        for entry in sequence(manifest, "spec", "dependsOn")
        if text(entry, "name")
    ]
