"""`diff --live` on real API servers: what HEAD would change there, asked as BASE says, and nothing written."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.controlplane.start import ControlPlane, running
from tests.support.connected import connect, create
from tests.support.fleet import (
    STATUS,
    World,
    branch_files,
    config,
    document,
    placed,
    policy,
    secret,
    selector,
)
from tests.support.servers import member

NOISE = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid:", "status:", "reconciler.dev/digest")
ADMISSION = "/apis/admissionregistration.k8s.io/v1"
CONFIGS = policy("configs", selector("ConfigMap"))
KEY = {"key.yaml": secret("key", password="hunter2"), "key-policy.yaml": policy("key", selector("Secret", "key"))}
CONFIG_API = "reconciler.dev/v1alpha1"


def configuration(**spec: object) -> dict[str, str]:
    return {"reconciler.yaml": document("Configuration", "settings", "", api=CONFIG_API, spec=spec)}


@pytest.fixture(scope="module")
def planes() -> Iterator[list[ControlPlane]]:
    with running(["member1", "member2"], audit=True) as planes:
        yield planes


@pytest.fixture(scope="module")
def synced(planes: list[ControlPlane], tmp_path_factory: pytest.TempPathFactory) -> World:
    """Both members are at the first revision."""
    world = World(tmp_path_factory.mktemp("live"))
    connect(world, planes).commit(
        {
            **{f"clusters/{plane.name}.yaml": member(plane.name) for plane in planes},
            **placed("web"),
            **KEY,
            "namespace.yaml": document("Namespace", "shop", ""),
            "configs.yaml": CONFIGS,
            "settings.yaml": config("settings", mode="fast"),
        }
    )
    ran = world.sync("--no-wait")
    assert ran.code in (0, 1), ran.err
    rule = {
        "matchConstraints": {
            "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}]
        },
        "validations": [{"expression": "!('mode' in object.data) || object.data.mode != 'slow'", "message": "slow is forbidden"}],
    }
    binding = {"policyName": "no-slow", "validationActions": ["Deny"]}
    api = "admissionregistration.k8s.io/v1"
    for plane in planes:
        create(
            plane,
            f"{ADMISSION}/validatingadmissionpolicies",
            document("ValidatingAdmissionPolicy", "no-slow", "", api=api, spec=rule),
        )
        create(
            plane,
            f"{ADMISSION}/validatingadmissionpolicybindings",
            document("ValidatingAdmissionPolicyBinding", "no-slow", "", api=api, spec=binding),
        )
    return world


@pytest.fixture
def world(synced: World) -> Iterator[World]:
    """Each test has a branch of its own for its HEAD."""
    yield synced
    synced.repo.git("reset", "--hard", "--quiet", synced.repo.git("rev-list", "--max-parents=0", "main"))


def test_a_member_that_holds_it_all_has_no_differences(world: World) -> None:
    ran = world.run("diff", "HEAD", "HEAD", "--live")
    assert (ran.code, ran.out, ran.err) == (0, "No differences.\n", "")


def test_a_change_is_shown_once_without_what_servers_write(world: World, planes: list[ControlPlane]) -> None:
    before = [len(plane.audited()) for plane in planes]
    recorded = branch_files(world.repo.path, STATUS)
    world.commit({**placed("web", image="docker.io/library/nginx:1.29"), "new.yaml": config("new", a="b")}, "settings.yaml")
    ran = world.run("diff", "HEAD~1", "HEAD", "--live")
    assert ran.code == 0
    headings = [line for line in ran.out.splitlines() if re.match(r"[a-z0-9]", line)]
    assert headings == [
        "remove ConfigMap shop/settings on all 2 clusters (settings.yaml:1): no copy is left",
        "change Deployment.apps shop/web on all 2 clusters (apps/web/workload.yaml:1)",
        "create ConfigMap shop/new on all 2 clusters (new.yaml:1)",
        "2 to create, 2 to change, 2 to remove on 2 clusters",
    ]
    changed = [line for line in ran.out.splitlines() if line.startswith(("+", "-"))]
    assert changed == ["-image: docker.io/library/nginx:1.28", "+image: docker.io/library/nginx:1.29"]
    as_json = world.run("diff", "HEAD~1", "HEAD", "--live", "-o", "json")
    assert not [word for word in NOISE if word in ran.out]
    assert not [word for word in ("managedFields", "resourceVersion", '"status"', "creationTimestamp") if word in as_json.out]
    # Nothing was written, neither there nor in Git.
    for plane, begun in zip(planes, before, strict=True):
        asked = [entry for entry in plane.audited()[begun:] if entry.get("userAgent") == "reconciler"]
        writes = [entry["requestURI"] for entry in asked if entry["verb"] not in ("get", "list", "watch")]
        assert writes
        assert all("dryRun=All" in write for write in writes)
    assert branch_files(world.repo.path, STATUS) == recorded


def test_what_others_changed_there_is_told_as_drift(world: World, planes: list[ControlPlane]) -> None:
    path = "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=somebody"
    planes[1].request(path, "PATCH", {"spec": {"replicas": 5}}, "application/merge-patch+json")
    ran = world.run("diff", "HEAD", "HEAD", "--live")
    dry = world.sync("--dry-run")
    planes[1].request(path, "PATCH", {"spec": {"replicas": 2}}, "application/merge-patch+json")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == (
        "scale Deployment.apps shop/web: 7 → 4: member2 5 → 2 (apps/web/workload.yaml:1): "
        "the member drifted: spec.replicas (by somebody)"
    )
    # A dry run of a sync shows the same numbers, and none of the server's bookkeeping.
    assert [line for line in dry.out.splitlines() if line.startswith(("+", "-"))] == ["-replicas: 5", "+replicas: 2"]
    assert not [word for word in NOISE if word in dry.out]


def test_what_a_member_would_refuse_is_told_in_its_words(world: World) -> None:
    """By admission, and by validation: a selector cannot change."""
    other = json.loads(placed("web")["apps/web/workload.yaml"].replace('"app": "web"', '"app": "other"'))
    world.commit({"settings.yaml": config("settings", mode="slow"), "apps/web/workload.yaml": json.dumps(other)})
    ran = world.run("diff", "HEAD~1", "HEAD", "--live")
    assert ran.code == 0
    by_admission, by_validation, total = ran.out.splitlines()
    assert by_admission.startswith("skip ConfigMap shop/settings on all 2 clusters: the member would refuse it: ")
    assert "slow is forbidden" in by_admission
    assert by_validation.startswith("skip Deployment.apps shop/web on all 2 clusters: the member would refuse it: ")
    assert "field is immutable" in by_validation
    assert total == "No differences, 2 skipped"
    document = world.run("diff", "HEAD~1", "HEAD", "--live", "-o", "json").json
    assert [(item["object"]["name"], item["clusters"]) for item in document["skipped"]] == [
        ("settings", ["member1", "member2"]),
        ("web", ["member1", "member2"]),
    ]


@pytest.fixture
def elsewhere() -> Iterator[socket.socket]:
    """A server that must never be talked to."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        yield listening


def test_head_chooses_no_connection(world: World, planes: list[ControlPlane], elsewhere: socket.socket) -> None:
    """Neither for a member that there is, nor for one of its own, nor by another instance's name."""
    mine = (world.members / "member1.kubeconfig").read_text()
    port = elsewhere.getsockname()[1]
    for name in ("evil", "worse"):
        (world.members / f"{name}.kubeconfig").write_text(mine.replace(planes[0].url, f"https://127.0.0.1:{port}"))
    world.commit(
        {
            "clusters/member1.yaml": member("member1", "evil.kubeconfig"),
            "clusters/member3.yaml": member("member3", "worse.kubeconfig"),
            **configuration(instance="somebody-else", conflictResolution="Overwrite"),
        }
    )
    ran = world.run("diff", "HEAD~1", "HEAD", "--live")
    with pytest.raises(BlockingIOError):
        elsewhere.accept()
    assert ran.code == 0
    assert ran.out.splitlines() == [  # All that member3 gets, and nothing else: the others hold it.
        "create ConfigMap shop/settings, Namespace shop, Secret shop/key on member3 (clusters/member3.yaml:1)",
        "create Deployment.apps shop/web on member3, 2 replicas (clusters/member3.yaml:1)",
        "4 to create on 1 cluster",
    ]
    assert "member3: not connected: it is new in HEAD; compared offline" in ran.err
    assert "member1: HEAD changes how this member is reached; the connection of BASE was used" in ran.err
    assert "HEAD changes the Configuration; the Configuration of BASE was used" in ran.err
    assert world.run("diff", "HEAD~1", "HEAD", "--live", "-o", "json").json["offline"].keys() == {"member3"}


def test_what_is_not_ours_is_not_shown(world: World, planes: list[ControlPlane]) -> None:
    """HEAD may want to take it over; whoever wrote HEAD need not be allowed to read it."""
    create(planes[0], "/api/v1/namespaces/default/configmaps", config("theirs", "default", inside="private"))
    theirs = {"theirs.yaml": config("theirs", "default", mine="now")}
    taking = policy("theirs", selector("ConfigMap", "theirs"), "member1", conflictResolution="Overwrite")
    world.commit({**theirs, "theirs-policy.yaml": taking.replace('"shop"', '"default"')})
    outs = [world.run("diff", "HEAD~1", "HEAD", "--live", *output).out for output in ((), ("-o", "json"))]
    assert outs[0].startswith("change ConfigMap default/theirs on member1 (theirs.yaml:1): taken over")
    assert "+  mine: now" in outs[0]
    assert not [out for out in outs if "private" in out]
    world.commit({"theirs-policy.yaml": taking.replace('"shop"', '"default"').replace("Overwrite", "Abort")})
    ran = world.run("diff", "HEAD~1", "HEAD", "--live")
    assert "skip ConfigMap default/theirs on member1: it already exists there and is not ours" in ran.out
    assert "private" not in ran.out


def test_secrets_are_masked(world: World) -> None:
    world.commit({"key.yaml": secret("key", password="hunter3")})
    for output in ((), ("-o", "json"), ("-o", "yaml")):
        ran = world.run("diff", "HEAD~1", "HEAD", "--live", *output)
        assert ran.code == 0
        assert "******** (2)" in ran.out
        assert not re.search("hunter|aHVudGVy", ran.out + ran.err)


def test_a_broken_configuration_of_base_stops_it(world: World, tmp_path: Path) -> None:
    world.commit(configuration(instance=["no", "name"]))
    ran = world.run("diff", "HEAD", "HEAD", "--live")
    assert ran.code == 3


def test_a_member_that_does_not_answer_is_named_below(world: World, planes: list[ControlPlane]) -> None:
    """The last test here: it kills a server."""
    planes[1].kill()
    world.commit(placed("web", image="docker.io/library/nginx:1.29"))
    ran = world.run("diff", "HEAD~1", "HEAD", "--live")
    assert ran.code == 3
    assert "change Deployment.apps shop/web on member1 (" in ran.out
    assert "member2 does not answer at 127.0.0.1:" in ran.err
    document = world.run("diff", "HEAD~1", "HEAD", "--live", "-o", "json").json
    assert list(document["unanswered"]) == ["member2"]
