"""Defaults and checks of PropagationPolicy and ClusterPropagationPolicy (Karmada, pkg/webhook/…propagationpolicy)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.load.admission.placement import placement_refusals, stored_placement
from reconciler.load.admission.refusal import Path, key_refusals, number, refusal
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.manifest import Manifest, get, mapping, sequence, text, with_value

GRACE_PERIOD_SECONDS = 600
TOLERATION_SECONDS = 300

_DEFAULTS = {
    "conflictResolution": "Abort",
    "preemption": "Never",
    "priority": 0,
    "schedulerName": "default-scheduler",
    "placement": {},
}
_RENAMED = {"Immediately": "Directly", "Graciously": "Gracefully"}
"""The purge modes of Karmada before 1.19 → their names now. The schema has a warning for the old names."""
_SERVICE_IMPORT = ("multicluster.x-k8s.io/v1alpha1", "ServiceImport")


def stored_propagation_policy(document: Manifest, namespace: str = "") -> Manifest:
    """The policy with defaults. namespace: the policy's own; empty for a cluster-wide policy, which selects in all namespaces."""
    spec = get(document, "spec")
    if not isinstance(spec, Mapping):
        return document
    stored = with_defaults(spec, _DEFAULTS)
    if isinstance(stored["placement"], Mapping):
        stored["placement"] = stored_placement(stored["placement"])
    if isinstance(stored.get("failover"), Mapping):
        stored["failover"] = _stored_failover(stored["failover"])
    if isinstance(stored.get("resourceSelectors"), list):
        stored["resourceSelectors"] = stored_selectors(stored["resourceSelectors"], namespace)
    if any((text(it, "apiVersion"), text(it, "kind")) == _SERVICE_IMPORT for it in sequence(stored, "resourceSelectors")):
        stored["propagateDeps"] = True
    changed: Manifest = with_value(document, ("spec",), stored)
    return changed


def with_defaults(document: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the defaults of its resource definition. As in an API server, null counts as absent, empty does not."""
    return {**document, **{name: value for name, value in defaults.items() if document.get(name) is None}}


def stored_selectors(selectors: list[Any], namespace: str) -> list[Any]:
    """A selector without a namespace gets the namespace of the policy."""
    if not namespace:
        return selectors
    return [
        {**selector, "namespace": namespace} if isinstance(selector, Mapping) and not get(selector, "namespace") else selector
        for selector in selectors
    ]


def _stored_failover(failover: Mapping[str, Any]) -> Mapping[str, Any]:
    stored = dict(failover)
    for kind in ("application", "cluster"):
        if isinstance(stored.get(kind), Mapping):
            stored[kind] = with_defaults(stored[kind], {"purgeMode": "Gracefully"})
            mode = stored[kind]["purgeMode"]
            stored[kind]["purgeMode"] = _RENAMED.get(mode, mode) if isinstance(mode, str) else mode
    application = stored.get("application")
    if isinstance(application, dict):
        if isinstance(application.get("decisionConditions"), Mapping):
            limits = {"tolerationSeconds": TOLERATION_SECONDS}
            application["decisionConditions"] = with_defaults(application["decisionConditions"], limits)
        if application["purgeMode"] == "Gracefully" and application.get("gracePeriodSeconds") is None:
            application["gracePeriodSeconds"] = GRACE_PERIOD_SECONDS
    return stored


def propagation_refusals(document: Manifest, namespace: str) -> Iterator[Violation]:
    """Why Karmada would refuse a policy. document: with defaults. namespace: as in `stored_propagation_policy`."""
    spec = mapping(document, "spec")
    yield from selector_refusals(spec, namespace)
    yield from placement_refusals(mapping(spec, "placement"), ("spec", "placement"))
    if get(spec, "failover", "application") is not None and get(spec, "propagateDeps") is not True:
        remedy = "Set it, because a copy that moves needs its dependencies."
        yield refusal(("spec", "propagateDeps"), "must be true if failover.application is set", remedy)
    yield from _failover_refusals(mapping(spec, "failover"), ("spec", "failover"))
    if text(spec, "preemption") == "Always":
        yield from _unnamed_refusals(spec)
    suspended = mapping(spec, "suspension")
    if get(suspended, "dispatching") is True and sequence(suspended, "dispatchingOnClusters", "clusterNames"):
        what = "suspends dispatching both everywhere and on named clusters, which exclude each other"
        yield refusal(("spec", "suspension"), what, "Keep one of the two.")


def selector_refusals(spec: Mapping[str, Any], namespace: str) -> Iterator[Violation]:
    """A namespaced policy selects in its own namespace only."""
    for index, selector in enumerate(sequence(spec, "resourceSelectors")):
        if namespace and (get(selector, "namespace") or namespace) != namespace:
            path: Path = ("spec", "resourceSelectors", index, "namespace")
            remedy = "Use the cluster-wide kind of policy, or move this policy to the other namespace."
            yield refusal(path, f"must be the policy's own namespace, {namespace}", remedy, "ForeignNamespace")


def _unnamed_refusals(spec: Mapping[str, Any]) -> Iterator[Violation]:
    for index, selector in enumerate(sequence(spec, "resourceSelectors")):
        if not get(selector, "name"):
            remedy = "Name the object, or write preemption: Never. A policy cannot preempt all objects of a kind."
            yield refusal(("spec", "resourceSelectors", index, "name"), "is missing, but preemption is Always", remedy)


def _failover_refusals(failover: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    application = mapping(failover, "application")
    if number(application, "decisionConditions", "tolerationSeconds") < 0:
        place = (*path, "application", "decisionConditions", "tolerationSeconds")
        yield refusal(place, "must be at least 0", "Write a number within the limits.")
    if get(application, "gracePeriodSeconds") is not None:
        if text(application, "purgeMode") != "Gracefully":
            what = "has gracePeriodSeconds, which has an effect only with purgeMode Gracefully"
            yield refusal((*path, "application"), what, "Remove it, or change purgeMode.")
        if number(application, "gracePeriodSeconds") <= 0:
            yield refusal(
                (*path, "application", "gracePeriodSeconds"), "must be more than 0", "Write a number within the limits."
            )
    for kind in ("application", "cluster"):
        for index, rule in enumerate(sequence(failover, kind, "statePreservation", "rules")):
            place = (*path, kind, "statePreservation", "rules", index, "aliasLabelName")
            yield from key_refusals(text(rule, "aliasLabelName"), place)
