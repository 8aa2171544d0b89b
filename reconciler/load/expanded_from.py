"""What is known of the files of an object that is expanded: an annotation of its template, as JSON, written and read.

`charts.py` writes it when the files are read; `forms_of` makes Charts and Kustomizes of what overrides leave of the template. An
Application with several sources has several forms. What such an object builds may be to be expanded itself: the files of that are
known by its place, which is what it says about where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from reconciler.documents.json_writer import write_json
from reconciler.load import argocd, flux
from reconciler.model.expansion import EXPANDED_FROM, Tool
from reconciler.model.manifest import Manifest, annotations_of, get, mapping, sequence, text, with_value, without
from reconciler.model.ordering import DEPENDS_ON

HELM_RELEASE, KUSTOMIZATION, APPLICATION = "HelmRelease", "Kustomization", "Application"
_VALUE_FIELDS = (("spec", "valuesFrom"), ("spec", "postBuild", "substituteFrom"))
"""Where a Chart or Kustomize names ConfigMaps and Secrets of the repository."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one source of an object."""

    tool: Tool
    source: str
    """The digest."""
    folder: str
    """Of a kustomization, from the root of the revision."""
    values: Mapping[str, str] = field(default_factory=dict)
    """The digest of each entry that it takes values from, by `entry_name`."""
    plain: bool = False
    """Whether the folder has no kustomization."""
    place: int = 0
    """In `spec.sources` of an Application."""


@dataclass(frozen=True, slots=True)
class NestedFacts:
    """What is known of an object that another one builds."""

    place: str
    """As of `place_of`."""
    repository: str
    """What the source of Flux that it names says, as of `said_by`; empty where it names none."""
    parts: tuple[Facts, ...]
    """Empty where a source is not locked."""


@dataclass(frozen=True, slots=True)
class ExpandedFrom:
    """The annotation."""

    parts: tuple[Facts, ...] = ()
    nested: tuple[NestedFacts, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """Of nested objects: namespace, `/`, `entry_name` → the digest of the values in the repository."""

    def of_place(self, place: str) -> tuple[NestedFacts, ...]:
        return tuple(one for one in self.nested if one.place == place)


def printed_facts(facts: ExpandedFrom) -> str:
    """The text of the annotation."""
    stated: dict[str, Any] = {"parts": [_part_document(one) for one in facts.parts]}
    if facts.nested:
        stated["nested"] = [
            {"place": one.place, "repository": one.repository, "parts": [_part_document(part) for part in one.parts]}
            for one in facts.nested
        ]
    if facts.values:
        stated["values"] = dict(facts.values)
    return write_json(stated, orjson.OPT_SORT_KEYS).decode()


def with_dependencies(manifest: Manifest) -> Manifest:
    """With what `spec.dependsOn` of Flux names, as our annotation names it."""
    depended = flux.dependencies(manifest)
    if not depended:
        return manifest
    stated = annotations_of(manifest).get(DEPENDS_ON)
    both = [*([stated] if isinstance(stated, str) and stated else []), *depended]
    changed: Manifest = with_value(manifest, ("metadata", "annotations", DEPENDS_ON), ",".join(both))
    return changed


def facts_in(manifest: Manifest) -> ExpandedFrom:
    """Empty where there are none, or where they cannot be read."""
    try:
        stated = orjson.loads(text(manifest, "metadata", "annotations", EXPANDED_FROM) or "{}")
    except orjson.JSONDecodeError:
        return ExpandedFrom()
    nested = tuple(
        NestedFacts(text(one, "place"), text(one, "repository"), tuple(_parts_in(one))) for one in sequence(stated, "nested")
    )
    return ExpandedFrom(tuple(_parts_in(stated)), nested, mapping(stated, "values"))


def _part_document(one: Facts) -> dict[str, Any]:
    stated = {"tool": one.tool.value, "source": one.source, "folder": one.folder, "values": dict(one.values)}
    return {**stated, "plain": one.plain, "place": one.place}


def _parts_in(stated: Any) -> Iterator[Facts]:
    for one in sequence(stated, "parts"):
        tool = Tool.HELM if text(one, "tool") == Tool.HELM else Tool.KUSTOMIZE
        place, plain = get(one, "place", default=0), get(one, "plain") is True
        yield Facts(tool, text(one, "source"), text(one, "folder"), mapping(one, "values"), plain, place)


def value_entries(ours: Manifest) -> list[Any]:
    """What a Chart or Kustomize names of the ConfigMaps and Secrets of the repository, in one list."""
    return [entry for path in _VALUE_FIELDS for entry in sequence(ours, *path)]


def entry_name(entry: object) -> str:
    """One entry of `valuesFrom`, by what it names."""
    return f"{text(entry, 'kind')}/{text(entry, 'name')}/{text(entry, 'key')}"


def forms_of(manifest: Manifest, parts: Sequence[Facts]) -> tuple[Manifest, ...]:
    """An object of Flux or Argo CD as Charts and Kustomizes with the digests of their sources and values. Without facts, there is
    one, without a source."""
    return tuple(_form(manifest, one) for one in parts or (Facts(Tool.KUSTOMIZE, "", ""),))


def _form(manifest: Manifest, facts: Facts) -> Manifest:
    form: Manifest = form_of(manifest, facts.tool is Tool.HELM, facts.folder, facts.place)
    form = with_value(form, ("spec", "sourceDigest"), facts.source)
    if not facts.plain:
        form = without(form, ("spec", "plain"))
    return with_value_digests(form, facts.values)


def with_value_digests(form: Manifest, values: Mapping[str, str]) -> Manifest:
    """values: as `Facts.values`."""
    for path in _VALUE_FIELDS:
        for place, entry in enumerate(sequence(form, *path)):
            form = with_value(form, (*path, place, "digest"), text(values, entry_name(entry)))
    return form


def form_of(manifest: Manifest, charted: bool, folder: str = "", place: int = 0) -> Manifest:
    """As a Chart or Kustomize, without what files say. charted: whether its files are a chart. place: of the source."""
    kind = text(manifest, "kind")
    if kind == APPLICATION:
        return argocd.chart_of(manifest, place) if charted else argocd.kustomize_of(manifest, folder, place)
    return flux.chart_of(manifest) if kind == HELM_RELEASE else flux.kustomize_of(manifest, folder)


def place_in(manifest: Manifest) -> tuple[object, ...]:
    """What says where the files are and what they hold: no override may change it, for the files are those of the template."""
    return annotations_of(manifest).get(EXPANDED_FROM), place_of(manifest)


def place_of(manifest: Manifest) -> str:
    """What an object that is expanded says about where its files are, as a text."""
    kind = text(manifest, "kind")
    if kind == APPLICATION:
        stated: list[Any] = [
            [source.get(name) for name in ("repoURL", "chart", "path", "targetRevision", "ref")]
            for _, source in argocd.sources_of(manifest)
        ]
    else:
        stated = [get(manifest, "spec", *path) for path in _PLACES.get(kind, ())]
    return write_json([kind, *stated], orjson.OPT_SORT_KEYS).decode()


def said_by(source: Manifest) -> str:
    """What a source of Flux says about where files are, as a text."""
    spec = mapping(source, "spec")
    return write_json([text(source, "kind"), text(spec, "url").rstrip("/"), mapping(spec, "ref")], orjson.OPT_SORT_KEYS).decode()


_PLACES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    HELM_RELEASE: (("chart", "spec", "chart"), ("chart", "spec", "version"), ("chart", "spec", "sourceRef"), ("chartRef",)),
    KUSTOMIZATION: (("sourceRef",), ("path",)),
    "Chart": (("chart",),),
    "Kustomize": (("path",), ("components",)),
}
