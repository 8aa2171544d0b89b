"""Argo CD's Application → a Chart or Kustomize for each of its sources, as far as it means the same. Pure.

Source: argo-cd, pkg/apis/application/v1alpha1/types.go, docs/user-guide/helm.md and docs/user-guide/multiple_sources.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.documents.reader import read_stream
from reconciler.load.not_expanded import Honoured, Note
from reconciler.load.schemas.explain_violations import field_path
from reconciler.load.translation import DEFAULT_NAMESPACE, Beside, IsThis, Path, Where, chart, joined, kustomize
from reconciler.load.value_paths import merged, path_steps, typed
from reconciler.model.manifest import Manifest, get, mapping, sequence, text, with_value
from reconciler.model.semver import RangeError, parse_range
from reconciler.model.source_lock import BRANCH, COMMIT, TAG, SourceKind, WantedSource

_SOURCE: Honoured = {
    **dict.fromkeys(("repoURL", "path", "chart", "targetRevision", "plugin", "ref", "name"), True),
    "helm": {
        **dict.fromkeys(("releaseName", "values", "valuesObject", "valueFiles", "skipCrds", "fileParameters"), True),
        "ignoreMissingValueFiles": True,
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
OWN = "this-source"
"""For files of the same source that are not in the folder of the chart, in place of the name of another source."""
_PLACES = "Name the clusters in the policy that selects the object."
REMEDIES: Mapping[str, str] = {
    "spec.destination.server": _PLACES,
    "spec.destination.name": _PLACES,
    "spec.syncPolicy": "Objects are written, corrected and pruned as the Configuration and the policy say.",
    "spec.ignoreDifferences": "Write spec.ignoreDifferences of the Configuration.",
}


def sources_of(manifest: Manifest) -> list[tuple[Path, Mapping[str, Any]]]:
    """Each source with its path. Where `sources` is stated, `source` does not count."""
    several = sequence(manifest, "spec", "sources")
    if not several:
        return [(("spec", "source"), mapping(manifest, "spec", "source"))]
    return [(("spec", "sources", place), one if isinstance(one, Mapping) else {}) for place, one in enumerate(several)]


def source_path(manifest: Manifest, place: int = 0) -> Path:
    return sources_of(manifest)[place][0]


def rendered_sources(manifest: Manifest) -> list[int]:
    """The places of the sources that objects come from. A source with `ref` alone only holds files with values."""
    sources = [one for _, one in sources_of(manifest)]
    only_held = [place for place, one in enumerate(sources) if text(one, "ref") and not (text(one, "path") or text(one, "chart"))]
    return [place for place in range(len(sources)) if place not in only_held]


def _source(manifest: Manifest, place: int) -> Mapping[str, Any]:
    """Empty where an override took it away."""
    sources = sources_of(manifest)
    return sources[place][1] if place < len(sources) else {}


def _refs(manifest: Manifest) -> dict[str, tuple[Path, Mapping[str, Any]]]:
    return {ref: (path, one) for path, one in sources_of(manifest) if (ref := text(one, "ref"))}


def refused(manifest: Manifest) -> list[Note]:
    """What makes other objects there, and cannot be done here."""
    found = [note for path, source in sources_of(manifest) for note in _refused_in(source, path, manifest)]
    if not rendered_sources(manifest):
        what = "spec.sources names no chart and no folder: all of them have ref, and neither path nor chart"
        found.append(Note(("spec", "sources"), what, "Write the source of the objects."))
    return found


def _refused_in(source: Mapping[str, Any], path: Path, manifest: Manifest) -> Iterator[Note]:
    shown, refs = field_path(path), _refs(manifest)
    for name, below in (("plugin", ("plugin",)), ("helm.fileParameters", ("helm", "fileParameters"))):
        if get(source, *below):
            yield Note((*path, *below), f"{shown}.{name} is not supported here", "Use a chart or a kustomization.")
    for place, file in enumerate(sequence(source, "helm", "valueFiles")):
        what = f"{shown}.helm.valueFiles[{place}]"
        there = (*path, "helm", "valueFiles", place)
        name = file.partition("/")[0].removeprefix("$") if isinstance(file, str) and file.startswith("$") else ""
        if name and name not in refs:
            remedy = "Write ref on the source that holds the file."
            yield Note(there, f"{what} names ${name}, and no source has ref: {name}", remedy)
        elif name and text(refs[name][1], "chart"):
            yield Note(there, f"{what} names ${name}, which is a chart", "Name a source that is a Git repository.")
        elif _value_file(source, file) is None:
            remedy = "Write its path, from the folder of the chart, or with $REF/ from the root of another source."
            yield Note(there, f"{what} is no file of the repository of its source", remedy)
    for place, entry in enumerate(sequence(source, "helm", "parameters")):
        if path_steps(text(entry, "name")) is None:
            what = f"{shown}.helm.parameters[{place}] has a name that is more than names with dots between them"
            yield Note((*path, "helm", "parameters", place), what, "Write the value into helm.valuesObject.")
    if text(source, "helm", "values") and _values_text(source) is None:
        what = f"{shown}.helm.values cannot be read as one mapping of YAML"
        yield Note((*path, "helm", "values"), what, "Correct it, or write helm.valuesObject.")


def _value_file(source: Mapping[str, Any], file: object) -> str | None:
    """As a Chart names it: from the folder of the chart; with `$REF/` in front from the root of another source, and with
    `$this-source/` from that of the same one. None for what is in none of them."""
    if not isinstance(file, str) or "://" in file:
        return None
    if file.startswith("$"):
        name, _, rest = file.partition("/")
        inside = joined("", rest)
        return f"{name}/{inside}" if inside else None
    folder = joined("", text(source, "path")) or ""
    full = joined("", file) if file.startswith("/") else joined(folder, file)
    if not full:
        return None
    if not folder or full.startswith(f"{folder}/"):
        return full.removeprefix(f"{folder}/") if folder else full
    return f"${OWN}/{full}"


def _values_text(source: Mapping[str, Any]) -> Mapping[str, Any] | None:
    documents, errors = read_stream(text(source, "helm", "values"))
    values = documents[0].value if len(documents) == 1 else None
    return values if isinstance(values, Mapping) and not errors else None


def namespace_of(manifest: Manifest) -> str:
    """Where objects without a namespace go."""
    return text(manifest, "spec", "destination", "namespace") or DEFAULT_NAMESPACE


def chart_of(manifest: Manifest, place: int = 0) -> Manifest:
    """A source that is a chart as a Chart, without its place. `valuesObject` replaces `values`; parameters count most."""
    source = _source(manifest, place)
    values: Mapping[str, Any] = mapping(source, "helm", "valuesObject") or _values_text(source) or {}
    for entry in sequence(source, "helm", "parameters"):
        steps, value = path_steps(text(entry, "name")), get(entry, "value", default="")
        if steps is not None:
            stated = str(value) if get(entry, "forceString") is True else typed(str(value))
            values = merged(values, with_value({}, steps, stated))
    spec = {
        "releaseName": text(source, "helm", "releaseName") or text(manifest, "metadata", "name"),
        "values": values,
        "valuesFiles": [one for file in sequence(source, "helm", "valueFiles") if (one := _value_file(source, file))],
        "ignoreMissingValuesFiles": get(source, "helm", "ignoreMissingValueFiles") is True,
        "skipCrds": get(source, "helm", "skipCrds") is True,
    }
    return chart(manifest, namespace_of(manifest), spec)


def kustomize_of(manifest: Manifest, folder: str, place: int = 0) -> Manifest:
    """A source that is a folder as a Kustomize. folder: where its files are, from the root of the revision."""
    source = _source(manifest, place)
    own = mapping(source, "kustomize")
    same = ("namePrefix", "nameSuffix", "namespace", "patches", "commonLabels")
    spec = {
        "path": folder or ".",
        **{name: own.get(name) for name in same},
        "components": [joined(folder, one) or one for one in sequence(own, "components") if isinstance(one, str)],
        "images": [_image(one) for one in sequence(own, "images") if isinstance(one, str)],
        "replicas": [{"name": text(one, "name"), "count": _count(get(one, "count"))} for one in sequence(own, "replicas")],
        "plain": "deep" if get(source, "directory", "recurse") is True else "flat",
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


def locate(manifest: Manifest, is_this: IsThis, place: int = 0) -> Where | Note:
    """Where the chart or the folder of a source is, and the files with values that are not there."""
    path, source = sources_of(manifest)[place]
    url, name, revision = text(source, "repoURL").rstrip("/"), text(source, "chart"), text(source, "targetRevision")
    if not url:
        return Note(path, "there is no repoURL", "Write the URL of a Git repository or of a chart repository.")
    beside = _beside(manifest, source, path, is_this)
    if isinstance(beside, Note):
        return beside
    optional = get(source, "helm", "ignoreMissingValueFiles") is True
    if name:
        version, oci = revision or "*", f"oci://{url.removeprefix('oci://')}/{name}"
        elsewhere = "://" in url and not url.startswith("oci://")
        helm = WantedSource(SourceKind.HELM, url, name, version)
        return Where("", helm if elsewhere else WantedSource(SourceKind.OCI, oci, "", version), True, beside, optional)
    folder = joined("", text(source, "path"))
    if folder is None:
        return Note((*path, "path"), "path leads out of its repository", "Write a folder below its root.")
    wanted = _repository(manifest, source, path, is_this)
    return wanted if isinstance(wanted, Note) else Where(folder, wanted, beside=beside, optional=optional)


def _beside(manifest: Manifest, source: Mapping[str, Any], path: Path, is_this: IsThis) -> tuple[Beside, ...] | Note:
    """Files with values that are not in the folder of the chart. What names no file, `refused` tells."""
    refs, found = {**_refs(manifest), OWN: (path, source)}, []
    for file in sequence(source, "helm", "valueFiles"):
        stated = _value_file(source, file) or ""
        name, _, inside = stated.removeprefix("$").partition("/")
        if not stated.startswith("$") or name not in refs:
            continue
        there, other = refs[name]
        wanted = _repository(manifest, other, there, is_this)
        if isinstance(wanted, Note):
            return wanted
        found.append(Beside(name, inside, wanted, (*there, "repoURL")))
    return tuple(found)


def _repository(manifest: Manifest, source: Mapping[str, Any], path: Path, is_this: IsThis) -> WantedSource | Note | None:
    """The Git repository of a source; None: this one."""
    url, revision = text(source, "repoURL").rstrip("/"), text(source, "targetRevision")
    if is_this(url, manifest):
        return None
    if revision in ("", "HEAD"):
        remedy = (
            "Write a branch, a tag, a range of versions, or a commit. Or is it this repository? Write its URL as spec.repository."
        )
        return Note((*path, "repoURL"), "targetRevision names no revision of another repository", remedy)
    return WantedSource(SourceKind.GIT, url, "", _commit_wanted(revision))


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
