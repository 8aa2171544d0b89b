"""What is to be expanded for one cluster.

Two clusters with equal values and equal capabilities have one request. A kustomization does not see the capabilities of the
cluster, so they do not count there.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.load.expanded_from import facts_in, forms_of, value_entries
from reconciler.load.kustomization import made_for
from reconciler.load.value_paths import path_steps, typed
from reconciler.model.desired import ResourceTemplate
from reconciler.model.expansion import CHART, ExpansionKey, ExpansionRequest, Source, Tool
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, get, mapping, sequence, text, with_value
from reconciler.model.sealed import is_seal

OVERLAY = ".overlay"
"""The folder of the kustomization on top, at the root of the source."""
_KUSTOMIZATION = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
_ON_TOP = ("namePrefix", "nameSuffix", "namespace", "components", "images", "patches", "replicas", "commonLabels")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What templates see of their cluster (`.Capabilities`)."""

    version: str = ""
    """Of Kubernetes there; empty where it is not known."""
    apis: tuple[str, ...] = ()
    """`apps/v1` and `apps/v1/Deployment`, sorted."""


NO_CAPABILITIES = Capabilities()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing can be asked for, as a clause, and what the user can do."""

    message: str
    remedy: str


@lru_cache(maxsize=4096)
def capabilities_of(version: str, apis: frozenset[GroupVersionKind] | None) -> Capabilities:
    """As recorded discovery knows a member."""
    words = {word for gvk in apis or () for word in (gvk.api_version, f"{gvk.api_version}/{gvk.kind}")}
    return Capabilities(version, tuple(sorted(words)))


def value_sources(template: ResourceTemplate) -> Iterator[ResourceKey]:
    """The objects whose data an object that is expanded takes values from, and what it builds."""
    namespace, facts = template.key.namespace, facts_in(template.manifest)
    for ours in forms_of(template.manifest, facts.parts) if template.translated else (template.manifest,):
        for entry in value_entries(ours):
            yield ResourceKey("", text(entry, "kind"), namespace, text(entry, "name"))
    for stated in facts.values:
        there, kind, name, _ = stated.split("/", 3)
        yield ResourceKey("", kind, there, name)


def values_from(manifest: Manifest, texts: Mapping[str, str]) -> tuple[str, ...] | Refused:
    """The documents that `valuesFrom` of a rendered Chart names, in their order. texts: by digest, with seals or with values."""
    values = []
    for entry in sequence(manifest, "spec", "valuesFrom"):
        content = texts.get(text(entry, "digest"))
        if content is not None and (target := text(entry, "targetPath")):
            steps = path_steps(target)
            if steps is None:
                return Refused(
                    f"valuesFrom has the targetPath {target}, which is more than names with dots between them", _SIMPLE
                )
            values.append(_json(with_value({}, steps, typed(content))))
        elif content is not None:
            values.append("{}" if is_seal(content) else content)  # What the names in it are, nobody can read without a key.
        elif get(entry, "optional") is not True:
            key = text(entry, "key") or "values.yaml"
            remedy = "Declare it in the same namespace (and, below a Tenant, by the same Tenant), or write `optional: true`."
            what = f"valuesFrom names {key} of {text(entry, 'kind')} {text(entry, 'name')}, which is not declared"
            return Refused(what, remedy)
    return tuple(values)


_SIMPLE = "Write names with dots between them, or take the value from a file of values."


def sealed_request_of(manifest: Manifest, seen: Capabilities, source: Source, *values: str) -> ExpansionRequest:
    """As `request_of`, where seals in values stand for encrypted values."""
    return request_of(manifest, seen, source, *values, sealed=True)


def request_of(manifest: Manifest, seen: Capabilities, source: Source, *values: str, sealed: bool = False) -> ExpansionRequest:
    """manifest: a Chart or Kustomize as rendered for the cluster. values: of `values_from`."""
    if text(manifest, "kind") != CHART:
        return _of_kustomization(manifest, source)
    more = {one for one in sequence(manifest, "spec", "apiVersions") if isinstance(one, str)}
    files = tuple(map(str, sequence(manifest, "spec", "valuesFiles")))
    if get(manifest, "spec", "ignoreMissingValuesFiles") is True:
        there = {entry.path for entry in source.files} | {f"${entry.path}" for entry in source.beside}
        files = tuple(one for one in files if one in there)
    return _keyed(
        tool=Tool.HELM,
        source=source,
        folder="",
        release=release_name(manifest),
        namespace=text(manifest, "metadata", "namespace"),
        values_files=files,
        values=(*values, _json(mapping(manifest, "spec", "values"))),
        kube_version=seen.version,
        apis=tuple(sorted(more.union(seen.apis))) if more else seen.apis,
        crds=get(manifest, "spec", "skipCrds") is not True,
        post=tuple(_json({**_KUSTOMIZATION, **one}) for one in sequence(manifest, "spec", "postRenderers")),
        sealed=sealed,
    )


def release_name(manifest: Manifest) -> str:
    """Of a Chart."""
    return text(manifest, "spec", "releaseName") or text(manifest, "metadata", "name")


def _of_kustomization(manifest: Manifest, source: Source) -> ExpansionRequest:
    spec, folder = mapping(manifest, "spec"), _normal(text(manifest, "spec", "path"))
    on_top = {name: spec[name] for name in _ON_TOP if spec.get(name)}
    overlay, generated = "", ""
    if plain := text(spec, "plain"):
        made = made_for(folder, (entry.path for entry in source.files), deep=plain == "deep")
        generated = _json({**_KUSTOMIZATION, "resources": made})
    if on_top:
        if "components" in on_top:
            on_top["components"] = [f"../{_normal(one)}" for one in sequence(spec, "components")]
        overlay = _json({**_KUSTOMIZATION, "resources": [f"../{folder}"], **on_top})
    return _keyed(tool=Tool.KUSTOMIZE, source=source, folder=folder, overlay=overlay, generated=generated)


def _normal(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def private_request(sealed: ExpansionRequest, values: Iterable[str], texts: Iterable[bytes], secret: bytes) -> ExpansionRequest:
    """The same request with values. texts: the files that were decrypted for it, which decide the output as well. secret: of this
    process, so that nobody can guess values from the key."""
    private = replace(sealed, key=ExpansionKey(""), values=tuple(values), sealed=False, private=True)
    digest = hmac.new(secret, b"reconciler expansion 1\n", hashlib.sha256)
    for part in (*(part.encode("utf-8", "surrogateescape") for part in _parts(private)), *texts):
        digest.update(len(part).to_bytes(8) + part)
    return replace(private, key=ExpansionKey(f"hmac-sha256:{digest.hexdigest()}"))


def _keyed(**fields: Any) -> ExpansionRequest:
    request = ExpansionRequest(ExpansionKey(""), **fields)
    digest = hashlib.sha256(b"reconciler expansion 1\n")
    for part in _parts(request):
        data = part.encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8) + data)
    return ExpansionRequest(ExpansionKey(f"sha256:{digest.hexdigest()}"), **fields)


def _parts(request: ExpansionRequest) -> Iterable[str]:
    """All that decides the output; the number of items before each list, so that no two requests have the same parts."""
    yield from (request.tool.value, request.source.digest, request.folder, request.release, request.namespace)
    yield from (request.kube_version, request.overlay, request.generated, str(request.crds), _digest_of(request.apis))
    for items in (request.values_files, request.values, *([request.post] if request.post else [])):
        yield str(len(items))
        yield from items
    if request.sealed:
        yield "sealed"


@lru_cache(maxsize=4096)
def _digest_of(items: tuple[str, ...]) -> str:
    """Of what the clusters serve, which nearly all requests share."""
    return hashlib.sha256("\n".join(items).encode()).hexdigest()


def _json(document: Any) -> str:
    return write_json(document, orjson.OPT_SORT_KEYS).decode()
