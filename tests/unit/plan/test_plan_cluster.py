"""The changes between the works and the live objects of a member."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.cluster.packed_objects import packed
from reconciler.model.adoption import Adopted
from reconciler.model.changes import Action, Change, ChangeSet, Configure, Create, Release, Skip, Unchanged
from reconciler.model.helm_release import HelmRelease
from reconciler.model.issues import error
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView, Unread
from reconciler.model.manifest import Manifest, with_value, without
from reconciler.model.memo import Memo
from reconciler.model.ownership import DIGEST_ANNOTATION
from reconciler.model.settings import Settings
from reconciler.model.work import RenderedManifest, Work
from reconciler.plan import plan_cluster as module
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import SUSPENDED_AND_GONE, PruneRules
from tests.support.builders import config, deployment, key, live, manifest, namespace, ours, rendered
from tests.support.managed_fields import entry, fields

M1 = ClusterName("m1")


def plan(wanted: list[RenderedManifest], view: LiveView, **work: Any) -> list[Change]:
    whole = Work(M1, tuple(sorted(wanted, key=lambda item: item.key)), **work)
    return list(plan_cluster(whole, view, Settings(), PruneRules()).changes)


def only(wanted: RenderedManifest, *current: Manifest) -> Change:
    (change,) = plan([wanted], live(*current))
    return change


def test_what_is_not_there_is_created() -> None:
    wanted = rendered(config())
    assert only(wanted) == Create(wanted, wanted.manifest)


@pytest.mark.parametrize(
    "theirs",
    [
        {},
        {("status",): {"phase": "fine"}},
        {("metadata", "uid"): "u", ("metadata", "resourceVersion"): "7", ("metadata", "managedFields"): [{"manager": "x"}]},
        {("metadata", "creationTimestamp"): "2026-01-01T00:00:00Z", ("metadata", "generation"): 3},
        {("metadata", "finalizers"): ["wait"]},
        {("spec", "paused"): None},
    ],
)
def test_what_is_there_already_is_left_alone(theirs: dict[tuple[str, ...], Any]) -> None:
    current = ours(deployment())
    for path, value in theirs.items():
        current = with_value(current, path, value)
    change = only(rendered(deployment()), current)
    assert change == Unchanged(rendered(deployment()))


def test_what_git_changed_is_configured() -> None:
    wanted, current = rendered(deployment(replicas=3)), ours(deployment(replicas=2))
    assert only(wanted, current) == Configure(wanted, wanted.manifest, current)


@pytest.mark.parametrize(
    "drifted",
    [
        with_value(ours(deployment()), ("spec", "replicas"), 9),
        with_value(ours(deployment()), ("spec", "extra"), True),
        without(ours(deployment()), ("spec", "replicas")),
        with_value(ours(deployment()), ("metadata", "labels", "added"), "by hand"),
        with_value(ours(deployment()), ("metadata", "annotations", "added"), "by hand"),
    ],
)
def test_what_the_member_changed_is_drift_and_put_right(drifted: Manifest) -> None:
    wanted = rendered(deployment())
    assert only(wanted, drifted) == Configure(wanted, wanted.manifest, drifted, "the member drifted", drift=True)


def test_a_status_outlives_the_change() -> None:
    current = with_value(ours(deployment(replicas=2)), ("status",), {"readyReplicas": 2})
    change = only(rendered(deployment(replicas=3)), current)
    assert isinstance(change, Configure)
    assert change.expected == {**rendered(deployment(replicas=3)).manifest, "status": {"readyReplicas": 2}}


@pytest.mark.parametrize(
    "foreign",
    [
        config(),
        with_value(ours(config()), ("metadata", "labels", "reconciler.dev/instance"), "another"),
        with_value(ours(config()), ("metadata", "annotations", "reconciler.dev/id"), "/ConfigMap/shop/other"),
        config(ownerReferences=[{"kind": "X", "controller": True}]),
    ],
)
def test_what_is_not_ours_is_a_conflict_unless_it_may_be_overwritten(foreign: Manifest) -> None:
    change = only(rendered(config()), foreign)
    assert change.action is Action.SKIP
    assert change.reason.startswith("it already exists there and is not ours")
    assert "conflictResolution: Overwrite" in change.reason
    taken = only(rendered(config(), conflict_resolution="Overwrite"), foreign)
    assert (taken.action, taken.drift) == (Action.CONFIGURE, False)
    assert taken.reason.startswith("taken over")


RELEASE = HelmRelease("app", "shop")


def of_helm(name: str = "app", namespace: str = "shop", managed_by: str = "Helm") -> Manifest:
    return config(
        labels={"app.kubernetes.io/managed-by": managed_by},
        annotations={"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace},
    )


def test_a_release_that_is_adopted_is_taken_over() -> None:
    change = only(rendered(config(), adopts=RELEASE), of_helm())
    assert change.action is Action.CONFIGURE
    assert change.reason == "taken over from the Helm release shop/app (adopt: true)"
    assert only(rendered(config()), of_helm()).action is Action.SKIP


@pytest.mark.parametrize(
    ("foreign", "whose"),
    [
        (of_helm(name="other"), "it belongs to shop/other"),
        (of_helm(namespace="other"), "it belongs to other/app"),
        (of_helm(managed_by="Somebody"), "it belongs to no release"),
        (config(), "it belongs to no release"),
        (with_value(ours(of_helm()), ("metadata", "labels", "reconciler.dev/instance"), "another"), ""),
    ],
)
def test_an_object_of_another_release_or_reconciler_is_not_adopted(foreign: Manifest, whose: str) -> None:
    change = only(rendered(config(), adopts=RELEASE), foreign)
    assert change.action is Action.SKIP
    assert change.reason.startswith("it already exists there and is not ours")
    assert whose in change.reason
    assert only(rendered(config(), adopts=RELEASE, conflict_resolution="Overwrite"), foreign).action is Action.CONFIGURE


OF_KARMADA = config(
    labels={"karmada.io/managed": "true"},
    annotations={"work.karmada.io/name": "config-7d9f", "work.karmada.io/namespace": "karmada-es-m1"},
)


def written_by(manager: str, **metadata: Any) -> Manifest:
    owners = [{"manager": manager, "operation": "Apply", "fieldsV1": {"f:data": {}}}]
    written: Manifest = with_value(config(**metadata), ("metadata", "managedFields"), owners)
    return written


OF_ARGO = config(annotations={"argocd.argoproj.io/tracking-id": "web:/ConfigMap:shop/config"})
BY_LABEL = written_by("argocd-controller", labels={"app.kubernetes.io/instance": "web"})
FLUX_LABELS = {"kustomize.toolkit.fluxcd.io/name": "web", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
HELM_LABELS = {"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "shop"}


@pytest.mark.parametrize(
    ("foreign", "deployer"),
    [
        (OF_KARMADA, Adopted.KARMADA),
        (OF_ARGO, Adopted.ARGO_CD),
        (BY_LABEL, Adopted.ARGO_CD),
        (written_by("kustomize-controller", labels=FLUX_LABELS), Adopted.FLUX),
        (written_by("helm-controller", labels=HELM_LABELS), Adopted.FLUX),
        (config(labels=FLUX_LABELS), Adopted.FLUX),
    ],
)
def test_what_carries_the_marks_of_an_adopted_deployer_is_taken_over(foreign: Manifest, deployer: Adopted) -> None:
    adopting, work = Settings(adopt=(deployer,)), Work(M1, (rendered(config()),))
    shared = LiveView.of_records(M1, {key(foreign): packed(foreign)})
    for current in (live(foreign), shared):
        (*_, change) = plan_cluster(work, current, adopting, PruneRules()).changes
        assert (change.action, change.reason) == (Action.CONFIGURE, f"taken over from {deployer} (spec.adopt)")
        for other in ((), *((one,) for one in Adopted if one is not deployer)):
            (*_, change) = plan_cluster(work, current, Settings(adopt=other), PruneRules()).changes
            assert change.action is Action.SKIP
            assert f"spec.adopt: [{deployer}]" in change.reason


@pytest.mark.parametrize(
    "foreign",
    [
        config(),
        config(labels={"karmada.io/managed": "true"}),
        config(labels={"karmada.io/managed": "true"}, annotations={"work.karmada.io/namespace": "elsewhere"}),
        config(annotations={"work.karmada.io/namespace": "karmada-es-m1"}),
        config(annotations={"argocd.argoproj.io/tracking-id": "web:/ConfigMap:shop/another"}),
        config(labels={"app.kubernetes.io/instance": "web"}),
        written_by("kubectl", labels={"app.kubernetes.io/instance": "web"}),
        written_by("kubectl", labels=FLUX_LABELS),
        config(labels={"kustomize.toolkit.fluxcd.io/name": "web"}),
        with_value(ours(OF_KARMADA), ("metadata", "labels", "reconciler.dev/instance"), "another"),
    ],
)
def test_nothing_else_is_adopted(foreign: Manifest) -> None:
    (change,) = plan_cluster(Work(M1, (rendered(config()),)), live(foreign), Settings(adopt=tuple(Adopted)), PruneRules()).changes
    assert change.action is Action.SKIP


def test_what_a_controller_owns_is_taken_over_once() -> None:
    owned = config(ownerReferences=[{"kind": "X", "controller": True}])
    first = only(rendered(config(), conflict_resolution="Overwrite"), owned)
    assert isinstance(first, Configure)
    assert only(rendered(config(), conflict_resolution="Overwrite"), first.expected).action is Action.UNCHANGED


def test_an_object_that_its_kind_cannot_read_is_skipped_with_a_reason() -> None:
    service = manifest("Service", spec={"ports": []})
    change = only(rendered(service), with_value(ours(service), ("spec", "clusterIP"), 7))
    assert (change.action, change.reason) == (Action.SKIP, "the member's object: spec.clusterIP is an integer, not text")


def test_what_failed_to_render_is_skipped_and_stays() -> None:
    current = ours(config())
    issue = error("OverrideFailed", "config: path /data/x is missing")
    assert plan([], live(current), failed={key(current): issue}) == [Skip(key(current), issue.message, live=current)]


def test_what_is_held_is_not_even_mentioned() -> None:
    current = ours(config())
    assert plan([], live(current), held=frozenset({key(current)})) == []


def test_writes_come_in_the_order_of_kinds_and_removals_last_and_in_reverse() -> None:
    wanted = [rendered(deployment("b")), rendered(config("b")), rendered(deployment("a")), rendered(namespace("shop"))]
    gone = [ours(item) for item in (namespace("old"), deployment("old"), config("old"))]
    changes = plan(wanted, live(*gone))
    assert [f"{change.action} {change.key.kind} {change.key.name}" for change in changes] == [
        "create Namespace shop",
        "create ConfigMap b",
        "create Deployment a",
        "create Deployment b",
        "prune Deployment old",
        "prune ConfigMap old",
        "prune Namespace old",
    ]


def test_a_digest_alone_is_a_change_too() -> None:
    """An object whose digest annotation is wrong is written again, although nothing else differs."""
    current = with_value(ours(config()), ("metadata", "annotations", DIGEST_ANNOTATION), "sha256:0")
    assert only(rendered(config()), current).action is Action.CONFIGURE


def test_what_is_preserved_is_released_and_counts_for_no_guard() -> None:
    current = ours(config())
    (change,) = plan([], live(current), preserved=frozenset({key(current)}))
    assert isinstance(change, Release)
    assert (change.action.past, change.action.writes, change.live) == ("released", True, current)
    assert change.expected == {**config(), "metadata": {"name": "config", "namespace": "shop"}}


def test_what_is_preserved_keeps_its_namespace() -> None:
    current = [ours(config()), ours(namespace())]
    actions = {item.key.kind: item.action for item in plan([], live(*current), preserved=frozenset({key(current[0])}))}
    assert actions == {"ConfigMap": Action.RELEASE, "Namespace": Action.SKIP}


def test_what_is_suspended_is_planned_and_left_alone() -> None:
    wanted, gone = rendered(deployment(replicas=3)), ours(config("gone"))
    same = rendered(config())
    suspended = frozenset({wanted.key, key(gone), same.key, key(config("new"))})
    view = live(ours(deployment(replicas=2)), gone, same.manifest)
    actions = {
        item.key.name: (item.action, item.reason)
        for item in plan([wanted, same, rendered(config("new"))], view, suspended=suspended)
    }
    prefix = "it is suspended; otherwise it would be"
    assert actions == {
        "web": (Action.SKIP, f"{prefix} configured"),
        "new": (Action.SKIP, f"{prefix} created"),
        "config": (Action.UNCHANGED, ""),
        "gone": (Action.SKIP, f"not pruned: {SUSPENDED_AND_GONE}"),
    }


def test_each_rank_is_a_stage_and_removals_come_in_stages_of_their_own() -> None:
    wanted = [rendered(deployment("b")), rendered(config("b")), rendered(config("a")), rendered(namespace("shop"))]
    view = live(
        rendered(config("a")).manifest, *[ours(config(name, namespace="old")) for name in ("x", "y")], ours(namespace("old"))
    )
    changes = plan_cluster(Work(M1, tuple(wanted)), view, Settings(), PruneRules())
    assert [[f"{change.action} {change.key.kind} {change.key.name}" for change in stage] for stage in changes.stages] == [
        ["create Namespace shop"],
        ["unchanged ConfigMap a", "create ConfigMap b"],
        ["create Deployment b"],
        ["prune ConfigMap y", "prune ConfigMap x"],
        ["prune Namespace old"],
    ]


@pytest.mark.parametrize("declared", [[], [namespace("zoo")]])
def test_namespaces_that_nobody_declares_are_created_in_the_first_stage(declared: list[Manifest]) -> None:
    wanted = tuple(rendered(item) for item in (*declared, config()))
    changes = plan_cluster(Work(M1, wanted), LiveView.of_records(M1, {}), Settings(), PruneRules())
    assert [[str(change.key) for change in stage] for stage in changes.stages] == [
        ["Namespace shop", *[str(key(item)) for item in declared]],
        ["ConfigMap shop/config"],
    ]
    assert changes.dependencies == {key(config()): (key(namespace()),)}


def unread_view(unread: Unread, *objects: Manifest) -> LiveView:
    return LiveView.of_records(M1, {key(item): packed(item) for item in objects}, unread)


@pytest.mark.parametrize(
    "unread",
    [
        Unread({("", "Secret"): "forbidden"}),
        Unread({("", ""): "forbidden"}),
        Unread(objects={key(manifest("Secret")): "forbidden"}),
    ],
    ids=["its kind", "its group", "the object"],
)
def test_what_cannot_be_read_is_not_written(unread: Unread) -> None:
    (change,) = plan([rendered(manifest("Secret"))], unread_view(unread, namespace()))
    assert isinstance(change, Skip)
    assert change.reason == "the member's object cannot be read: forbidden"
    assert change.desired is not None


def test_other_kinds_are_written_and_pruned() -> None:
    unread = Unread({("", "Secret"): "forbidden"})
    changes = plan([rendered(manifest("Secret")), rendered(config("a"))], unread_view(unread, namespace(), ours(config("b"))))
    assert [f"{change.action} {change.key}" for change in changes] == [
        "create ConfigMap shop/a", "skip Secret shop/web", "prune ConfigMap shop/b",
    ]  # fmt: skip


def test_a_container_of_unknown_contents_stays() -> None:
    unread = Unread(contents={key(namespace()): "list gadgets: forbidden"})
    (change,) = plan([], unread_view(unread, ours(namespace())))
    assert isinstance(change, Skip)
    assert change.reason == "not pruned: it is unknown what it holds: list gadgets: forbidden"


def test_a_namespace_that_cannot_be_read_is_not_created() -> None:
    unread = Unread({("", "Namespace"): "forbidden"})
    assert [str(change.key) for change in plan([rendered(config())], unread_view(unread))] == ["ConfigMap shop/config"]


def test_replicas_stay_while_autoscalers_cannot_be_read() -> None:
    """One of them may scale the workload."""
    unread = Unread({("autoscaling", "HorizontalPodAutoscaler"): "conversion webhook failed"})
    changes = plan([rendered(deployment(replicas=2))], unread_view(unread, namespace(), ours(deployment(replicas=6))))
    (change,) = (change for change in changes if isinstance(change, Configure))
    assert change.expected["spec"]["replicas"] == 6


def on_members(document: Manifest, *names: str) -> list[LiveView]:
    """The same object on several members, as these return it: each with a uid of its own."""
    owners = [entry(fields("data/key", "metadata/labels", "metadata/annotations"))]
    views = []
    for name in names:
        one = with_value(with_value(document, ("metadata", "managedFields"), owners), ("metadata", "uid"), f"uid-of-{name}")
        views.append(LiveView.of_records(ClusterName(name), {key(document): packed(one)}))
    return views


def test_copies_that_say_the_same_are_compared_once() -> None:
    document = config(data={"key": "value"})
    wanted, drifted = rendered(document), with_value(ours(document), ("data", "key"), "other")
    changes = [plan([wanted], view)[-1] for view in (*on_members(ours(document), "m1", "m2"), *on_members(drifted, "m3", "m4"))]
    assert isinstance(changes[0], Unchanged)
    assert changes[1] is changes[0]
    # A write names the object that it expects.
    found = [change.live["metadata"]["uid"] for change in changes if isinstance(change, Configure)]
    assert found == ["uid-of-m3", "uid-of-m4"]


def test_a_copy_that_must_be_written_is_compared_once_too(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    compare = module.deviations
    monkeypatch.setattr(module, "deviations", lambda wanted, found: compared.append("") or compare(wanted, found))
    document = config(data={"key": "value"})
    (view,) = on_members(with_value(ours(document), ("data", "key"), "other"), "m1")
    assert isinstance(plan([rendered(document)], view)[-1], Configure)
    assert len(compared) == 1


def test_after_an_edit_the_objects_of_one_block_are_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    decide = module._application
    wanted = [rendered(config(f"config-{number:03}")) for number in range(200)]
    edited = [*wanted[:50], rendered(config("config-050", data={"a": "edited"})), *wanted[51:]]
    view, memo = LiveView.of_records(M1, {}), Memo()
    settings = Settings()

    def counting(desired: RenderedManifest, *arguments: Any) -> Change:
        asked.append(desired.key.name)
        return decide(desired, *arguments)

    monkeypatch.setattr(module, "_application", counting)
    plan_cluster(Work(M1, tuple(wanted)), view, settings, PruneRules(), memo=memo)
    assert len(asked) == 200
    asked.clear()
    again = plan_cluster(Work(M1, tuple(edited)), view, settings, PruneRules(), memo=memo)
    assert "config-050" in asked
    assert len(asked) <= 64
    assert [one.desired for one in again.writes if isinstance(one, Create)][1:] == edited, "after their namespace"


def test_a_plan_without_changes_has_no_stage() -> None:
    assert plan_cluster(Work(M1, ()), live(), Settings(), PruneRules()) == ChangeSet(M1)


def test_a_revised_plan_keeps_its_stages_and_dependencies() -> None:
    plan = plan_cluster(Work(M1, (rendered(config()), rendered(namespace()))), live(), Settings(), PruneRules())
    revised = plan.revised(Skip(change.key, "no", change.desired) for change in plan.changes)
    assert [[change.key.kind for change in stage] for stage in revised.stages] == [["Namespace"], ["ConfigMap"]]
    assert {change.action for change in revised.changes} == {Action.SKIP}
    assert revised.dependencies == plan.dependencies
