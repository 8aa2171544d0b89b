"""Which objects are pruned, and which stay although they are no longer wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.changes import Action, DeletionPropagation, Prune, Release, Skip
from reconciler.model.issues import error
from reconciler.model.keys import ClusterName
from reconciler.model.live import Unread
from reconciler.model.manifest import Manifest, with_value
from reconciler.model.settings import PruneGuard, Settings
from reconciler.model.work import Work
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import LEAVING, PruneRules, removals
from tests.support.builders import config, crd, deployment, key, live, manifest, namespace, ours, rendered

M1 = ClusterName("m1")
WIDGET = manifest("Widget", api="example.com/v1")


def prune(*objects: Manifest, wanted: tuple[Manifest, ...] = (), **rules: Any) -> dict[str, str]:
    """Kind and name → why the object stays; empty where it is pruned."""
    work = Work(M1, tuple(rendered(item) for item in wanted))
    changes = plan_cluster(work, live(*objects), Settings(), PruneRules(**rules)).changes
    return {
        f"{change.key.kind} {change.key.name}": "" if change.action is Action.PRUNE else change.reason
        for change in changes
        if change.desired is None
    }


def test_what_is_ours_and_unwanted_goes() -> None:
    assert prune(ours(config("a")), ours(config("b")), wanted=(config("b"),)) == {"ConfigMap a": ""}


@pytest.mark.parametrize(
    "foreign",
    [
        config("a"),
        with_value(ours(config("a")), ("metadata", "labels", "reconciler.dev/instance"), "another"),
        with_value(ours(config("a")), ("metadata", "annotations", "reconciler.dev/id"), "/ConfigMap/shop/b"),
        with_value(ours(config("a")), ("metadata", "ownerReferences"), [{"controller": True}]),
    ],
)
def test_what_is_not_ours_is_not_even_looked_at(foreign: Manifest) -> None:
    assert prune(foreign) == {}


@pytest.mark.parametrize(("word", "stays"), [("disabled", True), ("enabled", False), ("Disabled", False)])
def test_the_annotation_protects(word: str, stays: bool) -> None:
    objects = with_value(ours(config("a")), ("metadata", "annotations", "reconciler.dev/prune"), word)
    assert bool(prune(objects)["ConfigMap a"]) is stays


@pytest.mark.parametrize(("word", "stays"), [("Always", True), ("Never", False)])
def test_karmadas_label_protects(word: str, stays: bool) -> None:
    objects = with_value(ours(config("a")), ("metadata", "labels", "resourcetemplate.karmada.io/deletion-protected"), word)
    reason = prune(objects)["ConfigMap a"]
    assert bool(reason) is stays
    assert not stays or reason.endswith(
        "To remove it, place it on m1 again without the label, sync, and only then move it or remove its file"
    )


def test_what_is_going_already_is_not_asked_again() -> None:
    leaving = with_value(ours(config("a")), ("metadata", "deletionTimestamp"), "2026-01-01T00:00:00Z")
    assert prune(leaving, ours(config("b"))) == {"ConfigMap b": "", "ConfigMap a": LEAVING}


def test_nothing_goes_when_the_pass_says_so() -> None:
    reason = prune(ours(config("a")), blocked="the revision declares no resource template at all")["ConfigMap a"]
    assert reason == "not pruned: the revision declares no resource template at all"


def test_while_a_file_is_broken_only_what_is_known_not_to_be_in_it_goes() -> None:
    a, b = ours(config("a")), ours(config("b"))
    reasons = prune(a, b, only=frozenset({key(a)}), broken=("x.yaml",))
    assert reasons["ConfigMap a"] == ""
    assert reasons["ConfigMap b"].startswith("not pruned: a file with an error may still declare it (x.yaml). Correct the file")
    assert "prunes what it declared" in reasons["ConfigMap b"]


@pytest.mark.parametrize(
    ("count", "rest", "rules", "goes"),
    [
        (3, 0, {}, True),
        (4, 0, {}, False),
        (4, 4, {}, True),
        (4, 3, {}, False),
        (4, 0, {"consent": True}, True),
        (1, 9, {"guard": PruneGuard(0.05, 0)}, False),
        (1, 9, {"guard": PruneGuard(0.1, 0)}, True),
        (2, 0, {"guard": PruneGuard(0.0, 1)}, False),
        (5, 0, {"guard": PruneGuard(1.0, 0)}, True),
    ],
)
def test_the_share_guard(count: int, rest: int, rules: dict[str, Any], goes: bool) -> None:
    going = [ours(config(f"going{number}")) for number in range(count)]
    staying = tuple(config(f"staying{number}") for number in range(rest))
    reasons = prune(*going, *map(ours, staying), wanted=staying, **rules)
    assert len(reasons) == count
    assert all(not reason for reason in reasons.values()) is goes
    if not goes:
        assert f"pruning {count} of {count + rest} objects on m1 needs consent" in reasons["ConfigMap going0"]
        assert "sync --allow-prune m1" in reasons["ConfigMap going0"]


def test_what_stays_anyway_does_not_count_for_the_guard() -> None:
    protected = [ours(config(f"p{number}", annotations={"reconciler.dev/prune": "disabled"})) for number in range(5)]
    reasons = prune(*protected, *[ours(config(f"g{number}")) for number in range(3)])
    assert [name for name, reason in reasons.items() if not reason] == ["ConfigMap g2", "ConfigMap g1", "ConfigMap g0"]


SHOP = ours(namespace("shop"))
LATER = "The next sync removes it when"
FOREIGN = f"which this repository did not write. {LATER}"
PROTECTED = ours(config("kept", annotations={"reconciler.dev/prune": "disabled"}))


@pytest.mark.parametrize(
    ("objects", "wanted", "reason"),
    [
        ((SHOP,), (), ""),
        ((SHOP, ours(config("a"))), (), ""),
        ((SHOP, config("theirs")), (), f"it still holds ConfigMap shop/theirs, {FOREIGN} that is gone."),
        (
            (SHOP, config("x"), config("y"), config("z")),
            (),
            f"it still holds ConfigMap shop/x and 2 more, {FOREIGN} they are gone.",
        ),
        ((SHOP, config("elsewhere") | {"metadata": {"name": "elsewhere", "namespace": "other"}}), (), ""),
        ((SHOP, PROTECTED), (), f"it still holds ConfigMap shop/kept. {LATER} that is gone."),
        ((SHOP, ours(deployment())), (deployment(),), f"it still holds Deployment.apps shop/web. {LATER} that is gone."),
        ((SHOP, PROTECTED, config("x")), (), f"it still holds ConfigMap shop/kept and 1 more. {LATER} they are gone."),
    ],
)
def test_a_namespace_stays_while_something_in_it_does(objects: Any, wanted: Any, reason: str) -> None:
    assert prune(*objects, wanted=wanted)["Namespace shop"] == (reason and f"not pruned: {reason}")


@pytest.mark.parametrize(
    ("widget", "reason"),
    [
        (ours(WIDGET), ""),
        (WIDGET, f"not pruned: it still holds Widget.example.com shop/web, {FOREIGN} that is gone."),
        (manifest("Widget", api="example.org/v1"), ""),
        (manifest("Gadget", api="example.com/v1"), ""),
    ],
)
def test_a_definition_stays_while_objects_of_its_kind_do(widget: Manifest, reason: str) -> None:
    assert prune(ours(crd()), widget)["CustomResourceDefinition widgets.example.com"] == reason


def test_what_an_eviction_took_does_not_count_for_the_guard() -> None:
    evicted = [config(f"e{number}") for number in range(5)]
    others = [config(f"o{number}") for number in range(2)]
    taken = frozenset(map(key, evicted))
    assert set(prune(*map(ours, evicted + others), guard=PruneGuard(0.0, 2), taken=taken).values()) == {""}
    reasons = prune(*map(ours, evicted + others), guard=PruneGuard(0.0, 1), taken=taken)
    assert [name for name, reason in reasons.items() if not reason] == [f"ConfigMap e{number}" for number in reversed(range(5))]
    assert all("needs consent" in reasons[f"ConfigMap o{number}"] for number in range(2))


def test_the_guard_refuses_all_or_nothing() -> None:
    """Half of the removals would lead to a state that no revision describes."""
    objects = [ours(config(f"c{number}")) for number in range(8)]
    assert len({bool(reason) for reason in prune(*objects).values()}) == 1


def pod_spec(**volume: Any) -> dict[str, Any]:
    return {"template": {"spec": {"volumes": [{"name": "v", **volume}]}}}


CLAIM = {"persistentVolumeClaim": {"claimName": "data"}}


@pytest.mark.parametrize(
    ("document", "propagation"),
    [
        (config(), DeletionPropagation.BACKGROUND),
        (deployment(), DeletionPropagation.BACKGROUND),
        (manifest("Deployment", api="apps/v1", spec=pod_spec(emptyDir={})), DeletionPropagation.BACKGROUND),
        (manifest("Deployment", api="apps/v1", spec=pod_spec(**CLAIM)), DeletionPropagation.FOREGROUND),
        (manifest("StatefulSet", api="apps/v1", spec={}), DeletionPropagation.FOREGROUND),
        (manifest("Job", api="batch/v1", spec={}), DeletionPropagation.FOREGROUND),
        (manifest("CronJob", api="batch/v1", spec={}), DeletionPropagation.FOREGROUND),
        (manifest("PersistentVolumeClaim", spec={"accessModes": ["ReadWriteOnce"]}), DeletionPropagation.FOREGROUND),
        (manifest("PersistentVolumeClaim", spec={"accessModes": ["ReadWriteMany"]}), DeletionPropagation.BACKGROUND),
        (WIDGET, DeletionPropagation.BACKGROUND),
    ],
)
def test_an_object_that_runs_once_is_deleted_after_its_pods(document: Manifest, propagation: DeletionPropagation) -> None:
    (change,) = plan_cluster(Work(M1, ()), live(ours(document)), Settings(), PruneRules()).changes
    assert change == Prune(key(document), ours(document), propagation, "no longer wanted here")


def using(name: str = "db", kind: str = "StatefulSet", **fields: Any) -> Manifest:
    """A workload that mounts the claim `data`, and reads the ConfigMap `a` and the Secret `s`."""
    pod = {
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "a", "configMap": {"name": "a"}},
            {"name": "s", "secret": {"secretName": "s"}},
        ],
        "serviceAccountName": "runner",
    }
    return ours(manifest(kind, name, api="apps/v1", spec={"template": {"spec": pod}}, **fields))


USED = tuple(
    ours(one)
    for one in (
        manifest("PersistentVolumeClaim", "data"),
        config("a"),
        manifest("Secret", "s"),
        manifest("ServiceAccount", "runner"),
    )
)
LABEL = {"resourcetemplate.karmada.io/deletion-protected": "Always"}


def stays(work: Work, *objects: Manifest, **rules: Any) -> dict[str, str]:
    """Kind and name → why an object of the member stays; empty where it goes. Objects with other changes are absent."""
    plan = plan_cluster(work, live(*objects), Settings(), PruneRules(**rules))
    return {
        f"{change.key.kind} {change.key.name}": "" if change.action is Action.PRUNE else change.reason
        for change in plan.changes
        if change.key in {key(one) for one in (*USED, config("b"), namespace())} and change.action is not Action.CREATE
    }


DB = using()


@pytest.mark.parametrize(
    ("objects", "rules", "kept"),
    [
        ((PROTECTED,), {}, {"ConfigMap kept"}),
        ((SHOP, config("theirs")), {}, {"Namespace shop"}),
        ((SHOP, PROTECTED), {}, {"Namespace shop", "ConfigMap kept"}),
        ((SHOP, ours(config("a"))), {"blocked": "no"}, set()),
        ((SHOP, ours(config("a"))), {"only": frozenset(), "broken": ("a.yaml",)}, set()),
        ([ours(config(f"c{number}")) for number in range(9)], {}, set()),
        ((with_value(SHOP, ("metadata", "deletionTimestamp"), "2026-01-01T00:00:00Z"), config("theirs")), {}, set()),
    ],
)
def test_what_something_keeps_for_good_is_told_apart(objects: Any, rules: Any, kept: set[str]) -> None:
    """From what waits for a person (an error, consent), or for a member."""
    changes = plan_cluster(Work(M1, ()), live(*objects), Settings(), PruneRules(**rules)).changes
    skips = [change for change in changes if isinstance(change, Skip)]
    assert skips
    assert {f"{skip.key.kind} {skip.key.name}" for skip in skips if skip.kept} == kept


def test_a_namespace_is_given_up_whatever_it_holds() -> None:
    work = Work(M1, (), preserved=frozenset({key(SHOP)}))
    assert [type(one) for one in plan_cluster(work, live(SHOP, config("theirs")), Settings(), PruneRules()).changes] == [Release]


KEPT = [
    (Work(M1, ()), using(labels=LABEL)),
    (Work(M1, ()), using(annotations={"reconciler.dev/prune": "disabled"})),
    (Work(M1, (), suspended=frozenset({key(DB)})), DB),
    (Work(M1, (), held=frozenset({key(DB)})), DB),
    (Work(M1, (), failed={key(DB): error("X", "cannot be rendered")}), DB),
    (Work(M1, (rendered(using()),), leaving=frozenset({key(DB)})), DB),
    (Work(M1, (rendered(deployment("db")), rendered(using())), suspended=frozenset({key(DB)})), DB),
    (Work(M1, ()), with_value(DB, ("metadata", "deletionTimestamp"), "2026-01-01T00:00:00Z")),
]


@pytest.mark.parametrize(("work", "workload"), KEPT)
def test_what_a_copy_that_stays_uses_stays(work: Work, workload: Manifest) -> None:
    reasons = stays(work, workload, *USED, ours(config("b")), SHOP)
    assert reasons.pop("ConfigMap b") == ""
    if key(workload) not in work.held:
        assert reasons.pop("Namespace shop").startswith("not pruned: it still holds ")
    used = "not pruned: StatefulSet.apps shop/db, which stays here, uses it"
    assert {name: reason for name, reason in reasons.items() if name != "Namespace shop"} == {
        f"{one['kind']} {one['metadata']['name']}": used for one in USED
    }


def test_what_goes_or_is_written_keeps_nothing() -> None:
    gone = dict.fromkeys((f"{one['kind']} {one['metadata']['name']}" for one in USED), "")
    assert stays(Work(M1, ()), DB, *USED, consent=True) == gone
    assert stays(Work(M1, (rendered(deployment("db")), rendered(using()))), DB, *USED, consent=True) == gone
    assert stays(Work(M1, (), leaving=frozenset({key(DB)})), DB, *USED, consent=True) == gone, "it breaks first"


def test_a_class_that_is_used_stays() -> None:
    ingress = manifest("Ingress", api="networking.k8s.io/v1", labels=LABEL, spec={"ingressClassName": "inner"})
    inner, outer = (ours(manifest("IngressClass", name, "", api="networking.k8s.io/v1")) for name in ("inner", "outer"))
    reasons = prune(ours(ingress), inner, outer)
    assert reasons["IngressClass inner"] == "not pruned: Ingress.networking.k8s.io shop/web, which stays here, uses it"
    assert reasons["IngressClass outer"] == ""


def test_an_autoscaler_that_stays_does_not_keep_its_workload() -> None:
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}
    scaler = manifest("HorizontalPodAutoscaler", "db", api="autoscaling/v2", labels=LABEL, spec={"scaleTargetRef": target})
    assert prune(ours(scaler), DB)["StatefulSet db"] == ""


def test_unreadable_references_keep_the_whole_namespace() -> None:
    odd = with_value(using(labels=LABEL), ("spec", "template", "spec", "volumes"), "none")
    reasons = prune(odd, *USED, ours(config("far") | {"metadata": {"name": "far", "namespace": "other"}}))
    assert reasons.pop("ConfigMap far") == ""
    assert all(
        "it is unknown whether StatefulSet.apps shop/db, which stays here, uses it" in why
        for why in reasons.values()
        if "label" not in why
    )


def test_what_is_used_does_not_count_for_the_guard() -> None:
    reasons = prune(using(labels=LABEL), *USED, guard=PruneGuard(0.0, 0))
    assert not any("needs consent" in reason for reason in reasons.values())


def test_a_recorded_copy_that_cannot_be_read_is_told() -> None:
    """No change would say why the sync is not done; what is wanted, gone or never reported is no such copy."""
    unread = Unread({("example.com", "Widget"): "no conversion"})
    view = replace(live(), unread=unread)
    reported = frozenset({key(WIDGET), key(config("gone"))})
    told = "not pruned: the member's object cannot be read: no conversion"
    assert [(one.key, one.reason) for one in removals(Work(M1, ()), view, Settings(), PruneRules(recorded=reported))] == [
        (key(WIDGET), told)
    ]
    assert removals(Work(M1, ()), view, Settings(), PruneRules()) == []
    assert removals(Work(M1, (rendered(WIDGET),)), view, Settings(), PruneRules(recorded=reported)) == []


def _service(name: str, **selector: str) -> Manifest:
    return ours(with_value(manifest("Service", name, api="v1"), ("spec", "selector"), selector))


def test_a_service_stays_until_the_workload_behind_it_has_moved() -> None:
    """And so does the Ingress that leads to it; others go at once."""
    labels = {"app": "web"}
    web = ours(with_value(deployment(), ("spec", "template"), {"metadata": {"labels": {**labels, "tier": "front"}}}))
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    ingress = ours(with_value(manifest("Ingress", api="networking.k8s.io/v1"), ("spec", "defaultBackend"), backend))
    other = ours(with_value(manifest("Ingress", "other", api="networking.k8s.io/v1"), ("spec", "rules"), []))
    objects = live(web, _service("web", **labels), _service("none"), _service("x", app="x"), ingress, other)
    work = Work(M1, (rendered(deployment()),), leaving=frozenset({key(web)}))
    changes = plan_cluster(work, objects, Settings(), PruneRules()).changes
    held = {str(one.key): one.reason for one in changes if isinstance(one, Skip)}
    assert held == {
        "Service shop/web": "not pruned: it leads to Deployment.apps shop/web, which stays here until its new copy is Current",
        "Ingress.networking.k8s.io shop/web": "not pruned: it leads to Service shop/web, which stays here for now",
    }
    assert not any(one.kept for one in changes if isinstance(one, Skip)), "a sync goes on with it"
    assert {one.key.name for one in changes if isinstance(one, Prune)} == {"none", "x", "other"}
    after = plan_cluster(Work(M1, ()), objects, Settings(), PruneRules(consent=True)).changes
    assert {type(one) for one in after} == {Prune}, "they go together"
