from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.health import CURRENT, Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.present.object_tree import tree_document, tree_table
from reconciler.present.table import Room
from reconciler.review.live.object_tree import MemberBranch, ObjectTree
from reconciler.review.live.owned_objects import Owned

LOOPING = Health(HealthStatus.FAILED, "containers keep crashing: web", "ContainerCrashLooping")


def key(kind: str, name: str) -> ResourceKey:
    return ResourceKey("apps" if kind != "Pod" else "", kind, "shop", name)


def pod(name: str, health: Health = CURRENT) -> Owned:
    return Owned(key("Pod", name), health)


def tree(pods: Sequence[Owned]) -> ObjectTree:
    copy = Owned(key("Deployment", "web"), CURRENT, (Owned(key("ReplicaSet", "web-1"), CURRENT, tuple(pods)),))
    branches = (
        MemberBranch(ClusterName("m1"), 2, (copy,), CURRENT),
        MemberBranch(ClusterName("m2"), 1, (), CURRENT, "m2: no connection", answered=False),
    )
    return ObjectTree(
        key("Deployment", "web"), "apps/web.yaml:3", "PropagationPolicy shop/web", "policies/web.yaml", "", ("why",), branches
    )


def test_it_is_drawn_from_the_template_to_the_pods() -> None:
    lines = [str(line) for line in tree_table([tree([pod("a"), pod("b", LOOPING)])])]
    assert lines == [
        "OBJECT                          HEALTH       REASON",
        "Deployment.apps shop/web                     apps/web.yaml:3",
        "└─ PropagationPolicy shop/web                policies/web.yaml",
        "   ├─ m1 (2 replicas)",
        "   │  └─ Deployment web         Current",
        "   │     └─ ReplicaSet web-1    Current",
        "   │        ├─ Pod a            Current",
        "   │        └─ Pod b            Failed       ContainerCrashLooping: containers keep crashing: web",
        "   └─ m2 (1 replica)            Unanswered   recorded as Current; no connection",
    ]


def test_many_that_are_alike_are_counted_and_what_is_not_well_is_always_shown() -> None:
    many = [pod(f"p{number:02}") for number in range(30)] + [pod("z", LOOPING)]
    folded = [str(line) for line in tree_table([tree(many)])]
    assert sum("Pod p" in line for line in folded) == 10
    assert any("Pod z" in line and "Failed" in line for line in folded)
    assert any("and 20 more Pod" in line for line in folded)
    assert sum("Pod p" in str(line) for line in tree_table([tree(many)], everything=True)) == 30


def test_several_stand_one_below_the_other() -> None:
    one = [str(line) for line in tree_table([tree([pod("a")])])]
    assert [str(line) for line in tree_table([tree([pod("a")])] * 2)] == [*one, *one[1:]]


def test_it_fits_a_narrow_terminal() -> None:
    assert max(len(str(line)) for line in tree_table([tree([pod("x" * 60, LOOPING)])], Room(80))) <= 80


def test_names_that_a_terminal_would_obey_are_escaped() -> None:
    text = "\n".join(str(line) for line in tree_table([tree([pod("a\x1b[2J\nb")])]))
    assert r"a\x1b[2J\nb" in text


def test_the_document_has_everything() -> None:
    document = tree_document(tree([pod("a")]))
    assert document["policy"] == {"name": "PropagationPolicy shop/web", "file": "policies/web.yaml"}
    m1, m2 = document["clusters"]
    assert m1["objects"][0]["owned"][0]["owned"][0]["object"]["name"] == "a"
    assert (m2["answered"], m2["problem"], m2["objects"]) == (False, "m2: no connection", [])
