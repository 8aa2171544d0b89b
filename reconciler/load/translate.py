"""Objects of Flux and Argo CD that `spec.expand` of the Configuration lists: they are expanded as Charts and Kustomizes are.

The template of such an object keeps its own form, so that policies select it and overriders change it by its own fields. Where
its files are, and what they and its values hold, `charts.py` writes into an annotation of the template (`expanded_from.py`).

Flux's sources only say where files are; where a kind that refers to them is listed, they are placed nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from reconciler.load import argocd, flux
from reconciler.load.crosscheck import Finding
from reconciler.load.expanded_from import APPLICATION, HELM_RELEASE, KUSTOMIZATION
from reconciler.load.not_expanded import FIELD_NOT_EXPANDED, Note, fields_without_effect
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.translation import Beside, FindSource, IsThis, Path, Where, own_namespace, this_repository
from reconciler.model.expansion import FOREIGN_KINDS, is_listed
from reconciler.model.issues import Issue, error, warning
from reconciler.model.manifest import Manifest, get, text
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.sealed import has_seal
from reconciler.model.settings import Settings
from reconciler.model.source_lock import SourceKind, WantedSource, url_mistake, url_remedy, version_mistake
from reconciler.model.tenant import Tenancy

REFERRING = frozenset({HELM_RELEASE, KUSTOMIZATION})
"""The kinds that refer to Flux's sources."""
UNTRANSLATABLE = "NotTranslatable"


@dataclass(frozen=True, slots=True)
class Translated:
    """One object that is listed; of an Application with several sources, one of these."""

    file: ParsedFile
    parsed: ParsedObject
    where: Where
    """With the places of the fields that ask for it."""
    path: Path
    """The field that says where the files are."""
    place: int = 0
    """In `spec.sources` of an Application."""

    @property
    def wanted(self) -> Iterator[WantedSource]:
        """What it needs from elsewhere."""
        places = (self.where.wanted, *(one.wanted for one in self.where.beside))
        yield from (one for one in places if one is not None)


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
    if set(settings.expand) & REFERRING:
        findings += [finding for file, parsed in declared for finding in noted(file, parsed)]
    for file, parsed in found:
        if not is_listed(parsed.gvk, settings.expand):
            continue
        made, wrong = translated_of(file, parsed, _finder(declared, file, judges), is_this)
        findings += [*noted(file, parsed), *wrong]
        objects += made
    return AllTranslated(tuple(objects), tuple(findings))


def translated_of(
    file: ParsedFile, parsed: ParsedObject, find: FindSource, is_this: IsThis
) -> tuple[list[Translated], list[Finding]]:
    """One listed object; or what is wrong with it."""
    place, located = _places(file, parsed), _locate(parsed.manifest, find, is_this)
    wrong, made = refused_in(parsed.manifest), list[Translated]()
    for number, path, where in located:
        if isinstance(where, Note):
            wrong.append(where)
            continue
        wrong += _mistakes(where, path)
        beside = tuple(_placed(one, place(one.path or path)) for one in where.beside)
        made.append(Translated(file, parsed, replace(_placed(where, place(path)), beside=beside), path, number))
    findings: list[Finding] = [
        (parsed, _issue(error(UNTRANSLATABLE, one.message, one.remedy), parsed, place(one.path))) for one in wrong
    ]
    return ([] if wrong else made), findings


P = TypeVar("P", Where, Beside)


def _placed(one: P, origin: Origin) -> P:
    return one if one.wanted is None else replace(one, wanted=replace(one.wanted, origin=origin))


def noted(file: ParsedFile, parsed: ParsedObject) -> list[Finding]:
    place = _places(file, parsed)
    return [
        (parsed, _issue(warning(FIELD_NOT_EXPANDED, one.message, one.remedy), parsed, place(one.path)))
        for one in _notices(parsed)
    ]


def without_sources(file: ParsedFile, listed: tuple[str, ...]) -> ParsedFile:
    """The file without Flux's sources, where a kind that refers to them is listed; the same one if it has none."""
    kept = tuple(one for one in file.objects if not _is_source(one))
    return file if len(kept) == len(file.objects) or not REFERRING & set(listed) else replace(file, objects=kept)


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


def _locate(manifest: Manifest, find: FindSource, is_this: IsThis) -> list[tuple[int, Path, Where | Note]]:
    """(number of the source, the field that says where its files are, where they are) of each source."""
    kind = text(manifest, "kind")
    if kind == HELM_RELEASE:
        path: Path = ("spec", "chartRef") if get(manifest, "spec", "chartRef") else ("spec", "chart", "spec", "sourceRef")
        return [(0, path, flux.locate_release(manifest, find, is_this))]
    if kind == KUSTOMIZATION:
        return [(0, ("spec", "sourceRef"), flux.locate_kustomization(manifest, find, is_this))]
    rendered = argocd.rendered_sources(manifest)
    return [(one, (*argocd.source_path(manifest, one), "repoURL"), argocd.locate(manifest, is_this, one)) for one in rendered]


def _mistakes(where: Where, path: Path) -> Iterator[Note]:
    """What is wrong with the place of a source elsewhere."""
    wanted = where.wanted
    if wanted is None:
        return
    if mistake := url_mistake(wanted.url, wanted.kind):
        yield Note(path, f"the URL of its source {mistake}", url_remedy(wanted.kind))
    elif mistake := version_mistake(wanted.version, wanted.kind):
        remedy = "Write a version, or a range, such as ^1.2." if wanted.kind is not SourceKind.GIT else "Write a branch or a tag."
        yield Note(path, f"the version that it wants of its source, {wanted.version!r}, {mistake}", remedy)


def refused_in(manifest: Manifest) -> list[Note]:
    """What would make something else of a listed object than its own tool does."""
    kind = text(manifest, "kind")
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


def _places(file: ParsedFile, parsed: ParsedObject) -> Callable[[Path], Origin]:
    return lambda path: Origin(file.path, file.line_of(parsed, path))
