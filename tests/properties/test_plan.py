"""Properties of every plan, whatever the member holds."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.interpreter.containers import holds
from reconciler.model.changes import Action, ChangeSet, Configure, Create, Prune, Write
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, get, key_of, with_value
from reconciler.model.ownership import is_ours
from reconciler.model.settings import PruneGuard, Settings
from reconciler.model.work import Work
from reconciler.plan.mask_secrets import mask
from reconciler.plan.order import apply_order
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import PROTECTED, PruneRules
from tests.support.builders import config, crd, deployment, manifest, namespace, ours, rendered

SETTINGS = Settings()
OBJECTS: list[Manifest] = [
    namespace("shop"),
    crd(),
    config("a"),
    config("b", data={"x": "1"}),
    deployment("web"),
    manifest("Service", "web", spec={"ports": [{"port": 80}]}),
    manifest("Secret", "key", data={"p": "eA=="}),
    manifest("Widget", "w", api="example.com/v1"),
    manifest("Job", "job", api="batch/v1", spec={}),
]


def foreign(document: Manifest) -> Manifest:
    return document


def another_instances(document: Manifest) -> Manifest:
    return with_value(ours(document), ("metadata", "labels", "reconciler.dev/instance"), "another")  # type: ignore[no-any-return]


def copied(document: Manifest) -> Manifest:
    """With our marks and a new name, as people copy manifests."""
    return with_value(ours(document), ("metadata", "name"), f"{get(document, 'metadata', 'name')}-copy")  # type: ignore[no-any-return]


def owned_by_a_controller(document: Manifest) -> Manifest:
    return with_value(ours(document), ("metadata", "ownerReferences"), [{"controller": True}])  # type: ignore[no-any-return]


def drifted(document: Manifest) -> Manifest:
    return with_value(ours(document), ("spec", "drift"), "by hand")  # type: ignore[no-any-return]


def with_status(document: Manifest) -> Manifest:
    return {**ours(document), "status": {"ready": True}}


def protected(document: Manifest) -> Manifest:
    return with_value(ours(document), ("metadata", "annotations", PROTECTED), "disabled")  # type: ignore[no-any-return]


WAYS = [ours, ours, foreign, another_instances, copied, owned_by_a_controller, drifted, with_status, protected]
SUBSETS = st.lists(st.sampled_from(range(len(OBJECTS))), unique=True)


@st.composite
def views(draw: st.DrawFn) -> LiveView:
    objects = [draw(st.sampled_from(WAYS))(OBJECTS[index]) for index in draw(SUBSETS)]
    return LiveView(ClusterName("m1"), {key_of(item): item for item in objects})


@st.composite
def works(draw: st.DrawFn) -> Work:
    resolution = st.sampled_from(["Abort", "Overwrite"])
    wanted = [rendered(OBJECTS[index], conflict_resolution=draw(resolution)) for index in draw(SUBSETS)]
    held = frozenset(key_of(OBJECTS[index]) for index in draw(SUBSETS)) - {item.key for item in wanted}
    return Work(ClusterName("m1"), tuple(sorted(wanted, key=lambda item: item.key)), held)


RULES = st.builds(
    PruneRules,
    guard=st.builds(PruneGuard, st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 3)),
    consent=st.booleans(),
    blocked=st.sampled_from(["", "", "", "nothing goes"]),
)


def after(changes: ChangeSet, view: LiveView) -> LiveView:
    """The objects of the member after the plan was carried out."""
    objects: dict[ResourceKey, Manifest] = dict(view.objects)
    for change in changes.writes:
        if isinstance(change, Prune):
            del objects[change.key]
        else:
            objects[change.key] = change.expected
    return LiveView(view.cluster, objects)


@given(works(), views(), RULES)
def test_planning_after_applying_is_empty(work: Work, view: LiveView, rules: PruneRules) -> None:
    free = PruneRules(rules.guard, consent=True, blocked=rules.blocked)
    again = plan_cluster(work, after(plan_cluster(work, view, SETTINGS, free), view), SETTINGS, free)
    assert again.writes == ()


@given(works(), views(), RULES)
def test_pruning_names_only_what_is_ours_unwanted_and_not_protected(work: Work, view: LiveView, rules: PruneRules) -> None:
    wanted = {item.key for item in work.manifests} | work.held
    pruned = plan_cluster(work, view, SETTINGS, rules).of(Action.PRUNE)
    for change in pruned:
        live = view.objects[change.key]
        assert is_ours(live, SETTINGS.instance)
        assert change.key not in wanted
        assert get(live, "metadata", "annotations", PROTECTED) != "disabled"
    assert not (pruned and rules.blocked)
    owned = sum(is_ours(item, SETTINGS.instance) for item in view.objects.values())
    assert rules.consent or len(pruned) <= max(rules.guard.always_allowed, rules.guard.max_share * owned)


@given(works(), views(), RULES)
def test_a_namespace_or_definition_goes_only_with_all_that_would_go_along(work: Work, view: LiveView, rules: PruneRules) -> None:
    pruned = {change.key for change in plan_cluster(work, view, SETTINGS, rules).of(Action.PRUNE)}
    left = view.objects.keys() - pruned
    if key_of(OBJECTS[0]) in pruned:
        assert not [key for key in left if key.namespace == "shop"]
    if key_of(OBJECTS[1]) in pruned:
        assert not [key for key in left if key.kind == "Widget"]


@given(works(), views(), RULES)
def test_every_wanted_object_has_one_change_and_the_order_is_total(work: Work, view: LiveView, rules: PruneRules) -> None:
    changes = plan_cluster(work, view, SETTINGS, rules).changes
    keys = [change.key for change in changes]
    assert len(set(keys)) == len(keys)
    assert {change.key for change in changes if change.desired} == {item.key for item in work.manifests}
    written = [apply_order(change.key) for change in changes if change.desired]
    removed = [apply_order(change.key) for change in changes if not change.desired]
    assert written == sorted(written)
    assert removed == sorted(removed, reverse=True)


@given(works(), views(), RULES)
def test_a_change_waits_for_earlier_stages_and_for_all_that_hold_it(work: Work, view: LiveView, rules: PruneRules) -> None:
    plan = plan_cluster(work, view, SETTINGS, rules)
    stage_of = {change.key: number for number, stage in enumerate(plan.stages) for change in stage}
    for key, others in plan.dependencies.items():
        assert all(stage_of[other] < stage_of[key] for other in others)
        assert list(others) == sorted(others, key=[change.key for change in plan.changes].index)
    pairs = {(change.key, other.key) for change in plan.writes for other in plan.writes if waits_for(change, other)}
    assert pairs == {(key, other) for key, others in plan.dependencies.items() for other in others}


def waits_for(change: Write, other: Write) -> bool:
    if isinstance(change, Prune) or isinstance(other, Prune):
        return isinstance(change, Prune) and isinstance(other, Prune) and holds(change.key, change.live, other.key)
    return isinstance(other, Create | Configure) and holds(other.key, other.desired.manifest, change.key)


@given(works(), views(), RULES)
def test_what_is_not_ours_is_written_only_where_that_was_allowed(work: Work, view: LiveView, rules: PruneRules) -> None:
    for change in plan_cluster(work, view, SETTINGS, rules).changes:
        if isinstance(change, Configure):
            assert is_ours(view.objects[change.key], SETTINGS.instance) or change.desired.conflict_resolution == "Overwrite"


SECRETS = st.text("äbcdefXYZ!", min_size=6, max_size=12)
KEYS = st.sampled_from(["user", "pass", "token"])


def encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


@st.composite
def secrets(draw: st.DrawFn) -> tuple[Manifest, dict[str, str]]:
    """A Secret, and the values by key that a Pod would see."""
    values = draw(st.dictionaries(KEYS, SECRETS))
    plain = {key for key in values if draw(st.booleans())}
    notes = {
        f"note{number}": f"see {draw(st.sampled_from([value, encoded(value)]))}" for number, value in enumerate(values.values())
    }
    document = manifest(
        "Secret",
        data={key: encoded(value) for key, value in values.items() if key not in plain},
        stringData={key: value for key, value in values.items() if key in plain},
        annotations=notes,
    )
    return document, values


@given(secrets(), secrets())
def test_no_value_remains_and_equal_values_look_alike(one: tuple[Manifest, Any], other: tuple[Manifest, Any]) -> None:
    shown = mask(one[0], other[0])
    for value in (*one[1].values(), *other[1].values()):
        assert value not in repr(shown)
        assert encoded(value) not in repr(shown)
    before, after = ({**get(side, "data"), **get(side, "stringData")} for side in shown)
    for key in before.keys() & after.keys():
        assert (before[key] == after[key]) == (one[1][key] == other[1][key])
