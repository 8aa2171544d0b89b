"""The rules in `interpreter/immutability.py` are those of an API server: it refuses a change exactly where they name a field."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from reconciler.interpreter.immutability import changed_immutable_fields
from tests.controlplane.start import ControlPlane
from tests.support.immutable_changes import ROWS, Row, sides

NAMESPACE = "immutability"
REFUSED = 422


def test_a_server_refuses_exactly_these_changes(planes: list[ControlPlane]) -> None:
    plane = planes[0]
    plane.request("/api/v1/namespaces", "POST", {"metadata": {"name": NAMESPACE}})
    resources = {api: plane.request(root(api))["resources"] for api, *_ in ROWS}
    wrong = [problem for number, row in enumerate(ROWS) if (problem := judge(plane, resources[row[0]], number, row))]
    plane.request(f"/api/v1/namespaces/{NAMESPACE}", "DELETE")
    assert not wrong, "\n".join(wrong)


def judge(plane: ControlPlane, resources: Sequence[Any], number: int, row: Row) -> str:
    """What the rules and the server answer, if they differ; else empty."""
    api, kind, _, changes, field = row
    resource = next(one for one in resources if one["kind"] == kind and "/" not in one["name"])
    before, after = sides(row, f"immutable-{number}", NAMESPACE if resource["namespaced"] else "")
    name = before["metadata"]["name"]
    within = f"/namespaces/{NAMESPACE}" if resource["namespaced"] else ""
    place = f"{root(api)}{within}/{resource['name']}/{name}"
    write(plane, place, before)
    if kind == "CustomResourceDefinition":
        wait_until(is_established, plane, place)
    try:
        write(plane, place, after, dry_run=True)
        answer = ""
    except urllib.error.HTTPError as error:
        answer = json.loads(error.read())["message"]
        if error.code != REFUSED:
            pytest.fail(answer)
    if not resource["namespaced"]:
        plane.request(place, "DELETE")
        wait_until(is_gone, plane, place)
    expected = tuple(field.split())
    found = changed_immutable_fields(before, after)
    if found == expected and bool(answer) == bool(field):
        return ""
    return f"{kind} {changes}: expected {expected}, the rules say {found}, the server says {answer or 'yes'}"


def root(api: str) -> str:
    return f"/apis/{api}" if "/" in api else f"/api/{api}"


def write(plane: ControlPlane, place: str, body: dict[str, Any], *, dry_run: bool = False) -> None:
    """By server-side apply, as the program writes."""
    query = f"?fieldManager=test&force=true{'&dryRun=All' if dry_run else ''}"
    plane.request(f"{place}{query}", "PATCH", body, "application/apply-patch+yaml")


def is_established(plane: ControlPlane, place: str) -> bool:
    conditions = plane.request(place).get("status", {}).get("conditions") or []
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def is_gone(plane: ControlPlane, place: str) -> bool:
    try:
        plane.request(place)
    except urllib.error.HTTPError:
        return True
    return False


def wait_until(condition: Callable[[ControlPlane, str], bool], plane: ControlPlane, place: str) -> None:
    deadline = time.monotonic() + 30
    while not condition(plane, place):
        if time.monotonic() > deadline:
            pytest.fail(f"{place}: {condition.__name__} did not become true")
        time.sleep(0.05)
