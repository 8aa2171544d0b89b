"""Argo CD's Application → Chart or Kustomize, as far as it means the same. Pure.

Source: argo-cd, pkg/apis/application/v1alpha1/types.go, and docs/user-guide/helm.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.documents.reader import read_stream
from reconciler.load.not_expanded import Honoured, Note
from reconciler.load.translation import DEFAULT_NAMESPACE, IsThis, Where, chart, joined, kustomize
from reconciler.load.value_paths import merged, path_steps, typed
from reconciler.model.manifest import Manifest, get, mapping, sequence, text, with_value
from reconciler.model.semver import RangeError, parse_range
from reconciler.model.source_lock import BRANCH, COMMIT, TAG, SourceKind, WantedSource

_SOURCE: Honoured = {
    **dict.fromkeys(("repoURL", "path", "chart", "targetRevision", "plugin"), True),
    "helm": {
        **dict.fromkeys(("releaseName", "values", "valuesObject", "valueFiles", "skipCrds", "fileParameters"), True),
        "parameters": {"name": True, "value": True, "forceString": True},
    },
    "kustomize": dict.fromkeys(
        ("images", "namePrefix", "nameSuffix", "namespace", "patches", "components", "replicas", "commonLabels"), True
    ),
    "directory": {"recurse": True},
}
FIELDS: Honoured = {
    "source": _SOURCE,
    "sources": _SOURCE,
    "destination": {"namespace": True},
    **dict.fromkeys(("project", "revisionHistoryLimit", "info"), True),
}
_PLACES = "Name the clusters in the policy that selects the object."
REMEDIES: Mapping[str, str] = {
    "spec.destination.server": _PLACES,
    "spec.destination.name": _PLACES,
    "spec.syncPolicy": "Objects are written, corrected and pruned as the Configuration and the policy say.",
    "spec.ignoreDifferences": "Write spec.ignoreDifferences of the Configuration.",
}


def source_of(manifest: Manifest) -> Mapping[str, Any]:
    """The one source."""
    return mapping(manifest, *source_path(manifest))


def source_path(manifest: Manifest) -> tuple[str | int, ...]:
    return ("spec", "sources", 0) if sequence(manifest, "spec", "sources") else ("spec", "source")


def refused(manifest: Manifest) -> list[Note]:
    """What makes other objects there, and cannot be done here."""
    found, path = [], source_path(manifest)
    source, shown = source_of(manifest), "spec.sources[0]" if path[1] == "sources" else "spec.source"
    if len(sequence(manifest, "spec", "sources")) > 1:
        what = "spec.sources names several sources, and one can be expanded here"
        found.append(Note(("spec", "sources"), what, "Declare an Application for each of them; $ref is not supported."))
    for name, below in (("plugin", ("plugin",)), ("helm.fileParameters", ("helm", "fileParameters")), ("ref", ("ref",))):
        if get(source, *below):
            found.append(Note((*path, *below), f"{shown}.{name} is not supported here", "Use a chart or a kustomization."))
    for place, file in enumerate(sequence(source, "helm", "valueFiles")):
        if not isinstance(file, str) or file.startswith(("$", "/", "../")) or "://" in file:
            what = f"{shown}.helm.valueFiles[{place}] is not in the folder of the chart"
            remedy = "Move the file there, or write its values into helm.valuesObject."
            found.append(Note((*path, "helm", "valueFiles", place), what, remedy))
    for place, entry in enumerate(sequence(source, "helm", "parameters")):
        if path_steps(text(entry, "name")) is None:
            what = f"{shown}.helm.parameters[{place}] has a name that is more than names with dots between them"
            found.append(Note((*path, "helm", "parameters", place), what, "Write the value into helm.valuesObject."))
    if text(source, "helm", "values") and _values_text(source) is None:
        what = f"{shown}.helm.values cannot be read as one mapping of YAML"
        found.append(Note((*path, "helm", "values"), what, "Correct it, or write helm.valuesObject."))
    return found


def _values_text(source: Mapping[str, Any]) -> Mapping[str, Any] | None:
    documents, errors = read_stream(text(source, "helm", "values"))
    values = documents[0].value if len(documents) == 1 else None
    return values if isinstance(values, Mapping) and not errors else None


def namespace_of(manifest: Manifest) -> str:
    """Where objects without a namespace go."""
    return text(manifest, "spec", "destination", "namespace") or DEFAULT_NAMESPACE


def chart_of(manifest: Manifest) -> Manifest:
    """An Application of a chart as a Chart, without its source. `valuesObject` replaces `values`; parameters count most."""
    source = source_of(manifest)
    values: Mapping[str, Any] = mapping(source, "helm", "valuesObject") or _values_text(source) or {}
    for entry in sequence(source, "helm", "parameters"):
        steps, value = path_steps(text(entry, "name")), get(entry, "value", default="")
        if steps is not None:
            stated = str(value) if get(entry, "forceString") is True else typed(str(value))
            values = merged(values, with_value({}, steps, stated))
    spec = {
        "releaseName": text(source, "helm", "releaseName") or text(manifest, "metadata", "name"),
        "values": values,
        "valuesFiles": [joined("", one) or one for one in sequence(source, "helm", "valueFiles") if isinstance(one, str)],
        "skipCrds": get(source, "helm", "skipCrds") is True,
    }
    return chart(manifest, namespace_of(manifest), spec)


def kustomize_of(manifest: Manifest, folder: str) -> Manifest:
    """An Application of a folder as a Kustomize. folder: where its files are, from the root of the revision."""
    own = mapping(source_of(manifest), "kustomize")
    same = ("namePrefix", "nameSuffix", "namespace", "patches", "commonLabels")
    spec = {
        "path": folder or ".",
        **{name: own.get(name) for name in same},
        "components": [joined(folder, one) or one for one in sequence(own, "components") if isinstance(one, str)],
        "images": [_image(one) for one in sequence(own, "images") if isinstance(one, str)],
        "replicas": [{"name": text(one, "name"), "count": _count(get(one, "count"))} for one in sequence(own, "replicas")],
        "plain": "deep" if get(source_of(manifest), "directory", "recurse") is True else "flat",
    }
    return kustomize(manifest, namespace_of(manifest), spec)


def _count(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _image(stated: str) -> dict[str, str]:
    """`NAME=NEW:TAG`, `NAME:TAG`, `NAME=NEW@DIGEST`, as `kustomize edit set image` reads it."""
    name, equals, new = stated.partition("=")
    rest = new if equals else name
    rest, _, digest = rest.partition("@")
    before, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    image = f"{before}{slash}{last}"
    found = {"name": name if equals else image, "newName": image if equals else "", "newTag": tag, "digest": digest}
    return {field: value for field, value in found.items() if value}


def locate(manifest: Manifest, is_this: IsThis) -> Where | Note:
    """Where the chart or the folder of an Application is."""
    source, path = source_of(manifest), source_path(manifest)
    url, name, revision = text(source, "repoURL").rstrip("/"), text(source, "chart"), text(source, "targetRevision")
    if not url:
        return Note(path, "there is no repoURL", "Write the URL of a Git repository or of a chart repository.")
    if name:
        version = revision or "*"
        if "://" in url and not url.startswith("oci://"):
            return Where("", WantedSource(SourceKind.HELM, url, name, version), True)
        return Where("", WantedSource(SourceKind.OCI, f"oci://{url.removeprefix('oci://')}/{name}", "", version), True)
    folder = joined("", text(source, "path"))
    if folder is None:
        return Note((*path, "path"), "path leads out of its repository", "Write a folder below its root.")
    if is_this(url, manifest):
        return Where(folder)
    if revision in ("", "HEAD"):
        remedy = (
            "Write a branch, a tag, a range of versions, or a commit. Or is it this repository? Write its URL as spec.repository."
        )
        return Note((*path, "repoURL"), "targetRevision names no revision of another repository", remedy)
    return Where(folder, WantedSource(SourceKind.GIT, url, "", _commit_wanted(revision)))


def _commit_wanted(revision: str) -> str:
    """A whole id is a commit; what reads as a version is a tag, and as a range, the newest tag in it; all else is a branch, or,
    with the prefix `refs/tags/`, a tag."""
    if len(revision) in (40, 64) and set(revision) <= set("0123456789abcdef"):
        return f"{COMMIT}{revision}"
    if revision.startswith("refs/"):
        word = TAG if revision.startswith("refs/tags/") else BRANCH
        return word + revision.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if revision[:1] == "v" and revision[1:2].isdecimal():
        return f"{TAG}{revision}"
    try:
        parse_range(revision)
    except RangeError:
        return f"{BRANCH}{revision}"
    return revision
