"""The fields that an API server does not let change while an object exists, by kind (Kubernetes pkg/apis/*/validation).

`tests/e2e/kubernetes/test_immutability.py` asks a kube-apiserver about each row. What depends on a member (whether a claim is
bound, whether a Job has started) is not known here: such a change counts as allowed. Kinds of CustomResourceDefinitions may have
rules of their own (`x-kubernetes-validations`), which are not judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from reconciler.interpreter.defaults import with_defaults
from reconciler.interpreter.secret import with_data
from reconciler.model.manifest import Manifest, get, gvk_of, mapping, sequence, text, without
from reconciler.model.quantity import Quantity, QuantityError, compare

Rule: TypeAlias = Callable[[Manifest, Manifest], Iterator[str]]
"""(before, after) → the fields that differ although they may not change; both as an API server stores them."""


def changed_immutable_fields(before: Manifest, after: Manifest) -> tuple[str, ...]:
    """The fields that differ although an API server does not let them change, as in `spec.selector`; empty for other kinds.

    before, after: the same object, as it is written. Defaults that an API server fills in do not count as a difference.
    """
    gvk = gvk_of(after)
    rules = _RULES.get((gvk.group, gvk.kind))
    if rules is None or before is after:
        return ()
    old, new = (with_defaults(with_data(manifest)) for manifest in (before, after))
    return tuple(dict.fromkeys(field for rule in rules for field in rule(old, new)))


def _same(old: Any, new: Any, name: str = "") -> bool:
    """Whether two values are the same to an API server: an empty one is none, and `1Gi` is `1024Mi`."""
    if old in _NONE and new in _NONE:
        return isinstance(old, bool) == isinstance(new, bool)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(_same(old.get(key), new.get(key), name if name in _QUANTITIES else key) for key in {*old, *new})
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    if name in _QUANTITIES and (order := _order(old, new)) is not None:
        return order == 0
    return bool(old == new)


def _order(old: Any, new: Any) -> int | None:
    """Negative if the old quantity is less, 0 if they are equal; None if one is no quantity."""
    try:
        return compare(Quantity.parse(str(old)), Quantity.parse(str(new)))
    except QuantityError:
        return None


_NONE: Sequence[Any] = (None, "", {}, [])
_QUANTITIES = frozenset({"capacity", "limits", "requests", "sizeLimit"})


@cache
def _fields(*paths: str) -> Rule:
    """These fields may not change."""

    def rule(old: Manifest, new: Manifest) -> Iterator[str]:
        yield from (path for path in paths if not _same(*(get(side, *path.split(".")) for side in (old, new))))

    return rule


@cache
def _all_but(path: str, *mutable: str) -> Rule:
    """Of the mapping at this path, only these fields may change."""

    def rule(old: Manifest, new: Manifest) -> Iterator[str]:
        olds, news = (mapping(side, *path.split(".")) for side in (old, new))
        names = sorted({*olds, *news}.difference(mutable))
        yield from (f"{path}.{name}" for name in names if not _same(olds.get(name), news.get(name), name))

    return rule


@cache
def _once_stated(*paths: str) -> Rule:
    """These fields may not change once a manifest has them: where it does not, the member fills them in."""

    def rule(old: Manifest, new: Manifest) -> Iterator[str]:
        for path in paths:
            sides = [get(side, *path.split(".")) for side in (old, new)]
            if not any(side in _NONE for side in sides) and not _same(*sides):
                yield path

    return rule


def _sealed(*contents: str) -> Rule:
    """`immutable: true` may not be taken back, and then the content may not change (KEP-1412)."""

    def rule(old: Manifest, new: Manifest) -> Iterator[str]:
        if old.get("immutable") is True:
            yield from _fields("immutable", *contents)(old, new)

    return rule


def _service(old: Manifest, new: Manifest) -> Iterator[str]:
    """An address is the member's own, so a Service can only become headless. Where a headless one states no address any more,
    the server keeps it headless."""
    types = {text(side, "spec", "type") for side in (old, new)}
    if "ExternalName" not in types:
        addresses = [text(side, "spec", "clusterIP") for side in (old, new)]
        if addresses[0] != addresses[1] == "None":
            yield "spec.clusterIP"
        families = [sequence(side, "spec", "ipFamilies")[:1] for side in (old, new)]
        if all(families) and families[0] != families[1]:
            yield "spec.ipFamilies"
    if types == {"LoadBalancer"}:
        yield from _fields("spec.loadBalancerClass")(old, new)


def _job(old: Manifest, new: Manifest) -> Iterator[str]:
    yield from _fields(*(f"spec.{name}" for name in _OF_A_JOB))(old, new)
    if not _same(*(get(side, "spec", "completions") for side in (old, new))) and not _elastic(old, new):
        yield "spec.completions"
    templates = [mapping(side, "spec", "template") for side in (old, new)]
    if get(old, "spec", "suspend") is True:  # Whether it has started is not known.
        templates = [_without_directives(template) for template in templates]
    if not _same(templates[0], templates[1]):
        yield "spec.template"


def _elastic(old: Manifest, new: Manifest) -> bool:
    """Whether an indexed Job changes its completions together with its parallelism (KEP-3715)."""
    counts = [(get(side, "spec", "completions"), get(side, "spec", "parallelism")) for side in (old, new)]
    indexed = text(old, "spec", "completionMode") == "Indexed"
    return indexed and all(completions is not None and completions == parallel for completions, parallel in counts)


def _without_directives(template: Manifest) -> Manifest:
    """Without what may change while a Job is suspended (KEP-2926, KEP-5440)."""
    for path in _DIRECTIVES:
        template = without(template, path)
    for kind in ("containers", "initContainers"):
        for place in range(len(sequence(template, "spec", kind))):
            template = without(template, ("spec", kind, place, "resources"))
    return template


_OF_A_JOB = ("backoffLimitPerIndex", "completionMode", "managedBy", "podFailurePolicy", "selector", "successPolicy")
_DIRECTIVES = (
    ("metadata", "annotations"),
    ("metadata", "labels"),
    ("spec", "affinity"),
    ("spec", "nodeSelector"),
    ("spec", "schedulingGates"),
    ("spec", "tolerations"),
)


def _pod(old: Manifest, new: Manifest) -> Iterator[str]:
    """Images may change, tolerations may be added; of a Pod with scheduling gates, what places it, too."""
    mutable = ["activeDeadlineSeconds", "containers", "ephemeralContainers", "initContainers", "tolerations"]
    if sequence(old, "spec", "schedulingGates"):
        mutable += ["affinity", "nodeSelector", "schedulingGates"]
    yield from _all_but("spec", *mutable)(old, new)
    for kind in ("containers", "initContainers"):
        sides = [[without(one, ("image",)) for one in sequence(side, "spec", kind)] for side in (old, new)]
        if not _same(sides[0], sides[1]):
            yield f"spec.{kind}"
    former, tolerations = (sequence(side, "spec", "tolerations") for side in (old, new))
    if any(one not in tolerations for one in former):
        yield "spec.tolerations"
    deadlines = [get(side, "spec", "activeDeadlineSeconds") for side in (old, new)]
    if isinstance(deadlines[0], int) and (not isinstance(deadlines[1], int) or deadlines[1] > deadlines[0]):
        yield "spec.activeDeadlineSeconds"


def _claim(old: Manifest, new: Manifest) -> Iterator[str]:
    """A claim without class or volume gets them in the member. A bound one may grow, and which are bound is not known."""
    yield from _all_but("spec", "resources", "storageClassName", "volumeAttributesClassName", "volumeName")(old, new)
    yield from _once_stated("spec.storageClassName", "spec.volumeName")(old, new)
    sizes = [get(side, "spec", "resources", "requests", "storage") for side in (old, new)]
    if None not in sizes and (_order(*sizes) or 0) > 0:
        yield "spec.resources.requests.storage"


def _volume(old: Manifest, new: Manifest) -> Iterator[str]:
    yield from _all_but("spec", *_NOT_THE_SOURCE)(old, new)
    yield from _fields("spec.volumeMode")(old, new)


_NOT_THE_SOURCE = (
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
)
_selector = _fields("spec.selector")
_RULES: Mapping[tuple[str, str], tuple[Rule, ...]] = {
    ("", "ConfigMap"): (_sealed("data", "binaryData"),),
    ("", "PersistentVolume"): (_volume,),
    ("", "PersistentVolumeClaim"): (_claim,),
    ("", "Pod"): (_pod,),
    ("", "ResourceQuota"): (_fields("spec.scopes"),),
    ("", "Secret"): (_fields("type"), _sealed("data")),
    ("", "Service"): (_service,),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (_fields("spec.scope", "spec.names.kind"),),
    ("apps", "ControllerRevision"): (_fields("data"),),
    ("apps", "DaemonSet"): (_selector,),
    ("apps", "Deployment"): (_selector,),
    ("apps", "ReplicaSet"): (_selector,),
    ("apps", "StatefulSet"): (
        _all_but(
            "spec",
            "minReadySeconds",
            "ordinals",
            "persistentVolumeClaimRetentionPolicy",
            "replicas",
            "revisionHistoryLimit",
            "template",
            "updateStrategy",
        ),
    ),
    ("batch", "Job"): (_job,),
    ("discovery.k8s.io", "EndpointSlice"): (_fields("addressType"),),
    ("networking.k8s.io", "IngressClass"): (_fields("spec.controller"),),
    ("node.k8s.io", "RuntimeClass"): (_fields("handler"),),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (_fields("roleRef"),),
    ("rbac.authorization.k8s.io", "RoleBinding"): (_fields("roleRef"),),
    ("scheduling.k8s.io", "PriorityClass"): (_fields("value", "preemptionPolicy"),),
    ("storage.k8s.io", "CSIDriver"): (_fields("spec.attachRequired", "spec.volumeLifecycleModes"),),
    ("storage.k8s.io", "StorageClass"): (_fields("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),),
    ("storage.k8s.io", "VolumeAttributesClass"): (_fields("driverName", "parameters"),),
}
"""(group, kind) → its rules."""
IMMUTABLE_KINDS = tuple(_RULES)
