"""Warnings about overriders that change none of the objects to which they are applied (`ChangesNothing`), and about fields that
an overrider sets and no member gets, because the object is cleaned afterwards (`NotActedOn`).

Karmada accepts such an overrider and applies it without a message. A rule is not reported if no object that it selects is on a
cluster of its target: the next scheduling may place one there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from reconciler.interpreter import registry
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest, get, key_of, mapping, sequence, text
from reconciler.model.origin import Origin
from reconciler.model.overrides import (
    CommandArgsOverrider,
    FieldOverrider,
    ImageOverrider,
    LabelAnnotationOverrider,
    Overrider,
    PlaintextOverrider,
)
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few
from reconciler.render.overriders.fields import resolve_text
from reconciler.render.overriders.image_reference import is_digest, is_tag
from reconciler.review.override_runs import OverriderRun, OverrideRun


def overriders_without_effect(runs: Iterable[OverrideRun]) -> Iterator[Issue]:
    """Warnings for each overrider that was applied without effect, at its line."""
    by_overrider: defaultdict[tuple[PolicyRef, int, int], list[OverriderRun]] = defaultdict(list)
    for run in runs:
        for applied in run.overriders:
            by_overrider[applied.rule.policy, applied.rule.position, applied.position].append(applied)
    for _, applications in sorted(by_overrider.items()):
        origin = applications[0].rule.rule.place_of(applications[0].position)
        yield from _warnings(applications, origin)
        yield from _cleaned_away(applications, origin)


def _cleaned_away(applications: Sequence[OverriderRun], origin: Origin) -> Iterator[Issue]:
    rule = applications[0].rule
    fields = sorted({_spelled(path) for applied in applications for path in applied.cleaned})
    if fields:
        name = overrider_name(applications[0])
        objects = sorted({str(key_of(applied.before)) for applied in applications if applied.cleaned})
        message = (
            f"{rule.policy}: {name} of rule {rule.position} sets {first_few(fields, 3)} of {first_few(objects, 3)}, and no "
            "member gets it: such fields are removed after the overrides, as in Karmada"
        )
        yield warning("NotActedOn", message, "Remove it from the overrider.", origin=origin, subject=rule.policy)


def _spelled(pointer: str) -> str:
    return pointer[1:].replace("/", ".").replace("~1", "/").replace("~0", "~")


def _warnings(applications: Sequence[OverriderRun], origin: Origin) -> Iterator[Issue]:
    rule = applications[0].rule
    overrider = rule.rule.overriders[applications[0].position]
    by_kind: defaultdict[str, list[OverriderRun]] = defaultdict(list)
    for applied in applications:
        by_kind[text(applied.before, "kind")].append(applied)
    idle = not any(applied.fields for applied in applications)
    for kind, members in sorted(by_kind.items()):
        # Where other objects change, only an object with containers that the overrider cannot reach is reported.
        if not idle and not (_misses_containers(overrider, kind) and _pod_containers(members[0].before)):
            continue
        objects = sorted({str(key_of(applied.before)) for applied in members})
        reason, remedy = _why(overrider, [applied.before for applied in members])
        message = (
            f"{rule.policy}: {_name(overrider)} of rule {rule.position} changes nothing in {first_few(objects, 3)}: {reason}"
        )
        yield warning("ChangesNothing", message, remedy, origin=origin, subject=rule.policy)


def overrider_name(run: OverriderRun) -> str:
    """The field of its rule, as in `imageOverrider`."""
    return _name(run.rule.rule.overriders[run.position])


def _name(overrider: Overrider) -> str:
    match overrider:
        case ImageOverrider():
            return "imageOverrider"
        case CommandArgsOverrider() | LabelAnnotationOverrider():
            return f"{overrider.field}Overrider"
        case FieldOverrider():
            return "fieldOverrider"
        case PlaintextOverrider():
            return "plaintext"


def _misses_containers(overrider: Overrider, kind: str) -> bool:
    """Whether the overrider looks for containers, and does not look into objects of this kind."""
    without_predicate = isinstance(overrider, ImageOverrider) and overrider.predicate_path is None
    return (without_predicate or isinstance(overrider, CommandArgsOverrider)) and registry.containers_path(kind) is None


def _why(overrider: Overrider, manifests: Sequence[Manifest]) -> tuple[str, str]:
    """(the reason as a clause, the remedy). Values of the objects are not quoted; they may be secret.

    manifests: the objects of one kind, at least one.
    """
    manifest = manifests[0]
    kind = text(manifest, "kind")
    if _misses_containers(overrider, kind):
        return f"{_name(overrider)} does not look for containers in {kind}", _reach(overrider, manifest)
    match overrider:
        case ImageOverrider():
            return _why_image(overrider)
        case CommandArgsOverrider():
            return _why_command(overrider, manifests)
        case LabelAnnotationOverrider() if overrider.operator in ("replace", "remove"):
            present = mapping(manifest, "metadata", overrider.field)
            missing = [name for name, _ in overrider.values if name not in present]
            if missing:
                remedy = f"Correct the names of the {overrider.field}" + (
                    ", or write add." if overrider.operator == "replace" else ", or remove the overrider."
                )
                return f"the object does not have {first_few(missing, 3)}, and {overrider.operator} adds nothing", remedy
        case PlaintextOverrider() if all(operation.operator == "remove" for operation in overrider.operations):
            # Removing a field that is nowhere is an error, so the API server fills these in.
            paths = first_few([operation.path for operation in overrider.operations], 3)
            return f"the file does not have {paths}, and the API server fills it in again where it is absent", _DEFAULTED
        case FieldOverrider() if overrider.json and not overrider.yaml and not resolve_text(manifest, overrider.field_path)[1]:
            reason = f"the text at {overrider.field_path} is empty, and a JSON patch leaves an empty text as it is"
            return reason, "Write a JSON value such as {} into the field, or replace the field with a plaintext overrider."
    return _SAME


_DEFAULTED = "Remove the overrider, or replace the value with the one that you want."
_SAME = ("the object has these values already", "Correct the overrider, or remove it.")


def _why_image(overrider: ImageOverrider) -> tuple[str, str]:
    remedy = "Write at most 128 letters, digits, _, . and -, beginning with a letter, a digit or _; or a digest."
    if overrider.component == "Tag" and overrider.operator == "replace" and not _is_version(overrider.value):
        return f'"{overrider.value}" is neither a tag nor a digest', remedy
    if overrider.component == "Tag" and overrider.operator == "add" and overrider.value:
        return f'the version of the image followed by "{overrider.value}" is neither a tag nor a digest', remedy
    if overrider.operator not in ("add", "replace", "remove"):
        return f"{overrider.operator} is not an operator", "Write add, replace or remove."
    return _SAME


def _is_version(value: str) -> bool:
    return is_tag(value) or is_digest(value)


def _why_command(overrider: CommandArgsOverrider, manifests: Sequence[Manifest]) -> tuple[str, str]:
    path = registry.containers_path(text(manifests[0], "kind")) or ()
    containers = [container for manifest in manifests for container in sequence(manifest, *path)]
    names = list(dict.fromkeys(text(container, "name") for container in containers))
    if overrider.container not in names:
        remedy = did_you_mean(overrider.container, names)
        if not remedy:
            remedy = f"Write the name of a container: {first_few(names, 5)}." if names else "Correct the selector of the policy."
        return f"there is no container {overrider.container}", remedy
    if overrider.operator == "remove":
        return f"{overrider.field} of the container has none of these values", "Correct the values, or remove the overrider."
    return _SAME


def _reach(overrider: Overrider, manifest: Manifest) -> str:
    """The remedy where an overrider does not look into a kind: the path of the field, if the object shows where it is."""
    containers = _pod_containers(manifest)
    if not containers:
        return "Correct the selector of the policy, or write a plaintext overrider."
    if isinstance(overrider, ImageOverrider):
        return f"Name the field by predicate.path, such as {containers}/0/image."
    field = overrider.field if isinstance(overrider, CommandArgsOverrider) else ""
    return f"Write a plaintext overrider for {containers}/0/{field}."


_POD_SPECS = (("spec",), ("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec"))
"""Where kinds with Pods have the specification of a Pod."""


def _pod_containers(manifest: Manifest) -> str:
    """JSON pointer of the containers; empty if they are at none of the usual places."""
    for steps in _POD_SPECS:
        if isinstance(get(manifest, *steps, "containers"), list):
            return f"/{'/'.join(steps)}/containers"
    return ""
