"""What an inventory makes of members: added, followed, cordoned, back; never removed, and never against a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents.reader import read_stream
from reconciler.load.parse import parse_cluster
from reconciler.load.parse_inventory import parse_inventory
from reconciler.membership.cluster_manifest import change_cluster
from reconciler.membership.cluster_taints import TaintChanges
from reconciler.membership.inventory.commit import cause_of, edited_files, message_of
from reconciler.membership.inventory.facts import Declared, Look
from reconciler.membership.inventory.objects import cluster_object
from reconciler.membership.inventory.plan import InventoryPlan, Outcome, plan_inventory
from reconciler.model.cluster import Cluster
from reconciler.model.cluster_inventory import InventorySettings, Source, named_servers
from reconciler.model.issues import error
from reconciler.model.keys import ClusterName
from reconciler.model.origin import Origin
from tests.support.inventory import cluster, profile

FLEET: dict[str, Any] = {"name": "fleet", "source": "ClusterProfile", "copyLabels": ["env"], "labels": {"from": "hub"}}
KIND = "apiVersion: cluster.karmada.io/v1alpha1\nkind: Cluster\n"
CAPI: dict[str, Any] = {"name": "capi", "source": "ClusterAPI"}


class World:
    """The files of a repository, and the objects of a host cluster."""

    def __init__(self, *rules: Mapping[str, Any], **spec: Any) -> None:
        self.settings: InventorySettings = parse_inventory({"mode": "commit", "rules": list(rules or (FLEET,)), **spec})
        self.files: dict[str, str] = {}
        self.objects: list[Mapping[str, Any]] = []
        self.problem = ""
        self.broken: dict[str, str] = {}

    def has(self, *objects: Mapping[str, Any]) -> World:
        self.objects = list(objects)
        return self

    @property
    def clusters(self) -> dict[ClusterName, Cluster]:
        found = {}
        for path, text in self.files.items():
            for document in read_stream(text)[0]:
                one = parse_cluster(document.value, Origin(path, 1))
                found[one.name] = one
        return found

    @property
    def looks(self) -> dict[str, Look]:
        looks = {}
        for rule in self.settings.rules:
            kind = "ClusterProfile" if rule.source is Source.CLUSTER_PROFILE else "Cluster"
            listed = [cluster_object(rule.source, one) for one in self.objects if one["kind"] == kind]
            listed = [one for one in listed if rule.namespace in ("", one.namespace)]
            found = tuple(one for one in listed if rule.selector.matches(one.labels))
            looks[rule.name] = Look(problem=error("InventoryUnknown", self.problem)) if self.problem else Look(found, len(listed))
        return looks

    def plan(self, missed: Sequence[str] | None = None) -> InventoryPlan:
        known = None if missed is None else frozenset(map(ClusterName, missed))
        return plan_inventory(self.settings, self.looks, Declared(self.clusters, set(self.files), self.broken), known)

    def commit(self, missed: Sequence[str] | None = None) -> InventoryPlan:
        plan = self.plan(missed)
        self.files |= edited_files(plan, self.files)
        return plan

    def edit(self, name: str, old: str, new: str) -> None:
        path = f"clusters/{name}.yaml"
        assert old in self.files[path]
        self.files[path] = self.files[path].replace(old, new, 1)


def outcomes(plan: InventoryPlan) -> dict[str, str]:
    return {str(one.name): str(one.outcome) for one in plan.members}


def reasons(plan: InventoryPlan) -> list[str]:
    return [one.reason for one in plan.issues]


def test_a_profile_becomes_a_cluster_file_once() -> None:
    region = {"topology.kubernetes.io/region": "eu-1", "topology.kubernetes.io/zone": "eu-1a"}
    world = World().has(profile("m1", labels={"env": "prod", "team": "a"}, properties=region))
    plan = world.commit()
    assert outcomes(plan) == {"m1": "Added"}
    assert message_of(plan).startswith("Add m1\n")
    one = world.clusters[ClusterName("m1")]
    assert (one.region, one.zones, one.labels) == ("eu-1", ("eu-1a",), {"env": "prod", "from": "hub"})
    assert (one.api_endpoint, one.profile, one.names_credential) == ("https://m1.example.com", "fleet/m1", True)
    again = world.plan()
    assert outcomes(again) == {"m1": "Unchanged"}
    assert not again.written


def test_a_cluster_of_cluster_api_names_its_secret() -> None:
    world = World(CAPI).has(cluster("m1"), cluster("m2", "m2.eks.example.com", 443))
    world.commit()
    one, two = world.clusters.values()
    assert (one.secret_ref, one.api_endpoint) == ("capi/m1-kubeconfig", "https://10.0.0.1:6443")
    assert two.api_endpoint == "https://m2.eks.example.com"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (profile("m1", server=""), "its status names no access provider"),
        (profile("m1", conditions=[{"type": "ControlPlaneHealthy", "status": "False"}]), "its control plane is not healthy"),
        (cluster("m1", initialization={}), "its control plane is not initialized"),
        (cluster("m1", ""), "its control plane is not initialized"),
    ],
)
def test_an_object_waits_until_its_cluster_can_be_reached(found: Mapping[str, Any], why: str) -> None:
    (one,) = World(FLEET, CAPI).has(found).plan().members
    assert (one.outcome, one.note, one.changes) == (Outcome.WAITING, why, None)


def test_cluster_api_before_v1beta2_and_the_first_name_of_access_providers() -> None:
    old = cluster("m1", initialization={}, controlPlaneReady=True)
    assert cluster_object(Source.CLUSTER_API, old).waits_for == ""
    found = profile("m1", credentialProviders=[{"name": "token-file", "cluster": {"server": "https://old"}}, {"name": "b"}])
    assert list(named_servers(found)) == ["b", "token-file"]
    assert cluster_object(Source.CLUSTER_PROFILE, found).endpoint == "https://m1.example.com"


def test_labels_follow_the_object_and_those_of_a_person_stay() -> None:
    world = World().has(profile("m1", labels={"env": "prod"}))
    world.commit()
    world.edit("m1", "labels:", "labels:\n    mine: yes-it-is  # of a person")
    world.has(profile("m1", labels={"env": "test"}))
    plan = world.commit()
    assert outcomes(plan) == {"m1": "Changed"}
    assert world.clusters[ClusterName("m1")].labels == {"mine": "yes-it-is", "env": "test", "from": "hub"}
    assert "# of a person" in world.files["clusters/m1.yaml"]
    world.edit("m1", "env: test", "env: special")
    plan = world.has(profile("m1", labels={"env": "prod"})).commit()
    assert plan.members[0].note == "kept as it was edited: label env"
    world.has(profile("m1")).commit()
    assert world.clusters[ClusterName("m1")].labels["env"] == "special"


def test_a_label_that_the_object_lost_goes() -> None:
    world = World().has(profile("m1", labels={"env": "prod"}))
    world.commit()
    world.has(profile("m1")).commit()
    assert world.clusters[ClusterName("m1")].labels == {"from": "hub"}


def test_a_vanished_member_is_cordoned_and_comes_back() -> None:
    world = World().has(profile("m1"), profile("m2"), profile("m3"))
    world.commit()
    before = world.clusters
    plan = world.has(profile("m1"), profile("m2")).commit()
    assert outcomes(plan) == {"m1": "Unchanged", "m2": "Unchanged", "m3": "Cordoned"}
    assert message_of(plan).startswith("Cordon m3\n")
    assert [str(one) for one in world.clusters[ClusterName("m3")].taints] == ["cluster.karmada.io/unschedulable:NoSchedule"]
    assert not world.plan().written
    plan = world.has(profile("m1"), profile("m2"), profile("m3")).commit()
    assert outcomes(plan)["m3"] == "Returned"
    assert world.clusters == before


def test_one_that_a_person_cordoned_stays_cordoned_and_one_that_a_person_uncordoned_stays_so() -> None:
    world = World().has(profile("m1"), profile("m2"), profile("m3"))
    world.commit()
    world.files["clusters/m3.yaml"] = change_cluster(
        "clusters/m3.yaml",
        world.files["clusters/m3.yaml"],
        "m3",
        TaintChanges.parse(["cluster.karmada.io/unschedulable:NoSchedule"]).edits,
    )
    assert not world.has(profile("m1"), profile("m2")).commit().written
    world.has(profile("m1"), profile("m2"), profile("m3")).commit()
    assert len(world.clusters[ClusterName("m3")].taints) == 1
    world.has(profile("m1"), profile("m3")).commit()
    world.files["clusters/m2.yaml"] = change_cluster(
        "clusters/m2.yaml",
        world.files["clusters/m2.yaml"],
        "m2",
        TaintChanges.parse(["cluster.karmada.io/unschedulable:NoSchedule-"]).edits,
    )
    plan = world.commit()
    assert not plan.written
    assert next(one.note for one in plan.members if one.name == "m2") == "a person uncordoned it"


def test_one_that_is_being_deleted_has_vanished() -> None:
    world = World().has(profile("m1"), profile("m2"), profile("m3"))
    world.commit()
    leaving = profile("m2")
    leaving["metadata"]["deletionTimestamp"] = "2026-12-01T00:00:00Z"
    assert outcomes(world.has(profile("m1"), leaving, profile("m3")).plan())["m2"] == "Cordoned"


def test_what_comes_and_goes_between_two_looks_changes_nothing() -> None:
    world = World().has(profile("m1"), profile("m2"), profile("m3"))
    world.commit()
    first = world.has(profile("m1"), profile("m2")).plan(missed=[])
    assert (outcomes(first)["m3"], first.written, first.missing) == ("Vanished", (), {"m3"})
    assert outcomes(world.plan(missed=sorted(first.missing)))["m3"] == "Cordoned"


@pytest.mark.parametrize(("kept", "reason"), [(0, "InventoryEmpty"), (1, "InventoryGuard")])
def test_an_answer_that_lacks_most_of_the_fleet_cordons_nothing(kept: int, reason: str) -> None:
    world = World().has(*(profile(f"m{number}") for number in range(4)))
    world.commit()
    plan = world.has(*(profile(f"m{number}") for number in range(kept))).plan()
    assert reasons(plan) == [reason]
    assert not plan.written


def test_the_only_member_is_not_cordoned_because_of_an_empty_answer() -> None:
    world = World().has(profile("m1"))
    world.commit()
    assert reasons(world.has().plan()) == ["InventoryEmpty"]


def test_a_guard_can_be_widened() -> None:
    world = World(guard={"maxShare": "100%"}).has(profile("m1"), profile("m2"), profile("m3"))
    world.commit()
    assert outcomes(world.has(profile("m1")).plan()) == {"m1": "Unchanged", "m2": "Cordoned", "m3": "Cordoned"}


def test_a_host_cluster_that_does_not_answer_changes_nothing() -> None:
    world = World().has(profile("m1"))
    world.commit()
    world.problem = "the host cluster: list clusterprofiles: forbidden"
    plan = world.has().plan()
    assert (reasons(plan), plan.members) == (["InventoryUnknown"], ())


def refused(world: World) -> str:
    plan = world.plan()
    assert not plan.written, outcomes(plan)
    assert set(reasons(plan)) == {"InventoryRefused"}
    return plan.issues[0].message


def test_names_and_servers_that_collide_are_told() -> None:
    world = World(FLEET, CAPI)
    assert "is not the name of a Cluster" in refused(world.has(profile("m.1")))
    assert "is not the name of a Cluster" in refused(world.has(profile("a" * 49)))
    assert "ClusterProfile other/m1 would be the member m1, too" in refused(
        world.has(profile("m1"), profile("m1", namespace="other"))
    )
    world.files = {"m.yaml": "metadata: {name: m1}\nspec: {syncMode: Push, apiEndpoint: 'https://m2.example.com'}\n"}
    assert "the Cluster m1 is not from an inventory" in refused(world.has(profile("m1")))
    assert "its server https://m2.example.com is that of the Cluster m1" in refused(world.has(profile("m2")))
    world.files = {"clusters/m3.yaml": ""}
    assert "clusters/m3.yaml exists" in refused(world.has(profile("m3")))
    world.files, world.broken = {}, {"b.yaml": "name: m3: {"}
    assert "m3 may be declared in a file that cannot be read (b.yaml)" in refused(world.has(profile("m3")))


def test_of_two_rules_that_find_one_name_the_first_counts() -> None:
    plan = World(FLEET, CAPI).has(cluster("m1"), profile("m1")).plan()
    assert [(one.rule, str(one.outcome)) for one in plan.members] == [("capi", "Refused"), ("fleet", "Added")]


def test_of_two_that_are_one_server_the_first_counts() -> None:
    found = World(FLEET, CAPI).has(cluster("m2", "m1.example.com", 443), profile("m1")).plan()
    assert outcomes(found) == {"m1": "Added", "m2": "Refused"}


def test_a_person_who_writes_the_annotation_lets_the_inventory_have_the_cluster() -> None:
    world = World().has(profile("m1"))
    annotation = "reconciler.dev/inventory: fleet/ClusterProfile/fleet/m1"
    world.files = {"m.yaml": f"{KIND}metadata:\n  name: m1\n  annotations:\n    {annotation}\nspec:\n  region: mine\n"}
    assert outcomes(world.commit()) == {"m1": "Changed"}
    assert (world.clusters[ClusterName("m1")].region, world.clusters[ClusterName("m1")].labels) == ("mine", {"from": "hub"})


def test_an_object_that_another_rule_selects_now_moves_to_that_rule() -> None:
    test = {**FLEET, "name": "test", "selector": {"matchLabels": {"env": "test"}}, "labels": {"stage": "early"}}
    prod = {**FLEET, "name": "prod", "selector": {"matchLabels": {"env": "prod"}}, "labels": {"stage": "late"}}
    world = World(test, prod).has(profile("m1", labels={"env": "test"}))
    world.commit()
    plan = world.has(profile("m1", labels={"env": "prod"})).commit()
    assert [(str(one.outcome), one.rule) for one in plan.members] == [("Changed", "prod")]
    assert world.clusters[ClusterName("m1")].labels == {"env": "prod", "stage": "late"}
    world.settings = replace(world.settings, rules=world.settings.rules[:1])
    assert not world.plan().members


LABELS = st.dictionaries(st.sampled_from(["env", "tier"]), st.sampled_from(["a", "b"]), max_size=2)
FLEETS = st.dictionaries(st.sampled_from([f"m{number}" for number in range(5)]), LABELS, max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(FLEETS, st.booleans(), st.randoms(use_true_random=False)), min_size=1, max_size=5))
def test_whatever_comes_and_goes_nothing_is_pruned_and_nothing_depends_on_the_order(steps: Sequence[Any]) -> None:
    world = World({**FLEET, "copyLabels": ["env", "tier"], "taints": [{"key": "new", "effect": "NoSchedule"}]})
    for fleet, answers, random in steps:
        objects = [profile(name, labels=labels) for name, labels in fleet.items()]
        world.problem = "" if answers else "no answer"
        before = world.clusters
        plan = world.has(*objects).plan()
        random.shuffle(objects)
        assert cause_of(world.has(*objects).plan()) == cause_of(plan)
        world.commit()
        assert world.clusters.keys() >= before.keys()
        assert not world.plan().written, "once is enough"
        if not answers or not fleet:
            assert world.clusters == before
        elif answers:
            for name, labels in fleet.items():
                assert world.clusters[ClusterName(name)].labels == {**labels, "from": "hub"}


def test_what_no_cluster_may_say_is_left_out() -> None:
    """A file that is not valid would stand in the way of everybody."""
    region = {"topology.kubernetes.io/region": "north of\nhere", "topology.kubernetes.io/zone": "a, b,,c d"}
    world = World().has(profile("m1", properties=region))
    world.commit()
    one = world.clusters[ClusterName("m1")]
    assert (one.region, one.zones) == ("", ("a", "b"))
    assert not world.plan().written


def test_a_profile_names_no_folder_of_this_machine() -> None:
    world = World().has(profile("m1", server="file:{name}"))
    assert outcomes(world.commit()) == {"m1": "Waiting"}
    assert world.files == {}


def test_a_member_does_not_move_to_another_rule_while_its_own_is_not_answered() -> None:
    everywhere = {**FLEET, "name": "everywhere", "labels": {"from": "elsewhere"}}
    world = World({**FLEET, "namespace": "fleet"}, everywhere).has(profile("m1"))
    world.commit()
    looks = {**world.looks, "fleet": Look(problem=error("InventoryUnknown", "forbidden"))}
    plan = plan_inventory(world.settings, looks, Declared(world.clusters, set(world.files)))
    assert plan.written == ()
