"""The templates of objects that are expanded, with what is known of their files.

The template of a Chart or Kustomize gets the digest of its source (`spec.sourceDigest`), and the digests of the values that it
takes from ConfigMaps and Secrets of the tree; that of another object, and of one that builds others, an annotation with these
(`expanded_from.py`). So a change there is a change of the object, for everything that compares templates, and each cluster that
keeps an older revision of the object keeps the older source with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.load.charts import KINDS, Expanded, ExpandedObject
from reconciler.load.expanded_from import (
    ExpandedFrom,
    Facts,
    NestedFacts,
    entry_name,
    form_of,
    printed_facts,
    value_entries,
    with_dependencies,
    with_value_digests,
)
from reconciler.load.nested import AllNested, NestedObject
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.expansion import EXPANDED_FROM, KUSTOMIZE, Source, SourceEntry, Tool
from reconciler.model.manifest import Manifest, get, mapping, text, with_value
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.sealed import is_seal, mentions_seal
from reconciler.model.sealed_expansion import SealedText
from reconciler.model.tenant import Tenant
from reconciler.model.tree import Tree


def with_sources(desired: DesiredState, tree: Tree, expanded: Expanded, nested: AllNested, memo: Memo) -> DesiredState:
    """The desired state with the sources of the objects that are expanded; the same one if there are none."""
    if not expanded.objects:
        return desired
    maker = _Maker(desired, tree, nested, memo)
    objects: dict[tuple[Origin, str, str], list[ExpandedObject]] = {}
    for one in expanded.objects:
        objects.setdefault(_identity(one.parsed.origin, one.parsed.manifest), []).append(one)
    templates = []
    for template in desired.templates:
        parts = objects.get(_identity(template.origin, template.manifest)) if template.key.kind in KINDS else None
        templates.append(maker.with_facts(template, parts) if parts else template)
    found = dict(sorted(maker.sources.items()))
    texts, sealed = maker.texts, maker.sealed
    return replace(desired, templates=memo.tuple(templates), sources=found, value_texts=texts, sealed_texts=sealed)


def _identity(origin: Origin, manifest: Manifest) -> tuple[Origin, str, str]:
    return origin, text(manifest, "kind"), text(manifest, "metadata", "name")


class _Maker:
    """Of the templates of one revision."""

    def __init__(self, desired: DesiredState, tree: Tree, nested: AllNested, memo: Memo) -> None:
        self._desired = desired
        self._tree = tree
        self._paths = sorted(tree)
        self._nested = nested
        self._memo = memo
        self._by_name: defaultdict[tuple[str, str], list[ResourceTemplate]] = defaultdict(list)
        for template in desired.templates:
            if template.key.group == "" and template.key.kind in ("ConfigMap", "Secret"):
                self._by_name[template.key.kind, template.key.name].append(template)
        self.sources: dict[str, Source] = {}
        self.texts: dict[str, str] = {}
        """By digest, with seals."""
        self.sealed: dict[str, SealedText] = {}
        """By digest: those of them that have seals."""

    def with_facts(self, template: ResourceTemplate, parts: Sequence[ExpandedObject]) -> ResourceTemplate:
        owner, namespace = self._desired.judges.of(template.origin.file), template.key.namespace
        made = [self._facts(one, _form(template.manifest, one), namespace, owner) for one in parts]
        inside = {one.key: one for part in parts for one in self._nested.of.get(id(part), ())}
        nested = tuple(self._nested_facts(inside[key], owner) for key in sorted(inside))
        values = dict(sorted(pair for one in inside.values() for pair in self._nested_values(one, owner)))
        if parts[0].translated:
            facts = printed_facts(ExpandedFrom(tuple(made), nested, values))
            return self._memo(_translated, template, facts)
        (own,) = made
        facts = printed_facts(ExpandedFrom((), nested, values)) if nested else ""
        return self._memo(_with_digests, template, facts, own.source, *(part for pair in own.values.items() for part in pair))

    def _facts(self, one: ExpandedObject, form: Manifest, namespace: str, owner: Tenant | None) -> Facts:
        values = {}
        for entry in value_entries(form):
            known = [other for other in self._named(entry, owner) if other.key.namespace == namespace]
            content = content_of(known[0].manifest, entry, form) if known else None
            values[entry_name(entry)] = "" if content is None else self._kept(entry, form, known[0], content)
        return Facts(one.tool, self._source(one), one.folder, values, one.plain, one.place)

    def _nested_facts(self, one: NestedObject, owner: Tenant | None) -> NestedFacts:
        parts = tuple(Facts(part.tool, self._source(part), part.folder, {}, part.plain, part.place) for part in one.parts)
        return NestedFacts(*one.key, parts)

    def _nested_values(self, one: NestedObject, owner: Tenant | None) -> Iterator[tuple[str, str]]:
        """Its namespace may be that of whoever builds it, so the values of every namespace are known."""
        for part in one.parts:
            form = _form(one.manifest, part)
            for entry in value_entries(form):
                for known in self._named(entry, owner):
                    content = content_of(known.manifest, entry, form)
                    if content is not None:
                        yield f"{known.key.namespace}/{entry_name(entry)}", self._kept(entry, form, known, content)

    def _named(self, entry: object, owner: Tenant | None) -> Iterator[ResourceTemplate]:
        """The ConfigMaps and Secrets with this name that may be read, in all namespaces."""
        for found in self._by_name.get((text(entry, "kind"), text(entry, "name")), ()):
            theirs = owner is not None and self._desired.judges.of(found.origin.file) != owner
            if not theirs:
                yield found

    def _kept(self, entry: object, form: Manifest, found: ResourceTemplate, content: str) -> str:
        """The digest. found: what has the content."""
        kind = text(entry, "kind")
        if found.sealed is not None and mentions_seal(content):
            key = _key_of(entry, form)
            digest = _digest(kind, content, key)
            self.sealed[digest] = self._memo(SealedText, found.sealed, found.manifest, key)
        else:
            digest = _digest(kind, content)
        self.texts[digest] = content
        return digest

    def _source(self, one: ExpandedObject) -> str:
        """The digest. Of a chart, the paths are those in its folder; of a kustomization, those in the repository."""
        at, tree = one.folder if one.tool is Tool.HELM else "", self._tree
        base = f"{at}/" if at else ""
        found = sorted({path for folder in one.folders for path in _below(folder, self._paths)})
        files = (part for path in found if tree[path].is_file for part in (path.removeprefix(base), tree[path].blob))
        links = (path.removeprefix(base) for path in found if not tree[path].is_file)
        beside = [part for name, path in one.beside if tree[path].is_file for part in (name, tree[path].blob)]
        source: Source = self._memo(_made_source, at, " ".join(links), "\n".join(beside), *files)
        self.sources[source.digest] = source
        return source.digest


def _made_source(at: str, links: str, beside: str, *parts: str) -> Source:
    """parts: paths and ids of files in turn; beside: the same, in lines. The same source for the same files."""
    lines = beside.split("\n") if beside else []
    digest = _digest(links, *parts, *([beside] if beside else []))
    return Source(digest, _entries(parts), at, tuple(links.split()), _entries(lines))


def _entries(parts: Sequence[str]) -> tuple[SourceEntry, ...]:
    return tuple(SourceEntry(path, blob) for path, blob in zip(parts[::2], parts[1::2], strict=True))


def _below(folder: str, paths: Sequence[str]) -> Iterator[str]:
    start = f"{folder}/" if folder else ""
    for position in range(bisect_left(paths, start), len(paths)):
        if not paths[position].startswith(start):
            return
        yield paths[position]


def _form(manifest: Manifest, one: ExpandedObject) -> Manifest:
    return form_of(manifest, one.tool is Tool.HELM, one.folder, one.place) if one.translated else manifest


def content_of(manifest: Manifest, entry: object, form: Manifest) -> str | None:
    """form: what takes the values."""
    return content_at(manifest, _key_of(entry, form))


def _key_of(entry: object, form: Manifest) -> str:
    """Empty for all keys, which a Kustomize takes."""
    return "" if text(form, "kind") == KUSTOMIZE else text(entry, "key") or "values.yaml"


def content_at(manifest: Manifest, key: str) -> str | None:
    """key: as of `SealedText`."""
    return data_of(manifest, key) if key else all_data_of(manifest)


def data_of(manifest: Manifest, key: str) -> str | None:
    """One entry of the data of a ConfigMap or Secret, as text, or its seal; None if it is not there, or is no text."""
    plain = get(manifest, "data", key)
    if manifest.get("kind") == "ConfigMap":
        return plain if isinstance(plain, str) else None
    stated = get(manifest, "stringData", key)
    if isinstance(stated, str):
        return stated
    if is_seal(plain):
        return plain  # type: ignore[no-any-return]
    try:
        return base64.b64decode(plain, validate=True).decode() if isinstance(plain, str) else None
    except (binascii.Error, UnicodeDecodeError):
        return None


def all_data_of(manifest: Manifest) -> str:
    """All entries of the data of a ConfigMap or Secret that are text, as JSON."""
    names = {*mapping(manifest, "data"), *mapping(manifest, "stringData")}
    found = {name: value for name in names if (value := data_of(manifest, name)) is not None}
    return write_json(found, orjson.OPT_SORT_KEYS).decode()


def _translated(template: ResourceTemplate, facts: str) -> ResourceTemplate:
    manifest = with_value(template.manifest, ("metadata", "annotations", EXPANDED_FROM), facts)
    return replace(template, manifest=with_dependencies(manifest), translated=True)


def _with_digests(template: ResourceTemplate, facts: str, source: str, *values: str) -> ResourceTemplate:
    """values: names of entries and digests in turn. facts: of what it builds; empty where that is nothing to be expanded."""
    digests: Mapping[str, str] = dict(zip(values[::2], values[1::2], strict=True))
    manifest = with_value(template.manifest, ("spec", "sourceDigest"), source)
    manifest = with_value_digests(manifest, digests)
    if facts:
        manifest = with_value(manifest, ("metadata", "annotations", EXPANDED_FROM), facts)
    return replace(template, manifest=manifest)


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(len(data).to_bytes(8) + data)
    return f"sha256:{digest.hexdigest()}"
