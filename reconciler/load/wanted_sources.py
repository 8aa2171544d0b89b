"""What the files of a revision want from outside of the repository, and whether `reconciler.lock` pins it. Pure.

A Source names another Git repository or an artifact in a registry, and the folder below which its files appear. A Chart names its
chart in one of three ways: `path`, a folder of this repository, which needs no lock; `oci`, a place in a registry, with
`version`; or `repository`, a chart repository, with `name` and `version`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.load.crosscheck import Finding
from reconciler.load.governed import source_refusal
from reconciler.load.layout import is_relevant
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.source_lock import LockFile, check_lock
from reconciler.load.translate import Translated
from reconciler.model.declared_source import DeclaredSource
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, error
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, mapping, text
from reconciler.model.origin import Origin
from reconciler.model.source_lock import SourceKind, WantedSource, url_mistake, url_remedy, version_mistake
from reconciler.model.tenant import NO_TENANTS, Tenancy

Mistake: TypeAlias = tuple[tuple[str, ...], str, str]
"""(path of a field, message, remedy)"""

INVALID = "InvalidSource"
UNAVAILABLE = "SourceUnavailable"
CHART = GroupVersionKind("reconciler.dev", "v1alpha1", "Chart")
_FIELDS = {"oci": SourceKind.OCI, "repository": SourceKind.HELM}
_VERSIONS = {
    SourceKind.OCI: "Write a version, such as 1.2.3, a range, such as ^1.2, tag:NAME, or a digest.",
    SourceKind.HELM: "Write a version, such as 1.2.3, or a range, such as ^1.2.",
    SourceKind.GIT: "Write branch:NAME, tag:NAME, commit:ID, or a range of versions, such as ^1.2.",
}

_REFS = {
    SourceKind.OCI: "Write one of semver, tag and digest.",
    SourceKind.GIT: "Write one of branch, tag, semver and commit, with its whole id.",
}


@dataclass(frozen=True, slots=True)
class WantedSources:
    sources: tuple[WantedSource, ...]
    """Sorted, each as often as it is wanted."""
    findings: tuple[Finding, ...]
    """What is wrong, with the object that is left out for it."""
    absent: frozenset[str]
    """The folders of Sources that the lock does not pin: nobody knows what belongs there."""


def find_wanted(
    files: Iterable[ParsedFile],
    lock: LockFile,
    judges: Tenancy = NO_TENANTS,
    translated: Iterable[Translated] = (),
    nested: Iterable[tuple[ParsedFile, ParsedObject]] = (),
) -> WantedSources:
    """What Charts and Sources want, and what is wrong between that and the lock. judges: the Tenants of the revision.
    translated: objects of other tools that are expanded. nested: Charts that others build."""
    findings: list[Finding] = []
    each: list[tuple[WantedSource, ParsedObject]] = []
    for file, parsed in (*_with_sources(files), *nested):
        noun = parsed.noun
        found = _of_source(noun) if isinstance(noun, DeclaredSource) else of_chart(parsed.manifest, _places(file, parsed))
        for one in found:
            if isinstance(one, WantedSource):
                each.append((one, parsed))
            else:
                path, message, remedy = one
                name, place = printed_name(parsed), _places(file, parsed)(path)
                findings.append((parsed, error(INVALID, f"{name}: {message}", remedy, origin=place, subject=name)))
    each += [(wanted, one.parsed) for one in translated for wanted in one.wanted]
    each, misplaced = _well_placed(each, judges)
    each, forbidden = _allowed(each, judges)
    findings += (*misplaced, *forbidden)
    wanted = sorted((one for one, _ in each), key=lambda one: (one, one.origin))
    by_origin = {one.origin: parsed for one, parsed in each}
    findings += [(by_origin.get(issue.origin), issue) for issue in check_lock(wanted, lock)]
    absent = frozenset(one.into for one in wanted if one.into and lock.lock.find(one) is None)
    return WantedSources(tuple(wanted), tuple(findings), absent)


def _with_sources(files: Iterable[ParsedFile]) -> Iterator[tuple[ParsedFile, ParsedObject]]:
    for file in files:
        for parsed in file.objects:
            if parsed.gvk.group == CHART.group and (parsed.gvk == CHART or isinstance(parsed.noun, DeclaredSource)):
                yield file, parsed


def _well_placed(
    each: list[tuple[WantedSource, ParsedObject]], judges: Tenancy
) -> tuple[list[tuple[WantedSource, ParsedObject]], list[Finding]]:
    """Without Sources whose folder is not theirs, and what is wrong with these."""
    findings: list[Finding] = []
    sources = [noun for _, parsed in each if isinstance(noun := parsed.noun, DeclaredSource)]
    for wanted, parsed in each:
        source = parsed.noun
        if not isinstance(source, DeclaredSource):
            continue
        others = [one for one in sources if one is not source and _overlap(one.wanted.into, wanted.into)]
        governing = judges.of(f"{wanted.into}/")
        if others:
            message = f"its folder {wanted.into} is that of {others[0]} ({others[0].origin}), or inside of it"
            findings.append((parsed, _misplaced(source, "into", message, "Give each Source a folder of its own.")))
        elif source.tenant and (governing is None or governing.name != source.tenant):
            who = f"by the Tenant {governing.name}" if governing else "by no Tenant"
            message = f"the Tenant {source.tenant} does not govern {wanted.into}, which is governed {who}"
            remedy = f"Add the folder to spec.folders of the Tenant {source.tenant}, or name another folder."
            findings.append((parsed, _misplaced(source, "tenant", message, remedy)))
    left_out = {id(parsed) for parsed, _ in findings}
    return [pair for pair in each if id(pair[1]) not in left_out], findings


def _allowed(
    each: list[tuple[WantedSource, ParsedObject]], judges: Tenancy
) -> tuple[list[tuple[WantedSource, ParsedObject]], list[Finding]]:
    """Without what the Tenants of the objects do not allow, and the errors about that."""
    refusals = [(wanted, parsed, source_refusal(wanted, parsed, judges)) for wanted, parsed in each]
    return (
        [(wanted, parsed) for wanted, parsed, refusal in refusals if refusal is None],
        [(parsed, refusal) for _, parsed, refusal in refusals if refusal is not None],
    )


def _overlap(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _misplaced(source: DeclaredSource, field: str, message: str, remedy: str) -> Issue:
    place = source.places.get(field, source.origin)
    return error(INVALID, f"{source}: {message}", remedy, origin=place, subject=str(source))


def _of_source(source: DeclaredSource) -> Iterator[WantedSource | Mistake]:
    wanted, field = source.wanted, "git" if source.wanted.kind is SourceKind.GIT else "oci"
    mistakes: list[WantedSource | Mistake] = []
    if mistake := url_mistake(wanted.url, wanted.kind):
        mistakes.append((("spec", field), f"spec.{field} {mistake}", url_remedy(wanted.kind)))
    if mistake := version_mistake(wanted.version, wanted.kind):
        mistakes.append((("spec", "ref"), f"spec.ref {mistake}", _REFS[wanted.kind]))
    yield from mistakes or [wanted]


def without_unavailable(desired: DesiredState, failures: Mapping[str, ReconcilerError]) -> DesiredState:
    """The desired state where some sources could not be had: with an error for each, and what was declared there before stays.

    failures: by folder of the revision.
    """
    if not failures:
        return desired
    issues, files = set(desired.issues), set(desired.broken_files)
    for wanted in desired.wanted_sources:
        locked = desired.source_lock.find(wanted)
        if locked is not None and (failure := failures.get(locked.folder)) is not None:
            issues.add(error(UNAVAILABLE, failure.message, failure.remedy, origin=wanted.origin, subject=str(wanted)))
            files.add(wanted.origin.file)
    return replace(
        desired,
        issues=tuple(sorted(issues)),
        broken_files=frozenset(files),
        unavailable=frozenset(failures),
        hidden=desired.hidden.union(folder for folder in failures if is_relevant(folder, desired.settings)),
    )


def of_chart(manifest: Manifest, place: Callable[[tuple[str, ...]], Origin]) -> Iterator[WantedSource | Mistake]:
    """At most one source, and none for a chart in this repository; or what is wrong. place: of a field."""
    chart = mapping(manifest, "spec", "chart")
    stated = [field for field in ("path", *_FIELDS) if field in chart]
    if len(stated) != 1:
        message = f"spec.chart states {' and '.join(stated)}" if stated else "spec.chart states no place"
        yield ("spec", "chart"), message, "Write one of path, oci and repository."
    elif stated[0] != "path":
        yield from _outside(chart, stated[0], place)


def _outside(
    chart: Mapping[str, Any], field: str, place: Callable[[tuple[str, ...]], Origin]
) -> Iterator[WantedSource | Mistake]:
    kind, url = _FIELDS[field], text(chart, field).rstrip("/")
    name, version = text(chart, "name"), text(chart, "version")
    mistakes: list[WantedSource | Mistake] = []
    if mistake := url_mistake(url, kind):
        mistakes.append((("spec", "chart", field), f"spec.chart.{field} {mistake}", url_remedy(kind)))
    if mistake := version_mistake(version, kind):
        mistakes.append((("spec", "chart", "version"), f"spec.chart.version {mistake}", _VERSIONS[kind]))
    if (kind is SourceKind.HELM) != bool(name):
        what = "lacks a name" if kind is SourceKind.HELM else "states a name, which is part of oci"
        remedy = "Write the name of the chart." if kind is SourceKind.HELM else "Remove it."
        mistakes.append((("spec", "chart", "name"), f"spec.chart {what}", remedy))
    yield from mistakes or [WantedSource(kind, url, name, version, origin=place(("spec", "chart", field)))]


def _places(file: ParsedFile, parsed: ParsedObject) -> Callable[[tuple[str, ...]], Origin]:
    return lambda path: Origin(file.path, file.line_of(parsed, path))
