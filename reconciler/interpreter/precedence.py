"""Who answers for a kind: a rule declared in the repository, else one shipped for a third-party kind, else our own.

Asked for each operation anew. The first that has a rule answers; where it fails, nobody else is asked (karmada
pkg/resourceinterpreter/interpreter.go; its webhooks come between the first two, and there are none here). Where nobody has a
rule, an object stays as it is, and a question has no answer; only a status is collected even so, as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from reconciler.interpreter import declared_rules, registry
from reconciler.interpreter.declared_rules import CustomRules
from reconciler.interpreter.lua import Script
from reconciler.interpreter.pod_references import Reference
from reconciler.interpreter.rules import StatusItems
from reconciler.interpreter.thirdparty import SHIPPED
from reconciler.model.customization import Customization, Operation
from reconciler.model.health import Health, HealthStatus, Opinion, Verdict, combine
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of

Requirements: TypeAlias = Mapping[str, Any]
"""Karmada's `replicaRequirements`: `resourceRequest`, `nodeClaim`, …"""

_TIME = re.compile(r"\bos\b")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What one revision knows about kinds.

    `now` is what a script's `os.time()` says; only scripts that ask for it depend on it, and without it they fail: give it to
    a verb, or to all of them by `at`. Every verb
    raises MalformedObjectError where a rule cannot answer.
    """

    declared: CustomRules = field(default_factory=CustomRules)
    now: datetime | None = None

    @property
    def asks_for_time(self) -> bool:
        """Whether any declared script may look at the time; only then do answers differ from pass to pass."""
        return any(_TIME.search(script.text) for scripts in self.declared.scripts.values() for script in scripts)

    def at(self, now: datetime) -> Interpreter:
        """The same knowledge at this moment."""
        return replace(self, now=now)

    def has_rule(self, gvk: GroupVersionKind, operation: Operation) -> bool:
        """Whether anybody answers; a status is always collected."""
        return bool(self._scripts(gvk, operation)) or registry.has_rule(gvk, operation)

    def replicas(self, template: Manifest, *, now: datetime | None = None) -> tuple[int, Requirements | None] | None:
        """(number, what one replica needs); None for kinds without a number.

        As Karmada counts: a number that the template does not state is 0 (`registry.with_default_count`).
        """
        gvk = gvk_of(template)
        for script in self._scripts(gvk, Operation.REPLICAS):
            return declared_rules.replicas(script, template, now or self.now)
        return registry.replicas_and_requirements(template) if self.has_rule(gvk, Operation.REPLICAS) else None

    def count(self, template: Manifest) -> int:
        """The number that the template states, or that Kubernetes fills in; 0 for kinds without one."""
        for script in self._scripts(gvk_of(template), Operation.REPLICAS):
            return declared_rules.replicas(script, template, self.now)[0]
        return registry.replicas_of(template) or 0

    def requirements(self, template: Manifest) -> Requirements | None:
        """What one replica needs; None for nothing in particular."""
        for script in self._scripts(gvk_of(template), Operation.REPLICAS):
            return declared_rules.replicas(script, template, self.now)[1]
        return registry.requirements_of(template)

    def components(self, template: Manifest, *, now: datetime | None = None) -> Sequence[Mapping[str, Any]] | None:
        """The parts of a workload that has several: `name`, `replicas`, `replicaRequirements`. None for other kinds."""
        for script in self._scripts(gvk_of(template), Operation.COMPONENTS):
            return declared_rules.components(script, template, now or self.now)
        return None

    def revise(self, template: Manifest, replicas: int, *, now: datetime | None = None) -> Manifest:
        """A copy with one cluster's number."""
        for script in self._scripts(gvk_of(template), Operation.REVISION):
            return declared_rules.revise(script, template, replicas, now or self.now)
        return registry.revise(template, replicas)

    def retain(self, desired: Manifest, live: Manifest, *, now: datetime | None = None) -> Manifest:
        """`desired` with what the member allocated or chose."""
        for script in self._scripts(gvk_of(desired), Operation.RETENTION):
            return declared_rules.retain(script, desired, live, now or self.now)
        return registry.retain(desired, live)

    def aggregate(self, template: Manifest, items: StatusItems, now: datetime) -> Manifest:
        """The template with one status for all that its members reported."""
        gvk = gvk_of(template)
        for script in self._scripts(gvk, Operation.AGGREGATION):
            return declared_rules.aggregate(script, template, items, now)
        return registry.aggregate(template, items, now) if self.has_rule(gvk, Operation.AGGREGATION) else template

    def reflect(self, live: Manifest, *, now: datetime | None = None) -> Any:
        """The part of a live object's status that is worth collecting; None where there is nothing."""
        for script in self._scripts(gvk_of(live), Operation.REFLECTION):
            return declared_rules.reflect(script, live, now or self.now)
        return registry.reflect(live)

    def healthy(self, live: Manifest, *, now: datetime | None = None) -> bool | None:
        """Karmada's verdict on a live object; None where nobody can tell."""
        gvk = gvk_of(live)
        for script in self._scripts(gvk, Operation.HEALTH):
            return declared_rules.healthy(script, live, now or self.now)
        return registry.healthy(live) if self.has_rule(gvk, Operation.HEALTH) else None

    def assess(self, live: Manifest, now: datetime) -> Health:
        """The health that we report and act on. Never raises.

        A rule declared in the repository has the last word on whether the object is well; shipped and native kinds are judged
        by `registry.assess`. Karmada's "unhealthy" is a workload on its way as well as one that broke: it counts as
        InProgress unless kstatus knows it is worse.
        """
        scripts = self.declared.find(gvk_of(live), Operation.HEALTH)
        if not scripts:
            return registry.assess(live, now)
        try:
            well = declared_rules.healthy(scripts[0], live, now)
        except registry.MalformedObjectError as error:
            return Health(HealthStatus.UNKNOWN, error.message)
        opinion = Opinion(Verdict.HEALTHY) if well else Opinion(Verdict.PROGRESSING, "unhealthy by the rule that is declared")
        return combine(registry.health_of(live, now), opinion)

    def dependencies(self, template: Manifest, *, now: datetime | None = None) -> Sequence[Reference]:
        """References to the objects it needs beside it, sorted; empty where nobody knows of any."""
        scripts = self._scripts(gvk_of(template), Operation.DEPENDENCIES)
        return declared_rules.dependencies(scripts, template, now or self.now) if scripts else registry.dependencies_of(template)

    def further_references(self, template: Manifest) -> Sequence[Reference]:
        """References that Karmada does not follow: to classes, and to what an autoscaler scales. Clusters may have them."""
        return registry.further_references_of(template)

    def _scripts(self, gvk: GroupVersionKind, operation: Operation) -> tuple[Script, ...]:
        return self.declared.find(gvk, operation) or SHIPPED.find(gvk, operation)


def interpreter_of(customizations: tuple[Customization, ...]) -> Interpreter:
    """What these customizations make of the kinds."""
    return Interpreter(declared_rules.custom_rules(customizations))


BUILT_IN = Interpreter()
"""What is known without any declaration."""
