"""Which fields become ours with an object, and what goes with the next apply."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.former_managers import removed_fields, same_transfer, taken_over, without_given_up, without_kept
from reconciler.model.managed_fields import applied_fields, spelled
from tests.support.builders import manifest
from tests.support.managed_fields import entry, fields, live

OBJECT = manifest("ConfigMap", data={"a": "1", "b": "2", "c": "3"})


def owners(document: Any) -> list[Any]:
    entries: list[Any] = document["metadata"]["managedFields"]
    return entries


def named(document: Any) -> list[str]:
    return [one["manager"] for one in owners(document)]


@pytest.mark.parametrize(
    "manager",
    [
        *("kubectl", "kubectl-client-side-apply", "kubectl-edit", "helm", "karmada-controller-manager", "karmada-agent"),
        *("argocd-controller", "kustomize-controller", "helm-controller", "before-first-apply", "velero-server"),
    ],
)
@pytest.mark.parametrize("operation", ["Update", "Apply"])
def test_fields_of_deployers_become_ours(manager: str, operation: str) -> None:
    held = live(OBJECT, entry(fields("data/a"), manager, operation), entry(fields("data/b"), "injector", "Update"))
    after = taken_over(held)
    assert applied_fields(after) == fields("data/a")
    assert named(after) == ["reconciler", "injector"]


@pytest.mark.parametrize(
    "other",
    [
        entry(fields("data/a"), "kube-controller-manager", "Update"),
        entry(fields("data/a"), "kubectl-scale", "Update", "scale"),
        entry(fields("data/a"), "kubectl", "Update", "status"),
        entry(fields("data/a"), "kubectl-rollout", "Update"),
        entry(fields("data/a"), "injector", "Apply"),
        entry(fields("data/a")),
    ],
)
def test_fields_of_others_stay_theirs(other: Any) -> None:
    held = live(OBJECT, other)
    assert taken_over(held) is held


def test_who_is_named_in_the_configuration_or_applies_on_the_client_side_is_a_deployer() -> None:
    step = "f:kubectl.kubernetes.io/last-applied-configuration"
    tree = {"f:metadata": {"f:annotations": {step: {}}}}
    held = live(OBJECT, entry(tree, "ci", "Update"), entry(fields("data/a"), "mine", "Update"))
    assert named(taken_over(held)) == ["reconciler", "mine"]
    assert named(taken_over(held, ("mine",))) == ["reconciler"]


def test_status_finalizers_and_owner_references_are_nobodys_manifest() -> None:
    tree = fields('metadata/finalizers/v:"x"', "metadata/ownerReferences", "metadata/labels/a", "status/phase", "spec/a")
    assert applied_fields(taken_over(live(OBJECT, entry(tree, "helm", "Update")))) == fields("metadata/labels/a", "spec/a")


def test_what_controllers_wrote_before_a_restore_stays() -> None:
    tree = {"f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}, "f:mine": {}}}}
    ours = applied_fields(taken_over(live(OBJECT, entry(tree, "before-first-apply", "Update"))))
    assert ours == {"f:metadata": {"f:annotations": {".": {}, "f:mine": {}}}}


def test_fields_are_united_with_ours() -> None:
    first = entry({"f:data": {"f:a": {}}, "f:spec": {}})
    second = entry({"f:data": {".": {}, "f:b": {}}, "f:spec": {"f:x": {}}}, "helm", "Update")
    assert applied_fields(taken_over(live(OBJECT, first, second))) == {
        "f:data": {"f:a": {}, ".": {}, "f:b": {}},
        "f:spec": {".": {}, "f:x": {}},
    }


def test_what_the_member_keeps_has_no_owner_afterwards() -> None:
    tree = fields("spec/replicas", "spec/paused", "spec/gone")
    stated = manifest("Deployment", spec={"paused": True})
    kept = manifest("Deployment", spec={"paused": True, "replicas": 3})
    planned = without_kept(owners(taken_over(live(OBJECT, entry(tree, "helm", "Update")))), stated, kept)
    assert [one["fieldsV1"] for one in planned] == [fields("spec/paused", "spec/gone")]


def test_a_newer_state_gets_the_planned_owners_and_keeps_the_others() -> None:
    held = live(OBJECT, entry(fields("data/a"), "helm", "Update"), entry(fields("status"), "controller", "Update", "status"))
    planned = owners(taken_over(held))
    newer = entry(fields("status", "data/c"), "controller", "Update", "status")
    transferred = same_transfer(live(OBJECT, entry(fields("data/a"), "helm", "Update"), newer), held, planned)
    assert transferred == [planned[0], newer]
    assert same_transfer(live(OBJECT, planned[0], newer), held, planned) is None


def test_items_and_fields_that_nobody_else_owns_go() -> None:
    web, side = 'k:{"name":"web"}', 'k:{"name":"side"}'
    spec = {"containers": [{"name": "web", "image": "i", "tty": True}, {"name": "side", "defaulted": 1}], "hosts": {"a": 1}}
    tree = {"f:spec": {"f:containers": {web: {".": {}, "f:image": {}, "f:tty": {}}, side: {".": {}}}, "f:hosts": {"f:a": {}}}}
    applied = live(manifest("Pod", spec=spec), entry({"f:spec": {"f:containers": {web: {".": {}, "f:image": {}}}}}))
    after = without_given_up(applied, [entry(tree)])
    assert after["spec"] == {"containers": [{"name": "web", "image": "i"}]}
    printed = [spelled(path) for path in removed_fields(applied, after, [entry(tree)])]
    assert printed == ["spec.containers[name=web].tty", "spec.containers[name=side]", "spec.hosts"]
    theirs = entry({"f:spec": {"f:hosts": {"f:a": {}}}}, "injector", "Update")
    assert without_given_up(applied, [entry(tree), theirs])["spec"]["hosts"] == {"a": 1}


NAMES = st.sampled_from("abc")
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    st.just("x"), lambda below: st.dictionaries(NAMES, below, min_size=1, max_size=3), max_leaves=8
)


def paths(value: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if not isinstance(value, dict):
        return {path}
    return {one for name, below in value.items() for one in paths(below, (*path, name))}


@st.composite
def histories(draw: st.DrawFn) -> tuple[Any, dict[str, set[tuple[str, ...]]]]:
    """The data of an object, and which of its values Helm, a controller and the apply of today own."""
    data = draw(st.dictionaries(NAMES, DOCUMENTS, min_size=1, max_size=3))
    values = st.sets(st.sampled_from(sorted(paths(data))))
    return data, {name: draw(values) for name in ("helm", "controller", "reconciler")}


@given(histories())
def test_what_goes_is_what_the_deployer_wrote_and_nobody_else_wants(history: tuple[Any, dict[str, set[tuple[str, ...]]]]) -> None:
    data, by = history
    trees = {name: fields(*("data/" + "/".join(path) for path in owned)) for name, owned in by.items()}
    held = live(manifest("X", data=data), entry(trees["helm"], "helm", "Update"), entry(trees["controller"], "c", "Update"))
    applied = live(manifest("X", data=data), entry(trees["reconciler"]))
    after = without_given_up(applied, owners(taken_over(held)))
    left = paths(after.get("data", {})) - {()}
    wanted = by["controller"] | by["reconciler"]
    assert wanted <= left
    assert not left & (by["helm"] - wanted)
    for path in paths(data) - by["helm"] - wanted:
        above = [path[:number] for number in range(len(path))]
        goes = any(_holds(by["helm"], one) and not _holds(wanted, one) for one in above)
        assert goes != (path in left), "a server removes a mapping of which nobody owns a field any more with all that it holds"


def _holds(owned: set[tuple[str, ...]], above: tuple[str, ...]) -> bool:
    return any(path[: len(above)] == above for path in owned)
