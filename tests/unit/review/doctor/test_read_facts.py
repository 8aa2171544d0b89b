"""What members hold becomes facts; what the account may not read hides nothing else."""

from __future__ import annotations

from typing import Any

from reconciler.cluster.listing import Listing, Selection
from reconciler.cluster.member_protocol import MemberError
from reconciler.model.keys import ClusterName
from reconciler.passes.fleet import Fleet
from reconciler.review.doctor.facts import ClusterDns, service_key
from reconciler.review.doctor.read_facts import concerned, declared_facts, with_members
from tests.support.fakemember import FakeMember
from tests.support.in_memory_fleet import NOW, compile_files
from tests.unit.review.doctor.test_diagnose import BY_ONE_NAME, M1, M2, WEB, causes, endpoint_slice, served, service


def node(name: str, *ranges: str) -> dict[str, Any]:
    spec = {"podCIDR": ranges[0], "podCIDRs": list(ranges)} if ranges else {}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec}


def pod(name: str, namespace: str = "shop", ready: bool = True, **labels: str) -> dict[str, Any]:
    condition = {"type": "Ready", "status": str(ready), "reason": "ContainersNotReady", "message": "main"}
    metadata = {"name": name, "namespace": namespace, "labels": {name.replace("_", "-"): one for name, one in labels.items()}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "status": {"conditions": [condition]}}


class Strict(FakeMember):
    """Its account may not list nodes."""

    async def show(self, selection: Selection) -> list[Listing] | None:
        if selection.kind == "nodes":
            raise MemberError(f"{self.name}: nodes is forbidden")
        return await super().show(selection)


async def test_members_are_asked_for_what_the_checks_need() -> None:
    compiled = compile_files(BY_ONE_NAME | {"clusters/m3.yaml": served("m3", "Pull")})
    dns = pod("coredns-1", "kube-system", k8s_app="kube-dns")
    first = FakeMember("m1", service(), endpoint_slice(False), pod("web-1", ready=False, app="web"), pod("other", app="x"), dns)
    first.objects |= FakeMember("m1", node("n1", "10.1.0.0/24"), node("n2", "10.1.1.0/24"), node("n3")).objects
    second = Strict("m2", service(), pod("coredns-1", "kube-system", ready=False, k8s_app="kube-dns"))
    facts = declared_facts(WEB, compiled, NOW)
    assert concerned(facts, compiled) == (M1, M2), "m3 has nothing to do with it"
    clusters = [one for one in compiled.desired.clusters if one.name in (M1, M2)]
    found = await with_members(facts, Fleet({M1: first, M2: second}, {}), clusters)
    one, other = found.member(M1), found.member(M2)
    assert (one.pod_ranges, one.dns, one.unread, one.problem) == (("10.1.0.0/24", "10.1.1.0/24"), ClusterDns(1, 1), "", "")
    assert [item["metadata"]["name"] for item in one.pods] == ["web-1"]
    assert service_key(WEB) in other.objects
    assert (other.dns, other.unread, other.problem) == (ClusterDns(0, 1), "m2: nodes is forbidden", "")
    assert causes(found) == ["ready", "dispatched", "name"]


async def test_a_member_that_does_not_answer_hides_no_other() -> None:
    compiled = compile_files(BY_ONE_NAME)
    facts = declared_facts(WEB, compiled, NOW)
    silent = FakeMember("m2", refuses={"look"})
    members = {M1: FakeMember("m1", service(), endpoint_slice(True)), M2: silent}
    found = await with_members(facts, Fleet(members, {}), [one for one in compiled.desired.clusters if one.name in members])
    assert found.member(M2).problem == "m2 does not answer"
    assert (found.answering((M1, M2)), found.member(ClusterName("m9")).problem) == ([M1], "it was not asked")


async def test_members_with_an_agent_take_no_part_and_are_no_failure_of_the_command() -> None:
    compiled = compile_files(BY_ONE_NAME | {"clusters/m2.yaml": served("m2", "Pull")})
    facts = declared_facts(WEB, compiled, NOW)
    fleet = Fleet({M1: FakeMember("m1", service(), endpoint_slice(True))}, {}, pulled={M2: "no report"})
    found = await with_members(facts, fleet, [one for one in compiled.desired.clusters if one.name in (M1, M2)])
    assert (found.member(M2).problem, found.member(M2).apart) == ("", "has an agent of its own (syncMode: Pull)")
    assert causes(found) == ["members"]
