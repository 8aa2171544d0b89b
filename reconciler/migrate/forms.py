"""A Chart or Kustomize, as far as a file can state it: `load/` makes forms of objects of Flux and Argo CD that say more. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.load.translation import Where
from reconciler.model.expansion import CHART
from reconciler.model.manifest import Manifest, mapping, text
from reconciler.model.source_lock import SourceKind

_STATED = {
    "Chart": frozenset({"chart", "releaseName", "values", "valuesFiles", "valuesFrom", "skipCrds", "adopt"}),
    "Kustomize": frozenset({"path", "namePrefix", "nameSuffix", "components", "images", "patches"}),
}
_WORDS: Mapping[str, str] = {
    "commonLabels": "labels for all objects",
    "commonMetadata": "labels or annotations for all objects",
    "ignoreMissingValuesFiles": "files with values that may be missing",
    "namespace": "a namespace for all objects",
    "plain": "a folder without a kustomization",
    "postBuild": "variables",
    "postRenderers": "changes of what helm renders",
    "replicas": "numbers of replicas",
}
"""What a form says that neither kind can."""


def says_more(form: Manifest) -> list[str]:
    """What a form says that a Chart or Kustomize cannot, in words, sorted; empty where a file can state it."""
    others = mapping(form, "spec").keys() - _STATED[text(form, "kind")]
    return sorted(_WORDS.get(name, name) for name in others)


def chart_place(where: Where) -> dict[str, Any] | None:
    """Where a chart is, as `spec.chart` of a Chart; None where that cannot say it: it is in another Git repository."""
    wanted = where.wanted
    if wanted is None:
        return {"path": where.folder or "."}
    if wanted.kind is SourceKind.OCI:
        return {"oci": wanted.url, "version": wanted.version}
    if wanted.kind is SourceKind.HELM:
        return {"repository": wanted.url, "name": wanted.name, "version": wanted.version}
    return None


def charted(form: Manifest, place: Mapping[str, Any]) -> Manifest:
    """A form of a Chart with its place first."""
    return {**form, "kind": CHART, "spec": {"chart": dict(place), **mapping(form, "spec")}}
