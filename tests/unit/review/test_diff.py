"""Two revisions, by what they give to every member."""

from __future__ import annotations

import pytest

from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import diff_compiled
from reconciler.review.kept import kept_from_removal, obstacles_to_removal
from reconciler.review.object_diff import ObjectDiff
from tests.support.in_memory_fleet import NOW, Files, Playground, load
from tests.support.shop import BROKEN, OVERRIDE, SHOP, cluster_file, config_file, on, policy_file, workload


def differences(head: Files, base: Files = SHOP) -> list[tuple[str, str, tuple[str, ...]]]:
    """(what happens, object, members)."""
    compiler = Compiler()
    before = compiler.compile(load(base, compiler), RecordedState(), NOW, settled=True)
    after = compiler.compile(load(head, compiler), assume_applied(before), NOW, settled=True)
    return [(_verb(item), str(item.key), item.clusters) for item in diff_compiled(before, after)]


def _verb(difference: ObjectDiff) -> str:
    if difference.before is None:
        return "gets"
    if difference.released:
        return "keeps without our marks"
    return "loses" if difference.after is None else "changes"


def without(prefix: str) -> Files:
    return {path: text for path, text in SHOP.items() if not path.startswith(prefix)}


def test_nothing_differs_from_itself() -> None:
    assert differences(SHOP) == []
    assert differences({f"moved/{path}": text for path, text in SHOP.items()}) == []


def test_members_that_agree_are_named_together() -> None:
    assert differences(SHOP | {"web/deployment.yaml": workload("web", 8)}) == [
        ("changes", "Deployment.apps shop/web", ("m1", "m2"))
    ]
    assert differences(SHOP | {"settings/config.yaml": config_file("settings", "7")}) == [
        ("changes", "ConfigMap shop/settings", ("m1",))
    ]


def test_a_move_is_shown_as_if_it_were_over() -> None:
    assert differences(SHOP | {"api/policy.yaml": policy_file("api", "Deployment", on("m1"))}) == [
        ("gets", "Deployment.apps shop/api", ("m1",)),
        ("loses", "Deployment.apps shop/api", ("m3",)),
    ]


def test_what_goes() -> None:
    assert differences(without("web/")) == [("loses", "Deployment.apps shop/web", ("m1", "m2"))]
    assert differences(without("web/policy")) == []


def test_what_a_broken_file_holds_back_does_not_differ() -> None:
    for path in SHOP:
        assert differences(SHOP | {path: BROKEN}) == [], path
        assert differences({**{other: text for other, text in SHOP.items() if other != path}, "new.yaml": BROKEN}) == [], path


def remarks(head: Files, base: Files = SHOP) -> list[str]:
    compiler = Compiler()
    before = compiler.compile(load(base, compiler), RecordedState(), NOW, settled=True)
    after = compiler.compile(load(head, compiler), assume_applied(before), NOW, settled=True)
    return [item.reason for item in diff_compiled(before, after) if item.key.kind == "Deployment"]


def test_a_number_of_replicas_that_is_reset() -> None:
    placed = {"big.yaml": workload("big", 5), "big-policy.yaml": policy_file("big", "Deployment", on("m1"))}
    undeclared = {**SHOP, **placed, "big.yaml": workload("big", 5).replace("replicas: 5, ", "").replace("replicas: 5\n", "\n")}
    told = "spec.replicas is no longer declared; without an autoscaler it becomes 1"
    assert remarks(undeclared, {**SHOP, **placed}) == [f"{told} where the folder is applied"]
    servers = {"clusters/m1.yaml": cluster_file("m1").replace("file:m1", "https://m1.example.org")}
    assert remarks(undeclared | servers, {**SHOP, **placed, **servers}) == [told]
    both = {**servers, "big-policy.yaml": policy_file("big", "Deployment", on("m1", "m2"))}
    assert remarks(undeclared | both, {**SHOP, **placed, **both}) == [f"{told}, and where the folder of m2 is applied"]
    assert remarks({**SHOP, **placed, "big.yaml": workload("big", 2)}, {**SHOP, **placed}) == [""]
    scaler = (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: big, namespace: shop}\n"
        "spec: {maxReplicas: 9, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: big}}\n"
    )
    assert remarks({**undeclared, "hpa.yaml": scaler}, {**SHOP, **placed}) == [""]


def test_what_a_policy_preserves_is_released_and_not_removed() -> None:
    kept = SHOP | {"web/policy.yaml": policy_file("web", "Deployment", on("m1", "m2"), more="preserveResourcesOnDeletion: true")}
    gone = {path: text for path, text in kept.items() if path != "web/deployment.yaml"}
    expected = [("keeps without our marks", "Deployment.apps shop/web", ("m1", "m2"))]
    assert differences(gone, kept) == expected
    moved = kept | {"web/policy.yaml": policy_file("web", "Deployment", on("m1"), more="preserveResourcesOnDeletion: true")}
    assert ("keeps without our marks", "Deployment.apps shop/web", ("m2",)) in differences(moved, kept)


def test_what_was_recorded_of_a_removed_template_is_known_to_the_next_revision() -> None:
    """`diff --live` schedules HEAD from BASE: the copies that BASE leaves behind are still released."""
    kept = SHOP | {"web/policy.yaml": policy_file("web", "Deployment", on("m1"), more="preserveResourcesOnDeletion: true")}
    gone = {path: text for path, text in kept.items() if not path.startswith("web/")}
    compiler = Compiler()
    recorded = assume_applied(compiler.compile(load(kept, compiler), RecordedState(), NOW, settled=True))
    base = compiler.compile(load(gone, compiler), recorded, NOW, settled=True)
    head = compiler.compile(load(gone, compiler), assume_applied(base), NOW, settled=True)
    assert head.removed_templates == base.removed_templates != {}


PROTECTED = config_file("settings").replace(
    "name: settings,", "name: settings, labels: {resourcetemplate.karmada.io/deletion-protected: Always},"
)
MOVED = policy_file("settings", "ConfigMap", on("m2", "m3"), api="v1")


@pytest.mark.parametrize(
    ("head", "members"),
    [
        ({"settings/config.yaml": None}, ("m1", "m2")),
        ({"settings/policy.yaml": MOVED}, ("m1",)),
        ({"settings/policy.yaml": policy_file("settings", "ConfigMap", on("m2"), api="v1")}, ("m1",)),
        ({"settings/policy.yaml": MOVED, "settings/config.yaml": config_file("settings")}, ()),
    ],
)
def test_a_protected_copy_is_kept_and_not_removed(head: dict[str, str | None], members: tuple[str, ...]) -> None:
    """A move that makes before it breaks takes the label off first."""
    base = SHOP | {"settings/config.yaml": PROTECTED}
    after = {path: text for path, text in {**base, **head}.items() if text is not None}
    assert bool([one for one in differences(after, base) if one[0] == "loses"]) is not bool(members)
    compiler = Compiler()
    before = compiler.compile(load(base, compiler), RecordedState(), NOW, settled=True)
    compiled = compiler.compile(load(after, compiler), assume_applied(before), NOW, settled=True)
    kept = list(kept_from_removal(obstacles_to_removal(before, compiled, make_works(compiled))))
    assert {name for one in kept for name in one.clusters} == set(members)
    assert all(f"place it on {one.clusters[0]} again without the label, sync" in one.reason for one in kept)


async def test_what_a_suspension_held_back_differs_when_it_ends() -> None:
    """Compared with what was written last. On m2 an override makes the new content the same as the old."""
    shop, compiler = Playground("m1", "m2", "m3"), Compiler()
    await shop.sync(SHOP)
    paused = policy_file("settings", "ConfigMap", on("m1", "m2"), api="v1", more="suspension: {dispatching: true}")
    edited = SHOP | {"settings/config.yaml": config_file("settings", "7")}
    base = edited | {"settings/policy.yaml": paused}
    await shop.sync(base)
    before = compiler.compile(load(base, compiler), shop.recorded, NOW, settled=True)
    for head, clusters in ((base, []), (edited, [("m1",)])):
        after = compiler.compile(load(head, compiler), assume_applied(before), NOW, settled=True)
        assert [one.clusters for one in diff_compiled(before, after)] == clusters


async def test_a_copy_that_could_not_be_rendered_for_a_while_is_not_created_anew() -> None:
    """It stayed as it was written, so only what differs from that changes."""
    shop, compiler = Playground("m1", "m2", "m3"), Compiler()
    (path,) = [path for path, content in SHOP.items() if content == OVERRIDE]
    base = SHOP | {path: OVERRIDE.replace("/data/", "/data/none/")}
    assert base != SHOP
    await shop.sync(SHOP)
    await shop.sync(base)
    before = compiler.compile(load(base, compiler), shop.recorded, NOW, settled=True)
    edited = SHOP | {"settings/config.yaml": config_file("settings", "7")}
    for head, changed in ((base, False), (SHOP, False), (edited, True)):
        after = compiler.compile(load(head, compiler), assume_applied(before), NOW, settled=True)
        found = [one for one in diff_compiled(before, after) if one.key.name == "settings"]
        assert bool(found) is changed
        assert all(one.before and one.after for one in found)
