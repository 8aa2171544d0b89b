"""The vocabulary of custom rules, each word by itself."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.interpreter.argo_health.checks import (
    DEGRADED,
    HEALTHY,
    PROGRESSING,
    READY,
    SUSPENDED,
    Annotated,
    Check,
    Conditions,
    Each,
    Every,
    Lagging,
    When,
    absent,
    condition,
    conditions,
    paused,
    rule,
    word,
)
from reconciler.model.health import ArgoHealth, ArgoHealthCode

PHASE = word("status.phase", {"Up": HEALTHY, True: SUSPENDED}, message="status.why")
FRESH = conditions(condition("Ready", true=HEALTHY, fresh=True))
LAST = Conditions(condition("Ready", true=HEALTHY, false=DEGRADED), last_only=True)
BY_REASON = conditions(When(None, None, DEGRADED, frozenset({"Broken"})))
BOTH = Every(("A", "B"), PROGRESSING)
PLACES = Each(("status", "places"), "phase", {"bad": DEGRADED, "slow": PROGRESSING})


def told(*pairs: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """An object with these conditions, `("Ready", "True")`."""
    return {"status": {"conditions": [{"type": name, "status": status, **fields} for name, status in pairs]}}


@pytest.mark.parametrize(
    ("check", "manifest", "code"),
    [
        (READY, told(("Ready", "True")), HEALTHY),
        (READY, told(("Synced", "False"), ("Ready", "False")), DEGRADED),
        (READY, told(("Ready", "Unknown")), None),
        (READY, {"status": {"conditions": "none"}}, None),
        (READY, {"status": {"conditions": [None, "Ready", {"type": ["Ready"], "status": True}]}}, None),
        (LAST, told(("Ready", "True"), ("Ready", "False")), DEGRADED),
        (LAST, told(), None),
        (BY_REASON, told(("Anything", "True"), reason="Broken"), DEGRADED),
        (BY_REASON, told(("Anything", "True"), reason="Fine"), None),
        (FRESH, told(("Ready", "True"), observedGeneration=2) | {"metadata": {"generation": 2}}, HEALTHY),
        (FRESH, told(("Ready", "True"), observedGeneration=1) | {"metadata": {"generation": 2}}, None),
        (FRESH, told(("Ready", "True")) | {"metadata": {"generation": 2}}, HEALTHY),
        (FRESH, told(("Ready", "True"), observedGeneration=1), HEALTHY),
        (BOTH, told(("A", "True"), ("B", "True")), HEALTHY),
        (BOTH, told(("A", "True"), ("B", "False")), PROGRESSING),
        (BOTH, told(("A", "True")), PROGRESSING),
        (BOTH, told(), None),
        (PHASE, {"status": {"phase": "Up"}}, HEALTHY),
        (PHASE, {"status": {"phase": True}}, SUSPENDED),
        (PHASE, {"status": {"phase": "Down"}}, None),
        (PHASE, {"status": {"phase": ["Up"]}}, None),
        (PHASE, {"status": "Up"}, None),
        (word("status.phase", other=PROGRESSING), {"status": {"phase": "Down"}}, PROGRESSING),
        (PLACES, {"status": {"places": [{"phase": "slow"}, {"phase": "bad"}]}}, DEGRADED),
        (PLACES, {"status": {"places": [{"phase": "good"}, None]}}, None),
        (paused(), {"spec": {"paused": True}}, SUSPENDED),
        (paused(), {"spec": {"paused": "true"}}, None),
        (Annotated("a.b/c", "off", ArgoHealth(SUSPENDED)), {"metadata": {"annotations": {"a.b/c": "off"}}}, SUSPENDED),
        (Annotated("a.b/c", "off", ArgoHealth(SUSPENDED)), {"metadata": {"annotations": {"a.b/c": "on"}}}, None),
        (Lagging(), {"metadata": {"generation": 2}, "status": {"observedGeneration": 1}}, PROGRESSING),
        (Lagging(), {"metadata": {"generation": 2}, "status": {"observedGeneration": 2}}, None),
        (Lagging(), {"metadata": {"generation": 2}}, None),
        (Lagging(strict=True), {"metadata": {"generation": 2}}, PROGRESSING),
        (absent("status"), {}, PROGRESSING),
        (absent("status"), {"status": {}}, PROGRESSING),
        (absent("status"), {"status": {"phase": ""}}, None),
    ],
)
def test_check(check: Check, manifest: dict[str, Any], code: ArgoHealthCode | None) -> None:
    result = check(manifest)
    assert (result and result.code) == code


def test_conditions_go_by_the_objects_order_and_checks_by_the_rules() -> None:
    object_first = rule(conditions(condition("A", true=HEALTHY), condition("B", true=DEGRADED)))
    rule_first = rule(conditions(condition("A", true=HEALTHY)), conditions(condition("B", true=DEGRADED)))
    manifest = told(("B", "True"), ("A", "True"))
    assert (object_first(manifest).code, rule_first(manifest).code) == (DEGRADED, HEALTHY)


def test_a_rule_always_answers() -> None:
    assert rule(READY)({}).code is PROGRESSING
    assert rule(READY, otherwise=HEALTHY)({}) == ArgoHealth(HEALTHY)


def test_messages_are_the_objects_where_it_has_one() -> None:
    assert READY(told(("Ready", "False"), message="disk full", reason="Full")) == ArgoHealth(DEGRADED, "disk full")
    assert READY(told(("Ready", "False"), reason="Full")) == ArgoHealth(DEGRADED, "Full")
    assert PHASE({"status": {"phase": "Up", "why": "all fine"}}) == ArgoHealth(HEALTHY, "all fine")
    assert PHASE({"status": {"phase": "Up"}}) == ArgoHealth(HEALTHY, "phase is Up")
