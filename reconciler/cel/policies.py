"""ValidatingAdmissionPolicies and their bindings, from documents (admissionregistration.k8s.io/v1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.selector import LabelSelector

GROUP = "admissionregistration.k8s.io"
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
EXEMPT = frozenset(
    f"{prefix}{suffix}"
    for prefix in ("Validating", "Mutating")
    for suffix in ("AdmissionPolicy", "AdmissionPolicyBinding", "WebhookConfiguration")
)
"""Kinds of the group to whose objects no policy applies."""


EVERYTHING = LabelSelector()


class Action(StrEnum):
    """What a binding does where a policy does not hold. Audit has no effect that a user sees."""

    DENY = "Deny"
    WARN = "Warn"


def one_of(items: frozenset[str], wanted: str) -> bool:
    """Whether a list of a rule names it, or everything."""
    return "*" in items or wanted in items


@dataclass(frozen=True, slots=True)
class Rule:
    """One item of `resourceRules` or `excludeResourceRules`."""

    groups: frozenset[str]
    versions: frozenset[str]
    resources: frozenset[str]
    operations: frozenset[str]
    names: frozenset[str]
    scope: str

    def names_resource(self, group: str, resource: str) -> bool:
        return one_of(self.groups, group) and not self.resources.isdisjoint(("*", resource, "*/*", f"{resource}/*"))


@dataclass(frozen=True)
class Match:
    """`matchConstraints` of a policy, or `matchResources` of a binding."""

    rules: tuple[Rule, ...] = ()
    """Any object where there is none."""
    excluded: tuple[Rule, ...] = ()
    namespaces: LabelSelector = EVERYTHING
    objects: LabelSelector = EVERYTHING
    is_exact: bool = False

    @cached_property
    def looks_at_the_object(self) -> bool:
        """Whether more than its kind, and whether it is in a namespace, decides."""
        selectors = (self.namespaces, self.objects)
        return any(one.requirements or not one.valid for one in selectors) or any(
            rule.names for rule in (*self.rules, *self.excluded)
        )

    def concerns(self, group: str, resource: str) -> bool:
        """Whether a rule names this resource; False means that the policy is not about it."""
        return not self.rules or any(rule.names_resource(group, resource) for rule in self.rules)


ANYTHING = Match()
"""Of a binding without `matchResources`."""


@dataclass(frozen=True, slots=True)
class Validation:
    expression: str
    message: str
    message_expression: str


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    match: Match
    conditions: tuple[str, ...]
    """Expressions."""
    variables: Mapping[str, str]
    """Name → expression, in order."""
    validations: tuple[Validation, ...]
    audit_annotations: tuple[str, ...]
    """Expressions; an error in one is a failure."""
    param_kind: tuple[str, str] | None
    """apiVersion and kind."""
    ignores_failures: bool


@dataclass(frozen=True, slots=True)
class ParamRef:
    name: str
    namespace: str
    selector: LabelSelector
    denies_absence: bool


@dataclass(frozen=True, slots=True)
class Binding:
    name: str
    policy: str
    actions: frozenset[Action]
    match: Match
    param: ParamRef | None


def parse_policy(document: Manifest) -> Policy:
    """The policy of a valid document; what is wrong in others counts as absent."""
    spec = mapping(document, "spec")
    kind = mapping(spec, "paramKind")
    return Policy(
        name=text(document, "metadata", "name"),
        match=_match(mapping(spec, "matchConstraints")),
        conditions=tuple(text(one, "expression") for one in sequence(spec, "matchConditions")),
        variables={text(one, "name"): text(one, "expression") for one in sequence(spec, "variables")},
        validations=tuple(
            Validation(text(one, "expression"), text(one, "message"), text(one, "messageExpression"))
            for one in sequence(spec, "validations")
        ),
        audit_annotations=tuple(text(one, "valueExpression") for one in sequence(spec, "auditAnnotations")),
        param_kind=(text(kind, "apiVersion"), text(kind, "kind")) if kind else None,
        ignores_failures=text(spec, "failurePolicy") == "Ignore",
    )


def parse_binding(document: Manifest) -> Binding:
    """As `parse_policy`."""
    spec = mapping(document, "spec")
    ref = mapping(spec, "paramRef")
    return Binding(
        name=text(document, "metadata", "name"),
        policy=text(spec, "policyName"),
        actions=frozenset(action for action in Action if action in sequence(spec, "validationActions")),
        match=_match(mapping(spec, "matchResources")),
        param=ParamRef(
            text(ref, "name"), text(ref, "namespace"), _selector(ref, "selector"), text(ref, "parameterNotFoundAction") == "Deny"
        )
        if ref
        else None,
    )


def _match(document: Mapping[str, Any]) -> Match:
    if not document:
        return ANYTHING
    return Match(
        rules=tuple(map(_rule, sequence(document, "resourceRules"))),
        excluded=tuple(map(_rule, sequence(document, "excludeResourceRules"))),
        namespaces=_selector(document, "namespaceSelector"),
        objects=_selector(document, "objectSelector"),
        is_exact=text(document, "matchPolicy") == "Exact",
    )


def _rule(document: Any) -> Rule:
    groups, versions, resources, operations, names = (
        frozenset(str(item) for item in sequence(document, field))
        for field in ("apiGroups", "apiVersions", "resources", "operations", "resourceNames")
    )
    return Rule(groups, versions, resources, operations, names, text(document, "scope") or "*")


def _selector(document: Any, field: str) -> LabelSelector:
    """An absent selector matches everything."""
    value = get(document, field)
    return EVERYTHING if value is None else LabelSelector.parse(value)
