"""Defaults and checks of Cluster (Karmada, pkg/registry/cluster, pkg/apis/cluster/{mutation,validation}).

The checks see `zone` as it is written; `stored_cluster` moves it to `zones` afterwards, as Karmada does.

Two deliberate differences from Karmada: `apiEndpoint: file:NAME` declares a directory member; and the effect PreferNoSchedule,
which Karmada refuses, is a warning, because it would have no effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.load.admission.metadata import cluster_name_refusals, metadata_refusals
from reconciler.load.admission.refusal import Path, key_refusals, missing, refusal, value_refusals
from reconciler.load.admission.resource_models import default_models, models_problem, stored_models
from reconciler.load.admission.url import parse_url
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.cluster import parse_moment
from reconciler.model.issues import Severity
from reconciler.model.manifest import Manifest, get, mapping, sequence, text, with_value, without

_EFFECTS = ("NoSchedule", "NoExecute")
_SPEC: Path = ("spec",)


def prepared_cluster(document: Manifest) -> Manifest:
    """The Cluster before the checks: without status, which is observed, and with default resource models."""
    prepared: Manifest = without(document, ("status",))
    models = sequence(prepared, "spec", "resourceModels")
    completed: Manifest = with_value(prepared, ("spec", "resourceModels"), stored_models(models) if models else default_models())
    return completed


def stored_cluster(prepared: Manifest) -> Manifest:
    """The Cluster after the checks: `zone` becomes `zones`."""
    spec = dict(mapping(prepared, "spec"))
    if text(spec, "zone") and not sequence(spec, "zones"):
        spec["zones"] = [spec.pop("zone")]
    stored: Manifest = with_value(prepared, _SPEC, spec)
    return stored


def cluster_refusals(prepared: Manifest) -> Iterator[Violation]:
    """Why Karmada would refuse the Cluster. prepared: the result of `prepared_cluster`."""
    spec = mapping(prepared, "spec")
    yield from cluster_name_refusals(prepared)
    yield from metadata_refusals(prepared)
    if not get(spec, "syncMode"):
        yield missing(spec, _SPEC, "syncMode")
    elif get(spec, "syncMode") not in ("Push", "Pull"):
        yield refusal((*_SPEC, "syncMode"), "must be Push or Pull", "Write one of these.")
    yield from _connection_refusals(spec)
    yield from _zone_refusals(spec)
    yield from _taint_refusals(spec)
    what, remedy = models_problem(sequence(spec, "resourceModels"))
    if what:
        yield refusal((*_SPEC, "resourceModels"), what, remedy)


def _connection_refusals(spec: Mapping[str, Any]) -> Iterator[Violation]:
    if problem := _endpoint_problem(text(spec, "apiEndpoint")):
        remedy = "Write the URL of the API server, https://host:port, or file:NAME for a directory member."
        yield refusal((*_SPEC, "apiEndpoint"), problem, remedy)
    for name in ("secretRef", "impersonatorSecretRef"):
        reference = get(spec, name)
        if reference is not None:
            yield from (missing(reference, (*_SPEC, name), it) for it in ("namespace", "name") if not get(reference, it))
    if text(spec, "proxyURL"):
        url = parse_url(text(spec, "proxyURL"))
        if url is None or url.scheme not in ("http", "https", "socks5"):
            remedy = "Begin it with http://, https:// or socks5://."
            yield refusal((*_SPEC, "proxyURL"), "must be the URL of a proxy", remedy)


def _endpoint_problem(endpoint: str) -> str:
    if not endpoint or endpoint.startswith("file:"):
        return ""
    url = parse_url(endpoint)
    if url is None:
        return "is not a URL"
    if not url.host:
        return "has no host"
    if url.has_user:
        return "contains a user; credentials do not belong in the repository"
    return "has a query or a fragment, which have no meaning here" if url.query or url.fragment else ""


def _zone_refusals(spec: Mapping[str, Any]) -> Iterator[Violation]:
    for name in ("provider", "region", "zone"):
        yield from value_refusals(get(spec, name), (*_SPEC, name))
    for index, zone in enumerate(sequence(spec, "zones")):
        yield from value_refusals(zone, (*_SPEC, "zones", index))
    if get(spec, "zone") and sequence(spec, "zones"):
        yield refusal(_SPEC, "has both zone and zones, which exclude each other", "Keep zones.")


def _taint_refusals(spec: Mapping[str, Any]) -> Iterator[Violation]:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(sequence(spec, "taints")):
        path: Path = (*_SPEC, "taints", index)
        key, effect = text(taint, "key"), text(taint, "effect")
        yield from key_refusals(key, (*path, "key")) if key else [missing(taint, path, "key")]
        yield from value_refusals(get(taint, "value"), (*path, "value"))
        if not effect:
            yield missing(taint, path, "effect")
        elif effect not in _EFFECTS:
            severity = Severity.WARNING if effect == "PreferNoSchedule" else Severity.ERROR
            remedy = "Write one of these; the scheduler has no preference between clusters."
            yield refusal((*path, "effect"), "must be NoSchedule or NoExecute", remedy, severity=severity)
        if get(taint, "timeAdded") is not None and parse_moment(text(taint, "timeAdded")) is None:
            yield refusal(
                (*path, "timeAdded"), "must be a time of RFC 3339", 'Write it as in "2026-01-31T12:00:00Z", or remove it.'
            )
        if (key, effect) in seen:
            yield refusal(path, "has the key and the effect of another taint", "Keep one of them.")
        seen.add((key, effect))
