"""Every field that the table says has no effect is warned of where it is set, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.load.parse_file import parse_file
from reconciler.load.schemas import karmada
from reconciler.load.schemas.explain_violations import field_path
from reconciler.load.unsupported_fields import FAILOVER_OFF, FIELDS, find_unsupported
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from tests.support.in_memory_fleet import load
from tests.unit.schemas.fields import fields as all_fields
from tests.unit.schemas.fields import row_of, rows

TOLD = {(part, field): told for part, field, told in rows()}
IDLE = [(kind, path) for kind, path in all_fields() if TOLD.get(row_of(kind, path, TOLD), "").startswith("no effect")]
BY_KIND = {gvk.kind: gvk for gvk in karmada.known_kinds()}
VALUED = {(gvk[1], idle.field) for gvk, idles in FIELDS.items() for idle in idles if idle.values}


def document(path: str, value: Any) -> Any:
    """The smallest one with this field."""
    head, _, rest = path.partition(".")
    inner = document(rest, value) if rest else value
    return {head.removesuffix("[]"): [inner] if head.endswith("[]") else inner}


def listed() -> Iterator[tuple[str, str]]:
    return (
        (kind, idle.field) for (_, kind), idles in FIELDS.items() for idle in idles if not idle.values and not idle.of_failover
    )


OF_FAILOVER = [(kind, idle.field, idle.values) for (_, kind), idles in FIELDS.items() for idle in idles if idle.of_failover]


@pytest.mark.parametrize(("kind", "path", "values"), OF_FAILOVER)
def test_what_needs_failover_says_so(kind: str, path: str, values: tuple[str, ...]) -> None:
    (found,) = find_unsupported(document(path, *(values or ("x",))), BY_KIND[kind])
    assert "spec.failover is off" in found.message
    assert "`spec.failover: off` in the Configuration" in TOLD[row_of(kind, path, TOLD)]


@pytest.mark.parametrize(("mode", "told"), [("off", 1), ("false", 1), ("propose", 0), ("auto", 0)])
def test_with_failover_there_is_no_such_warning(mode: str, told: int) -> None:
    cluster = "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\nmetadata: {name: m1}\nspec:\n  syncMode: Push\n"
    tainted = cluster + "  apiEndpoint: file:m1\n  taints: [{key: a, effect: NoExecute}]\n"
    settings = f"apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: {{failover: {{mode: {mode}}}}}\n"
    issues = load({"m1.yaml": tainted, "reconciler.yaml": settings}).issues
    assert [issue.reason for issue in issues] == [FAILOVER_OFF] * told


def test_the_table_has_such_rows() -> None:
    assert len(IDLE) > 25


@pytest.mark.parametrize(("kind", "path"), IDLE)
def test_a_field_without_effect_is_warned_of(kind: str, path: str) -> None:
    """Itself, or the parent that has none either."""
    (found,) = find_unsupported(document(path, ["x"] if path.endswith("s") else "x"), BY_KIND[kind])
    assert (found.severity, found.reason) == (Severity.WARNING, "NotActedOn")
    assert path.replace("[]", "[0]").startswith(field_path(found.path))
    assert found.remedy


@pytest.mark.parametrize(("kind", "path"), list(listed()))
def test_what_is_warned_of_has_such_a_row(kind: str, path: str) -> None:
    assert path == "status" or (kind, path) in IDLE


@pytest.mark.parametrize(("kind", "path"), sorted(VALUED))
def test_values_without_effect_are_named_in_the_row(kind: str, path: str) -> None:
    values = [value for gvk, idles in FIELDS.items() for it in idles if (gvk[1], it.field) == (kind, path) for value in it.values]
    for value in values:
        (found,) = find_unsupported(document(path, value), BY_KIND[kind])
        assert value in found.message
        assert value in TOLD[kind, path]
    assert not find_unsupported(document(path, "Other"), BY_KIND[kind])


@pytest.mark.parametrize("value", [None, False, "", {}, []])
def test_what_asks_for_nothing_is_left_alone(value: Any) -> None:
    assert not find_unsupported(document("spec.insecureSkipTLSVerification", value), BY_KIND["Cluster"])


def test_zero_seconds_ask_for_something() -> None:
    assert find_unsupported(document("spec.ttlSecondsAfterFinished", 0), BY_KIND["WorkloadRebalancer"])


@pytest.mark.parametrize("spec", [None, "x", [], {"taints": "x"}, {"taints": ["x", None]}, {"taints": [{"effect": {}}]}])
def test_any_shape_is_looked_at(spec: Any) -> None:
    assert not find_unsupported({"spec": spec}, BY_KIND["Cluster"])


def test_other_kinds_have_a_status_of_their_own() -> None:
    assert not find_unsupported({"status": {"x": 1}}, GroupVersionKind("apps", "v1", "Deployment"))


def test_the_line_is_the_fields_own_and_the_value_is_not_told() -> None:
    text = b"""\
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata:
  name: m1
spec:
  syncMode: Pull
  apiEndpoint: file:m1
  proxyURL: socks5://user:password@proxy
  taints:
  - key: a
    effect: NoSchedule
  - key: b
    effect: NoExecute
"""
    found = parse_file("m1.yaml", "", text)
    assert [(issue.origin.line, issue.reason) for issue in found.issues] == [(8, "NotActedOn"), (13, FAILOVER_OFF)]
    assert found.objects[0].noun is not None
    assert "password" not in str(found.issues)


@pytest.mark.parametrize(("path", "told"), [("{.jobStatus.jobID}", []), (".jobStatus.jobID", ["InvalidJsonPath"])])
def test_a_json_path_that_cannot_be_read(path: str, told: list[str]) -> None:
    value = document("spec.failover.cluster.statePreservation.rules[].jsonPath", path)
    found = find_unsupported(value, BY_KIND["PropagationPolicy"])
    assert [one.reason for one in found if one.reason != FAILOVER_OFF] == told
