"""Rollouts over a whole revision: strategies that policies name, and the clusters that groups take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.load.crosscheck import Finding
from reconciler.load.parse_file import ParsedFile, ParsedObject
from reconciler.load.schemas.explain_violations import field_path
from reconciler.model.cluster import Cluster
from reconciler.model.issues import Issue, error, warning
from reconciler.model.manifest import Manifest, Path, sequence
from reconciler.model.origin import Origin
from reconciler.model.policy import PropagationPolicy
from reconciler.model.rollout import (
    APPROVED_ANNOTATION,
    EVERY_GROUP,
    NOT_STAGED,
    PAUSED_ANNOTATION,
    PROMOTED_ANNOTATION,
    ROLLOUT_ANNOTATION,
    RolloutStrategy,
)
from reconciler.model.settings import Settings
from reconciler.model.spelling import did_you_mean
from reconciler.model.wording import first_few, or_quotes

_NAMED = 10
"""Names in a message."""
_ANNOTATIONS = ("metadata", "annotations")


def check_policy_rollouts(
    policies: Collection[PropagationPolicy], objects: Iterable[ParsedObject], files: Iterable[ParsedFile], settings: Settings
) -> Iterator[Finding]:
    """An error for each policy that names a strategy which the Configuration lacks, and warnings about annotations without
    effect."""
    concerned = {id(policy): policy for policy in policies if policy.rollout or policy.rollout_controls != _NO_CONTROLS}
    if not concerned:
        return
    parsed_files = {file.path: file for file in files}
    for parsed in objects:
        policy = concerned.get(id(parsed.noun))
        if policy is not None:
            for annotation, issue in _of_policy(policy, settings.rollouts):
                line = parsed_files[policy.origin.file].line_of(parsed, (*_ANNOTATIONS, annotation))
                yield policy, _at(issue, Origin(policy.origin.file, line))


_NO_CONTROLS = Settings().rollout_controls


def _of_policy(policy: PropagationPolicy, strategies: Mapping[str, RolloutStrategy]) -> Iterator[tuple[str, Issue]]:
    """The issues, each with the annotation that it is about."""
    name, ref = policy.rollout, policy.ref
    strategy = strategies.get(name)
    if name and name != NOT_STAGED and strategy is None:
        there = f"There are {first_few(sorted(strategies), _NAMED)}." if strategies else "There are none."
        guess = did_you_mean(name, [*strategies, NOT_STAGED])
        remedy = f"{guess or there} Otherwise write the strategy into spec.rollouts, or remove the annotation."
        message = f"{ref} names the rollout strategy {name}, which spec.rollouts of the Configuration lacks"
        yield ROLLOUT_ANNOTATION, error("UnknownRollout", message, remedy, subject=ref)
        return
    controls = policy.rollout_controls
    if strategy is None:
        for annotation, stated in (
            (PAUSED_ANNOTATION, controls.paused is not None),
            (APPROVED_ANNOTATION, bool(controls.approved)),
            (PROMOTED_ANNOTATION, bool(controls.promoted)),
        ):
            if stated:
                message = f"{ref}: the annotation {annotation} is about nothing: the policy has no rollout of its own"
                remedy = f"Remove it, or name a strategy in the annotation {ROLLOUT_ANNOTATION}."
                yield annotation, warning("ApprovesNothing", message, remedy, subject=ref)
        return
    for annotation, entries in ((APPROVED_ANNOTATION, controls.approved), (PROMOTED_ANNOTATION, controls.promoted)):
        for entry in sorted(entries):
            if problem := _control_problem(entry, strategy):
                message = f"{ref}: the annotation {annotation} is about nothing: {problem}"
                yield annotation, warning("ApprovesNothing", message, _REMEDY, subject=ref)


def _control_problem(entry: str, strategy: RolloutStrategy | None) -> str:
    """Why an approval or a promotion has no effect; empty where it may have one."""
    if strategy is None:
        return "there is no spec.rollout"
    revision, slash, group = entry.partition("/")
    if not slash or not group or len(revision) < _SHORTEST or not set(revision) <= set("0123456789abcdef"):
        return f"{entry} is not REVISION/GROUP, with at least {_SHORTEST} digits of the revision"
    return "" if group == EVERY_GROUP or strategy.has_group(group) else f"the strategy has no group {group}"


_SHORTEST = 7
_REMEDY = "Remove it, and let `reconciler rollout approve` or `promote` write it."


def check_groups(
    settings: Settings, configuration: ParsedObject, file: ParsedFile, clusters: Sequence[Cluster]
) -> Iterator[Issue]:
    """Warnings about groups that name clusters which are not declared, or take none, and about approvals for nothing.

    clusters: all that are declared.
    """
    strategies: list[tuple[Path, RolloutStrategy]] = [
        (("spec", "rollouts", name), one) for name, one in settings.rollouts.items()
    ]
    if settings.rollout is not None:
        strategies.append((("spec", "rollout"), settings.rollout))
    found = [
        ((*place, "groups", *path), issue) for place, strategy in strategies for path, issue in _of_groups(strategy, clusters)
    ]
    for path, issue in (*found, *_of_controls(settings, configuration.manifest)):
        yield _at(issue, Origin(file.path, file.line_of(configuration, tuple(path))))


def _of_controls(settings: Settings, document: Manifest) -> Iterator[tuple[Path, Issue]]:
    """The issues, each with its path in the Configuration."""
    for field in ("approved", "promoted"):
        for index, entry in enumerate(sequence(document, *_CONTROL, field)):
            if problem := _control_problem(entry, settings.rollout):
                path = (*_CONTROL, field, index)
                message = f"{field_path(path)} is about nothing: {problem}"
                yield path, warning("ApprovesNothing", message, _REMEDY, subject="Configuration")


_CONTROL = ("spec", "rolloutControl")


def _of_groups(strategy: RolloutStrategy, clusters: Sequence[Cluster]) -> Iterator[tuple[Path, Issue]]:
    """The issues, each with its path in the groups."""
    declared, left = {cluster.name for cluster in clusters}, list(clusters)
    for index, group in enumerate(strategy.groups):
        if group.takes_the_rest:
            return  # It takes all that is left; what follows is never reached, which is told already.
        unknown = sorted(group.clusters - declared)
        for name in unknown:
            message = f"group {group.name} names the cluster {or_quotes(name)}, which no file declares"
            guess = did_you_mean(name, declared)
            remedy = f"{guess} Otherwise declare the Cluster." if guess else "Correct the name, or declare the Cluster."
            yield (index, "clusters"), warning("UnknownCluster", message, remedy, subject="Configuration")
        taken = [cluster for cluster in left if group.takes(cluster)]
        if not taken and not unknown:
            earlier = any(group.takes(cluster) for cluster in clusters)
            why = "the groups before it take all clusters that it could" if earlier else "no cluster has these names or labels"
            message = f"group {group.name} takes no cluster: {why}"
            remedy = "Compare it with the labels of the Cluster files, or remove it. A rollout goes on without it."
            yield (index,), warning("MatchesNoCluster", message, remedy, subject="Configuration")
        left = [cluster for cluster in left if cluster not in taken]


def _at(issue: Issue, origin: Origin) -> Issue:
    return replace(issue, origin=origin)
