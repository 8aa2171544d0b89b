"""Argo health: the kinds that gitops-engine knows, then the kinds of Argo CD's scripts; and the kstatus health of all these
objects.

The health code must be equal. For built-in kinds the message must be equal too where it comes from the object, which shows that
the rule reads the right field. Messages that do not come from the object are our own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.interpreter.argo_health.custom import custom_rule
from reconciler.interpreter.argo_health.judge import builtin_health, custom_health, deletion_health
from reconciler.interpreter.registry import health_of
from reconciler.model.health import ArgoHealth
from reconciler.model.manifest import Manifest, gvk_of
from tests.conformance.replay import ROOT, cases

SHARE_OF_OTHER_KINDS = 1.0
"""How many of the cases of less popular kinds have a rule; to be raised, never lowered."""


def _known(case: dict[str, Any]) -> bool:
    gvk = gvk_of(case["input"]["object"])
    return custom_rule(gvk.group, gvk.kind) is not None


@cases("health")
def test_kstatus_of(case: dict[str, Any]) -> None:
    assert health_of(case["input"]["object"]).status == case["expect"]["kstatus"]["status"], case["why"]


def _gitops_engine_health(manifest: Manifest) -> ArgoHealth | None:
    """The health without the rules of Argo CD's scripts, as gitops-engine alone reports it."""
    return deletion_health(manifest) or builtin_health(manifest)


@cases("health", "builtin")
def test_builtin(case: dict[str, Any]) -> None:
    result, expected = _gitops_engine_health(case["input"]["object"]), case["expect"]["health"]
    if expected is None or result is None:
        assert (expected, result) == (None, None), case["why"]
        return
    assert result.code == expected["status"], f"{case['why']}\n{result}"
    if json.dumps(expected.get("message")) in json.dumps(case["input"]["object"]):
        assert result.message == expected["message"], case["why"]


@cases("health", "crds-popular")
def test_popular_kinds(case: dict[str, Any]) -> None:
    _check_custom(case)


@cases("health", "crds-other", select=_known)
def test_other_kinds(case: dict[str, Any]) -> None:
    _check_custom(case)


def _check_custom(case: dict[str, Any]) -> None:
    result = custom_health(case["input"]["object"])
    assert result is not None, f"no rule for {gvk_of(case['input']['object'])}"
    assert result.code == case["expect"]["health"]["status"], f"{case['why']}\n{result}"


def test_share_of_other_kinds(record_property: Callable[[str, object], None]) -> None:
    path = ROOT / "health" / "crds-other.json"
    if not path.is_file():
        pytest.skip(f"no conformance data at {path}; set CONFORMANCE_DIR to replay it")
    found = json.loads(path.read_text())
    share = sum(map(_known, found)) / len(found)
    record_property("share_of_other_kinds", share)
    assert share >= SHARE_OF_OTHER_KINDS, f"{share:.1%} of {len(found)} cases have a rule"
