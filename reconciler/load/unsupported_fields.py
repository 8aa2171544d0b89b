"""Fields that Karmada acts on and this version does not: the one list of them, and the warning for each that is set.

They stay legal, for files come from Karmada unchanged; what nobody may do is pass over them in silence. A field is warned of
once, at its own line; what stands below it is not listed again. Fields that say nothing (null, false, empty) are left alone: they
ask for nothing. Kinds without any effect are listed in `schema.py` (those without a schema) and in `KINDS` below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.load.violations import Complaint, field_path
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Idle:
    """One field without effect."""

    field: str
    """`spec.taints[].timeAdded`."""
    why: str
    """A clause for users."""
    remedy: str = "Remove it, or live without its effect."
    values: tuple[str, ...] = ()
    """Only these values have none; empty: whatever it says."""


_STATUS = Idle("status", "what is observed is recorded on the status branch", "Remove it.")
_SAID_BY_THE_CREDENTIAL = "how a member's server is reached is said by its credential, which no pull request can change"
_DRIVES_NOBODY_OUT = Idle(
    "spec.taints[].effect",
    "nothing is driven out of a member; it keeps new copies away, as NoSchedule does",
    "Write NoSchedule; to move copies away as well, change the policies.",
    ("NoExecute",),
)

_PROPAGATION = (
    Idle("spec.failover", "no copy is taken from a member that fails, or whose application does; the copies stay where they are"),
    Idle("spec.placement.workloadAffinity", "each template is placed for itself (in Karmada it is behind a gate that is off)"),
    Idle("spec.placement.clusterTolerations[].tolerationSeconds", "no taint takes a copy away, so no toleration runs out"),
    Idle("spec.schedulePriority", "every pass decides all templates, and none of them takes room from another"),
    Idle(
        "spec.association",
        "it is the old name of propagateDeps, and Karmada does not read it either",
        "Write spec.propagateDeps.",
    ),
    _STATUS,
)

FIELDS: Mapping[tuple[str, str], tuple[Idle, ...]] = {
    ("policy.karmada.io", "PropagationPolicy"): _PROPAGATION,
    ("policy.karmada.io", "ClusterPropagationPolicy"): _PROPAGATION,
    ("policy.karmada.io", "OverridePolicy"): (_STATUS,),
    ("policy.karmada.io", "ClusterOverridePolicy"): (_STATUS,),
    ("policy.karmada.io", "ClusterTaintPolicy"): (_DRIVES_NOBODY_OUT, _STATUS),
    ("cluster.karmada.io", "Cluster"): (
        Idle(
            "spec.syncMode",
            "there are no agents in this version, and this process writes to the member as it does with Push",
            "Write Push, or leave the Cluster out as long as nobody but an agent may write there.",
            ("Pull",),
        ),
        Idle("spec.id", "nothing asks a member for its id"),
        Idle("spec.impersonatorSecretRef", "nobody is impersonated"),
        Idle("spec.insecureSkipTLSVerification", _SAID_BY_THE_CREDENTIAL),
        Idle("spec.proxyURL", _SAID_BY_THE_CREDENTIAL),
        Idle("spec.proxyHeader", _SAID_BY_THE_CREDENTIAL),
        Idle("spec.resourceModels", "members report no nodes that could be sorted by size"),
        Idle("spec.taints[].timeAdded", "no taint takes a copy away, so it does not matter since when it is there"),
        _DRIVES_NOBODY_OUT,
        Idle(
            "spec.taints[].effect",
            "no cluster is liked less than another",
            "Write NoSchedule, or remove the taint.",
            ("PreferNoSchedule",),
        ),
        _STATUS,
    ),
    ("config.karmada.io", "ResourceInterpreterCustomization"): (
        Idle("spec.customizations.componentResource", "room is counted by replicas, not by whole sets of components"),
        _STATUS,
    ),
    ("apps.karmada.io", "WorkloadRebalancer"): (
        Idle("spec.ttlSecondsAfterFinished", "files are removed by commits alone"),
        _STATUS,
    ),
}
"""By group and kind. Held against docs/policies.md by a test."""

KINDS: Mapping[str, str] = {
    "FederatedResourceQuota": "nothing is added up over members; give each a ResourceQuota of its own by an ordinary policy",
}
"""Kinds of Karmada that have a schema here and no effect, each with the reason as a clause."""


def complaints(document: Manifest, gvk: GroupVersionKind) -> list[Complaint]:
    """A warning (`NotActedOn`) for every field that is set and changes nothing. The document may have any shape."""
    return [
        _complaint(idle, path, value)
        for idle in FIELDS.get((gvk.group, gvk.kind), ())
        for path, value in _found(document, idle.field.split("."), ())
        if (value in idle.values if idle.values else _asks_for_something(value))
    ]


def _complaint(idle: Idle, path: Path, value: Any) -> Complaint:
    # A value is named only where it is one of the list's own words: others may be secret.
    said = f"{field_path(path)}: {value}" if idle.values else field_path(path)
    return Complaint(path, Severity.WARNING, "NotActedOn", f"{said} has no effect here: {idle.why}", idle.remedy)


def _asks_for_something(value: Any) -> bool:
    """0 does: it is a number that somebody chose."""
    return value is not None and value is not False and value not in ("", {}, [])


def _found(value: Any, steps: Sequence[str], path: Path) -> Iterator[tuple[Path, Any]]:
    """Every place that `a`, `b[]`, `c` lead to, with what stands there."""
    if not steps:
        yield path, value
        return
    name, rest = steps[0].removesuffix("[]"), steps[1:]
    if not isinstance(value, Mapping) or name not in value:
        return
    if not steps[0].endswith("[]"):
        yield from _found(value[name], rest, (*path, name))
    elif isinstance(value[name], list):
        for index, item in enumerate(value[name]):
            yield from _found(item, rest, (*path, name, index))
