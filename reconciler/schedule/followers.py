"""What workloads refer to follows them: every dependency goes to all clusters of all that require it (`propagateDeps`).

As Karmada's dependencies distributor does it (pkg/dependenciesdistributor): one level deep, for namespaced workloads that a
policy with propagateDeps has claimed. Policies may disagree about what they share: a dependency that no policy claims is taken
over where any of them says Overwrite, and kept where any of them says so. "Where a workload is" includes copies on their way
out, so that its dependencies leave after the last of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.manifest import Manifest, get, labels_of, mapping, text
from reconciler.model.memo import Memo
from reconciler.model.policy import PropagationPolicy
from reconciler.model.selector import LabelSelector


@dataclass(frozen=True, slots=True)
class Requirer:
    """A workload whose dependencies follow it."""

    template: ResourceTemplate
    policy: PropagationPolicy
    targets: tuple[TargetCluster, ...]
    """Where it is in force."""


@dataclass(frozen=True, slots=True)
class Following:
    """What one dependency has to follow, and what its requirers' policies say about it together."""

    required_by: tuple[RequiredBy, ...] = ()
    """Sorted."""
    overwrite: bool = False
    preserve: bool = False

    @property
    def conflict_resolution(self) -> str:
        """Empty where no policy speaks of it."""
        return "Overwrite" if self.overwrite else ""


NOTHING = Following()


@dataclass(frozen=True, slots=True)
class References:
    """What one template refers to."""

    named: tuple[ResourceKey, ...] = ()
    selected: tuple[tuple[str, str, str, LabelSelector], ...] = ()
    """Group, kind, namespace and labels of what is meant without a name."""
    further: tuple[ResourceKey, ...] = ()
    """What Karmada would not follow: it comes along if it is in the repository, and is not missed if it is not."""
    issue: Issue | None = None
    """Why nobody can tell; whatever followed before goes on following."""


@dataclass(frozen=True, slots=True)
class Followers:
    by_key: Mapping[ResourceKey, Following] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    unread: frozenset[ResourceKey] = frozenset()
    """Workloads whose references could not be read."""

    def of(self, key: ResourceKey, before: Iterable[RequiredBy], lasting: Collection[ResourceKey]) -> Following:
        """What this object has to follow.

        before: as recorded; it goes on for the `lasting` workloads, of which nobody knows what they require now.
        """
        found = self.by_key.get(key, NOTHING)
        former = tuple(before)
        if not former and found is NOTHING:
            return NOTHING
        required = {one.key: one for one in former if one.key in lasting} | {one.key: one for one in found.required_by}
        merged = tuple(required[name] for name in sorted(required))
        return replace(found, required_by=former if merged == former else merged)


def follow(
    requirers: Iterable[Requirer], templates: Mapping[ResourceKey, ResourceTemplate], interpreter: Interpreter, memo: Memo
) -> Followers:
    """Each dependency with all that require it. templates: everything in the repository."""
    requiring: defaultdict[ResourceKey, list[Requirer]] = defaultdict(list)
    issues: list[Issue] = []
    unread = set()
    for requirer in requirers:
        references = memo(references_of, requirer.template, interpreter)
        if references.issue is not None:
            issues.append(references.issue)
            unread.add(requirer.template.key)
        issues.extend(_not_found(requirer.template, key) for key in references.named if _is_missing(key, templates))
        for key in _meant(references, templates) if requirer.targets else ():
            if key != requirer.template.key:
                requiring[key].append(requirer)
    return Followers({key: _following(found) for key, found in requiring.items()}, tuple(issues), frozenset(unread))


def references_of(template: ResourceTemplate, interpreter: Interpreter) -> References:
    """Karmada follows references of namespaced workloads only. A reference's name counts before its label selector."""
    if not template.key.namespace:
        return References()
    try:
        found = interpreter.dependencies(template.manifest)
    except MalformedObjectError as failure:
        message = f"{template.key}: what it refers to cannot be read: {failure.message}"
        return References(issue=error("MalformedObject", message, failure.remedy, origin=template.origin, subject=template.key))
    named, selected = set(), []
    for reference in found:
        key = _key(reference)
        if key.name:
            named.add(key)
        elif get(reference, "labelSelector") is not None:
            selected.append((key.group, key.kind, key.namespace, LabelSelector.parse(mapping(reference, "labelSelector"))))
    further = {_key(reference) for reference in interpreter.further_references(template.manifest)}
    return References(tuple(sorted(named)), tuple(selected), tuple(sorted(further - named)))


def _key(reference: Manifest) -> ResourceKey:
    gvk = GroupVersionKind.parse(text(reference, "apiVersion"), text(reference, "kind"))
    return ResourceKey(gvk.group, gvk.kind, text(reference, "namespace"), text(reference, "name"))


def united(own: tuple[TargetCluster, ...], required_by: tuple[RequiredBy, ...]) -> tuple[TargetCluster, ...]:
    """Its own clusters and those of all that require it, sorted; its own numbers count, then the first requirer's.

    Karmada: pkg/controllers/binding/common.go, mergeTargetClusters.
    """
    targets = {target.name: target for target in own}
    for requirer in required_by:
        for target in requirer.targets:
            targets.setdefault(target.name, target)
    return tuple(sorted(targets.values()))


def with_followed(key: ResourceKey, own: Binding | None, required_by: tuple[RequiredBy, ...]) -> Binding | None:
    """What is in force for an object that follows others; None where no cluster is to hold it."""
    if not required_by:
        return own
    binding = own or Binding(key, None, ())
    return replace(binding, targets=united(binding.targets, required_by), reasons=(*binding.reasons, *why(required_by)))


def why(required_by: Iterable[RequiredBy]) -> tuple[str, ...]:
    """A sentence for each workload that it follows."""
    return tuple(f"{one.key} requires it on {', '.join(target.name for target in one.targets)}" for one in required_by)


def _following(requirers: Collection[Requirer]) -> Following:
    return Following(
        required_by=tuple(sorted(RequiredBy(one.template.key, one.targets) for one in requirers)),
        overwrite=any(one.policy.conflict_resolution == "Overwrite" for one in requirers),
        preserve=any(one.policy.preserve for one in requirers),
    )


def _meant(references: References, templates: Mapping[ResourceKey, ResourceTemplate]) -> set[ResourceKey]:
    """The templates of the repository that are referred to."""
    found = {key for key in (*references.named, *references.further) if key in templates}
    for group, kind, namespace, selector in references.selected:
        there = (key for key in templates if (key.group, key.kind, key.namespace) == (group, kind, namespace))
        found.update(key for key in there if selector.matches(labels_of(templates[key].manifest)))
    return found


def _is_missing(key: ResourceKey, templates: Mapping[ResourceKey, ResourceTemplate]) -> bool:
    """Not of what every cluster makes by itself. A selector may find nothing."""
    return key not in templates and (key.group, key.kind, key.name) not in _EVERYWHERE


def _not_found(template: ResourceTemplate, missing: ResourceKey) -> Issue:
    return warning(
        "MissingDependency",
        f"{template.key} refers to {missing}, which is not in the repository; its policy wants dependencies to follow it",
        "Add it to the repository, or make sure that every cluster has it.",
        origin=template.origin,
        subject=template.key,
    )


_EVERYWHERE = frozenset({("", "ConfigMap", "kube-root-ca.crt"), ("", "ServiceAccount", "default")})

NO_FOLLOWERS = Followers()
