"""Which rule applies to a kind: a rule declared in the repository, else a third-party rule, else a built-in rule.

The choice is made for each operation. The first of the three that has a rule is used; if it fails, there is no fallback
(karmada pkg/resourceinterpreter/interpreter.go; there, webhooks come between the first two). Without any rule an object stays
unchanged and other operations have no result, but the whole status is still collected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from reconciler.interpreter import declared_rules, registry
from reconciler.interpreter.declared_rules import DeclaredRules
from reconciler.interpreter.lua import Script
from reconciler.interpreter.pod_references import Reference
from reconciler.interpreter.rules import StatusItems
from reconciler.interpreter.thirdparty import SHIPPED
from reconciler.model.customization import Customization, Operation
from reconciler.model.health import ArgoHealth, ArgoHealthCode, Health, HealthStatus, combine
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, gvk_of, with_value

Requirements: TypeAlias = Mapping[str, Any]
"""Karmada's `replicaRequirements`: `resourceRequest`, `nodeClaim`, …"""

_TIME = re.compile(r"\bos\b")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The operations on kinds, with the rules of one revision. Each method raises MalformedObjectError if a rule fails.

    Methods take the time as `now`, or use `self.now` (see `at`). Only scripts that call `os.time()` need it; without it they
    fail.
    """

    declared: DeclaredRules = field(default_factory=DeclaredRules)
    now: datetime | None = None
    """The result of `os.time()` in scripts."""

    @property
    def asks_for_time(self) -> bool:
        """Whether any declared script may use the time. Only then can results differ from pass to pass."""
        return any(_TIME.search(script.text) for scripts in self.declared.scripts.values() for script in scripts)

    def at(self, now: datetime) -> Interpreter:
        """The same rules with this time."""
        return replace(self, now=now)

    def has_rule(self, gvk: GroupVersionKind, operation: Operation) -> bool:
        """Whether there is a rule. For the status there always is one: the whole status."""
        return bool(self._scripts(gvk, operation)) or registry.has_rule(gvk, operation)

    def replicas(self, template: Manifest, *, now: datetime | None = None) -> tuple[int, Requirements | None] | None:
        """(number of replicas, requirements of one); None for kinds without replicas.

        As in Karmada, the number is 0 if the template does not have the field (see `registry.with_default_count`).
        """
        gvk = gvk_of(template)
        for script in self._scripts(gvk, Operation.REPLICAS):
            return declared_rules.replicas(script, template, now or self.now)
        return registry.replicas_and_requirements(template) if self.has_rule(gvk, Operation.REPLICAS) else None

    def count(self, template: Manifest) -> int:
        """The number of replicas in the template, or the default of Kubernetes; 0 for kinds without replicas."""
        for script in self._scripts(gvk_of(template), Operation.REPLICAS):
            return declared_rules.replicas(script, template, self.now)[0]
        return registry.replicas_of(template) or 0

    def requirements(self, template: Manifest) -> Requirements | None:
        """The requirements of one replica; None if there are none."""
        for script in self._scripts(gvk_of(template), Operation.REPLICAS):
            return declared_rules.replicas(script, template, self.now)[1]
        return registry.requirements_of(template)

    def components(self, template: Manifest, *, now: datetime | None = None) -> Sequence[Mapping[str, Any]] | None:
        """The components of a workload: `name`, `replicas`, `replicaRequirements`. None for kinds without components."""
        for script in self._scripts(gvk_of(template), Operation.COMPONENTS):
            return declared_rules.components(script, template, now or self.now)
        return None

    def revise(self, template: Manifest, replicas: int, *, now: datetime | None = None) -> Manifest:
        """A copy with the number of replicas of one cluster."""
        for script in self._scripts(gvk_of(template), Operation.REVISION):
            return declared_rules.revise(script, template, replicas, now or self.now)
        return registry.revise(template, replicas)

    def scale(self, template: Manifest, replicas: int, *, now: datetime | None = None) -> Manifest:
        """A copy with another number of replicas in all, also where the template states none, as the scale subresource does; the
        same manifest for kinds without replicas."""
        gvk = gvk_of(template)
        for script in self._scripts(gvk, Operation.REVISION):
            return declared_rules.revise(script, template, replicas, now or self.now)
        if not self.has_rule(gvk, Operation.REPLICAS):
            return template
        return with_value(template, registry.replicas_path(template), replicas)  # type: ignore[no-any-return]

    def retain(self, desired: Manifest, live: Manifest, *, now: datetime | None = None, karmada_exact: bool = False) -> Manifest:
        """`desired` with the fields that the member allocated or chose. karmada_exact: see `registry.retain`."""
        for script in self._scripts(gvk_of(desired), Operation.RETENTION):
            return declared_rules.retain(script, desired, live, now or self.now)
        return registry.retain(desired, live, karmada_exact=karmada_exact)

    def aggregate(self, template: Manifest, items: StatusItems, now: datetime) -> Manifest:
        """The template with one status from those that its members reported."""
        gvk = gvk_of(template)
        for script in self._scripts(gvk, Operation.AGGREGATION):
            return declared_rules.aggregate(script, template, items, now)
        return registry.aggregate(template, items, now) if self.has_rule(gvk, Operation.AGGREGATION) else template

    def reflect(self, live: Manifest, *, now: datetime | None = None) -> Any:
        """The part of a live object's status that is collected; None if there is none."""
        for script in self._scripts(gvk_of(live), Operation.REFLECTION):
            return declared_rules.reflect(script, live, now or self.now)
        return registry.reflect(live)

    def healthy(self, live: Manifest, *, now: datetime | None = None) -> bool | None:
        """Karmada's health of a live object; None for kinds without a rule."""
        gvk = gvk_of(live)
        for script in self._scripts(gvk, Operation.HEALTH):
            return declared_rules.healthy(script, live, now or self.now)
        return registry.healthy(live) if self.has_rule(gvk, Operation.HEALTH) else None

    def assess(self, live: Manifest, now: datetime) -> Health:
        """The health that we report and act on. Never raises.

        A rule declared in the repository replaces the rules of Argo CD; all other kinds are assessed by `registry.assess`. In
        Karmada a workload in progress is unhealthy too. So "unhealthy" counts as InProgress, unless kstatus reports something
        worse.
        """
        scripts = self.declared.find(gvk_of(live), Operation.HEALTH)
        if not scripts:
            return registry.assess(live, now)
        try:
            healthy = declared_rules.healthy(scripts[0], live, now)
        except registry.MalformedObjectError as error:
            return Health(HealthStatus.UNKNOWN, error.message)
        unhealthy = ArgoHealth(ArgoHealthCode.PROGRESSING, "unhealthy by a rule that the repository declares")
        return combine(registry.health_of(live, now), ArgoHealth(ArgoHealthCode.HEALTHY) if healthy else unhealthy)

    def dependencies(self, template: Manifest, *, now: datetime | None = None) -> Sequence[Reference]:
        """References to the objects that it depends on, sorted; empty if there are none."""
        scripts = self._scripts(gvk_of(template), Operation.DEPENDENCIES)
        return declared_rules.dependencies(scripts, template, now or self.now) if scripts else registry.dependencies_of(template)

    def further_references(self, template: Manifest) -> Sequence[Reference]:
        """References that Karmada does not follow: to classes, and to the workload of an autoscaler. Clusters may have them
        already."""
        return registry.further_references_of(template)

    def _scripts(self, gvk: GroupVersionKind, operation: Operation) -> tuple[Script, ...]:
        return self.declared.find(gvk, operation) or SHIPPED.find(gvk, operation)


def interpreter_of(customizations: tuple[Customization, ...]) -> Interpreter:
    """An interpreter with the rules of these customizations."""
    return Interpreter(declared_rules.collect_rules(customizations))


BUILT_IN = Interpreter()
"""An interpreter without declared rules."""
