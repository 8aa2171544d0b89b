"""All parsed files → `DesiredState`. Fills in scopes and namespaces, sorts everything, refuses what is declared twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

from reconciler.interpreter.containers import is_definition, served_kinds
from reconciler.load import crosscheck, unread_kinds, unsupported_fields
from reconciler.load.asked_imports import asked_imports, import_policies
from reconciler.load.check_order import left_out
from reconciler.load.check_rollouts import check_groups, check_policy_rollouts
from reconciler.load.customization import duplicate_issues
from reconciler.load.derived_services import derived_services
from reconciler.load.image_markers import marker_issues
from reconciler.load.layout import is_below
from reconciler.load.member_output import leave_out_member_output
from reconciler.load.missing_namespace import check_namespaces
from reconciler.load.parse_file import ParsedFile, ParsedObject, is_pointer
from reconciler.load.quotas import check_quotas, quota_templates
from reconciler.load.schemas.explain_violations import UNKNOWN_VERSION
from reconciler.load.schemas.removed import never_served
from reconciler.load.scope import Scope, declared_scopes, scope_for, scope_of
from reconciler.load.served_kinds import unknown_kind
from reconciler.load.served_versions import P, Versions, served_versions, with_other_versions
from reconciler.load.templates import (
    collect_templates,
    ignored_namespace,
    make_template,
    unique,
    without_errors,
    written_by_right,
)
from reconciler.model.cluster import Cluster
from reconciler.model.cron_federated_hpa import CronFederatedHpa
from reconciler.model.customization import Customization
from reconciler.model.desired import DesiredState, ResourceTemplate, UnknownObject
from reconciler.model.expansion import is_listed
from reconciler.model.failover import FailoverMode
from reconciler.model.federated_hpa import FederatedHpa
from reconciler.model.image_policy import ImagePolicy
from reconciler.model.issues import Issue, each_once, errors_in
from reconciler.model.keys import ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.multi_cluster_service import MultiClusterService
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.quota import Quota
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.remedy import Remedy
from reconciler.model.settings import DeclaredKind, Settings
from reconciler.model.source_lock import LOCK_FILE
from reconciler.model.taint_policy import TaintPolicy
from reconciler.model.tenant import NO_TENANTS, Tenancy

T = TypeVar("T")
_DEFAULTS = Settings()
"""One object for all revisions without a Configuration, so that results that depend on it are found again."""


def assemble(
    files: Sequence[ParsedFile],
    findings: Iterable[crosscheck.Finding],
    memo: Memo,
    hidden: frozenset[str] = frozenset(),
    judges: Tenancy = NO_TENANTS,
    elsewhere: Collection[str] = (),
) -> DesiredState:
    """The desired state of one revision. An object with an error is left out; all others stay.

    findings: of other checks. judges: its Tenants. hidden: unread paths, without LFS pointers. elsewhere: folders of Sources."""
    issues, findings = [issue for file in files for issue in file.issues], list(findings)
    objects = without_errors(chain.from_iterable(file.objects for file in files), findings, issues)
    clusters = _nouns(objects, Cluster, lambda cluster: cluster.name, issues, judges)
    settings, configuration = _settings(objects, issues)
    quotas, connected = _quotas(objects, clusters, issues, judges, memo), _connected(objects, issues, judges, memo)
    policies = _policies(objects, files, settings, issues, judges, connected)
    overrides = _nouns(objects, OverridePolicy, lambda policy: policy.ref, issues, judges)
    customizations, rebalancers = _customizations(objects, issues, judges), _rebalancers(objects, issues, judges)
    remedies, taint_policies = _nouns(objects, Remedy, str, issues, judges), _nouns(objects, TaintPolicy, str, issues, judges)
    images, autoscalers = _image_policies(objects, files, issues, judges, memo), _autoscalers(objects, issues, judges, memo)
    objects = _without_member_output(objects, clusters, issues, memo)
    templates, unknown = _templates(objects, settings or _DEFAULTS, issues, memo, judges, quotas)
    clusters = _checked_clusters(clusters, objects, files, issues, memo)
    versions = memo(served_versions, memo.tuple(template.manifest for template in templates if is_definition(template.gvk)))
    complete_policies = _sorted_policies([*policies, *import_policies(templates)], versions, memo)
    templates = without_errors(templates, check_namespaces(templates, complete_policies, judges), issues)
    broken = frozenset(issue.origin.file for issue in errors_in(issues) if issue.origin.file)
    return DesiredState(
        settings=settings or _DEFAULTS,
        clusters=memo.tuple(sorted(clusters, key=lambda cluster: cluster.name)),
        templates=memo.tuple(sorted(templates, key=lambda template: template.key)),
        policies=complete_policies,
        override_policies=_sorted_policies(overrides, versions, memo),
        customizations=memo.tuple(sorted(customizations, key=str)),
        taint_policies=memo.tuple(sorted(taint_policies, key=str)),
        rebalancers=memo.tuple(sorted(rebalancers, key=str)),
        remedies=memo.tuple(sorted(remedies, key=str)),
        autoscalers=autoscalers,
        quotas=quotas,
        multi_cluster_services=connected,
        image_policies=images,
        issues=each_once(issues),
        broken_files=broken,
        broken_texts={file.path: file.data.decode("utf-8", "replace") for file in files if file.path in broken},
        unknown=tuple(sorted([*unknown, *_possibly_served(findings)], key=lambda one: (one.origin, one.gvk))),
        configuration=configuration,
        settings_in="" if settings else _may_configure(_own(broken, judges, elsewhere), files),
        hidden=hidden | {file.path for file in files if is_pointer(file.data)},
    )


def _autoscalers(
    objects: Sequence[ParsedObject], issues: list[Issue], judges: Tenancy, memo: Memo
) -> tuple[FederatedHpa | CronFederatedHpa, ...]:
    found: list[FederatedHpa | CronFederatedHpa] = [*_nouns(objects, FederatedHpa, _key, issues, judges)]
    return memo.tuple(sorted([*found, *_nouns(objects, CronFederatedHpa, _key, issues, judges)], key=_key))


def _key(autoscaler: FederatedHpa | CronFederatedHpa) -> ResourceKey:
    return autoscaler.key


def _own(broken: Iterable[str], judges: Tenancy, elsewhere: Collection[str]) -> set[str]:
    """The files that may be the Configuration's: no Tenant governs them, and they are of this repository."""
    return {path for path in broken if judges.of(path) is None and not is_below(path, elsewhere)}


def _policies(
    objects: Sequence[ParsedObject],
    files: Sequence[ParsedFile],
    settings: Settings | None,
    issues: list[Issue],
    judges: Tenancy,
    connected: Iterable[MultiClusterService],
) -> list[PropagationPolicy]:
    """settings: None where no file states them. A file with an error may do so, and then no strategy is called unknown.

    connected: each is the policy of its Service.
    """
    found = _nouns(objects, PropagationPolicy, lambda policy: policy.ref, issues, judges)
    found += [one.policy for one in connected if one.crosses_clusters]
    if settings is None and errors_in(issues):
        return found
    return without_errors(found, check_policy_rollouts(found, objects, files, settings or _DEFAULTS), issues)


def _checked_clusters(
    clusters: Sequence[Cluster], objects: Iterable[ParsedObject], files: Iterable[ParsedFile], issues: list[Issue], memo: Memo
) -> list[Cluster]:
    found = without_errors(clusters, memo(_check_clusters, memo.tuple(clusters)), issues)
    issues.extend(_group_issues(objects, files, found, issues))
    return found


def _group_issues(
    objects: Iterable[ParsedObject], files: Iterable[ParsedFile], clusters: Sequence[Cluster], issues: Iterable[Issue]
) -> list[Issue]:
    """Warnings about groups of rollouts; none while a file has an error, for it may declare the cluster."""
    stated = next((parsed for parsed in objects if isinstance(parsed.noun, Settings)), None)
    if stated is None or not isinstance(stated.noun, Settings) or errors_in(issues):
        return []
    file = next(one for one in files if one.path == stated.origin.file)
    return list(check_groups(stated.noun, stated, file, clusters))


def _customizations(objects: Iterable[ParsedObject], issues: list[Issue], judges: Tenancy) -> list[Customization]:
    found = _nouns(objects, Customization, str, issues, judges)
    return without_errors(found, duplicate_issues(found), issues)


def _rebalancers(objects: Iterable[ParsedObject], issues: list[Issue], judges: Tenancy) -> list[Rebalancer]:
    found = _nouns(objects, Rebalancer, str, issues, judges)
    return without_errors(found, crosscheck.check_rebalancers(found), issues)


def _settings(objects: Iterable[ParsedObject], issues: list[Issue]) -> tuple[Settings | None, str]:
    """The Configuration, and its file; None and empty where there is none."""
    settings = [parsed for parsed in objects if isinstance(parsed.noun, Settings)]
    issues.extend(crosscheck.only_one(settings))
    noun = settings[0].noun if settings else None
    if isinstance(noun, Settings) and noun.failover.mode is not FailoverMode.OFF:
        issues[:] = [issue for issue in issues if issue.reason != unsupported_fields.FAILOVER_OFF]
    return (noun if isinstance(noun, Settings) else None), (settings[0].origin.file if settings else "")


def _sorted_policies(policies: Iterable[P], versions: Versions, memo: Memo) -> tuple[P, ...]:
    complete = [memo(with_other_versions, policy, versions) for policy in policies]
    return memo.tuple(sorted(complete, key=lambda policy: policy.ref))


def _may_configure(broken: Collection[str], files: Iterable[ParsedFile]) -> str:
    """A file with an error that has the usual name of a Configuration, or contains its kind; empty if there is none."""
    by_name = [path for path in broken if path.startswith("reconciler.") and path != LOCK_FILE]
    by_content = [file.path for file in files if file.path in broken and all(word in file.data for word in _CONFIGURATION)]
    return min([*by_name, *by_content], default="")


_CONFIGURATION = (b"reconciler.dev/v1alpha1", b"Configuration")


def _nouns(
    objects: Iterable[ParsedObject], kind: type[T], name_of: Callable[[T], Any], issues: list[Issue], judges: Tenancy
) -> list[T]:
    """The typed objects of one kind. Objects that are declared twice are left out, with an error for each."""
    declared: dict[Any, list[T]] = defaultdict(list)
    for parsed in objects:
        if isinstance(parsed.noun, kind):
            declared[name_of(parsed.noun)].append(parsed.noun)
    return unique(declared, issues, judges)


def _quotas(
    objects: Iterable[ParsedObject], clusters: Sequence[Cluster], issues: list[Issue], judges: Tenancy, memo: Memo
) -> tuple[Quota, ...]:
    found = _nouns(objects, Quota, str, issues, judges)
    issues.extend(issue for _, issue in check_quotas(found, clusters))
    return memo.tuple(sorted(found, key=str))


def _connected(
    objects: Iterable[ParsedObject], issues: list[Issue], judges: Tenancy, memo: Memo
) -> tuple[MultiClusterService, ...]:
    found = _nouns(objects, MultiClusterService, lambda one: one.ref, issues, judges)
    return memo.tuple(sorted(found, key=str))


def _image_policies(
    objects: Iterable[ParsedObject], files: Iterable[ParsedFile], issues: list[Issue], judges: Tenancy, memo: Memo
) -> tuple[ImagePolicy, ...]:
    found = _nouns(objects, ImagePolicy, lambda policy: policy.ref, issues, judges)
    issues.extend(marker_issues(files, found, memo))
    return memo.tuple(sorted(found, key=lambda policy: policy.ref))


def _possibly_served(findings: Iterable[crosscheck.Finding]) -> list[UnknownObject]:
    return [_unknown(parsed, issue) for parsed, issue in findings if parsed is not None and _may_be_served(parsed, issue)]


def _without_member_output(
    objects: list[ParsedObject], clusters: Sequence[Cluster], issues: list[Issue], memo: Memo
) -> list[ParsedObject]:
    objects, found = leave_out_member_output(objects, clusters, memo)
    issues.extend(found)
    return objects


def _quota_templates(quotas: tuple[Quota, ...]) -> tuple[ResourceTemplate, ...]:
    return tuple(quota_templates(quotas))


def _templates(
    objects: Iterable[ParsedObject],
    settings: Settings,
    issues: list[Issue],
    memo: Memo,
    judges: Tenancy,
    quotas: tuple[Quota, ...],
) -> tuple[list[ResourceTemplate], list[UnknownObject]]:
    """A CustomResourceDefinition in the repository wins over the kinds that the Configuration states.

    quotas: their static assignments are templates, too; so are the Services that ServiceImports ask for.
    """
    candidates: list[ParsedObject] = []
    objects = list(objects)
    kinds = (*settings.kinds, *_listed_kinds(objects, settings.expand))
    for found, warnings in (memo(_candidates, block) for block in memo.blocks(objects)):
        candidates += found
        issues += warnings
    stated = {(one.gvk.group, one.gvk.kind): scope_for(one) for one in kinds}
    scopes = {**stated, **declared_scopes(parsed.manifest for parsed in candidates if is_definition(parsed.gvk))}
    known = [
        scope_of(parsed.gvk.group, parsed.gvk.kind) or scopes.get((parsed.gvk.group, parsed.gvk.kind)) for parsed in candidates
    ]
    unknown: list[UnknownObject] = []
    for parsed, scope in zip(candidates, known, strict=True):
        if scope is None:
            defined = {kind for one in candidates if is_definition(one.gvk) for kind in served_kinds(one.manifest)}
            issue = unknown_kind(parsed.gvk, parsed.origin, defined.union(one.gvk for one in kinds))
            unknown.append(_unknown(parsed, issue))
        elif scope is Scope.CLUSTER:
            issues.extend(ignored_namespace(parsed.gvk, parsed.manifest, parsed.origin))
    issues.extend(one.issue for one in unknown)
    made = memo.each(_template, (candidates, known), memo=memo)
    written = [one for one in made if one is not None]
    written += memo(_asked_imports, memo.tuple(written_by_right(written, judges)))
    every = [*memo(_quota_templates, quotas), *derived_services(written, memo), *written]
    templates = collect_templates(every, issues, judges)
    return without_errors(templates, _misnamed(templates, memo), issues), unknown


def _asked_imports(written: tuple[ResourceTemplate | Issue, ...]) -> tuple[ResourceTemplate, ...]:
    return tuple(asked_imports(written))


def _template(parsed: ParsedObject, scope: Scope | None, *, memo: Memo) -> ResourceTemplate | Issue | None:
    """None where nobody knows the kind."""
    if scope is None:
        return None
    return memo(make_template, parsed.gvk, parsed.manifest, parsed.origin, scope is Scope.NAMESPACED, parsed.sealed)


def _unknown(parsed: ParsedObject, issue: Issue) -> UnknownObject:
    return UnknownObject(parsed.gvk, parsed.manifest, parsed.origin, issue, parsed.sealed)


def _listed_kinds(objects: Iterable[ParsedObject], listed: Collection[str]) -> list[DeclaredKind]:
    """Kinds of Flux and Argo CD that are expanded: they need no definition."""
    return (
        [DeclaredKind(gvk, True) for gvk in sorted({one.gvk for one in objects if is_listed(one.gvk, listed)})] if listed else []
    )


def _may_be_served(parsed: ParsedObject, issue: Issue) -> bool:
    """Whether only members can tell if there is such a version."""
    return issue.reason == UNKNOWN_VERSION and never_served(parsed.gvk)


def _candidates(objects: tuple[ParsedObject, ...]) -> tuple[list[ParsedObject], list[Issue]]:
    """The objects that may be templates, and warnings about the others: Karmada's kinds are never templates, and some of them
    have no effect here."""
    candidates, issues = [], []
    for parsed in objects:
        if parsed.noun is not None:
            continue
        issue = unread_kinds.issue_of(parsed.gvk, parsed.manifest, parsed.origin)
        if issue is not None:
            issues.append(issue)
        elif not left_out(parsed.manifest):
            candidates.append(parsed)
    return candidates, issues


def _check_clusters(clusters: tuple[Cluster, ...]) -> list[crosscheck.Finding]:
    return list(crosscheck.check_clusters(clusters))


def _misnamed(templates: Iterable[ResourceTemplate], memo: Memo) -> Iterator[crosscheck.Finding]:
    return chain.from_iterable(memo(_check_names, block) for block in memo.blocks(templates))


def _check_names(templates: tuple[ResourceTemplate, ...]) -> list[crosscheck.Finding]:
    return list(crosscheck.check_templates(templates))
