"""`register` and `unregister` on a real API server: what they create, write, refuse, delete and leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.daemon import daemon
from tests.support.fleet import branch_files, config, policy, selector
from tests.support.githttp import serve
from tests.support.helm import AGENT_CHART, Helm, HelmHost
from tests.support.pod import pod_of
from tests.support.program import Ran
from tests.support.servers import ServerWorld, eventually

PASSWORD = "hush-hush"
URL = "https://git.example.com/config.git"
AGENT = "reconciler-agent"
EVERYTHING = {
    "ServiceAccount",
    "PersistentVolumeClaim",
    "ClusterRole",
    "ClusterRoleBinding",
    "Service",
    "NetworkPolicy",
    "Deployment",
}
pytestmark = pytest.mark.members("m2")


class Registration:
    """The commands, for m2, with a namespace of its own."""

    def __init__(self, world: ServerWorld, tmp_path: Path) -> None:
        self.world = world
        self.plane = world.planes["m2"]
        self.namespace = f"{world.namespace}-agent"
        self.credentials = tmp_path / "credentials"
        self.credentials.mkdir()
        (self.credentials / "username").write_text("edge")
        (self.credentials / "password").write_text(PASSWORD)

    def run(self, verb: str, *words: str, member: str = "m2") -> Ran:
        where = ("--namespace", self.namespace, "--kubeconfig", str(self.plane.kubeconfig))
        ran = self.world.run(verb, member, *where, *words)
        assert PASSWORD not in ran.out + ran.err
        return ran

    def done(self, verb: str, *words: str) -> dict[str, set[str]]:
        """Action → kinds or files, of a run that must succeed."""
        ran = self.run(verb, *words)
        assert ran.code == 0, ran.err
        made: dict[str, set[str]] = {}
        for action, kind in re.findall(r"^  (\w+) +(\S+)", ran.out, re.MULTILINE):
            made.setdefault(action, set()).add(kind)
        made.pop("committed", None)
        return made

    def cluster(self, revision: str = "HEAD") -> Any:
        return yaml.safe_load(self.world.repo.git("show", f"{revision}:clusters/m2.yaml"))


@pytest.fixture
def registration(world: ServerWorld, tmp_path: Path) -> Iterator[Registration]:
    """Leaves no agent: its claim and its ClusterRole would be in the way of other tests."""
    one = Registration(world, tmp_path)
    yield one
    one.run("unregister", "--only-agent")


def test_from_the_first_register_to_the_end(registration: Registration) -> None:
    options = ("--url", URL, "--git-credentials", str(registration.credentials))
    objects, file = EVERYTHING | {"Namespace", "Secret"}, "clusters/m2.yaml"
    head = registration.world.repo.git("rev-parse", "HEAD")
    assert registration.done("register", *options, "--dry-run") == {"created": objects, "configured": {file}}
    assert registration.world.repo.git("rev-parse", "HEAD") == head
    assert registration.done("register", *options) == {"created": objects, "configured": {file}}
    assert registration.done("register", *options) == {"unchanged": objects | {file}}
    cluster = registration.cluster()
    assert cluster["spec"] == {"syncMode": "Pull"}
    assert not cluster["metadata"].get("annotations"), "the leader's connection is gone"

    (registration.credentials / "password").write_text(f"{PASSWORD}-2")
    assert registration.done("register", *options)["configured"] == {"Secret"}
    less = registration.done("register", *options, "--no-persistence", "--label", "site=edge")
    assert (less["deleted"], less["configured"]) == ({"PersistentVolumeClaim"}, {"Deployment", file})
    assert registration.cluster()["metadata"]["labels"] == {"site": "edge"}

    refused = registration.run("register", *options, member="m3")
    assert (refused.code, "keeps the member m2" in refused.err) == (3, True)
    unknown = registration.world.run("unregister", "m22", "--force")
    assert (unknown.code, "no member is called m22. Did you mean" in unknown.err) == (2, True)
    refused = registration.run("unregister", member="m3")
    assert (refused.code, "keeps the member m2" in refused.err) == (3, True)

    gone = EVERYTHING - {"PersistentVolumeClaim"} | {"Secret", file}
    assert registration.done("unregister", "--dry-run") == {"deleted": gone}
    assert registration.done("unregister") == {"deleted": gone}
    assert registration.done("unregister") == {"unchanged": {"no"}}
    assert file not in registration.world.repo.git("ls-tree", "-r", "--name-only", "HEAD")


def test_a_pull_request_and_a_person_without_a_clone(registration: Registration) -> None:
    """The one writes the Cluster file on a branch, and the other one the agent alone."""
    assert registration.done("register", "--url", URL, "--only-agent") == {"created": EVERYTHING | {"Namespace"}}
    head = registration.world.repo.git("rev-parse", "HEAD")
    ran = registration.run("register", "--url", URL, "--branch", "add-m2")
    assert (ran.code, "(on the branch add-m2)" in ran.out) == (0, True), ran.err
    assert registration.world.repo.git("rev-parse", "HEAD") == head == registration.world.repo.git("rev-parse", "add-m2^")
    assert registration.world.repo.git("status", "--porcelain") == ""
    assert registration.cluster("add-m2")["spec"]["syncMode"] == "Pull"
    assert registration.cluster()["spec"]["syncMode"] == "Push"
    again = registration.run("register", "--url", URL, "--branch", "add-m2")
    assert (again.code, "add-m2 exists already" in again.err) == (3, True)
    assert registration.done("unregister", "--only-agent") == {"deleted": EVERYTHING}


def test_what_others_made_is_refused_and_stays(registration: Registration, tmp_path: Path) -> None:
    host = HelmHost(registration.plane, registration.namespace, Helm.of("helm3", tmp_path), AGENT_CHART)
    no_claim = {"cache": {"persistence": {"enabled": False}}}
    host.put("install", {"clusterName": "m2", "git": {"url": URL}, **no_claim})
    refused = registration.run("register", "--url", URL)
    assert (refused.code, "helm uninstall" in refused.err) == (3, True)
    assert registration.cluster()["spec"]["syncMode"] == "Push"
    refused = registration.run("unregister")
    assert (refused.code, "reconciler unjoin m2" in refused.err) == (3, True)
    assert "Deployment" in host.kinds()
    host.release("uninstall", more=["--wait"])


def test_a_member_of_a_leader_gets_an_agent_and_one_of_another_name_does_not(registration: Registration) -> None:
    world = registration.world
    (world.members / "m2.kubeconfig").unlink()
    ran = world.run("join", "m2", "--kubeconfig", str(registration.plane.kubeconfig), "--namespace", registration.namespace)
    assert ran.code == 0, ran.err
    refused = registration.run("register", "--url", URL, member="m9")
    assert (refused.code, "joined already, as m2" in refused.err) == (3, True)
    ran = registration.run("register", "--url", URL)
    assert (ran.code, "by which the leader wrote here" in ran.out) == (0, True), ran.err
    assert set(registration.cluster()["spec"]) == {"syncMode"}


def test_a_cluster_that_is_another_one_than_before_is_refused(registration: Registration) -> None:
    assert registration.world.sync().code == 0
    seen = registration.world.status_branch()["clusters/m2.yaml"].decode()
    (uid,) = re.findall(r"^ *id: *(\S+)$", seen, re.MULTILINE)
    forged = seen.replace(uid, "00000000-0000-0000-0000-000000000000")
    repo = registration.world.repo
    repo.git("checkout", "--quiet", "reconciler/status")
    repo.write({"clusters/m2.yaml": forged}).commit()
    repo.git("checkout", "--quiet", "main")
    refused = registration.run("register", "--url", URL)
    assert (refused.code, "another cluster" in refused.err, "--replace" in refused.err) == (3, True, True)
    assert registration.run("register", "--url", URL, "--replace").code == 0


@pytest.mark.members("m1", "m2")
def test_the_program_runs_with_the_stored_credential(registration: Registration, tmp_path: Path) -> None:
    world = registration.world
    world.commit({"c.yaml": config("c", key="1"), "p.yaml": policy("c", selector("ConfigMap"), "m2")})
    (world.members / "m2.kubeconfig").unlink()
    served = tmp_path / "served" / "config.git"
    with serve(tmp_path / "served", "edge", PASSWORD) as place:
        options = ("--url", f"http://{place}/config.git", "--git-credentials", str(registration.credentials))
        assert registration.run("register", *options).code == 0
        world.repo.bare_clone(served)
        places = ("--repo", f"file://{served}", "--member-root", str(world.members), "--cache", str(tmp_path / "leader"))
        with daemon(tmp_path, *places, name="leader") as leader:
            leader.settle()
            with pod_of(registration.plane, registration.namespace, AGENT, tmp_path / "pod") as edge:
                eventually(lambda: b"applied: true" in recorded(world, served), seconds=60)
                assert world.holders("configmaps", "c") == ["m2"]
                assert edge.end() == 0
        world.repo.git("fetch", "--quiet", str(served), "+reconciler/status:reconciler/status")
        ran = registration.run("unregister")
        assert (ran.code, f"ConfigMap {world.namespace}/c" in ran.err) == (0, True), ran.err
        assert world.holders("configmaps", "c") == ["m2"], "what runs stays"


def recorded(world: ServerWorld, repository: Path) -> bytes:
    """What the leader says about the ConfigMap."""
    return branch_files(repository, "reconciler/status").get(f"reports/{world.namespace}/ConfigMap/c.yaml", b"")
