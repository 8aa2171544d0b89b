"""The files of an export: a small config repository with everything for one member and nothing of the others.

| File | What it holds |
|---|---|
| `reconciler.yaml` | the Configuration: what matters for applying |
| `cluster.yaml` | the member, as one that the process at the site writes to |
| `policies.yaml` | which objects go to it, one policy for each way of handling them |
| `interpreters.yaml` | the rules of the repository about the kinds of these objects, if there are any |
| `objects/<namespace>/<Kind>.<group>/<name>.yaml` | one clean manifest for each object |
| `.reconciler.json` | the digest by which headquarters know each manifest; it is not read as a manifest |

What stays as it is on the member, because of an error, a suspension or a rollout, keeps its file, and its policy suspends it: it
is neither written nor removed there. No credential is part of it: the Cluster names neither a Secret nor a proxy.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.documents.errors import DocumentError
from reconciler.documents.json_reader import read_json
from reconciler.documents.reader import read_one
from reconciler.documents.writer import dump
from reconciler.model.cluster import CONTEXT_ANNOTATION, KUBECONFIG_ANNOTATION, Cluster
from reconciler.model.customization import Customization
from reconciler.model.file_names import path_of
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, gvk_of, is_secret, key_of, mapping, text, with_value, without
from reconciler.model.ordering import GATE_OF
from reconciler.model.ownership import unmarked
from reconciler.model.settings import CONFIGURATION_TYPE, PruneGuard, Settings
from reconciler.model.work import RenderedManifest, Work
from reconciler.model.write_policy import Apply, DriftPolicy, IgnoreRule, Language, ObjectSelector, Query, WriteRule

LIST = ".reconciler.json"
OBJECTS = "objects/"
_POLICY = {"apiVersion": "policy.karmada.io/v1alpha1", "kind": "ClusterPropagationPolicy"}
_QUERY_FIELDS = {Language.POINTER: "jsonPointers", Language.JSONPATH: "jsonPaths", Language.JQ: "jq"}


@dataclass(frozen=True, slots=True)
class Export:
    """What changes in the branch of one member."""

    changes: Mapping[str, bytes | None]
    """Path → new content; None for a file that goes. Sorted."""
    objects: int
    """How many manifests the branch then has."""
    left_out: tuple[ResourceKey, ...]
    """Secrets that the member must hold, and that are not in it. Sorted."""
    secrets_lost: tuple[str, ...]
    """The files of Secrets that go because Secrets are left out: the member would lose these. Sorted."""


@dataclass(frozen=True, slots=True, order=True)
class _Handling:
    """Objects with the same one share a policy."""

    as_it_is: bool
    """Neither written nor removed."""
    overwrite: bool
    preserve: bool

    @property
    def name(self) -> str:
        if self.as_it_is:
            return "as-it-is"
        return ("overwrite" if self.overwrite else "abort") + ("-preserve" if self.preserve else "")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file of an object."""

    content: bytes
    manifest: Manifest
    handling: _Handling
    digest: str
    """By which headquarters know the manifest; empty for a Secret."""


def export(
    work: Work,
    member: Cluster,
    settings: Settings,
    customizations: Iterable[Customization],
    present: Mapping[str, bytes],
    *,
    secrets: bool,
) -> Export:
    """work: of the member. settings, customizations: of the revision. present: all files of the branch. secrets: whether Secrets
    are part of it."""
    sealed = [one.declared for one in work.manifests if one.is_sealed]  # Their values are not known here.
    work = replace(work, held=work.held.union(sealed))
    kept = dict(_kept(work, present))
    kept = kept if secrets else {path: one for path, one in kept.items() if not is_secret(key_of(one.manifest))}
    entries, left_out = kept, list(sealed)
    for one in work.manifests:
        key, path = one.declared, _path(one.declared)
        if is_secret(key) and not secrets and not one.is_sealed:
            left_out.append(key)
        elif path not in kept and not _stays(work, one) and not (one.key in work.leaving and path not in present):
            handling = _Handling(False, one.conflict_resolution == "Overwrite", bool({one.key, one.declared} & work.preserved))
            manifest = _declared(one)
            entries[path] = _Entry(dump(manifest).encode(), manifest, handling, one.public_digest)
    entries = dict(sorted(entries.items()))
    files: dict[str, bytes] = {path: one.content for path, one in entries.items()}
    kinds = {gvk_of(one.manifest) for one in entries.values()}
    files |= {
        "reconciler.yaml": _yaml([_configuration(settings, member)]),
        "cluster.yaml": _yaml([_cluster(member)]),
        "policies.yaml": _yaml(list(_policies(entries, member))),
        "interpreters.yaml": _yaml([_interpreter(one) for one in customizations if one.target in kinds]),
        LIST: _list(entries),
    }
    files = {path: content for path, content in files.items() if content}
    changes: dict[str, bytes | None] = {path: data for path, data in files.items() if present.get(path) != data}
    changes |= dict.fromkeys(present.keys() - files.keys())
    lost = () if secrets else tuple(path for path in sorted(changes) if _is_secret(path, present))
    return Export(dict(sorted(changes.items())), len(entries), tuple(sorted(left_out)), lost)


def known_digests(content: bytes) -> Mapping[ResourceKey, str]:
    """By object, the digest by which headquarters know its manifest. content: of `LIST`; one that cannot be
    read names none."""
    try:
        documents, errors = read_json(content)
    except DocumentError:
        return {}
    if errors or not documents:
        return {}
    items = mapping(documents[0].value, "digests")
    keys = {ResourceKey(*written.split("/", 3)): digest for written, digest in items.items() if written.count("/") == 3}
    return {key: digest for key, digest in keys.items() if isinstance(digest, str)}


def _is_secret(path: str, present: Mapping[str, bytes]) -> bool:
    return path.startswith(OBJECTS) and path in present and is_secret(key_of(read_one(present[path].decode())))


def _stays(work: Work, one: RenderedManifest) -> bool:
    return any({one.key, one.declared} & group for group in (work.held, work.failed.keys(), work.suspended))


def _kept(work: Work, present: Mapping[str, bytes]) -> Iterator[tuple[str, _Entry]]:
    """The files of objects that stay as they are on the member."""
    digests = known_digests(present[LIST]) if LIST in present else {}
    for key in sorted({*work.held, *work.failed, *work.suspended}):
        path = _path(key)
        if path in present:
            manifest = read_one(present[path].decode())
            yield path, _Entry(present[path], manifest, _Handling(True, False, False), digests.get(key, ""))


def _path(key: ResourceKey) -> str:
    return f"{OBJECTS}{path_of(key)}.yaml"


def _declared(one: RenderedManifest) -> Manifest:
    """The manifest without our marks. The Job of a gate gets back its name in Git: the site names it anew, by what it guards
    there."""
    bare: Manifest = unmarked(one.manifest)
    if one.template is not None:
        bare = without(with_value(bare, ("metadata", "name"), one.template.name), ("metadata", "annotations", GATE_OF))
    return bare


def _policies(entries: Mapping[str, _Entry], member: Cluster) -> Iterator[dict[str, Any]]:
    groups: defaultdict[_Handling, list[Manifest]] = defaultdict(list)
    for one in entries.values():
        groups[one.handling].append(one.manifest)
    for handling, manifests in sorted(groups.items()):
        spec: dict[str, Any] = {
            "conflictResolution": "Overwrite" if handling.overwrite else "Abort",
            "placement": {"clusterAffinity": {"clusterNames": [member.name]}},
            "resourceSelectors": [_selector(one) for one in manifests],
        }
        spec |= {"preserveResourcesOnDeletion": True} if handling.preserve else {}
        spec |= {"suspension": {"dispatching": True}} if handling.as_it_is else {}
        yield {**_POLICY, "metadata": {"name": handling.name}, "spec": spec}


def _selector(manifest: Manifest) -> dict[str, str]:
    key = key_of(manifest)
    namespace = {"namespace": key.namespace} if key.namespace else {}
    return {"apiVersion": text(manifest, "apiVersion"), "kind": key.kind, "name": key.name, **namespace}


def _cluster(member: Cluster) -> dict[str, Any]:
    """How headquarters reach the member is of no use at the site, except for a folder or a file below the member root."""
    annotations = {name: member.annotations[name] for name in _CONNECTION if name in member.annotations}
    metadata: dict[str, Any] = {"name": str(member.name)}
    metadata |= {"labels": dict(member.labels)} if member.labels else {}
    metadata |= {"annotations": annotations} if annotations else {}
    spec: dict[str, Any] = {"syncMode": "Push"}
    facts = {"apiEndpoint": member.api_endpoint, "provider": member.provider, "region": member.region, "zones": [*member.zones]}
    spec |= {name: value for name, value in facts.items() if value}
    return {"apiVersion": "cluster.karmada.io/v1alpha1", "kind": "Cluster", "metadata": metadata, "spec": spec}


_CONNECTION = (KUBECONFIG_ANNOTATION, CONTEXT_ANNOTATION)


def _configuration(settings: Settings, member: Cluster) -> dict[str, Any]:
    """What decides is left out, and so are windows: whoever applies an export does so by hand."""
    default, guard, rules = Settings(), settings.prune_guard, settings.write_rules
    spec: dict[str, Any] = {"instance": settings.instance}
    if guard != PruneGuard():
        spec["pruneGuard"] = {"maxShare": guard.max_share, "alwaysAllowed": guard.always_allowed}
    lists = {
        "formerFieldManagers": list(settings.former_field_managers),
        "adopt": [str(one) for one in settings.adopt],
        "kinds": [_kind(one.gvk, namespaced=one.namespaced) for one in settings.kinds],
        "ignoreDifferences": [_ignore_rule(one) for one in rules.ignored if _is_here(one.selector, member)],
        "writePolicies": [_write_rule(one) for one in rules.written if _is_here(one.selector, member)],
    }
    spec |= {name: items for name, items in lists.items() if items}
    if rules.drift_policy is not DriftPolicy.CORRECT:
        spec["driftPolicy"] = str(rules.drift_policy)
    if settings.gate_timeout != default.gate_timeout:
        spec["gateTimeout"] = f"{int(settings.gate_timeout.total_seconds())}s"
    if settings.concurrency != default.concurrency:
        spec["concurrency"] = settings.concurrency
    return {**CONFIGURATION_TYPE, "spec": spec}


def _kind(gvk: GroupVersionKind, *, namespaced: bool) -> dict[str, str]:
    return {"apiVersion": gvk.api_version, "kind": gvk.kind, "scope": "Namespaced" if namespaced else "Cluster"}


def _is_here(selector: ObjectSelector, member: Cluster) -> bool:
    return selector.target is None or selector.target.matches(member)


def _selected(selector: ObjectSelector) -> dict[str, str]:
    """Without its clusters: the rule is one of this member."""
    fields = {"group": (selector.group, "*"), "kind": (selector.kind, "*")}
    fields |= {"namespace": (selector.namespace, ""), "name": (selector.name, "")}
    return {name: value for name, (value, default) in fields.items() if value != default}


def _ignore_rule(rule: IgnoreRule) -> dict[str, Any]:
    queries = {field: _texts(rule.queries, language) for language, field in _QUERY_FIELDS.items()}
    lists = {**queries, "managers": list(rule.managers)}
    return {**_selected(rule.selector), **{name: items for name, items in lists.items() if items}}


def _texts(queries: Iterable[Query], language: Language) -> list[str]:
    return [query.text for query in queries if query.language is language]


def _write_rule(rule: WriteRule) -> dict[str, Any]:
    stated: dict[str, Apply | DriftPolicy | None] = {"apply": rule.apply, "driftPolicy": rule.drift_policy}
    return {**_selected(rule.selector), **{name: str(value) for name, value in stated.items() if value is not None}}


def _interpreter(one: Customization) -> dict[str, Any]:
    scripts = {str(operation): {"luaScript": script.text} for operation, script in sorted(one.scripts.items())}
    target = {"apiVersion": one.target.api_version, "kind": one.target.kind}
    return {
        "apiVersion": "config.karmada.io/v1alpha1",
        "kind": "ResourceInterpreterCustomization",
        "metadata": {"name": one.name},
        "spec": {"target": target, "customizations": scripts},
    }


def _list(entries: Mapping[str, _Entry]) -> bytes:
    digests = {"/".join(key_of(one.manifest)): one.digest for one in entries.values() if one.digest}
    return (json.dumps({"digests": dict(sorted(digests.items()))}, indent=1) + "\n").encode()


def _yaml(documents: list[dict[str, Any]]) -> bytes:
    """Empty where there are none."""
    return "---\n".join(dump(one) for one in documents).encode()
