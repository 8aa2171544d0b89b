"""Dependencies go where their dependants are: an object that workloads refer to goes to all their clusters (`propagateDeps`).

A *dependency* is an object that others refer to, such as a ConfigMap. A *dependant* is a workload that refers to it. The rules
are those of Karmada's dependencies distributor (pkg/dependenciesdistributor): they reach one level deep, and apply to namespaced
workloads that a policy with propagateDeps has claimed. Policies may disagree about a dependency that they share and that no
policy claims: it is overwritten if any of them says Overwrite, and preserved on deletion if any of them says so. The clusters of
a workload include those that it is about to leave, so that a dependency leaves after the last copy of its dependants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
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
class Dependant:
    """A workload whose dependencies go where it is."""

    template: ResourceTemplate
    policy: PropagationPolicy
    targets: tuple[TargetCluster, ...]
    """The clusters that hold it, those that it is about to leave included."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """The dependants of one object, and what their policies say about it together."""

    required_by: tuple[RequiredBy, ...] = ()
    """Sorted."""
    overwrite: bool = False
    """Whether any policy says `conflictResolution: Overwrite`."""
    preserve: bool = False
    """Whether any policy says `preserveResourcesOnDeletion`."""

    @property
    def conflict_resolution(self) -> str:
        """Empty where no policy says Overwrite."""
        return "Overwrite" if self.overwrite else ""


NOT_REQUIRED = Dependency()


@dataclass(frozen=True, slots=True)
class References:
    """The objects that one template refers to."""

    named: tuple[ResourceKey, ...] = ()
    selected: tuple[tuple[str, str, str, LabelSelector], ...] = ()
    """Group, kind, namespace and label selector of references without a name."""
    further: tuple[ResourceKey, ...] = ()
    """References that Karmada ignores. The object is propagated if it is in the repository, and not reported if it is not."""
    issue: Issue | None = None
    """Why the references could not be read. The dependencies that were recorded stay then."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """All dependencies of one revision."""

    by_key: Mapping[ResourceKey, Dependency] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    unread: frozenset[ResourceKey] = frozenset()
    """Workloads whose references could not be read."""

    def of(self, key: ResourceKey, before: Iterable[RequiredBy], lasting: Collection[ResourceKey]) -> Dependency:
        """The dependants of one object.

        before: the recorded ones. Those in `lasting` stay, because what these workloads refer to now is unknown.
        """
        current = self.by_key.get(key, NOT_REQUIRED)
        recorded = tuple(before)
        if not recorded and current is NOT_REQUIRED:
            return NOT_REQUIRED
        required = {one.key: one for one in recorded if one.key in lasting} | {one.key: one for one in current.required_by}
        merged = tuple(required[name] for name in sorted(required))
        return replace(current, required_by=recorded if merged == recorded else merged)


def find_dependencies(
    dependants: Iterable[Dependant],
    templates: Mapping[ResourceKey, ResourceTemplate],
    interpreter: Interpreter,
    memo: Memo,
    refuse: Callable[[Dependant, ResourceTemplate], Issue | None] = lambda dependant, template: None,
) -> Dependencies:
    """Each dependency with all its dependants. templates: all of the repository. A workload may be there several times, with
    other clusters each time: while a change of it is rolled out, clusters have it as it was in several revisions.

    refuse: why a template must not follow a workload; None where it may.
    """
    dependants_by_key: defaultdict[ResourceKey, list[Dependant]] = defaultdict(list)
    issues: list[Issue] = []
    unread = set()
    for dependant in dependants:
        references = memo(references_of, dependant.template, interpreter)
        if references.issue is not None:
            issues.append(references.issue)
            unread.add(dependant.template.key)
        missing = [key for key in references.named if _is_missing(key, templates, dependant.template.key)]
        issues.extend(_missing_dependency(dependant.template, key) for key in missing)
        for key in _referenced_templates(references, templates) if dependant.targets else ():
            if key == dependant.template.key:
                continue
            if (refusal := refuse(dependant, templates[key])) is not None:
                issues.append(refusal)
            else:
                dependants_by_key[key].append(dependant)
    by_key = {key: _dependency_of(required_by) for key, required_by in dependants_by_key.items()}
    return Dependencies(by_key, tuple(dict.fromkeys(issues)), frozenset(unread))


def references_of(template: ResourceTemplate, interpreter: Interpreter) -> References:
    """As in Karmada, only namespaced workloads have dependencies, and a reference's name counts before its label selector."""
    if not template.key.namespace:
        return References()
    try:
        references = interpreter.dependencies(template.manifest)
    except MalformedObjectError as failure:
        message = f"{template.key}: its references to other objects cannot be read: {failure.message}"
        return References(issue=error("MalformedObject", message, failure.remedy, origin=template.origin, subject=template.key))
    named, selected = set(), []
    for reference in references:
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


def merge_targets(own: tuple[TargetCluster, ...], required_by: tuple[RequiredBy, ...]) -> tuple[TargetCluster, ...]:
    """Its own clusters and those of all its dependants, sorted. Its own number of replicas counts, then the first dependant's.

    Karmada: pkg/controllers/binding/common.go, mergeTargetClusters.
    """
    targets = {target.name: target for target in own}
    for dependant in required_by:
        for target in dependant.targets:
            targets.setdefault(target.name, target)
    return tuple(sorted(targets.values()))


def with_required_targets(key: ResourceKey, own: Binding | None, required_by: tuple[RequiredBy, ...]) -> Binding | None:
    """The binding of an object with its dependants' clusters; None where no cluster is to hold it."""
    if not required_by:
        return own
    binding = own or Binding(key, None, ())
    return replace(
        binding,
        targets=merge_targets(binding.targets, required_by),
        reasons=(*binding.reasons, *requirement_reasons(required_by)),
    )


def requirement_reasons(required_by: Iterable[RequiredBy]) -> tuple[str, ...]:
    """A sentence for each dependant."""
    return tuple(f"{one.key} requires it on {', '.join(target.name for target in one.targets)}" for one in required_by)


def _dependency_of(dependants: Collection[Dependant]) -> Dependency:
    targets: dict[ResourceKey, tuple[TargetCluster, ...]] = {}
    for one in dependants:
        before = targets.get(one.template.key)
        targets[one.template.key] = one.targets if before is None else tuple(sorted({*before, *one.targets}))
    return Dependency(
        required_by=tuple(RequiredBy(key, of) for key, of in sorted(targets.items())),
        overwrite=any(one.policy.conflict_resolution == "Overwrite" for one in dependants),
        preserve=any(one.policy.preserve for one in dependants),
    )


def _referenced_templates(references: References, templates: Mapping[ResourceKey, ResourceTemplate]) -> set[ResourceKey]:
    """The keys of the repository's templates that are referred to."""
    keys = {key for key in (*references.named, *references.further) if key in templates}
    for group, kind, namespace, selector in references.selected:
        candidates = (key for key in templates if (key.group, key.kind, key.namespace) == (group, kind, namespace))
        keys.update(key for key in candidates if selector.matches(labels_of(templates[key].manifest)))
    return keys


def _is_missing(key: ResourceKey, templates: Mapping[ResourceKey, ResourceTemplate], dependant: ResourceKey) -> bool:
    """Whether a named reference leads nowhere. Objects that every cluster creates by itself are not missing, nor is the Service
    of a ServiceImport: a controller derives it."""
    return key not in templates and dependant.kind != "ServiceImport" and (key.group, key.kind, key.name) not in _EVERYWHERE


def _missing_dependency(template: ResourceTemplate, missing: ResourceKey) -> Issue:
    return warning(
        "MissingDependency",
        f"{template.key} refers to {missing}, which is not in the repository; the template's policy has propagateDeps: true",
        "Add it to the repository, or make sure that every cluster has it.",
        origin=template.origin,
        subject=template.key,
    )


_EVERYWHERE = frozenset({("", "ConfigMap", "kube-root-ca.crt"), ("", "ServiceAccount", "default")})

NO_DEPENDENCIES = Dependencies()
