"""All parsed files together → `DesiredState`: scopes and namespaces filled in, all sorted, what is declared twice refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from reconciler.interpreter.containers import is_definition
from reconciler.load import crosscheck, unsupported_fields
from reconciler.load.customization import duplicate_issues
from reconciler.load.parse_file import ParsedFile, ParsedObject, is_pointer
from reconciler.load.schema import UNREAD_KINDS, known_kinds
from reconciler.load.scope import Scope, declared_scopes, scope_of
from reconciler.model.cluster import Cluster
from reconciler.model.customization import Customization
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue, Severity, error, errors_in, warning
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import key_of, with_value
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.rebalancer import Rebalancer
from reconciler.model.settings import Settings
from reconciler.model.taint_policy import TaintPolicy

T = TypeVar("T")


def assemble(
    files: Sequence[ParsedFile], findings: Iterable[crosscheck.Finding], memo: Memo, hidden: frozenset[str] = frozenset()
) -> DesiredState:
    """Everything one revision says. What an error is about is left out; the rest goes on.

    findings: complaints found outside, about parsed objects: those of the native schemas.
    hidden: paths that were not looked into, beside those of pointers.
    """
    issues = [issue for file in files for issue in file.issues]
    objects = _kept((found for file in files for found in file.objects), findings, issues)
    clusters = _nouns(objects, Cluster, lambda cluster: cluster.name, issues)
    policies = _nouns(objects, PropagationPolicy, lambda policy: policy.ref, issues)
    overrides = _nouns(objects, OverridePolicy, lambda policy: policy.ref, issues)
    customizations = _nouns(objects, Customization, str, issues)
    rebalancers = _nouns(objects, Rebalancer, str, issues)
    taint_policies = _nouns(objects, TaintPolicy, str, issues)
    settings = [found for found in objects if isinstance(found.noun, Settings)]
    issues.extend(crosscheck.only_one(settings))
    templates = _templates(objects, issues, memo)
    clusters = _kept(clusters, crosscheck.check_clusters(clusters), issues)
    customizations = _kept(customizations, duplicate_issues(customizations), issues)
    rebalancers = _kept(rebalancers, crosscheck.check_rebalancers(rebalancers), issues)
    templates = _kept(templates, crosscheck.check_templates(templates), issues)
    broken = frozenset(issue.origin.file for issue in errors_in(issues) if issue.origin.file)
    return DesiredState(
        settings=settings[0].noun if settings and isinstance(settings[0].noun, Settings) else Settings(),
        clusters=memo.tuple(sorted(clusters, key=lambda cluster: cluster.name)),
        templates=memo.tuple(sorted(templates, key=lambda template: template.key)),
        policies=memo.tuple(sorted(policies, key=lambda policy: policy.ref)),
        override_policies=memo.tuple(sorted(overrides, key=lambda policy: policy.ref)),
        customizations=memo.tuple(sorted(customizations, key=str)),
        taint_policies=memo.tuple(sorted(taint_policies, key=str)),
        rebalancers=memo.tuple(sorted(rebalancers, key=str)),
        issues=tuple(sorted(set(issues))),
        broken_files=broken,
        broken_texts=tuple(sorted(file.data.decode("utf-8", "replace") for file in files if file.path in broken)),
        settings_in="" if settings else _may_configure(broken, files),
        hidden=hidden | {file.path for file in files if is_pointer(file.data)},
    )


def _may_configure(broken: Collection[str], files: Iterable[ParsedFile]) -> str:
    """The file with an error that has the Configuration's usual name, or that speaks of one; empty when there is none."""
    named = [path for path in broken if path.startswith("reconciler.")]
    speaking = [file.path for file in files if file.path in broken and all(word in file.data for word in _CONFIGURATION)]
    return min([*named, *speaking], default="")


_CONFIGURATION = (b"reconciler.dev/v1alpha1", b"Configuration")


def _kept(items: Iterable[T], findings: Iterable[crosscheck.Finding], issues: list[Issue]) -> list[T]:
    """The items that no error is about. Adds the complaints to `issues`."""
    found = list(findings)
    issues.extend(issue for _, issue in found)
    refused = {id(item) for item, issue in found if issue.severity is Severity.ERROR}
    return [item for item in items if id(item) not in refused]


def _nouns(objects: Iterable[ParsedObject], kind: type[T], name_of: Callable[[T], Any], issues: list[Issue]) -> list[T]:
    """The nouns of one kind; those declared twice are left out and complained about."""
    declared: dict[Any, list[T]] = defaultdict(list)
    for found in objects:
        if isinstance(found.noun, kind):
            declared[name_of(found.noun)].append(found.noun)
    return _unique(declared, issues)


def _unique(declared: Mapping[Any, Sequence[Any]], issues: list[Issue]) -> list[Any]:
    kept = []
    for name, found in declared.items():
        if len(found) == 1:
            kept.append(found[0])
            continue
        places = [item.origin for item in found]
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
    return kept


def _templates(objects: Iterable[ParsedObject], issues: list[Issue], memo: Memo) -> list[ResourceTemplate]:
    rest = [found for found in objects if found.noun is None and not _is_unread(found, issues)]
    scopes = declared_scopes(found.manifest for found in rest if is_definition(found.gvk))
    declared: dict[ResourceKey, list[ResourceTemplate]] = defaultdict(list)
    for found in rest:
        scope = scope_of(found.gvk.group, found.gvk.kind) or scopes.get((found.gvk.group, found.gvk.kind))
        if scope is None:
            issues.append(_unknown_kind(found))
            continue
        template = memo(_template, found, scope is Scope.NAMESPACED)
        if isinstance(template, Issue):
            issues.append(template)
        else:
            declared[template.key].append(template)
    return _unique(declared, issues)


def _template(found: ParsedObject, namespaced: bool) -> ResourceTemplate | Issue:
    key, manifest = key_of(found.manifest), found.manifest
    if not key.name:
        remedy = "Write metadata.name; generateName has no meaning for an object that Git names."
        return error("NoName", f"this {found.gvk.kind} has no name", remedy, origin=found.origin)
    if namespaced and not key.namespace:
        manifest = with_value(manifest, ("metadata", "namespace"), "default")
    elif key.namespace and not namespaced:
        remedy = f"{found.gvk.kind} is cluster-scoped: remove metadata.namespace."
        return error("NamespaceNotAllowed", f"{key} has a namespace", remedy, origin=found.origin, subject=key)
    return ResourceTemplate(key_of(manifest), found.gvk, manifest, found.origin)


def _is_unread(found: ParsedObject, issues: list[Issue]) -> bool:
    """Whether this is one of Karmada's kinds, which are never templates. Says so where nothing here reads it."""
    why = UNREAD_KINDS.get((found.gvk.group, found.gvk.kind), "")
    if not why and found.gvk in known_kinds():
        why = unsupported_fields.KINDS.get(found.gvk.kind, "this version does not act on it")
    if not why:
        return False
    remedy = "Remove the file, or leave it out with spec.exclude of the Configuration."
    issues.append(warning("NotActedOn", f"{found.gvk.kind} has no effect: {why}", remedy, origin=found.origin))
    return True


def _unknown_kind(found: ParsedObject) -> Issue:
    return error(
        "UnknownKind",
        f"{found.gvk} is neither a Kubernetes kind nor defined in this repository",
        "Add its CustomResourceDefinition to the repository, or correct apiVersion and kind.",
        origin=found.origin,
    )
