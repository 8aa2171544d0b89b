"""How an object is written to a member: which of its fields are left to the member, and whether drift is corrected.

A Configuration states it in rules for many objects (`spec.ignoreDifferences`, `spec.writePolicies`), a template in annotations
for itself. What a template says goes before rules; of the rules, the first one that says something counts. Fields to ignore add
up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypeVar

from reconciler.model.cluster import Cluster
from reconciler.model.cluster_affinity import ClusterAffinity
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, text

T = TypeVar("T")

APPLY_ANNOTATION = "reconciler.dev/apply"
"""`Always` or `CreateOnly`."""
DRIFT_POLICY_ANNOTATION = "reconciler.dev/drift-policy"
"""`Correct` or `Report`."""
IGNORE_ANNOTATION = "reconciler.dev/ignore-differences"
"""JSON pointers and JSONPath queries, one a line: what begins with `/` or `$`."""


class Apply(StrEnum):
    """When an object is written."""

    ALWAYS = "Always"
    CREATE_ONLY = "CreateOnly"
    """Only where there is none of this name."""


class DriftPolicy(StrEnum):
    """What happens when another client changes or deletes an object of ours."""

    CORRECT = "Correct"
    REPORT = "Report"
    """It is recorded and shown, and stays until the template changes."""


class Language(StrEnum):
    """How a query names the fields of an object."""

    POINTER = "JSON pointer"
    JSONPATH = "JSONPath"
    JQ = "jq"


@dataclass(frozen=True, slots=True)
class Query:
    """Names fields of an object."""

    language: Language
    text: str

    def __str__(self) -> str:
        return f"{self.language} {self.text}"


@dataclass(frozen=True, slots=True)
class ObjectSelector:
    """Objects that a rule is about: every part must match."""

    group: str = "*"
    """A glob. Empty for the core group."""
    kind: str = "*"
    """A glob."""
    namespace: str = ""
    """Empty for any."""
    name: str = ""
    """Empty for any."""
    target: ClusterAffinity | None = None
    """The members; None for all."""

    def matches(self, key: ResourceKey, cluster: Cluster) -> bool:
        return self.names(key) and (self.target is None or self.target.matches(cluster))

    def names(self, key: ResourceKey) -> bool:
        """Whether it is about this object on some member (Argo CD util/argo/normalizers: globs in group and kind)."""
        if self.namespace not in ("", key.namespace) or self.name not in ("", key.name):
            return False
        return bool(glob(self.group).fullmatch(key.group) and glob(self.kind).fullmatch(key.kind))


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """An item of `spec.ignoreDifferences`."""

    selector: ObjectSelector
    queries: tuple[Query, ...] = ()
    managers: tuple[str, ...] = ()
    """Field managers (`metadata.managedFields`) whose values stay."""


@dataclass(frozen=True, slots=True)
class WriteRule:
    """An item of `spec.writePolicies`. None: it says nothing about that."""

    selector: ObjectSelector
    apply: Apply | None = None
    drift_policy: DriftPolicy | None = None


@dataclass(frozen=True, slots=True)
class WritePolicy:
    """What the rules and the annotations say about one object on one member."""

    apply: Apply = Apply.ALWAYS
    drift_policy: DriftPolicy = DriftPolicy.CORRECT
    queries: tuple[Query, ...] = ()
    """The fields that are left to the member."""
    managers: tuple[str, ...] = ()
    """As `IgnoreRule.managers`."""

    @property
    def ignores(self) -> bool:
        return bool(self.queries or self.managers)

    @property
    def create_only(self) -> bool:
        return self.apply is Apply.CREATE_ONLY

    @property
    def reports(self) -> bool:
        """Whether drift is only reported."""
        return self.drift_policy is DriftPolicy.REPORT


WRITE_EVERYTHING = WritePolicy()


@dataclass(frozen=True, slots=True)
class WriteRules:
    """What a Configuration says."""

    ignored: tuple[IgnoreRule, ...] = ()
    written: tuple[WriteRule, ...] = ()
    drift_policy: DriftPolicy = DriftPolicy.CORRECT
    """For objects of which neither a rule nor an annotation says it."""

    def may_concern(self, manifest: Manifest) -> bool:
        """Whether something is said about an object on some member, by its annotations or by a rule."""
        if self.ignored or self.written or self.drift_policy is not DriftPolicy.CORRECT:
            return True
        return not _ANNOTATIONS.isdisjoint(annotations_of(manifest))

    def policy_for(self, manifest: Manifest, key: ResourceKey, cluster: Cluster) -> WritePolicy:
        """The policy for an object as it is rendered for this member. An annotation with an unknown value counts as absent."""
        if not self.may_concern(manifest):
            return WRITE_EVERYTHING
        stated = annotations_of(manifest)
        written = [rule for rule in self.written if rule.selector.matches(key, cluster)]
        ignored = [rule for rule in self.ignored if rule.selector.matches(key, cluster)]
        queries = (*(query for rule in ignored for query in rule.queries), *annotated_queries(text(stated, IGNORE_ANNOTATION)))
        policy = WritePolicy(
            _first(_APPLIES.get(text(stated, APPLY_ANNOTATION)), *(rule.apply for rule in written)) or Apply.ALWAYS,
            _first(_POLICIES.get(text(stated, DRIFT_POLICY_ANNOTATION)), *(rule.drift_policy for rule in written))
            or self.drift_policy,
            tuple(dict.fromkeys(queries)),
            tuple(dict.fromkeys(manager for rule in ignored for manager in rule.managers)),
        )
        return WRITE_EVERYTHING if policy == WRITE_EVERYTHING else policy


NO_RULES = WriteRules()


def annotated_queries(value: str) -> tuple[Query, ...]:
    """The queries in `IGNORE_ANNOTATION`. A line that is none is a pointer that leads nowhere."""
    lines = [line.strip() for line in value.splitlines()]
    return tuple(Query(Language.JSONPATH if line.startswith("$") else Language.POINTER, line) for line in lines if line)


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)


@cache
def glob(pattern: str) -> re.Pattern[str]:
    """A glob with `*`, `?`, `[abc]`, `[!a-c]` and `{one,other}`. What is no glob means itself."""
    parts, depth, place = [], 0, 0
    while place < len(pattern):
        character, place = pattern[place], place + 1
        if character == "[" and (end := pattern.find("]", place + 1)) > 0:
            inner = pattern[place:end]
            negated = inner[:1] in ("!", "^")
            parts.append("[" + "^" * negated + _CLASS.sub(r"\\\g<0>", inner[negated:]) + "]")
            place = end + 1
        elif character == "{" and "}" in pattern[place:]:
            parts.append("(?:")
            depth += 1
        elif character == "}" and depth:
            parts.append(")")
            depth -= 1
        elif character == "\\" and place < len(pattern):
            parts.append(re.escape(pattern[place]))
            place += 1
        else:
            parts.append("|" if character == "," and depth else _ANY.get(character) or re.escape(character))
    return re.compile("".join(parts) + ")" * depth, re.DOTALL)


_CLASS = re.compile(r"[\\\]\[&~|^]")
_ANY = {"*": ".*", "?": "."}
_ANNOTATIONS = frozenset({APPLY_ANNOTATION, DRIFT_POLICY_ANNOTATION, IGNORE_ANNOTATION})
_APPLIES = {str(one): one for one in Apply}
_POLICIES = {str(one): one for one in DriftPolicy}
