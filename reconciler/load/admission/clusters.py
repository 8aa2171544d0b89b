"""Defaults and checks of Cluster (Karmada, pkg/registry/cluster, pkg/apis/cluster/{mutation,validation}).

Other than for policies, the checks see the zone as it was written: it moves into `zones` when all is found right.

Two deliberate differences: `apiEndpoint: file:NAME` is ours, a directory member; and an effect that Karmada refuses although it
would do nothing, PreferNoSchedule, is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.load.admission.metadata import cluster_name_refusals, metadata_refusals
from reconciler.load.admission.refusal import Path, key_refusals, missing, refusal, value_refusals
from reconciler.load.admission.resource_models import default_models, models_problem, stored_models
from reconciler.load.admission.url import parse_url
from reconciler.load.violations import Complaint
from reconciler.model.issues import Severity
from reconciler.model.manifest import Manifest, get, mapping, sequence, text, with_value, without

_EFFECTS = ("NoSchedule", "NoExecute")
_SPEC: Path = ("spec",)


def prepared_cluster(document: Manifest, old: Manifest | None = None) -> Manifest:
    """As the checks see it. Status comes from observation only; models are made up for new clusters only."""
    prepared: Manifest = without(document, ("status",))
    if old is not None and get(old, "status") is not None:
        prepared = with_value(prepared, ("status",), get(old, "status"))
    models = sequence(prepared, "spec", "resourceModels")
    if models or old is None:
        prepared = with_value(prepared, ("spec", "resourceModels"), stored_models(models) if models else default_models())
    return prepared


def stored_cluster(prepared: Manifest, now: str | None = None) -> Manifest:
    """After the checks. now: the time for taints that evict, RFC 3339; None leaves them without one."""
    spec = dict(mapping(prepared, "spec"))
    if text(spec, "zone") and not sequence(spec, "zones"):
        spec["zones"] = [spec.pop("zone")]
    if now is not None and isinstance(spec.get("taints"), list):
        spec["taints"] = [_timed(taint, now) for taint in spec["taints"]]
    stored: Manifest = with_value(prepared, _SPEC, spec)
    return stored


def _timed(taint: Any, now: str) -> Any:
    evicts = get(taint, "effect") == "NoExecute" and get(taint, "timeAdded") is None
    return {**taint, "timeAdded": now} if evicts else taint


def cluster_refusals(prepared: Manifest) -> Iterator[Complaint]:
    spec = mapping(prepared, "spec")
    yield from cluster_name_refusals(prepared)
    yield from metadata_refusals(prepared)
    if not get(spec, "syncMode"):
        yield missing(spec, _SPEC, "syncMode")
    elif get(spec, "syncMode") not in ("Push", "Pull"):
        yield refusal((*_SPEC, "syncMode"), "must be Push or Pull", "Write one of these.")
    yield from _connection_refusals(spec)
    yield from _place_refusals(spec)
    yield from _taint_refusals(spec)
    what, remedy = models_problem(sequence(spec, "resourceModels"))
    if what:
        yield refusal((*_SPEC, "resourceModels"), what, remedy)


def _connection_refusals(spec: Mapping[str, Any]) -> Iterator[Complaint]:
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
        return "is no URL"
    if not url.host:
        return "names no host"
    if url.has_user:
        return "holds a user, and credentials never live in the repository"
    return "has a query or a fragment, which mean nothing here" if url.query or url.fragment else ""


def _place_refusals(spec: Mapping[str, Any]) -> Iterator[Complaint]:
    for name in ("provider", "region", "zone"):
        yield from value_refusals(get(spec, name), (*_SPEC, name))
    for index, zone in enumerate(sequence(spec, "zones")):
        yield from value_refusals(zone, (*_SPEC, "zones", index))
    if get(spec, "zone") and sequence(spec, "zones"):
        yield refusal(_SPEC, "has both zone and zones, which exclude each other", "Keep zones.")


def _taint_refusals(spec: Mapping[str, Any]) -> Iterator[Complaint]:
    found: set[tuple[str, str]] = set()
    for index, taint in enumerate(sequence(spec, "taints")):
        path: Path = (*_SPEC, "taints", index)
        key, effect = text(taint, "key"), text(taint, "effect")
        yield from key_refusals(key, (*path, "key")) if key else [missing(taint, path, "key")]
        yield from value_refusals(get(taint, "value"), (*path, "value"))
        if not effect:
            yield missing(taint, path, "effect")
        elif effect not in _EFFECTS:
            severity = Severity.WARNING if effect == "PreferNoSchedule" else Severity.ERROR
            remedy = "Write one of these; clusters cannot be disliked a little."
            yield refusal((*path, "effect"), "must be NoSchedule or NoExecute", remedy, severity=severity)
        if (key, effect) in found:
            yield refusal(path, "has the key and the effect of another taint", "Keep one of them.")
        found.add((key, effect))
