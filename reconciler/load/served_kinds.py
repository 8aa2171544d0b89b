"""Kinds that nothing in the repository defines, and that the members serve all the same: those of operators and charts.

What the members serve is recorded on the status branch, with the scope of what is not built in. So an object of such a kind is a
template as soon as a member was asked. Until then nobody knows, and that is a warning. Where every member was asked and none has
the kind, it is an error. In both cases the copies that exist stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from reconciler.load.crosscheck import check_templates
from reconciler.load.kind_guess import guess_kind
from reconciler.load.missing_namespace import check_namespaces
from reconciler.load.schemas.explain_violations import UNKNOWN_VERSION
from reconciler.load.schemas.karmada import known_kinds
from reconciler.load.scope import Scope, kinds_in, scope_for, scope_of
from reconciler.load.templates import collect_templates, ignored_namespace, make_template, without_errors
from reconciler.model.desired import DesiredState, UnknownObject
from reconciler.model.issues import Issue, Severity, each_once, error, errors_in
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.model.memo import Memo
from reconciler.model.origin import Origin
from reconciler.model.recorded import RecordedCluster
from reconciler.model.wording import first_few


def unknown_kind(gvk: GroupVersionKind, origin: Origin, declared: Collection[GroupVersionKind] = ()) -> Issue:
    """The issue of an object whose kind is not known, as long as nothing is known of the members. declared: the kinds that the
    repository defines, or that its Configuration names."""
    state = (
        "If an operator or a chart installs it in the members, write in spec.kinds of the Configuration: "
        f"{{apiVersion: {gvk.api_version}, kind: {gvk.kind}, scope: Namespaced}} (or scope: Cluster)."
    )
    if gvk.group in _OWN_GROUPS:
        remedy = f"{guess_kind(gvk)} The kinds of this group are {', '.join(kinds_in(gvk.group))}.".lstrip()
        return error("UnknownKind", f"{gvk} is not a kind that Reconciler reads", remedy, origin=origin)
    message = f"{gvk} is neither a Kubernetes kind nor defined in this repository"
    return error("UnknownKind", message, f"{guess_kind(gvk, declared)} {_CORRECT} {state}".lstrip(), origin=origin)


def with_served_kinds(desired: DesiredState, recorded: Mapping[ClusterName, RecordedCluster], memo: Memo) -> DesiredState:
    """The desired state with the objects of kinds that members serve among its templates, and a better issue for each other
    unknown object. The same one if all kinds are known."""
    if not desired.unknown:
        return desired
    members = _members(desired, recorded)
    issues: list[Issue] = []
    made, still_unknown = [], []
    for one in desired.unknown:
        scope = members.scope_of(one.gvk)
        if scope is None:
            still_unknown.append(replace(one, issue=_issue(one, members)))
            continue
        made.append(memo(make_template, one.gvk, one.manifest, one.origin, scope is Scope.NAMESPACED, one.sealed))
        issues.extend(ignored_namespace(one.gvk, one.manifest, one.origin) if scope is Scope.CLUSTER else ())
    templates = collect_templates([*desired.templates, *made], issues, desired.judges)
    fresh = set(map(id, made))
    templates = without_errors(templates, check_templates(one for one in templates if id(one) in fresh), issues)
    templates = without_errors(templates, check_namespaces(templates, desired.policies, desired.judges), issues)
    judged = {one.issue for one in desired.unknown}
    issues += [issue for issue in desired.issues if issue not in judged] + [one.issue for one in still_unknown]
    broken = {issue.origin.file for issue in errors_in(issues)} | {one.origin.file for one in still_unknown}
    return replace(
        desired,
        templates=memo.tuple(sorted(templates, key=lambda template: template.key)),
        unknown=tuple(still_unknown),
        issues=each_once(issues),
        broken_files=frozenset(broken),
    )


@dataclass(frozen=True, slots=True)
class _Members:
    """What the declared members with an API server serve."""

    serving: Mapping[GroupVersionKind, Collection[ClusterName]]
    scopes: Mapping[tuple[str, str], Scope]
    known: Collection[ClusterName]
    """Those whose APIs are recorded, sorted."""
    unasked: Collection[ClusterName]
    """The others, sorted."""

    def scope_of(self, gvk: GroupVersionKind) -> Scope | None:
        """None where no member serves the kind in this version, or where its scope is not recorded."""
        if gvk not in self.serving:
            return None
        return scope_of(gvk.group, gvk.kind) or self.scopes.get((gvk.group, gvk.kind))


def _members(desired: DesiredState, recorded: Mapping[ClusterName, RecordedCluster]) -> _Members:
    serving: dict[GroupVersionKind, list[ClusterName]] = {}
    scopes: dict[tuple[str, str], Scope] = {}
    known, unasked = [], []
    for cluster in desired.clusters:
        found = recorded.get(cluster.name)
        if cluster.directory:
            continue
        if found is None or found.apis is None:
            unasked.append(cluster.name)
            continue
        known.append(cluster.name)
        for gvk in found.apis:
            serving.setdefault(gvk, []).append(cluster.name)
        scopes |= {(one.gvk.group, one.gvk.kind): scope_for(one) for one in found.custom_kinds}
    return _Members(serving, scopes, known, unasked)


def _issue(unknown: UnknownObject, members: _Members) -> Issue:
    """The issue of an object that is no template, in view of what is known of the members."""
    issue, gvk = unknown.issue, unknown.gvk
    others = [served for served in members.serving if (served.group, served.kind) == (gvk.group, gvk.kind)]
    if gvk in members.serving:
        message = f"{gvk} is served by {first_few(members.serving[gvk], 3)}, and it is not recorded whether it is namespaced"
        return replace(issue, severity=Severity.WARNING, message=message, remedy=_ASK)
    if issue.reason == UNKNOWN_VERSION or gvk.group in _OWN_GROUPS or not (members.known or members.unasked):
        return issue
    if others:
        best = max(others, key=lambda served: served.maturity)
        message = f"no member serves {gvk.kind} in {gvk.api_version}"
        remedy = f"Write apiVersion: {best.api_version}, which {first_few(members.serving[best], 3)} can store."
        return replace(issue, reason=UNKNOWN_VERSION, message=message, remedy=remedy)
    guess = guess_kind(gvk, members.serving)
    if members.unasked:
        message = f"{issue.message}, and it is not recorded whether {first_few(members.unasked, 3)} can store it"
        remedy = f"{guess} {_ASK} If no member has it: {_CORRECT}".lstrip()
        return replace(issue, severity=Severity.WARNING, message=message, remedy=remedy)
    message = f"{issue.message}, and no member has it ({first_few(members.known, 3)})"
    return replace(issue, message=message, remedy=f"{guess} {_INSTALL} {_CORRECT}".lstrip())


_OWN_GROUPS = frozenset(one.group for one in known_kinds())
"""Groups of Karmada's kinds and ours: what they have is known, and a member has no more of them."""
_CORRECT = (
    "Correct apiVersion and kind, or add its CustomResourceDefinition to the repository. If the file is for another tool, leave "
    "it out with spec.exclude of the Configuration."
)
_INSTALL = "Install its operator, or its CustomResourceDefinition, on the members that are to hold the object."
_ASK = "Run `reconciler sync`, or `reconciler diff --live`, which writes nothing: both ask the members."
