"""Which of the fields that we applied a live object still has, by the owners that its server records."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.model.changes import Action, ChangeSet, Create, Unchanged
from reconciler.model.drift_record import DriftedField
from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName
from reconciler.model.managed_fields import is_written_by_us, spelled
from reconciler.model.recorded import RecordedState
from reconciler.plan.drift import deviations, drifted_fields, fields_of, with_deletions
from tests.support.builders import Recorded, binding, config, manifest, recorded, recorded_state, rendered, status
from tests.support.managed_fields import entry, fields, live


def told(stated: dict[str, Any], held: dict[str, Any]) -> list[str]:
    return [spelled(path) for path in deviations(stated, held)]


def deployment(replicas: Any = 2, **container: Any) -> dict[str, Any]:
    containers = [{"name": "web", "image": "web:1", **container}]
    return manifest("Deployment", api="apps/v1", spec={"replicas": replicas, "template": {"spec": {"containers": containers}}})


WEB = 'spec/template/spec/containers/k:{"name":"web"}'
OURS = fields("spec/replicas", f"{WEB}/.", f"{WEB}/name", f"{WEB}/image")


def defaulted(document: dict[str, Any]) -> dict[str, Any]:
    """As a server fills it in."""
    containers = [
        {**item, "resources": {}, "imagePullPolicy": "IfNotPresent"}
        for item in document["spec"]["template"]["spec"]["containers"]
    ]
    spec = {**document["spec"], "paused": False, "template": {"spec": {"containers": containers, "dnsPolicy": "ClusterFirst"}}}
    return {**document, "spec": spec, "status": {"replicas": 2}}


def test_what_stands_stands_whatever_the_server_filled_in() -> None:
    assert told(deployment(), live(defaulted(deployment()), entry(OURS))) == []


def test_who_owns_nothing_has_everything_to_say() -> None:
    assert told(deployment(), live(deployment(), entry(OURS, manager="kubectl"))) != []
    assert told(deployment(), live(deployment())) != []


@pytest.mark.parametrize(
    ("held", "owned", "found"),
    [
        (deployment(replicas=5), fields(f"{WEB}/.", f"{WEB}/name", f"{WEB}/image"), ["spec.replicas"]),
        (deployment(replicas=5), OURS, ["spec.replicas"]),
        (deployment(image="evil:1"), fields("spec/replicas", f"{WEB}/.", f"{WEB}/name"), [
            "spec.template.spec.containers[name=web].image"
        ]),
        (deployment(), fields("spec/replicas", "spec/paused", f"{WEB}/.", f"{WEB}/name", f"{WEB}/image"), ["spec.paused"]),
        (deployment(), fields("spec/replicas", f"{WEB}/.", f"{WEB}/name", f"{WEB}/image", f"{WEB}/args"), [
            "spec.template.spec.containers[name=web].args"
        ]),
    ],
)  # fmt: skip
def test_another_value_a_lost_field_and_one_that_we_state_no_more(held: Any, owned: Any, found: list[str]) -> None:
    assert told(deployment(), live(held, entry(owned))) == found


def test_a_removed_item_and_one_that_we_state_no_more() -> None:
    held = deployment()
    held["spec"]["template"]["spec"]["containers"] = [{"name": "proxy", "image": "proxy:1"}]
    assert told(deployment(), live(held, entry(fields("spec/replicas")))) == ["spec.template.spec.containers"]
    other = 'spec/template/spec/containers/k:{"name":"old"}'
    both = fields("spec/replicas", f"{WEB}/.", f"{WEB}/name", f"{WEB}/image", f"{other}/.", f"{other}/name")
    held = deployment()
    held["spec"]["template"]["spec"]["containers"].append({"name": "old", "image": "old:1"})
    assert told(deployment(), live(held, entry(both))) == ["spec.template.spec.containers[name=old]"]


def test_a_sidecar_of_somebody_else_is_theirs() -> None:
    held = deployment()
    held["spec"]["template"]["spec"]["containers"].insert(0, {"name": "proxy", "image": "proxy:1"})
    theirs = entry(fields('spec/template/spec/containers/k:{"name":"proxy"}/image'), "injector", "Update")
    assert told(deployment(), live(held, entry(OURS), theirs)) == []


QUANTITIES = [
    ("1000m", "1"), ("0.5", "500m"), ("1024Mi", "1Gi"), (1, "1"), (1.5, "1500m"), ("1e3", "1k"), ("100m", "0.1"), (0, "0"),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "held"), QUANTITIES)
def test_a_number_by_another_name_is_the_same(stated: Any, held: Any) -> None:
    requests = fields(f"{WEB}/.", f"{WEB}/name", f"{WEB}/image", f"{WEB}/resources/requests/cpu", "spec/replicas")
    ours, theirs = (deployment(resources={"requests": {"cpu": value}}) for value in (stated, held))
    assert told(ours, live(theirs, entry(requests))) == []


@pytest.mark.parametrize(
    ("stated", "held"), [("1000m", "2"), ("1", "1Gi"), ("1", "one"), ("true", True), (True, "true"), (1, True), ("a", "b")]
)
def test_another_value_is_another_value(stated: Any, held: Any) -> None:
    document, other = (manifest("ConfigMap", data={"a": value}) for value in (stated, held))
    assert told(document, live(other, entry(fields("data/a")))) == ["data.a"]


@pytest.mark.parametrize("zero", [False, 0, "", [], {}, None])
def test_what_a_server_leaves_out_is_there(zero: Any) -> None:
    """It writes no empty values, and so nobody owns them."""
    stated = manifest("Deployment", api="apps/v1", spec={"replicas": 2, "paused": zero})
    held = manifest("Deployment", api="apps/v1", spec={"replicas": 2})
    assert told(stated, live(held, entry(fields("spec/replicas")))) == []


def test_items_are_found_by_their_keys_with_the_servers_defaults() -> None:
    """A port that says no protocol is TCP there; one that says UDP is another."""
    step = 'k:{"port":80,"protocol":"TCP"}'
    owned = fields(f"spec/ports/{step}/.", f"spec/ports/{step}/port")
    ports = [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    held = live(manifest("Service", spec={"ports": ports}), entry(owned))
    assert told(manifest("Service", spec={"ports": [{"port": 80}]}), held) == []
    assert told(manifest("Service", spec={"ports": [{"port": 80, "protocol": "UDP"}]}), held) == [
        "spec.ports", "spec.ports[port=80,protocol=TCP]",
    ]  # fmt: skip


def test_sets_and_whole_lists() -> None:
    owned = entry({"f:metadata": {"f:finalizers": {".": {}, 'v:"a/b"': {}}}, "f:spec": {"f:args": {}}})
    document = manifest("Thing", api="example.com/v1", spec={"args": ["x", "y"]})
    document["metadata"]["finalizers"] = ["a/b"]
    held = json.loads(json.dumps(document))
    held["metadata"]["finalizers"].append("theirs")
    assert told(document, live(held, owned)) == []
    held["spec"]["args"] = ["y", "x"]
    held["metadata"]["finalizers"] = ["theirs"]
    assert told(document, live(held, owned)) == ['metadata.finalizers["a/b"]', "spec.args"]


def test_our_marks_are_ours_like_anything_else() -> None:
    document = manifest("ConfigMap", labels={"reconciler.dev/instance": "x"}, data={"a": "b"})
    held = manifest("ConfigMap", data={"a": "b"})
    assert told(document, live(held, entry(fields("data/a")))) == ["metadata.labels"]


MARKS = {"labels": {"reconciler.dev/instance": "r"}, "annotations": {"reconciler.dev/id": "/ConfigMap/shop/config"}}
BY_TAKE_OVER = entry(
    {
        "f:metadata": {
            "f:labels": {"f:reconciler.dev/instance": {}},
            "f:annotations": {"f:reconciler.dev/id": {}},
        }
    },
    "reconciler",
    "Update",
)


@pytest.mark.parametrize("owned", [fields("data/a"), fields("data/a", "metadata/labels/.", "metadata/annotations/.")])
def test_marks_that_came_with_a_take_over_count_by_their_values(owned: dict[str, Any]) -> None:
    """The request that wrote them was no apply, so that an apply owns the rest of the object alone."""
    stated = config(data={"a": "1"}, **MARKS)
    assert told(stated, live(stated, entry(owned), BY_TAKE_OVER)) == []
    other = config(data={"a": "1"}, labels={"reconciler.dev/instance": "another"}, annotations=MARKS["annotations"])
    assert told(stated, live(other, entry(owned), BY_TAKE_OVER)) == ["metadata.labels.reconciler.dev/instance"]
    gone = config(data={"a": "1"}, labels=MARKS["labels"])
    (path,) = told(stated, live(gone, entry(owned), BY_TAKE_OVER))
    assert path.startswith("metadata.annotations")
    assert is_written_by_us(live(config(), BY_TAKE_OVER))
    assert not is_written_by_us(live(config(), entry(owned, "kubectl", "Update")))


def test_a_label_of_git_is_ours_although_our_marks_are_not_applied() -> None:
    stated = config(data={"a": "1"}, labels={**MARKS["labels"], "team": "a"})
    held = live(stated, entry(fields("data/a", "metadata/labels/team", "metadata/labels/old")), BY_TAKE_OVER)
    assert told(stated, held) == ["metadata.labels.old"]


def test_a_phrase_names_the_fields_and_who_wrote_them() -> None:
    document = manifest("ConfigMap", data=dict.fromkeys("abcde", "1"))
    ours = entry(fields(*[f"data/{name}" for name in "abcde"]))
    held = live({**document, "data": {}}, ours, entry(fields("data/a"), "kubectl-edit"))
    assert drifted_fields(document, held) == "data.a (by kubectl-edit), data.b, data.c and 2 more"
    assert drifted_fields(document, live(document, ours)) == ""
    assert fields_of(deviations(document, held), held)[:2] == (
        DriftedField("data.a", ("kubectl-edit",)),
        DriftedField("data.b"),
    )


WANTED = rendered(config())
HELD = binding(config(), m1=0)


@pytest.mark.parametrize(
    ("last", "drift"),
    [
        (recorded(HELD, status("m1", digest=WANTED.public_digest)), True),
        (recorded(HELD, status("m1", HealthStatus.FAILED, digest=WANTED.public_digest)), True),
        (recorded(HELD, status("m1", digest="sha256:of an older manifest")), False),
        (recorded(HELD, status("m1", applied=False, digest=WANTED.public_digest)), False),
        (recorded(HELD, status("m1", HealthStatus.NOT_FOUND, digest=WANTED.public_digest)), False),
        (recorded(HELD, status("m2", digest=WANTED.public_digest)), False),
        (None, False),
    ],
)
def test_an_object_that_was_there_as_it_must_be_was_deleted(last: Recorded | None, drift: bool) -> None:
    state = recorded_state(last) if last is not None else RecordedState()
    plan = ChangeSet(ClusterName("m1"), ((Create(WANTED, WANTED.manifest),), (Unchanged(rendered(config("other"))),)))
    (created, other) = with_deletions(plan, state).changes
    assert (created.drift, created.reason != "", created.action) == (drift, drift, Action.CREATE)
    assert other is plan.changes[1]


def test_a_member_that_lost_everything_may_be_another_one() -> None:
    gone = {name: rendered(config(name)) for name in ("a", "b")}
    found = [recorded(binding(config(name), m1=0), status("m1", digest=one.public_digest)) for name, one in gone.items()]
    plan = ChangeSet(ClusterName("m1"), (tuple(Create(one, one.manifest) for one in gone.values()),))
    (reason,) = {change.reason for change in with_deletions(plan, recorded_state(*found)).changes}
    assert "as were all 2 that it held; if its Cluster leads to another place now" in reason
