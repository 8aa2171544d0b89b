"""What is proposed is one pull request at a real forge, as long as it is proposed: a failover, and members of an inventory."""

from __future__ import annotations

import asyncio
import json
import secrets
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from reconciler.notify.proposed_pull_request import CLOSED
from tests.forge.pushed import Pushed
from tests.support.apiserver import FakeServer, says, serving
from tests.support.daemon import daemon
from tests.support.fleet import document
from tests.support.inventory import PROFILES, profile
from tests.support.servers import configuration, eventually

BRANCH = "reconciler/failover"
TITLE = "Let 1 object leave m1"
TAINT = {"key": "broken", "effect": "NoExecute"}


@pytest.fixture
def token(pushed: Pushed, tmp_path: Path) -> Path:
    """Of a user who may write to the repository."""
    name = f"reconciler-{secrets.token_hex(3)}"
    file = tmp_path / "forge-token"
    file.write_text(pushed.forge.add_user(name, "write:repository"))
    pushed.forge.add_collaborator(pushed.path, name)
    spec = {"failover": {"mode": "propose", "maxMembers": "50%", "maxObjects": "100%"}}
    configuration = document("Configuration", "all", "", api="reconciler.dev/v1alpha1", spec=spec)
    pushed.clone.write({"reconciler.yaml": configuration})
    pushed.push("0")
    return file


def options(pushed: Pushed, token: Path) -> tuple[str, ...]:
    where = ("--repo", pushed.forge.remote(pushed.path), "--cache", str(pushed.folder / "cache"))
    return (*where, "--member-root", str(pushed.members), "--forge", "gitea", "--forge-token-file", str(token))


def requests(pushed: Pushed, state: str = "all") -> list[dict[str, Any]]:
    """The newest first."""
    found: list[dict[str, Any]] = pushed.forge.request("GET", f"/repos/{pushed.path}/pulls?state={state}&limit=50")
    return sorted(found, key=lambda one: -one["number"])


def tainted(pushed: Pushed, value: str, *, fails: bool = True) -> str:
    spec = {"syncMode": "Push", "apiEndpoint": "file:m1", **({"taints": [TAINT]} if fails else {})}
    pushed.clone.git("pull", "--quiet", "--rebase", "origin", "main")
    pushed.clone.write({"clusters/m1.yaml": document("Cluster", "m1", "", api="cluster.karmada.io/v1alpha1", spec=spec)})
    return pushed.push(value)


def opened(pushed: Pushed) -> dict[str, Any]:
    (one,) = eventually(lambda: requests(pushed, "open"), seconds=60)
    return one


def merge(pushed: Pushed, pull: dict[str, Any]) -> None:
    """As soon as the forge has looked for conflicts: until then, it refuses with 405."""
    eventually(lambda: is_merged(pushed, f"/repos/{pushed.path}/pulls/{pull['number']}/merge"))


def is_merged(pushed: Pushed, path: str) -> bool:
    try:
        pushed.forge.request("POST", path, {"Do": "merge"})
    except HTTPError as error:
        if error.code != HTTPStatus.METHOD_NOT_ALLOWED:
            raise
        return False
    return True


def test_it_is_opened_kept_up_to_date_closed_and_merged(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    with daemon(tmp_path, *options(pushed, token)) as one:
        one.settle()
        tainted(pushed, "1")
        first = opened(pushed)
        assert (first["title"], first["head"]["ref"], first["base"]["ref"]) == (TITLE, BRANCH, "main")
        assert "`ConfigMap shop/settings: m1, m2, m3 → m2, m3`" in first["body"]
        assert "the member has the taint broken:NoExecute" in first["body"]
        assert "reconciler.dev/evict" in first["body"].partition("```diff")[2]
        assert pushed.values() == ["1"] * 3, "nothing moves before it is merged"
        tainted(pushed, "2")
        eventually(lambda: pushed.values() == ["2"] * 3)
        assert [each["number"] for each in requests(pushed)] == [first["number"]]
        tainted(pushed, "3", fails=False)
        closed = eventually(lambda: [each for each in requests(pushed) if each["state"] == "closed"], seconds=60)
        assert closed[0]["body"].startswith(CLOSED)
        tainted(pushed, "4")
        second = opened(pushed)
        assert second["number"] != first["number"]
        merge(pushed, second)
        eventually(lambda: pushed.values() == [None, "4", "4"], seconds=60)
        assert one.end() == 0
    assert [(each["number"], each["merged"]) for each in requests(pushed)] == [(second["number"], True), (first["number"], False)]


def test_a_person_who_closes_it_has_answered_also_for_another_process(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    with daemon(tmp_path, *options(pushed, token)) as one:
        one.settle()
        tainted(pushed, "1")
        first = opened(pushed)
        assert one.end() == 0
    pushed.forge.request("PATCH", f"/repos/{pushed.path}/pulls/{first['number']}", {"state": "closed"})
    with daemon(tmp_path, *options(pushed, token), name="second") as other:
        said = f"pull request {first['number']} of {BRANCH}: answered"
        eventually(lambda: [line for line in other.said("told") if line["message"] == said], seconds=60)
        assert other.end() == 0
    assert [(each["number"], each["state"]) for each in requests(pushed)] == [(first["number"], "closed")]


def test_a_rollout_that_failed_is_a_pull_request_that_takes_it_back(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    groups = [{"name": "first", "clusters": ["m1"]}, {"name": "rest"}]
    rollout = {"groups": groups, "progressDeadline": "1s", "onFailure": "revert"}
    pushed.clone.write({"reconciler.yaml": configuration("reconciler", rollout=rollout)})
    pushed.push("0")
    with daemon(tmp_path, *options(pushed, token)) as one:
        one.settle()
        eventually(lambda: pushed.values() == ["0"] * 3)
        held = pushed.members / "m1/shop/ConfigMap"
        (held / "settings.yaml").unlink()
        (held / "settings.yaml").mkdir()
        target = pushed.push("1")
        first = opened(pushed)
        assert (first["head"]["ref"], first["title"]) == (
            "reconciler/revert",
            f"Revert {target[:10]}: its rollout failed on m1",
        )
        assert "m1: not Current after 1s" in first["body"].replace("`", "")
        merge(pushed, first)
        (held / "settings.yaml").rmdir()
        eventually(lambda: pushed.values() == ["0"] * 3, seconds=60)
        assert one.end() == 0
    assert len(requests(pushed)) == 1


def known(host: FakeServer, *names: str) -> None:
    """The ClusterProfiles of the host cluster."""
    group, version = PROFILES.split("/")[2:4]
    host.answer(f"GET /apis/{group}", says({"preferredVersion": {"groupVersion": f"{group}/{version}"}}))
    host.answer(f"GET {PROFILES}", says({"items": [profile(name) for name in names]}))


async def test_new_members_are_one_request_that_follows_and_no_second_one(pushed: Pushed, token: Path, tmp_path: Path) -> None:
    inventory = {
        "mode": "propose",
        "interval": "1s",
        "rules": [{"name": "fleet", "source": "ClusterProfile", "namespace": "fleet"}],
    }
    pushed.clone.write({"reconciler.yaml": configuration("all", inventory=inventory)})
    pushed.push("1")
    async with serving() as host:
        known(host, "eu")
        place = tmp_path / "host.kubeconfig"
        context = {"name": "c", "context": {"cluster": "h", "user": "u"}}
        users = [{"name": "u", "user": {"token": "x"}}]
        clusters = [{"name": "h", "cluster": {"server": host.url}}]
        place.write_text(json.dumps({"clusters": clusters, "users": users, "contexts": [context], "current-context": "c"}))
        arguments = (*options(pushed, token), "--host-kubeconfig", str(place), "--allow-insecure")
        await asyncio.to_thread(follow_inventory, pushed, host, tmp_path, arguments)


def follow_inventory(pushed: Pushed, host: FakeServer, folder: Path, arguments: tuple[str, ...]) -> None:
    def looked_again() -> None:
        before = host.count(f"GET {PROFILES}")
        eventually(lambda: host.count(f"GET {PROFILES}") > before + 1, seconds=60)

    with daemon(folder, *arguments):
        first = opened(pushed)
        assert (first["head"]["ref"], first["title"]) == ("reconciler/inventory", "Add eu")
        looked_again()
        assert opened(pushed)["head"]["sha"] == first["head"]["sha"], "nothing changed"
        known(host, "eu", "us")
        eventually(lambda: opened(pushed)["title"] == "Add eu, us", seconds=60)
        pushed.forge.request("POST", f"/repos/{pushed.path}/pulls/{first['number']}/merge", {"Do": "merge"})
        looked_again()
        assert [(one["number"], one["merged"]) for one in requests(pushed)] == [(first["number"], True)]
        pushed.clone.git("pull", "--quiet", "--rebase", "origin", "main")
        assert pushed.clone.git("ls-files", "clusters").split()[:2] == ["clusters/eu.yaml", "clusters/m1.yaml"]
