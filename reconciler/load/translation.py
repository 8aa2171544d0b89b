"""What an object of Flux or Argo CD is as a Chart or Kustomize: the nouns of `flux.py` and `argocd.py`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.load.not_expanded import Note
from reconciler.model.expansion import CHART, GROUP, KUSTOMIZE, VERSION
from reconciler.model.manifest import Manifest, annotations_of, text
from reconciler.model.source_lock import WantedSource

THIS_REPOSITORY = "reconciler.dev/this-repository"
"""On a GitRepository or an Application: "true" where its URL is that of the repository that declares it."""
DEFAULT_NAMESPACE = "default"
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """A file beside a chart. `$NAME/FILE` in the values files of a Chart means it."""

    name: str
    file: str
    """From the root of the source."""
    wanted: WantedSource | None = None
    """None: this repository."""
    path: Path = ()
    """The field that says where the source is."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where the files are that an object is expanded from."""

    folder: str
    """Of the chart or the kustomization, from the root of the source; empty for the root, and for a chart that is an archive."""
    wanted: WantedSource | None = None
    """None: this repository."""
    chart: bool | None = None
    """Whether it is a chart; None where the files say so."""
    beside: tuple[Beside, ...] = ()
    """Files with values of a chart that are not in its folder."""
    optional: bool = False
    """Whether such files may be absent."""


FindSource = Callable[[str, str, str], Manifest | Note]
"""(kind, namespace, name) → that object of `source.toolkit.fluxcd.io`, or why there is none, as a clause at an empty path."""
IsThis = Callable[[str, Manifest], bool]
"""(URL, the object that states it) → whether it is the repository that declares the object."""


def chart(manifest: Manifest, namespace: str, spec: Mapping[str, Any]) -> Manifest:
    """A Chart with the name of another object, without empty fields."""
    return _ours(CHART, manifest, namespace, spec)


def kustomize(manifest: Manifest, namespace: str, spec: Mapping[str, Any]) -> Manifest:
    """A Kustomize with the name of another object, without empty fields."""
    return _ours(KUSTOMIZE, manifest, namespace, spec)


def _ours(kind: str, manifest: Manifest, namespace: str, spec: Mapping[str, Any]) -> Manifest:
    stated = {name: value for name, value in spec.items() if value not in (None, "", [], {}, False)}
    metadata = {"name": text(manifest, "metadata", "name"), "namespace": namespace}
    return {"apiVersion": f"{GROUP}/{VERSION}", "kind": kind, "metadata": metadata, "spec": stated}


def own_namespace(manifest: Manifest) -> str:
    return text(manifest, "metadata", "namespace") or DEFAULT_NAMESPACE


def this_repository(repository: str) -> IsThis:
    """repository: `spec.repository` of the Configuration; empty where it states none."""
    own = same_form(repository)

    def is_this(url: str, manifest: Manifest) -> bool:
        return annotations_of(manifest).get(THIS_REPOSITORY) == "true" or bool(own and same_form(url) == own)

    return is_this


def same_form(url: str) -> str:
    """The host and path that a URL of a Git repository names, whatever the protocol and the user are."""
    scheme, colons, rest = url.partition("://")
    if not colons:
        rest = scheme.replace(":", "/", 1)
    authority, _, path = rest.partition("/")
    host = re.sub(r":[0-9]+$", "", authority.rpartition("@")[2]).lower()
    return f"{host}/{path.strip('/').removesuffix('.git')}" if host and path else ""


def joined(folder: str, path: str) -> str | None:
    """A path below a folder, normal, and empty for the root; None where it leads out of the root."""
    found = posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
    if found == ".." or found.startswith("../"):
        return None
    return "" if found == "." else found
