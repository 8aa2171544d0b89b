"""What the files of a revision want from outside of the repository, and whether `reconciler.lock` pins it. Pure.

A Chart names its chart in one of three ways: `path`, a folder of this repository, which needs no lock; `oci`, a place in a
registry, with `version`; or `repository`, a chart repository, with `name` and `version`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.load.crosscheck import Finding
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.load.source_lock import LockFile, check_lock
from reconciler.model.issues import error
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, mapping, text
from reconciler.model.origin import Origin
from reconciler.model.source_lock import SourceKind, WantedSource, url_mistake, url_remedy, version_mistake

INVALID = "InvalidSource"
CHART = GroupVersionKind("reconciler.dev", "v1alpha1", "Chart")
_FIELDS = {"oci": SourceKind.OCI, "repository": SourceKind.HELM}
_VERSIONS = {
    SourceKind.OCI: "Write a version, such as 1.2.3, a range, such as ^1.2, tag:NAME, or a digest.",
    SourceKind.HELM: "Write a version, such as 1.2.3, or a range, such as ^1.2.",
    SourceKind.GIT: "Write branch:NAME, tag:NAME, commit:ID, or a range of versions, such as ^1.2.",
}


@dataclass(frozen=True, slots=True)
class WantedSources:
    sources: tuple[WantedSource, ...]
    """Sorted, each as often as it is wanted."""
    findings: tuple[Finding, ...]
    """What is wrong, with the object that is left out for it."""


def find_wanted(files: Iterable[ParsedFile], lock: LockFile) -> WantedSources:
    """What Charts want, and what is wrong between that and the lock."""
    findings: list[Finding] = []
    wanted: dict[WantedSource, list[tuple[WantedSource, ParsedObject]]] = {}
    for file in files:
        for parsed in file.objects:
            if parsed.gvk != CHART:
                continue
            for found in of_chart(parsed.manifest, _places(file, parsed)):
                if isinstance(found, WantedSource):
                    wanted.setdefault(found, []).append((found, parsed))
                else:
                    path, message, remedy = found
                    name, place = printed_name(parsed), _places(file, parsed)(path)
                    findings.append((parsed, error(INVALID, f"{name}: {message}", remedy, origin=place, subject=name)))
    each = [pair for pairs in wanted.values() for pair in pairs]
    by_origin = {one.origin: parsed for one, parsed in each}
    findings += [(by_origin.get(issue.origin), issue) for issue in check_lock([one for one, _ in each], lock)]
    return WantedSources(tuple(sorted((one for one, _ in each), key=lambda one: (one, one.origin))), tuple(findings))


Mistake = tuple[tuple[str, ...], str, str]
"""(path of a field, message, remedy)"""


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
    yield from mistakes or [WantedSource(kind, url, name, version, place(("spec", "chart", field)))]


def _places(file: ParsedFile, parsed: ParsedObject) -> Callable[[tuple[str, ...]], Origin]:
    return lambda path: Origin(file.path, file.line_of(parsed, path))
