"""`spec.inventory` of a `Configuration` → `InventorySettings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.load.duration import parse_duration
from reconciler.load.share import parse_share
from reconciler.model.cluster import Taint
from reconciler.model.cluster_inventory import (
    WELL_KNOWN_REGION,
    WELL_KNOWN_ZONE,
    HostRef,
    InventoryRule,
    InventorySettings,
    Source,
    ValueFrom,
    VanishedGuard,
)
from reconciler.model.image_policy import UpdateMode, UpdateSettings
from reconciler.model.manifest import get, mapping, sequence, text
from reconciler.model.selector import LabelSelector


def parse_inventory(document: Mapping[str, Any]) -> InventorySettings:
    """Absent fields keep their defaults. YAML reads `off` as false."""
    default = InventorySettings()
    mode = UpdateMode(get(document, "mode") or UpdateMode.OFF)
    interval = parse_duration(get(document, "interval")) or default.updates.interval
    share, allowed = parse_share(get(document, "guard", "maxShare")), get(document, "guard", "alwaysAllowed")
    guard = VanishedGuard(
        default.guard.max_share if share is None else share, default.guard.always_allowed if allowed is None else allowed
    )
    return InventorySettings(UpdateSettings(mode, interval), tuple(map(_rule, sequence(document, "rules"))), guard)


def _rule(document: Any) -> InventoryRule:
    selector = get(document, "selector")
    return InventoryRule(
        name=text(document, "name"),
        source=Source(text(document, "source")),
        host=HostRef(text(document, "kubeconfig"), text(document, "context")),
        namespace=text(document, "namespace"),
        selector=LabelSelector() if selector is None else LabelSelector.parse(selector),
        prefix=text(document, "prefix"),
        labels=dict(mapping(document, "labels")),
        copied_labels=tuple(sequence(document, "copyLabels")),
        provider=_value_from(get(document, "provider"), ValueFrom()),
        region=_value_from(get(document, "region"), WELL_KNOWN_REGION),
        zone=_value_from(get(document, "zone"), WELL_KNOWN_ZONE),
        taints=tuple(Taint(text(t, "key"), text(t, "value"), text(t, "effect")) for t in sequence(document, "taints")),
    )


def _value_from(document: Any, default: ValueFrom) -> ValueFrom:
    if document is None:
        return default
    properties, labels = text(document, "property"), text(document, "label")
    return ValueFrom(text(document, "value"), (properties,) if properties else (), (labels,) if labels else ())
