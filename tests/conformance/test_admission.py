"""What Karmada's API makes of policies and Clusters, and what it refuses (family `admission`)."""

from __future__ import annotations

from typing import Any

from reconciler.model.manifest import without
from reconciler.model.quantity import Quantity
from tests.conformance.admission import MachineValues, admit_request
from tests.conformance.replay import cases, check

VALUES = MachineValues(now="<now>", identifier="<generated>")


class RefusedError(Exception):
    """Carries the refusals into a failed test's output."""


@cases("admission")
def test_admission(case: dict[str, Any]) -> None:
    given = case["input"]

    def run() -> Any:
        admission = admit_request(given["object"], given["namespace"], given.get("oldObject"), VALUES)
        if admission.refusals:
            raise RefusedError(*(refusal.message for refusal in admission.refusals))
        return comparable(kind, admission.document)

    kind = given["object"]["kind"]
    outcomes = [
        {"expect": comparable(kind, outcome["expect"]["object"])} if "expect" in outcome else outcome
        for outcome in case.get("expect_any_of") or [case]
    ]
    check({"why": case["why"], "expect_any_of": outcomes}, run, RefusedError)


def comparable(kind: str, document: Any) -> Any:
    """As the family's README compares."""
    for path in (("apiVersion",), ("kind",), ("metadata", "generation"), ("status",)) if kind == "Cluster" else ():
        document = without(document, path)
    return stated(document)


def stated(value: Any, name: str = "") -> Any:
    """Without null, zero, false and empty, which typed objects do not tell from absent; borders of ranges by their value."""
    if isinstance(value, dict):
        return {key: item for key, member in value.items() if (item := stated(member, key))}
    if isinstance(value, list):
        return [stated(item) for item in value]
    return str(Quantity.from_json(value).nanos) if name in ("min", "max") else value
