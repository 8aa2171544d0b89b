"""Chart and Kustomize objects: the folders that they name, as sources, and what is wrong with these.

The template of such an object gets the digest of its source (`spec.sourceDigest`), and the digests of the values that it takes
from ConfigMaps and Secrets of the tree. So a change there is a change of the object, for everything that compares templates, and
each cluster that keeps an older revision of the object keeps the older source with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.interpreter.chart import replicas_steps, stated_replicas
from reconciler.load.crosscheck import Finding
from reconciler.load.kustomization import MANIFESTS, NAMES, folders_of
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.translate import Facts, Translated, asking_path, entry_name, form_of, value_entries, with_facts
from reconciler.load.wanted_sources import of_chart
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.expansion import CHART, FOREIGN_KINDS, GROUP, KUSTOMIZE, Source, SourceEntry, Tool, is_expanded
from reconciler.model.issues import error
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, get, key_of, mapping, sequence, text, with_value
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE, Origin
from reconciler.model.sealed import has_seal
from reconciler.model.source_lock import SourceKind, SourceLock, WantedSource
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Tree

_CHART_FILE = "Chart.yaml"
_KINDS = frozenset({CHART, KUSTOMIZE, *FOREIGN_KINDS})


@dataclass(frozen=True, slots=True)
class ExpandedObject:
    """One Chart or Kustomize of a revision."""

    file: ParsedFile
    parsed: ParsedObject
    tool: Tool
    folder: str
    """Of the chart or the kustomization, without a slash at the end; empty for the top of the repository."""
    folders: tuple[str, ...]
    """Those that belong to it, in the same form. Of a chart, its own."""
    missing: bool
    """Whether the folder that it names is no folder of a chart or kustomization. What is to be fetched and is not there, others
    tell (`wanted_sources.py`)."""
    translated: bool = False
    """As of its template."""
    plain: bool = False
    """Whether it names a folder of manifests without a kustomization, which Flux and Argo CD make one for."""
    holds_itself: bool = False
    """Whether the file that declares it is in such a folder: then it is not expanded."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """All of them."""

    objects: tuple[ExpandedObject, ...]

    def takes(self, path: str, judges: Tenancy, elsewhere: Collection[str]) -> bool:
        """Whether a file belongs to an object that is expanded from a folder without kustomization, and declares nothing itself.

        Nobody takes the files of others in that way: those that another Tenant governs, or, for a file from elsewhere, those
        outside of its Source. elsewhere: the folders of Sources.
        """
        return any(one.plain and _is_in(path, one.folder) and _may_take(one, path, judges, elsewhere) for one in self.objects)

    def refers_to(self, folder: str) -> bool:
        """Whether one of these objects names this folder, or one below it. The top of the repository has to be named itself."""
        folders = (one for each in self.objects for one in each.folders)
        return any(one == folder or (folder and one.startswith(f"{folder}/")) for one in folders)


def _may_take(one: ExpandedObject, path: str, judges: Tenancy, elsewhere: Collection[str]) -> bool:
    owner = judges.of(one.file.path)
    if owner is not None and judges.of(path) != owner:
        return False
    return all(_is_in(path, folder) for folder in elsewhere if _is_in(one.file.path, folder))


def expanded_objects(
    files: Iterable[ParsedFile],
    translated: Iterable[Translated],
    contents: Mapping[str, bytes],
    tree: Tree,
    lock: SourceLock,
    memo: Memo,
) -> Expanded:
    """contents: of all files of the tree that may be kustomizations, by path. lock: where charts from elsewhere are in the
    tree."""
    found = [pair for block in memo.blocks(files) for pair in memo(_expanded_in, block)]
    own = [_expanded(file, parsed, contents, tree, lock) for file, parsed in found]
    return Expanded((*own, *(one for each in translated if (one := _of_other_tools(each, contents, tree, lock)))))


def _of_other_tools(one: Translated, contents: Mapping[str, bytes], tree: Tree, lock: SourceLock) -> ExpandedObject | None:
    """None where its source is not locked: `wanted_sources.py` tells that."""
    where, folder = one.where, one.where.folder
    if where.wanted is not None:
        locked = lock.find(where.wanted)
        if locked is None:
            return None
        folder = _join(locked.folder, folder) if folder else locked.folder
        if where.chart and where.wanted.kind is not SourceKind.GIT:
            folder = _chart_in(folder, tree)
    elsewhere = where.wanted is not None
    if where.chart or (where.chart is None and _join(folder, _CHART_FILE) in tree):
        there = elsewhere or _join(folder, _CHART_FILE) in tree
        return ExpandedObject(one.file, one.parsed, Tool.HELM, folder, (folder,), not there, True)
    form = form_of(one.parsed.manifest, False, folder)
    plain = not any(_join(folder, name) in tree for name in NAMES)
    there = elsewhere or not plain or any(_is_in(path, folder) and path.endswith(MANIFESTS) for path in tree)
    folders = tuple(sorted(folders_of([folder, *sequence(form, "spec", "components")], contents)))
    itself = plain and not elsewhere and _is_in(one.file.path, folder)
    missing = itself or not there
    return ExpandedObject(
        one.file, one.parsed, Tool.KUSTOMIZE, folder, folders, missing, True, plain=plain and not missing, holds_itself=itself
    )


def _is_in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _expanded_in(files: tuple[ParsedFile, ...]) -> list[tuple[ParsedFile, ParsedObject]]:
    return [(file, one) for file in files for one in file.objects if one.gvk.group == GROUP and is_expanded(key_of(one.manifest))]


def _expanded(
    file: ParsedFile, parsed: ParsedObject, contents: Mapping[str, bytes], tree: Tree, lock: SourceLock
) -> ExpandedObject:
    manifest = parsed.manifest
    if parsed.gvk.kind == CHART:
        folder = _chart_folder(manifest, tree, lock)
        there = _join(folder, _CHART_FILE) in tree
        missing = not there and bool(text(manifest, "spec", "chart", "path"))
        return ExpandedObject(file, parsed, Tool.HELM, folder, (folder,), missing)
    folder = _normal(text(manifest, "spec", "path"))
    components = [_normal(one) for one in sequence(manifest, "spec", "components") if isinstance(one, str)]
    folders = tuple(sorted(folders_of([folder, *components], contents)))
    missing = not any(_join(folder, name) in tree for name in NAMES)
    return ExpandedObject(file, parsed, Tool.KUSTOMIZE, folder, folders, missing)


def _chart_folder(manifest: Manifest, tree: Tree, lock: SourceLock) -> str:
    """Of a chart from elsewhere, the one folder below that of its archive."""
    for wanted in of_chart(manifest, lambda path: NOWHERE):
        locked = lock.find(wanted) if isinstance(wanted, WantedSource) else None
        if locked is not None:
            return _chart_in(locked.folder, tree)
    return _normal(text(manifest, "spec", "chart", "path"))


def _chart_in(folder: str, tree: Tree) -> str:
    """The folder of a chart inside that of its archive."""
    start = f"{folder}/"
    inside = (path for path in tree if path.startswith(start) and path.count("/") == start.count("/") + 1)
    return next((path.rpartition("/")[0] for path in inside if path.endswith(f"/{_CHART_FILE}")), folder)


def _normal(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def check_expanded(expanded: Expanded) -> Iterator[Finding]:
    """Objects whose folder is not there, each with its issue."""
    for one in expanded.objects:
        if not one.missing:
            continue
        chart = one.tool is Tool.HELM
        path = asking_path(one.parsed.manifest) if one.translated else ("spec", "chart") if chart else ("spec", "path")
        place, name = Origin(one.file.path, one.file.line_of(one.parsed, path)), printed_name(one.parsed)
        what = f"the folder {one.folder or '.'} of this repository has no {_CHART_FILE if chart else ' or '.join(NAMES)}"
        remedy = "Write the folder that has it, from the root of the repository."
        if one.holds_itself:
            what = f"the folder {one.folder or '.'} has no {NAMES[0]}, and holds this object itself"
            remedy = "Name a folder with a kustomization, or move this object to another one."
        yield one.parsed, error("SourceMissing", f"{name}: {what}", remedy, origin=place, subject=name)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def with_sources(desired: DesiredState, tree: Tree, expanded: Expanded, memo: Memo) -> DesiredState:
    """The desired state with the sources of the objects that are expanded; the same one if there are none."""
    if not expanded.objects:
        return desired
    paths, sources, texts = sorted(tree), dict[str, Source](), dict[str, str]()
    objects = {_identity(one.parsed.origin, one.parsed.manifest): one for one in expanded.objects}
    by_key = desired.templates_by_key
    templates = []
    for template in desired.templates:
        one = objects.get(_identity(template.origin, template.manifest)) if template.key.kind in _KINDS else None
        if one is not None:
            source = _source(one, paths, tree, memo)
            values = tuple(_values_of(template, one, by_key, desired))
            sources[source.digest] = source
            texts |= {digest: content for digest, content in values if digest}
            digests = tuple(digest for digest, _ in values)
            made = (
                memo(_with_facts, template, one.tool.value, one.folder, one.plain, source.digest, *digests)
                if one.translated
                else None
            )
            templates.append(made or memo(_with_digests, template, source.digest, *digests))
        else:
            templates.append(template)
    return replace(desired, templates=memo.tuple(templates), sources=dict(sorted(sources.items())), value_texts=texts)


def _identity(origin: Origin, manifest: Manifest) -> tuple[Origin, str, str]:
    return origin, text(manifest, "kind"), text(manifest, "metadata", "name")


def _source(one: ExpandedObject, paths: Sequence[str], tree: Tree, memo: Memo) -> Source:
    """Of a chart, the paths are those in its folder; of a kustomization, those in the repository."""
    at = one.folder if one.tool is Tool.HELM else ""
    base, found = f"{at}/" if at else "", sorted({path for folder in one.folders for path in _below(folder, paths)})
    files = (part for path in found if tree[path].is_file for part in (path.removeprefix(base), tree[path].blob))
    links = (path.removeprefix(base) for path in found if not tree[path].is_file)
    return memo(_made_source, at, " ".join(links), *files)


def _made_source(at: str, links: str, *parts: str) -> Source:
    """parts: paths and ids of files in turn. The same source for the same files."""
    files = tuple(SourceEntry(path, blob) for path, blob in zip(parts[::2], parts[1::2], strict=True))
    return Source(_digest(links, *parts), files, at, tuple(links.split()))


def _below(folder: str, paths: Sequence[str]) -> Iterator[str]:
    start = f"{folder}/" if folder else ""
    for position in range(bisect_left(paths, start), len(paths)):
        if not paths[position].startswith(start):
            return
        yield paths[position]


def _values_of(
    template: ResourceTemplate, one: ExpandedObject, by_key: Mapping[ResourceKey, ResourceTemplate], desired: DesiredState
) -> Iterator[tuple[str, str]]:
    """(digest, text) of each entry of `valuesFrom`; both empty for one that is not there, or is encrypted."""
    owner = desired.judges.of(template.origin.file)
    ours = _form(template, one)
    for entry in value_entries(ours):
        kind = text(entry, "kind")
        found = by_key.get(ResourceKey("", kind, template.key.namespace, text(entry, "name")))
        if found is not None and owner is not None and desired.judges.of(found.origin.file) != owner:
            found = None
        if found is not None and has_seal(found.manifest):
            found = None
        content = None if found is None else _content(found.manifest, entry, whole=text(ours, "kind") == KUSTOMIZE)
        yield ("", "") if content is None else (_digest(kind, content), content)


def _content(manifest: Manifest, entry: object, *, whole: bool) -> str | None:
    """whole: of all keys."""
    return all_data_of(manifest) if whole else data_of(manifest, text(entry, "key") or "values.yaml")


def data_of(manifest: Manifest, key: str) -> str | None:
    """One entry of the data of a ConfigMap or Secret, as text; None if it is not there, or is no text."""
    plain = get(manifest, "data", key)
    if manifest.get("kind") == "ConfigMap":
        return plain if isinstance(plain, str) else None
    stated = get(manifest, "stringData", key)
    if isinstance(stated, str):
        return stated
    try:
        return base64.b64decode(plain, validate=True).decode() if isinstance(plain, str) else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def _form(template: ResourceTemplate, one: ExpandedObject) -> Manifest:
    return form_of(template.manifest, one.tool is Tool.HELM, one.folder) if one.translated else template.manifest


def all_data_of(manifest: Manifest) -> str:
    """All entries of the data of a ConfigMap or Secret that are text, as JSON."""
    names = {*mapping(manifest, "data"), *mapping(manifest, "stringData")}
    found = {name: value for name in names if (value := data_of(manifest, name)) is not None}
    return write_json(found, orjson.OPT_SORT_KEYS).decode()


def _with_facts(template: ResourceTemplate, tool: str, folder: str, plain: bool, source: str, *values: str) -> ResourceTemplate:
    form = form_of(template.manifest, tool == Tool.HELM, folder)
    digests = dict(zip(map(entry_name, value_entries(form)), values, strict=True))
    facts = Facts(Tool(tool), source, folder, digests, plain)
    return replace(template, manifest=with_facts(template.manifest, facts), translated=True)


def _with_digests(template: ResourceTemplate, source: str, *values: str) -> ResourceTemplate:
    manifest = with_value(template.manifest, ("spec", "sourceDigest"), source)
    for position, digest in enumerate(values):
        manifest = with_value(manifest, ("spec", "valuesFrom", position, "digest"), digest)
    return replace(template, manifest=manifest)


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8) + data)
    return f"sha256:{digest.hexdigest()}"


def check_divided(expanded: Expanded) -> Iterator[Finding]:
    """Charts whose replicas are to be divided, and that do not state them."""
    for one in expanded.objects:
        file, parsed = one.file, one.parsed
        if replicas_steps(parsed.manifest) and stated_replicas(parsed.manifest) is None:
            pointer = text(parsed.manifest, "spec", "replicas", "path")
            wrong = f"spec.replicas.path names {pointer}, and spec.values states no number there"
            place, name = Origin(file.path, file.line_of(parsed, ("spec", "replicas", "path"))), printed_name(parsed)
            remedy = "Write the number there, such as `replicaCount: 2`."
            yield parsed, error("InvalidReplicas", f"{name}: {wrong}", remedy, origin=place, subject=name)
