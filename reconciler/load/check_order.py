"""Mistakes in the annotations that say when an object is written (`model/ordering.py`): each by itself.

Objects that wait for each other are found where their members are known: `pipeline/check_order.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.load.schemas.explain_violations import Violation
from reconciler.load.scope import Scope, scope_of
from reconciler.model.hooks import ARGO_HOOK, ARGO_WAVE, HELM_HOOK, HELM_WEIGHT, DeletePolicy, Hook, Phase, hook_of, integer
from reconciler.model.issues import Severity
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, gvk_of, key_of
from reconciler.model.ordering import (
    DEPENDS_ON,
    GATE,
    GATE_TIMEOUT,
    GATES,
    THEIR_DEPENDS_ON,
    WAVE,
    Dependency,
    UnreadableReferenceError,
    duration,
    is_gate,
    read_references,
    states_order,
)

NOT_HONOURED = "HookNotHonoured"
INVALID = "InvalidOrder"
TWICE = "OrderStatedTwice"


def order_violations(manifest: Manifest) -> list[Violation]:
    """Empty for nearly every object."""
    if not states_order(manifest) and GATE_TIMEOUT not in annotations_of(manifest):
        return []
    return [*_waves(manifest), *_gates(manifest), *_dependencies(manifest), *_hooks(manifest)]


def left_out(manifest: Manifest) -> str:
    """Why an object is not to be applied at all, as a clause; empty where it is."""
    hook = hook_of(manifest)
    if GATE in annotations_of(manifest):
        return ""
    if hook.skip:
        return "its hook is Skip"
    if hook.is_hook and not hook.phases:
        return "no phase of its hook is one in which anything is applied here"
    if hook.phases == (Phase.SYNC_FAIL,):
        return "it is for a sync that failed, and nothing runs then here"
    return ""


def _waves(manifest: Manifest) -> Iterator[Violation]:
    annotations = annotations_of(manifest)
    ours, theirs = annotations.get(WAVE), annotations.get(ARGO_WAVE)
    if ours is not None and integer(ours) is None:
        yield _unreadable(WAVE, "is no whole number", 'Write a whole number in quotes, such as "1".')
    for name in (ARGO_WAVE, HELM_WEIGHT):
        if name in annotations and integer(annotations[name]) is None:
            yield _questionable(name, INVALID, "is no whole number, and counts as absent", "Write a whole number in quotes.")
    if ours is not None and theirs is not None and integer(ours) != integer(theirs):
        yield _questionable(ARGO_WAVE, TWICE, f"states another wave than {WAVE}, which counts", _KEEP_ONE)


def _gates(manifest: Manifest) -> Iterator[Violation]:
    annotations, gvk = annotations_of(manifest), gvk_of(manifest)
    gate = annotations.get(GATE)
    if gate is not None and (gate not in GATES or (gvk.group, gvk.kind) != ("batch", "Job")):
        clause = "is neither before nor after" if gate not in GATES else "stands on an object that is no Job"
        yield _unreadable(GATE, clause, "Write before or after, on a Job. Other objects are ordered by waves and dependencies.")
    if GATE_TIMEOUT in annotations and duration(annotations[GATE_TIMEOUT]) is None:
        yield _unreadable(GATE_TIMEOUT, "is no duration", "Write hours, minutes and seconds, such as 1h30m or 90s.")
    if gate in GATES and hook_of(manifest).is_hook and GATES[gate] not in hook_of(manifest).phases:
        name = ARGO_HOOK if ARGO_HOOK in annotations else HELM_HOOK
        yield _questionable(name, TWICE, f"names another phase than {GATE}, which counts", _KEEP_ONE)


def _dependencies(manifest: Manifest) -> Iterator[Violation]:
    annotations, key = annotations_of(manifest), key_of(manifest)
    read = {}
    for name in (DEPENDS_ON, THEIR_DEPENDS_ON):
        if name not in annotations:
            continue
        references = list(read_references(annotations[name], key.namespace))
        read[name] = {one for one in references if isinstance(one, Dependency)}
        for one in references:
            if isinstance(one, UnreadableReferenceError):
                yield _unreadable(name, f"cannot be read: {one}", _HOW_TO_REFER)
            elif one == Dependency(key):
                yield _unreadable(name, "names the object itself", "Remove that reference.")
            elif clause := _scope_clause(one.key):
                yield _unreadable(name, f"names {one.key}, {clause}", _HOW_TO_REFER)
    if len(read) > 1 and read[DEPENDS_ON] != read[THEIR_DEPENDS_ON]:
        yield _questionable(THEIR_DEPENDS_ON, TWICE, f"differs from {DEPENDS_ON}, which counts", "Remove one of the two.")


def _scope_clause(key: ResourceKey) -> str:
    """What is wrong with the namespace in a reference, as far as the kind is known here."""
    scope = scope_of(key.group, key.kind)
    if scope is Scope.NAMESPACED and not key.namespace:
        return "and objects of this kind are in a namespace"
    if scope is Scope.CLUSTER and key.namespace:
        return "and objects of this kind are in no namespace"
    return ""


def _hooks(manifest: Manifest) -> Iterator[Violation]:
    """What Argo CD or Helm would do and this program does not."""
    annotations, hook = annotations_of(manifest), hook_of(manifest)
    name = ARGO_HOOK if ARGO_HOOK in annotations else HELM_HOOK
    if why := left_out(manifest):
        yield _questionable(name, NOT_HONOURED, f"is not honoured: {why}, so the object is not applied", _REMOVE_HOOK)
    elif hook.is_hook and GATE not in annotations:
        yield from _of_applied_hook(manifest, hook, name)


def _of_applied_hook(manifest: Manifest, hook: Hook, name: str) -> Iterator[Violation]:
    first = hook.phases[0]
    if not is_gate(manifest) and _may_run(manifest):
        what = f"is honoured in part: the object is written in {first}, and stays; only a Job is made anew for each revision"
        yield _questionable(name, NOT_HONOURED, what, _REMOVE_HOOK)
    if len(hook.phases) > 1:
        others = ", ".join(phase.value for phase in hook.phases[1:])
        what = f"is honoured in part: the object is written in {first}, and not again in {others}"
        yield _questionable(name, NOT_HONOURED, what, "Write one Job for each phase.")
    later = [policy.value for policy in hook.delete_policies if policy is not DeletePolicy.BEFORE_CREATION]
    if later and is_gate(manifest):
        what = f"is honoured in part: {', '.join(later)} removes nothing here; the Job goes when that of the next revision comes"
        yield _questionable(name, NOT_HONOURED, what, "Leave that delete policy out.")


def _may_run(manifest: Manifest) -> bool:
    """Whether it may make a difference that an object is not made anew: a Pod, and kinds of others, such as a Workflow."""
    gvk = gvk_of(manifest)
    return (gvk.group, gvk.kind) == ("", "Pod") or ("." in gvk.group and not gvk.group.endswith(".k8s.io"))


def _unreadable(name: str, clause: str, remedy: str) -> Violation:
    return Violation(_path(name), Severity.ERROR, INVALID, f"the annotation {name} {clause}", remedy)


def _questionable(name: str, reason: str, clause: str, remedy: str) -> Violation:
    return Violation(_path(name), Severity.WARNING, reason, f"the annotation {name} {clause}", remedy)


def _path(name: str) -> tuple[str, ...]:
    return "metadata", "annotations", name


_HOW_TO_REFER = (
    "Write Kind.group/name, Kind.group/namespace/name, or group/namespaces/NAMESPACE/Kind/name, each with @cluster for an object "
    "on another member, and commas between them."
)
_KEEP_ONE = "Remove one of the two."
_REMOVE_HOOK = "Remove the annotation, or leave the file out with spec.exclude of the Configuration."
