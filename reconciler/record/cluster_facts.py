"""A member's APIs and capacity ⇄ the fields of its document, in the shape of Karmada's Cluster.

An absent field means unknown; an empty list of APIs means that the member serves none. Kinds that are not built in have a
`scope`, which Karmada's Cluster has not. Models and counts of nodes are stored as grades, the smallest first, and only grades
that have nodes: the estimator uses nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from reconciler.load.capacity import parse_capacity
from reconciler.model.capacity import Capacity, NodeGrade
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import get, sequence, text
from reconciler.model.memo import Memo
from reconciler.model.quantity import QuantityError
from reconciler.model.settings import DeclaredKind
from reconciler.model.workload import Resources

Apis = frozenset[GroupVersionKind]
CustomKinds = frozenset[DeclaredKind]


def models_of(capacity: Capacity | None) -> dict[str, Any]:
    """The fields of `spec`."""
    if capacity is None or capacity.grades is None:
        return {}
    return {"resourceModels": [_model(number, grade.minimum) for number, grade in enumerate(_graded(capacity.grades))]}


def facts_of(apis: Apis | None, custom_kinds: CustomKinds, capacity: Capacity | None) -> dict[str, Any]:
    """The fields of `status`."""
    enablements = {} if apis is None else {"apiEnablements": _enablements(apis, custom_kinds)}
    return enablements if capacity is None else enablements | {"resourceSummary": _summary(capacity)}


def parse_facts(document: Mapping[str, Any], memo: Memo | None = None) -> tuple[Apis | None, CustomKinds, Capacity | None]:
    """The APIs, those with a recorded scope, and the capacity; None for what is unknown. memo: as for `parse_cluster`. Raises
    ValueError."""
    enablements, summary = get(document, "status", "apiEnablements"), get(document, "status", "resourceSummary")
    if summary is not None:
        _check_summary(summary)
    try:
        known = (None, frozenset[DeclaredKind]()) if enablements is None else (memo or Memo())(_parse_enablements, enablements)
        apis, custom_kinds = known
        return apis, custom_kinds, parse_capacity(document)
    except QuantityError as error:
        raise ValueError(f"capacity: {error.message}") from error


def _enablements(apis: Apis, custom_kinds: CustomKinds) -> list[dict[str, Any]]:
    scopes = {one.gvk: {"scope": "Namespaced" if one.namespaced else "Cluster"} for one in custom_kinds}
    kinds = sorted(apis, key=lambda api: (api.api_version, api.kind))
    return [
        {"groupVersion": version, "resources": [{"kind": api.kind, **scopes.get(api, {})} for api in group]}
        for version, group in groupby(kinds, key=lambda api: api.api_version)
    ]


def _parse_enablements(enablements: Any) -> tuple[Apis, CustomKinds]:
    if not isinstance(enablements, list):
        raise ValueError("apiEnablements is not a list")
    resources = [
        (text(item, "groupVersion"), text(resource, "kind"), text(resource, "scope"))
        for item in enablements
        for resource in sequence(item, "resources")
    ]
    if not all(version and kind for version, kind, _ in resources):
        raise ValueError("apiEnablements: a groupVersion or a kind is missing")
    scopes = {GroupVersionKind.parse(version, kind): scope for version, kind, scope in resources}
    return frozenset(scopes), frozenset(DeclaredKind(gvk, scope == "Namespaced") for gvk, scope in scopes.items() if scope)


def _summary(capacity: Capacity) -> dict[str, Any]:
    parts = {"allocatable": capacity.allocatable, "allocated": capacity.allocated, "allocating": capacity.allocating}
    summary: dict[str, Any] = {name: _amounts(amounts) for name, amounts in parts.items() if amounts}
    if capacity.grades is not None:
        counts = [{"grade": number, "count": grade.count} for number, grade in enumerate(_graded(capacity.grades))]
        summary["allocatableModelings"] = counts
    return summary


def _check_summary(summary: Any) -> None:
    if not isinstance(summary, Mapping):
        raise ValueError("resourceSummary is not a mapping")
    for name in ("allocatable", "allocated", "allocating"):
        if not isinstance(summary.get(name, {}), Mapping):
            raise ValueError(f"resourceSummary.{name} is not a mapping")
    if any(type(get(item, "count", default=0)) is not int for item in sequence(summary, "allocatableModelings")):
        raise ValueError("resourceSummary.allocatableModelings: a count is not a whole number")


def _graded(grades: tuple[NodeGrade, ...]) -> tuple[NodeGrade, ...]:
    """The grades to write. A member that is modelled but has no node gets one grade with no node: an empty list would read as
    unknown."""
    return grades or (NodeGrade({}, 0),)


def _model(number: int, minimum: Resources) -> dict[str, Any]:
    ranges = [{"name": name, "min": str(amount)} for name, amount in sorted(minimum.items())]
    return {"grade": number, "ranges": ranges}


def _amounts(amounts: Resources) -> dict[str, str]:
    return {name: str(amount) for name, amount in sorted(amounts.items())}
