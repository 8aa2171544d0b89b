"""Objects of Flux and Argo CD that `spec.expand` of the Configuration lists: they are expanded as Charts and Kustomizes are.

The template of such an object keeps its own form, so that policies select it and overriders change it by its own fields. Where
its files are, and what they and its values hold, `charts.py` writes into an annotation of the template; `as_ours` makes a Chart
or Kustomize of what overrides leave of it.

Flux's sources only say where files are; where a kind that refers to them is listed, they are placed nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.load import argocd, flux
from reconciler.load.crosscheck import Finding
from reconciler.load.not_expanded import FIELD_NOT_EXPANDED, Note, fields_without_effect
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.translation import FindSource, IsThis, Where, own_namespace, this_repository
from reconciler.model.expansion import EXPANDED_FROM, FOREIGN_KINDS, Tool, is_listed
from reconciler.model.issues import Issue, error, warning
from reconciler.model.manifest import Manifest, annotations_of, get, sequence, text, with_value, without
from reconciler.model.memo import Memo
from reconciler.model.ordering import DEPENDS_ON
from reconciler.model.origin import Origin
from reconciler.model.sealed import has_seal
from reconciler.model.settings import Settings
from reconciler.model.source_lock import SourceKind, url_mistake, url_remedy, version_mistake
from reconciler.model.tenant import Tenancy

HELM_RELEASE, KUSTOMIZATION, APPLICATION = "HelmRelease", "Kustomization", "Application"
_REFERRING = frozenset({HELM_RELEASE, KUSTOMIZATION})
"""The kinds that refer to Flux's sources."""
UNTRANSLATABLE = "NotTranslatable"


@dataclass(frozen=True, slots=True)
class Translated:
    """One object that is listed."""

    file: ParsedFile
    parsed: ParsedObject
    where: Where
    """With the place of the field that asks for it."""


@dataclass(frozen=True, slots=True)
class AllTranslated:
    objects: tuple[Translated, ...] = ()
    findings: tuple[Finding, ...] = ()


def translate(files: Iterable[ParsedFile], settings: Settings, judges: Tenancy, memo: Memo) -> AllTranslated:
    """All objects of the kinds that the Configuration lists, and what is wrong with them."""
    if not settings.expand:
        return AllTranslated()
    found = [pair for block in memo.blocks(files) for pair in memo(_of_interest, block)]
    declared = [pair for pair in found if pair[1].gvk.group == flux.SOURCES_GROUP]
    is_this, objects, findings = this_repository(settings.repository), list[Translated](), list[Finding]()
    if set(settings.expand) & _REFERRING:
        findings += [finding for file, parsed in declared for finding in _noted(file, parsed)]
    for file, parsed in found:
        if not is_listed(parsed.gvk, settings.expand):
            continue
        place = _places(file, parsed)
        findings += _noted(file, parsed)
        where = _locate(parsed.manifest, _finder(declared, file, judges), is_this)
        wrong = [*_refused(parsed), *([where] if isinstance(where, Note) else _mistakes(where, parsed.manifest))]
        findings += [(parsed, _issue(error(UNTRANSLATABLE, one.message, one.remedy), parsed, place(one.path))) for one in wrong]
        if not wrong and isinstance(where, Where):
            origin = place(asking_path(parsed.manifest))
            wanted = None if where.wanted is None else replace(where.wanted, origin=origin)
            objects.append(Translated(file, parsed, replace(where, wanted=wanted)))
    return AllTranslated(tuple(objects), tuple(findings))


def _noted(file: ParsedFile, parsed: ParsedObject) -> list[Finding]:
    place = _places(file, parsed)
    return [
        (parsed, _issue(warning(FIELD_NOT_EXPANDED, one.message, one.remedy), parsed, place(one.path)))
        for one in _notices(parsed)
    ]


def without_sources(file: ParsedFile, listed: tuple[str, ...]) -> ParsedFile:
    """The file without Flux's sources, where a kind that refers to them is listed; the same one if it has none."""
    kept = tuple(one for one in file.objects if not _is_source(one))
    return file if len(kept) == len(file.objects) or not _REFERRING & set(listed) else replace(file, objects=kept)


def _of_interest(files: tuple[ParsedFile, ...]) -> list[tuple[ParsedFile, ParsedObject]]:
    return [(file, one) for file in files for one in file.objects if is_listed(one.gvk, FOREIGN_KINDS) or _is_source(one)]


def _is_source(parsed: ParsedObject) -> bool:
    return parsed.gvk.group == flux.SOURCES_GROUP and parsed.gvk.kind in flux.SOURCE_KINDS


def _issue(issue: Issue, parsed: ParsedObject, origin: Origin) -> Issue:
    name = printed_name(parsed)
    return replace(issue, message=f"{name}: {issue.message}", origin=origin, subject=name)


def _finder(declared: Iterable[tuple[ParsedFile, ParsedObject]], file: ParsedFile, judges: Tenancy) -> FindSource:
    """Finds sources for the objects of a file: those that its Tenant declares, and those that no Tenant governs."""
    owner = judges.of(file.path)

    def find(kind: str, namespace: str, name: str) -> Manifest | Note:
        same = [
            (judges.of(other.path), parsed)
            for other, parsed in declared
            if parsed.gvk.kind == kind
            and text(parsed.manifest, "metadata", "name") == name
            and own_namespace(parsed.manifest) == namespace
        ]
        own = [parsed for one, parsed in same if one == owner] or [parsed for one, parsed in same if one is None]
        if len(own) == 1:
            return own[0].manifest
        if own:
            places = ", ".join(str(one.origin) for one in own)
            return Note((), f"names {kind} {namespace}/{name}, which is declared in {places}", "Keep one of them.")
        return Note((), f"names {kind} {namespace}/{name}, which is not declared", "Declare it in this repository.")

    return find


def _locate(manifest: Manifest, find: FindSource, is_this: IsThis) -> Where | Note:
    kind = text(manifest, "kind")
    if kind == HELM_RELEASE:
        return flux.locate_release(manifest, find, is_this)
    return flux.locate_kustomization(manifest, find, is_this) if kind == KUSTOMIZATION else argocd.locate(manifest, is_this)


def asking_path(manifest: Manifest) -> tuple[str | int, ...]:
    """The field that says where the files are."""
    kind = text(manifest, "kind")
    if kind == HELM_RELEASE:
        return ("spec", "chartRef") if get(manifest, "spec", "chartRef") else ("spec", "chart", "spec", "sourceRef")
    return ("spec", "sourceRef") if kind == KUSTOMIZATION else (*argocd.source_path(manifest), "repoURL")


def _mistakes(where: Where, manifest: Manifest) -> Iterator[Note]:
    """What is wrong with the place of a source elsewhere."""
    wanted, path = where.wanted, asking_path(manifest)
    if wanted is None:
        return
    if mistake := url_mistake(wanted.url, wanted.kind):
        yield Note(path, f"the URL of its source {mistake}", url_remedy(wanted.kind))
    elif mistake := version_mistake(wanted.version, wanted.kind):
        remedy = "Write a version, or a range, such as ^1.2." if wanted.kind is not SourceKind.GIT else "Write a branch or a tag."
        yield Note(path, f"the version that it wants of its source, {wanted.version!r}, {mistake}", remedy)


def _refused(parsed: ParsedObject) -> list[Note]:
    kind, manifest = parsed.gvk.kind, parsed.manifest
    if has_seal(manifest):
        remedy = "Keep what is secret in a Secret, which members get for themselves."
        return [Note(("spec",), "its values are encrypted, and what is rendered is shown", remedy)]
    if kind == APPLICATION:
        return argocd.refused(manifest)
    return flux.refused_in_release(manifest) if kind == HELM_RELEASE else flux.refused_in_kustomization(manifest)


def _notices(parsed: ParsedObject) -> list[Note]:
    kind, spec = parsed.gvk.kind, parsed.manifest.get("spec")
    if kind == APPLICATION:
        return fields_without_effect(spec, argocd.FIELDS, argocd.REMEDIES)
    if parsed.gvk.group == flux.SOURCES_GROUP:
        return fields_without_effect(spec, flux.SOURCE_FIELDS, flux.REMEDIES)
    fields = flux.RELEASE_FIELDS if kind == HELM_RELEASE else flux.KUSTOMIZATION_FIELDS
    found = fields_without_effect(spec, fields, flux.REMEDIES)
    return found + (flux.other_meanings(parsed.manifest) if kind == HELM_RELEASE else flux.not_pruned(parsed.manifest))


def _places(file: ParsedFile, parsed: ParsedObject) -> Callable[[tuple[str | int, ...]], Origin]:
    return lambda path: Origin(file.path, file.line_of(parsed, path))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the files of one object."""

    tool: Tool
    source: str
    """The digest."""
    folder: str
    """Of a kustomization, from the root of the revision."""
    values: Mapping[str, str]
    """The digest of each entry that it takes values from, by `entry_name`."""
    plain: bool = False
    """Whether the folder has no kustomization."""


def with_facts(manifest: Manifest, facts: Facts) -> Manifest:
    """The manifest of a template with what is known of its files."""
    stated = {"tool": facts.tool.value, "source": facts.source, "folder": facts.folder, "values": dict(facts.values)}
    printed = write_json({**stated, "plain": facts.plain}, orjson.OPT_SORT_KEYS).decode()
    manifest = with_value(manifest, ("metadata", "annotations", EXPANDED_FROM), printed)
    if depended := flux.dependencies(manifest):
        manifest = _with_dependencies(manifest, depended)
    return manifest


def _with_dependencies(manifest: Manifest, depended: list[str]) -> Manifest:
    stated = annotations_of(manifest).get(DEPENDS_ON)
    both = [*([stated] if isinstance(stated, str) and stated else []), *depended]
    changed: Manifest = with_value(manifest, ("metadata", "annotations", DEPENDS_ON), ",".join(both))
    return changed


def value_entries(ours: Manifest) -> list[Any]:
    """What a Chart or Kustomize names of the ConfigMaps and Secrets of the repository, in one list."""
    return [entry for field in _VALUE_FIELDS for entry in sequence(ours, *field)]


def entry_name(entry: object) -> str:
    """One entry of `valuesFrom`, by what it names."""
    return f"{text(entry, 'kind')}/{text(entry, 'name')}/{text(entry, 'key')}"


def as_ours(manifest: Manifest) -> Manifest:
    """An object with facts as a Chart or Kustomize with the digests of its source and values. Without facts, these are empty."""
    try:
        facts = orjson.loads(text(manifest, "metadata", "annotations", EXPANDED_FROM) or "{}")
    except orjson.JSONDecodeError:
        facts = {}
    form: Manifest = form_of(manifest, text(facts, "tool") == Tool.HELM, text(facts, "folder"))
    form = with_value(form, ("spec", "sourceDigest"), text(facts, "source"))
    if get(facts, "plain") is not True:
        form = without(form, ("spec", "plain"))
    for field in _VALUE_FIELDS:
        for place, entry in enumerate(get(form, *field, default=[])):
            form = with_value(form, (*field, place, "digest"), text(facts, "values", entry_name(entry)))
    return form


def form_of(manifest: Manifest, charted: bool, folder: str = "") -> Manifest:
    """As a Chart or Kustomize, without what files say. charted: whether its files are a chart."""
    kind = text(manifest, "kind")
    if kind == APPLICATION:
        return argocd.chart_of(manifest) if charted else argocd.kustomize_of(manifest, folder)
    return flux.chart_of(manifest) if kind == HELM_RELEASE else flux.kustomize_of(manifest, folder)


def place_in(manifest: Manifest) -> tuple[object, ...]:
    """What says where the files are and what they hold: no override may change it, for the files are those of the template."""
    facts = annotations_of(manifest).get(EXPANDED_FROM)
    if text(manifest, "kind") == APPLICATION:
        source = argocd.source_of(manifest)
        return facts, *(source.get(name) for name in ("repoURL", "chart", "path", "targetRevision"))
    return facts, *(get(manifest, "spec", *path) for path in _PLACES)


_PLACES: tuple[tuple[str, ...], ...] = (
    ("chart", "spec", "chart"),
    ("chart", "spec", "version"),
    ("chart", "spec", "sourceRef"),
    ("chartRef",),
    ("sourceRef",),
    ("path",),
)
_VALUE_FIELDS = (("spec", "valuesFrom"), ("spec", "postBuild", "substituteFrom"))
"""Where a Chart or Kustomize names ConfigMaps and Secrets of the repository."""
