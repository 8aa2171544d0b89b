"""All parsed files → `DesiredState`. Fills in scopes and namespaces, sorts everything, refuses what is declared twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from reconciler.interpreter.containers import is_definition
from reconciler.load import crosscheck, unsupported_fields
from reconciler.load.customization import duplicate_issues
from reconciler.load.member_output import leave_out_member_output
from reconciler.load.parse_file import ParsedFile, ParsedObject, is_pointer, printed_name
from reconciler.load.schemas.karmada import UNREAD_KINDS, known_kinds
from reconciler.load.scope import Scope, declared_scopes, scope_of
from reconciler.load.served_versions import P, Versions, served_versions, with_other_versions
from reconciler.model.cluster import Cluster
from reconciler.model.customization import Customization
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue, Severity, error, errors_in, warning
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import key_of, text, with_value, without
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.settings import DeclaredKind, Settings
from reconciler.model.taint_policy import TaintPolicy

T = TypeVar("T")


def assemble(
    files: Sequence[ParsedFile], findings: Iterable[crosscheck.Finding], memo: Memo, hidden: frozenset[str] = frozenset()
) -> DesiredState:
    """The desired state of one revision. An object with an error is left out; all others stay.

    findings: issues about parsed objects that other checks reported, such as `check_file`.
    hidden: paths whose content was not read. The paths of Git LFS pointers are added here.
    """
    issues = [issue for file in files for issue in file.issues]
    objects = _without_errors((parsed for file in files for parsed in file.objects), findings, issues)
    clusters = _nouns(objects, Cluster, lambda cluster: cluster.name, issues)
    policies = _nouns(objects, PropagationPolicy, lambda policy: policy.ref, issues)
    overrides = _nouns(objects, OverridePolicy, lambda policy: policy.ref, issues)
    customizations = _nouns(objects, Customization, str, issues)
    rebalancers = _nouns(objects, Rebalancer, str, issues)
    taint_policies = _nouns(objects, TaintPolicy, str, issues)
    settings = [parsed for parsed in objects if isinstance(parsed.noun, Settings)]
    issues.extend(crosscheck.only_one(settings))
    objects, member_issues = leave_out_member_output(objects, clusters)
    issues.extend(member_issues)
    noun = settings[0].noun if settings else None
    declared = noun.kinds if isinstance(noun, Settings) else ()
    templates = _templates(objects, declared, issues, memo)
    clusters = _without_errors(clusters, crosscheck.check_clusters(clusters), issues)
    customizations = _without_errors(customizations, duplicate_issues(customizations), issues)
    rebalancers = _without_errors(rebalancers, crosscheck.check_rebalancers(rebalancers), issues)
    templates = _without_errors(templates, crosscheck.check_templates(templates), issues)
    versions = memo(served_versions, memo.tuple(template.manifest for template in templates if is_definition(template.gvk)))
    broken = frozenset(issue.origin.file for issue in errors_in(issues) if issue.origin.file)
    return DesiredState(
        settings=noun if isinstance(noun, Settings) else Settings(),
        clusters=memo.tuple(sorted(clusters, key=lambda cluster: cluster.name)),
        templates=memo.tuple(sorted(templates, key=lambda template: template.key)),
        policies=_sorted_policies(policies, versions, memo),
        override_policies=_sorted_policies(overrides, versions, memo),
        customizations=memo.tuple(sorted(customizations, key=str)),
        taint_policies=memo.tuple(sorted(taint_policies, key=str)),
        rebalancers=memo.tuple(sorted(rebalancers, key=str)),
        issues=tuple(sorted(set(issues))),
        broken_files=broken,
        broken_texts={file.path: file.data.decode("utf-8", "replace") for file in files if file.path in broken},
        settings_in="" if settings else _may_configure(broken, files),
        hidden=hidden | {file.path for file in files if is_pointer(file.data)},
    )


def _sorted_policies(policies: Iterable[P], versions: Versions, memo: Memo) -> tuple[P, ...]:
    complete = [memo(with_other_versions, policy, versions) for policy in policies]
    return memo.tuple(sorted(complete, key=lambda policy: policy.ref))


def _may_configure(broken: Collection[str], files: Iterable[ParsedFile]) -> str:
    """A file with an error that has the usual name of a Configuration, or contains its kind; empty if there is none."""
    by_name = [path for path in broken if path.startswith("reconciler.")]
    by_content = [file.path for file in files if file.path in broken and all(word in file.data for word in _CONFIGURATION)]
    return min([*by_name, *by_content], default="")


_CONFIGURATION = (b"reconciler.dev/v1alpha1", b"Configuration")


def _without_errors(items: Iterable[T], findings: Iterable[crosscheck.Finding], issues: list[Issue]) -> list[T]:
    """The items that have no error. Adds all findings to `issues`."""
    findings = list(findings)
    issues.extend(issue for _, issue in findings)
    refused = {id(item) for item, issue in findings if issue.severity is Severity.ERROR}
    return [item for item in items if id(item) not in refused]


def _nouns(objects: Iterable[ParsedObject], kind: type[T], name_of: Callable[[T], Any], issues: list[Issue]) -> list[T]:
    """The typed objects of one kind. Objects that are declared twice are left out, with an error for each."""
    declared: dict[Any, list[T]] = defaultdict(list)
    for parsed in objects:
        if isinstance(parsed.noun, kind):
            declared[name_of(parsed.noun)].append(parsed.noun)
    return _unique(declared, issues)


def _unique(declared: Mapping[Any, Sequence[Any]], issues: list[Issue]) -> list[Any]:
    unique = []
    for name, items in declared.items():
        if len(items) == 1:
            unique.append(items[0])
            continue
        places = [item.origin for item in items]
        for origin in places:
            others = ", ".join(str(place) for place in places if place is not origin)
            issues.append(
                error(
                    "DeclaredTwice",
                    f"{name} is declared here and in {others}",
                    "Keep one of them.",
                    origin=origin,
                    subject=name,
                )
            )
    return unique


def _templates(
    objects: Iterable[ParsedObject], kinds: Iterable[DeclaredKind], issues: list[Issue], memo: Memo
) -> list[ResourceTemplate]:
    """kinds: those of the Configuration. A CustomResourceDefinition in the repository wins over them."""
    candidates = [parsed for parsed in objects if parsed.noun is None and not _is_unread(parsed, issues)]
    stated = {(one.gvk.group, one.gvk.kind): Scope.NAMESPACED if one.namespaced else Scope.CLUSTER for one in kinds}
    scopes = {**stated, **declared_scopes(parsed.manifest for parsed in candidates if is_definition(parsed.gvk))}
    declared: dict[ResourceKey, list[ResourceTemplate]] = defaultdict(list)
    for parsed in candidates:
        scope = scope_of(parsed.gvk.group, parsed.gvk.kind) or scopes.get((parsed.gvk.group, parsed.gvk.kind))
        if scope is None:
            issues.append(_unknown_kind(parsed))
            continue
        template = memo(_template, parsed, scope is Scope.NAMESPACED)
        if scope is Scope.CLUSTER and text(parsed.manifest, "metadata", "namespace"):
            issues.append(_namespace_ignored(parsed))
        if isinstance(template, Issue):
            issues.append(template)
        else:
            declared[template.key].append(template)
    return _unique(declared, issues)


def _template(parsed: ParsedObject, namespaced: bool) -> ResourceTemplate | Issue:
    key, manifest = key_of(parsed.manifest), parsed.manifest
    if not key.name:
        remedy = "Write metadata.name; generateName has no meaning for an object that is declared in Git."
        return error("NoName", f"this {parsed.gvk.kind} has no name", remedy, origin=parsed.origin)
    if namespaced and not key.namespace:
        manifest = with_value(manifest, ("metadata", "namespace"), "default")
    elif key.namespace and not namespaced:
        manifest = without(manifest, ("metadata", "namespace"))
    return ResourceTemplate(key_of(manifest), parsed.gvk, manifest, parsed.origin)


def _namespace_ignored(parsed: ParsedObject) -> Issue:
    """API servers clear the field (k8s.io/apiserver pkg/registry/rest, EnsureObjectNamespaceMatchesRequestNamespace)."""
    message = f"{printed_name(parsed)}: metadata.namespace has no effect, because {parsed.gvk.kind} is cluster-scoped"
    remedy = "Remove metadata.namespace. The object is placed without it."
    return warning("NamespaceIgnored", message, remedy, origin=parsed.origin, subject=printed_name(parsed))


def _is_unread(parsed: ParsedObject, issues: list[Issue]) -> bool:
    """Whether this is a kind of Karmada that has no effect here. Karmada's kinds are never templates. Adds a warning."""
    why = UNREAD_KINDS.get((parsed.gvk.group, parsed.gvk.kind), "")
    if not why and parsed.gvk in known_kinds():
        why = unsupported_fields.KINDS.get(parsed.gvk.kind, "this version does not act on it")
    if not why:
        return False
    remedy = "Remove the file, or leave it out with spec.exclude of the Configuration."
    issues.append(warning("NotActedOn", f"{parsed.gvk.kind} has no effect: {why}", remedy, origin=parsed.origin))
    return True


def _unknown_kind(parsed: ParsedObject) -> Issue:
    return error(
        "UnknownKind",
        f"{parsed.gvk} is neither a Kubernetes kind nor defined in this repository",
        "Correct apiVersion and kind, or add its CustomResourceDefinition to the repository. If the members have it, write in "
        f"spec.kinds of the Configuration: {{apiVersion: {parsed.gvk.api_version}, kind: {parsed.gvk.kind}, scope: Namespaced}} "
        "(or scope: Cluster). If the file is for another tool, leave it out with spec.exclude.",
        origin=parsed.origin,
    )
