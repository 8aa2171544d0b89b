"""Conditions of ServiceExports, by the rules of KEP-1645."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.endpoints.export_conditions import Exported, conditions_of
from reconciler.endpoints.report_exports import ExportReport, report_exports
from reconciler.model.keys import ClusterName
from tests.unit.endpoints.builders import M1, M2, M3, WEB, SlicesInMemory

HTTP = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}
NOW = datetime(2026, 1, 3, tzinfo=UTC)


def export(day: int = 1) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "shop", "creationTimestamp": f"2026-01-0{day}T00:00:00Z"}
    return {"apiVersion": "multicluster.x-k8s.io/v1alpha1", "kind": "ServiceExport", "metadata": metadata}


def service(*ports: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"clusterIP": "10.96.0.1", "ports": list(ports or [HTTP]), **spec}}


def told(exports: list[Exported]) -> dict[str, str]:
    """`Valid=True, Conflict=False NoConflicts` of each."""
    return {
        name: ", ".join(f"{one.type}={one.status} {one.reason}" for one in conditions)
        for name, conditions in conditions_of(exports).items()
    }


WELL = "Valid=True Valid, Conflict=False NoConflicts"


def test_an_export_without_a_service_is_not_valid() -> None:
    assert told([Exported(M1, export(), None)]) == {"m1": "Valid=False NoService"}
    external = {"spec": {"type": "ExternalName", "externalName": "example.com"}}
    assert told([Exported(M1, export(), external)]) == {"m1": "Valid=False InvalidServiceType"}


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (service(), None),
        (service({**HTTP, "targetPort": 9090, "nodePort": 30000}), None),
        (service(HTTP, {"name": "metrics", "port": 9090}), None),
        (service({"name": "metrics", "port": 9090}), None),
        (service({**HTTP, "port": 81}), "PortConflict"),
        (service({**HTTP, "protocol": "UDP"}), "PortConflict"),
        (service({**HTTP, "name": "web"}), "PortConflict"),
        (service({**HTTP, "appProtocol": "http"}), "PortConflict"),
        (service(clusterIP="None"), "TypeConflict"),
        (service(sessionAffinity="ClientIP"), "SessionAffinityConflict"),
    ],
)
def test_the_oldest_export_counts_and_all_of_a_service_in_conflict_say_so(other: dict[str, Any], reason: str | None) -> None:
    exports = [Exported(M1, export(2), other), Exported(M2, export(1), service())]
    expected = WELL if reason is None else f"Valid=True Valid, Conflict=True {reason}"
    assert told(exports) == {"m2": expected, "m1": expected}
    assert told(list(reversed(exports))) == told(exports)


def test_an_export_that_is_not_valid_decides_nothing() -> None:
    other = service({**HTTP, "port": 81})
    exports = [Exported(M1, export(1), None), Exported(M2, export(2), service()), Exported(M3, export(3), other)]
    assert told(exports) == {
        "m1": "Valid=False NoService",
        "m2": "Valid=True Valid, Conflict=True PortConflict",
        "m3": "Valid=True Valid, Conflict=True PortConflict",
    }


async def test_conditions_are_written_once_and_keep_those_of_others() -> None:
    first, second = SlicesInMemory(), SlicesInMemory()
    theirs = {"type": "Ready", "status": "True", "reason": "Exported"}
    first.exported[WEB] = {**export(1), "status": {"conditions": [theirs]}}, service()
    second.exported[WEB] = export(2), service({**HTTP, "port": 81})
    members = {M1: first, M2: second}
    report = await report_exports(members, [WEB], (), NOW)
    (said,) = report.conflicts
    assert said == "shop/web: port http of m2 differs from the older export of m1, which counts"
    assert [one["type"] for one in first.exported[WEB][0]["status"]["conditions"]] == ["Ready", "Valid", "Conflict"]
    assert [(one.cluster, len(one.export["status"]["conditions"])) for one in report.written] == [("m1", 3), ("m2", 2)]
    assert await report_exports(members, [WEB], (), NOW) == ExportReport((said,))
    assert (first.log, second.log) == (["report web"], ["report web"])
    second.exported[WEB] = second.exported[WEB][0], None
    assert (await report_exports(members, [WEB], (), NOW)).conflicts == ()
    (valid,) = second.exported[WEB][0]["status"]["conditions"]
    assert (valid["status"], valid["reason"], valid["lastTransitionTime"]) == ("False", "NoService", "2026-01-03T00:00:00Z")


async def test_a_silent_or_suspended_member_is_not_written_to() -> None:
    first, second = SlicesInMemory(), SlicesInMemory()
    for one in (first, second):
        one.exported[WEB] = export(1), service()
    first.answers = False
    assert await report_exports({M1: first, M2: second}, [WEB], [M2], NOW) == ExportReport()
    assert (first.log, second.log) == ([], [])


def test_a_message_names_some_of_many_conflicts() -> None:
    others = [Exported(ClusterName(f"n{number:02}"), export(2), service({**HTTP, "port": 81})) for number in range(40)]
    found = conditions_of([Exported(M1, export(1), service()), *others])
    (message,) = {one.message for conditions in found.values() for one in conditions if one.type == "Conflict"}
    assert message.startswith("port http of n00 differs from the older export of m1, which counts; ")
    assert message.endswith("; and 30 more")
