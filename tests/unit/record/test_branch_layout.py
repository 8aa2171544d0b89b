"""Recorded state as files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.model.broken_file import BrokenFile
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.recorded import RecordedCluster, RecordedState
from reconciler.record.branch_layout import UnreadableStatusError, files_of, state_of
from tests.support.builders import binding, config, recorded, recorded_state, status

WEB = recorded(
    binding(m1=2, m2=1),
    status("m1"),
    status("m2", HealthStatus.FAILED, applied=False, message="refused"),
    policy_file="policy.yaml",
    overrides=((PolicyRef("OverridePolicy", "shop", "tier"), "tier.yaml"),),
    leaving={ClusterName("m2"): datetime(2026, 1, 1, 12, 30, 15, 999, tzinfo=UTC)},
)
M1 = RecordedCluster(ClusterName("m1"), "m1.yaml", objects=2, applied=2, current=1, digest="sha256:00")
STATE = recorded_state(WEB, clusters=[M1])

BINDING = """\
apiVersion: status.reconciler.dev/v1alpha1
kind: Binding
metadata:
  name: web
  namespace: shop
spec:
  clusters:
  - names:
    - m2
    replicas: 1
  - names:
    - m1
    replicas: 2
  divided: true
  leaving:
  - name: m2
    since: "2026-01-01T12:30:15Z"
  overrides:
  - file: tier.yaml
    kind: OverridePolicy
    name: tier
    namespace: shop
  policy:
    file: policy.yaml
    kind: PropagationPolicy
    name: web
    namespace: shop
  replicas: 3
  resource:
    group: apps
    kind: Deployment
    name: web
    namespace: shop
  template: web.yaml
status:
  conditions:
  - status: "True"
    type: Scheduled
"""

REPORT = """\
apiVersion: status.reconciler.dev/v1alpha1
kind: Report
metadata:
  name: web
  namespace: shop
spec:
  resource:
    group: apps
    kind: Deployment
    name: web
    namespace: shop
status:
  clusters:
  - applied: true
    health:
      status: Current
    names:
    - m1
  - applied: false
    health:
      status: Failed
    message: refused
    names:
    - m2
  conditions:
  - message: not applied on m2
    status: "False"
    type: FullyApplied
"""

CLUSTER = """\
apiVersion: status.reconciler.dev/v1alpha1
kind: Cluster
metadata:
  name: m1
spec:
  file: m1.yaml
status:
  digest: sha256:00
  objects:
    applied: 2
    current: 1
    total: 2
  ready: true
"""


def test_the_layout_is_a_promise() -> None:
    assert {path: data.decode() for path, data in files_of(STATE).items()} == {
        "bindings/shop/Deployment.apps/web.yaml": BINDING,
        "clusters/m1.yaml": CLUSTER,
        "reports/shop/Deployment.apps/web.yaml": REPORT,
        "revision.yaml": (
            "apiVersion: status.reconciler.dev/v1alpha1\nkind: Revision\nspec:\n  layout: 2\n  revision: 3f2c1ab\n"
        ),
    }


def test_addresses_unread_members_and_files_with_errors_are_read_back() -> None:
    broken = {"kustomization.yaml": BrokenFile("5d41402a", ("gone.yaml",), (WEB.binding.key,)), "new.yaml": BrokenFile("")}
    alpha = RecordedCluster(ClusterName("alpha"), "alpha.yaml", addresses={"spec.apiEndpoint": "file:m1"}, id="0a", read=False)
    state = RecordedState("3f2c1ab", clusters={alpha.name: alpha}, broken=broken)
    assert state_of(files_of(state)) == state


def test_an_absent_branch_is_the_empty_state() -> None:
    assert state_of({}) == RecordedState()


def test_files_of_others_are_ignored() -> None:
    foreign = {"README.md": b"# x", "notes.yaml": b"a: [", ".github/workflows/ci.yaml": b"- 1", "bindings/README.md": b"x"}
    assert state_of({**files_of(STATE), **foreign}).decisions.keys() == STATE.decisions.keys()


PATH = "bindings/shop/Deployment.apps/web.yaml"
REPORTED = "reports/shop/Deployment.apps/web.yaml"


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        (PATH, "a: [", "line"),
        (PATH, "a: 1\n---\nb: 2\n", "it is not one mapping"),
        (PATH, "", "it is not one mapping"),
        (PATH, "- 1\n", "it is not one mapping"),
        (REPORTED, REPORT.replace("status: Failed", "status: Fine"), "Fine"),
        (REPORTED, REPORT.replace("status: Failed", "reason: X"), "HealthStatus"),
        (PATH, BINDING.replace("12:30:15Z", "half past"), "isoformat"),
        (PATH, BINDING.replace("15Z", "15"), "has no time zone"),
        (PATH, BINDING.replace("replicas: 2", "replicas: two"), "not a whole number"),
        (PATH, BINDING.replace("replicas: 3", "replicas: 3.5"), "not a whole number"),
        ("clusters/m1.yaml", CLUSTER.replace("total: 2", "total: all"), "not a whole number"),
        (PATH, BINDING.replace("    - m1\n", "    - [m1]\n"), "not a name"),
        (PATH, BINDING.replace("    - m1\n", "    - {m1: m2}\n"), "not a name"),
        (PATH, BINDING.replace("    - m1\n", "    - 1\n"), "not a name"),
        (PATH, BINDING.replace("names:\n    - m1\n", "names: m1\n"), "names is not a list"),
        (PATH, BINDING.replace("kind: Deployment", "kind: [Deployment]"), "no kind or no name"),
        (PATH, BINDING.replace("spec:\n", "spec:\n  rules: [[a.yaml]]\n"), "not a name"),
        (PATH, BINDING.replace("spec:\n", "spec:\n  suspension: {dispatchingOnClusters: [[m1]]}\n"), "not a name"),
        (PATH, BINDING.replace("spec:\n", "spec:\n  requiredBy: {a: b}\n"), "requiredBy is not a list"),
        (REPORTED, REPORT.replace("    - m1\n", "    - [m1]\n"), "not a name"),
        ("rebalancers/r.yaml", "kind: Rebalancer\nstatus: {done: [[a]]}\n", "no kind or no name"),
        ("rebalancers/r.yaml", "kind: Rebalancer\nstatus: {done: all}\n", "done is not a list"),
        ("revision.yaml", "{", "line"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(path: str, content: str, reason: str) -> None:
    with pytest.raises(UnreadableStatusError) as caught:
        state_of({**files_of(STATE), path: content.encode()})
    assert caught.value.message.startswith(f"{path} on the status branch cannot be read: ")
    assert reason in caught.value.message
    assert "Someone edited it" in caught.value.remedy


@pytest.mark.parametrize("layout", ["3", "0", '"2"', "true"])
def test_another_layout_is_refused(layout: str) -> None:
    text = files_of(STATE)["revision.yaml"].decode().replace("layout: 2", f"layout: {layout}")
    with pytest.raises(UnreadableStatusError, match="is not known to this version") as caught:
        state_of({"revision.yaml": text.encode()})
    assert "newer" in caught.value.remedy


def test_objects_without_a_count_have_none() -> None:
    plain = recorded(binding(config(), m1=0))
    document = files_of(recorded_state(plain))["bindings/shop/ConfigMap/config.yaml"]
    assert b"replicas" not in document
