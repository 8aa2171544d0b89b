"""Which requests a policy or a binding is about (k8s.io/apiserver pkg/admission/plugin/policy/matching)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.cel.errors import NotJudgedError
from reconciler.cel.policies import ANYTHING, EXEMPT, GROUP, Match, Rule, one_of
from reconciler.cel.requests import NAMESPACE_NAME, Request
from reconciler.model.manifest import labels_of
from reconciler.model.selector import LabelSelector

_EQUIVALENT = frozenset({("autoscaling", "horizontalpodautoscalers"), ("", "events"), ("events.k8s.io", "events")})
"""Built-in resources that are served in several versions or groups, between which a server converts."""


def matched_version(match: Match, request: Request) -> str:
    """The version in which the policy sees the object; empty where it is not about the request. Raises NotJudgedError."""
    if request.gvk.group == GROUP and request.gvk.kind in EXEMPT:
        return ""
    if match == ANYTHING:
        return request.gvk.version
    if not match.looks_at_the_object:
        key = (id(match), request.gvk, request.operation, bool(request.namespace))
        if key not in request.cluster.matches:
            request.cluster.matches[key] = _matched_version(match, request)
        return request.cluster.matches[key]
    return _matched_version(match, request)


def _matched_version(match: Match, request: Request) -> str:
    unknown = _unknown_namespace(match.namespaces, request)
    if not unknown and not _in_namespace(match.namespaces, request):
        return ""
    olds = [] if request.old is None else [labels_of(request.old)]
    if match.objects.requirements and not any(map(match.objects.matches, [labels_of(request.object), *olds])):
        return ""
    if _version_of(match.excluded, match, request):
        return ""
    version = _version_of(match.rules, match, request) if match.rules else request.gvk.version
    if version and unknown:
        raise NotJudgedError(f"the labels of namespace {request.namespace} are not in the repository")
    return version


def _unknown_namespace(selector: LabelSelector, request: Request) -> bool:
    """Whether the answer depends on labels that are not known."""
    if not selector.requirements or not request.namespace or request.namespace_labels() is not None:
        return False
    known = {NAMESPACE_NAME: request.namespace}
    by_name = [one for one in selector.requirements if one.key == NAMESPACE_NAME]
    return len(by_name) < len(selector.requirements) and all(one.matches(known) for one in by_name)


def _in_namespace(selector: LabelSelector, request: Request) -> bool:
    if not request.namespace:  # Cluster-scoped objects are never left out.
        return True
    labels = request.namespace_labels()
    return selector.matches(labels if labels is not None else {NAMESPACE_NAME: request.namespace})


def _version_of(rules: Iterable[Rule], match: Match, request: Request) -> str:
    """The version that a rule names; that of the request first."""
    gvk = request.gvk
    rules = [rule for rule in rules if _concerns(rule, request)]
    if any(one_of(rule.versions, gvk.version) for rule in rules):
        return gvk.version
    if match.is_exact:
        return ""
    if rules and (gvk.group, request.resource) in _EQUIVALENT:
        raise NotJudgedError(f"a policy asks for another version of {request.resource}, to which only a server converts")
    others = sorted(request.cluster.versions.get((gvk.group, gvk.kind), frozenset()) - {gvk.version})
    return next((version for rule in rules for version in others if one_of(rule.versions, version)), "")


def _concerns(rule: Rule, request: Request) -> bool:
    """Apart from the version."""
    is_namespaced = bool(request.namespace) and not request.is_namespace
    return (
        rule.scope in ("*", "Namespaced" if is_namespaced else "Cluster")
        and one_of(rule.operations, request.operation)
        and rule.names_resource(request.gvk.group, request.resource)
        and (not rule.names or request.name in rule.names)
    )
