"""Small repositories, from templates and policies to what every member receives (family `pipeline`, from Karmada).

Read by our parsers and compiled as a pass does it, with Karmada's defaults where ours are on the safer side.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from reconciler.load.parse import parse_override_policy, parse_propagation_policy
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.desired import DesiredState
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import sequence
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.model.settings import Settings
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.pipeline import compile_state
from reconciler.pipeline.works import make_works
from tests.conformance.replay import cases, check
from tests.conformance.test_render import without_bookkeeping
from tests.conformance.test_schedule import cluster_of
from tests.support.builders import template

NOW = datetime(2026, 8, 1, tzinfo=UTC)
AS_KARMADA = Settings(empty_workloads=False, reserves=False)


@cases("pipeline")
def test_pipeline(case: dict[str, Any]) -> None:
    for outcome in case.get("expect_any_of") or [case]:
        if "expect" in outcome:
            outcome["expect"] = {identity(found): expected(found) for found in outcome["expect"]["objects"]}
    check(case, lambda: dict(shown(compiled(case["input"]))), ())


def compiled(given: dict[str, Any]) -> Compiled:
    return compile_state(desired_state(given), RecordedState(), NOW, Memo(), settled=True)


def desired_state(given: dict[str, Any]) -> DesiredState:
    policies = sequence(given, "propagationPolicies") + sequence(given, "clusterPropagationPolicies")
    overrides = sequence(given, "overridePolicies") + sequence(given, "clusterOverridePolicies")
    return DesiredState(
        settings=AS_KARMADA,
        clusters=tuple(sorted(map(cluster_of, given["clusters"]), key=lambda cluster: cluster.name)),
        templates=tuple(sorted(map(template, given["templates"]), key=lambda found: found.key)),
        policies=tuple(sorted(map(parse_propagation_policy, policies), key=lambda policy: policy.ref)),
        override_policies=tuple(sorted(map(parse_override_policy, overrides), key=lambda policy: policy.ref)),
    )


def identity(document: dict[str, Any]) -> str:
    metadata = document.get("metadata") or document
    return " ".join((document["apiVersion"], document["kind"], metadata.get("namespace") or "-", metadata["name"]))


def expected(found: dict[str, Any]) -> dict[str, Any]:
    policy = found.get("policy")
    return {
        "policy": str(PolicyRef(policy["kind"], policy.get("namespace", ""), policy["name"])) if policy else None,
        "scheduled": found.get("scheduled"),
        "targets": {target["name"]: target.get("replicas", 0) for target in sequence(found, "targetClusters")},
        "manifests": {name: without_bookkeeping(manifest) for name, manifest in found["manifests"].items()},
    }


def shown(result: Compiled) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every template's way, in the words of the cases."""
    for key, item in result.templates.items():
        works = {name: {item.key: item.manifest for item in work.manifests} for name, work in make_works(result).items()}
        yield (
            identity(dict(item.template.manifest)),
            {
                "policy": str(item.decided.claim.policy.ref) if item.decided.claim.policy else None,
                "scheduled": condition(item),
                "targets": {target.name: target.replicas for target in item.placed.binding.targets}
                if item.placed.binding
                else {},
                "manifests": {name: without_bookkeeping(work[key]) for name, work in works.items() if key in work},
            },
        )


def condition(item: CompiledTemplate) -> dict[str, str] | None:
    match item.decided.scheduling:
        case Binding():
            return {"status": "True", "reason": "Success", "message": "Binding has been scheduled successfully."}
        case Unschedulable(reason=reason, message=message):
            return {"status": "False", "reason": reason, "message": message}
    return None
