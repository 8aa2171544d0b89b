"""What override policies do to one object for one cluster (family `override`, from Karmada)."""

from __future__ import annotations

from typing import Any

from reconciler.load.parse import parse_cluster, parse_override_policy
from reconciler.render.override import OverrideError
from tests.conformance.replay import cases, check
from tests.support.overriding import apply_overrides


@cases("override")
def test_override(case: dict[str, Any]) -> None:
    given = case["input"]
    policies = [parse_override_policy(document) for document in given["policies"]]

    def run() -> dict[str, Any]:
        overridden = apply_overrides(given["object"], parse_cluster(given["cluster"]), policies, karmada_exact=True)
        return {"object": overridden.manifest, "applied": [applied.policy.name for applied in overridden.applied]}

    check(case, run, OverrideError)
