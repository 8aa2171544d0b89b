"""The loop: it follows the branch and the members, mends what others changed, survives them, and ends when it is told to."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from tests.controlplane.start import ControlPlane
from tests.support.daemon import daemon
from tests.support.fleet import document, policy, selector
from tests.support.githttp import serve
from tests.support.servers import ServerWorld, eventually

MANY = 300
PASSWORD = "hush-hush"
NAMES = ("m1", "m2", "m3")


@pytest.fixture
def world(bare_world: ServerWorld) -> ServerWorld:
    return bare_world


def configs(count: int, *members: str, value: str = "1") -> dict[str, str]:
    """So many ConfigMaps and the policy that places them."""
    made = {f"configs/{number}.yaml": document("ConfigMap", f"c{number}", data={"value": value}) for number in range(count)}
    return {**made, "configs/policy.yaml": policy("configs", selector("ConfigMap", api="v1"), *members)}


def values(world: ServerWorld, name: str) -> list[str]:
    """Of all our ConfigMaps in a member."""
    items = world.planes[name].request(world.path("configmaps"))["items"]
    return [item["data"]["value"] for item in items if "value" in item.get("data", {})]


def at(world: ServerWorld, *more: str) -> tuple[str, ...]:
    return ("--repo", str(world.repo.path), *more)


def test_it_follows_the_branch_and_the_members_and_ends_cleanly(tmp_path: Path, world: ServerWorld) -> None:
    world.commit(configs(2, "m1", "m2"))
    with daemon(tmp_path, *at(world)) as running_one:
        running_one.settle()
        assert (running_one.ask("/healthz"), running_one.ask("/readyz")) == ((200, "ok\n"), (200, "ok\n"))
        assert values(world, "m1") == values(world, "m2") == ["1", "1"]

        world.commit(configs(2, "m1", "m2", value="2"))
        eventually(lambda: values(world, "m1") == values(world, "m2") == ["2", "2"])

        world.edit("m1", "configmaps", "c0", {"data": {"value": "changed"}})
        eventually(lambda: values(world, "m1") == ["2", "2"])
        (corrected,) = eventually(lambda: running_one.said("drift corrected"))
        assert (corrected["cluster"], "kubectl-edit" in corrected["reason"]) == ("m1", True)

        world.remove("m2", "configmaps", "c1")
        (_, restored) = eventually(lambda: running_one.said("drift corrected")[1:] and running_one.said("drift corrected"))
        assert (restored["cluster"], restored["resource"]) == ("m2", f"ConfigMap {world.namespace}/c1")
        assert values(world, "m2") == ["2", "2"]

        assert running_one.metric('reconciler_drift_corrected_total{cluster="m1"}') == 1
        assert running_one.metric('reconciler_drift_corrected_total{cluster="m2"}') == 1
        assert running_one.metric('reconciler_cluster_up{cluster="m3"}') == 1
        assert running_one.metric(f'reconciler_revision{{revision="{world.repo.git("rev-parse", "HEAD")}"}}') == 1
        assert running_one.end() == 0
    recorded = json.loads(world.run("status", "-o", "json").out)
    assert recorded["revision"] == world.repo.git("rev-parse", "HEAD")
    report = world.status_branch()[f"reports/{world.namespace}/ConfigMap/c0.yaml"].decode()
    assert "data.value (by kubectl-edit)" in report
    assert "the object was deleted" in world.status_branch()[f"reports/{world.namespace}/ConfigMap/c1.yaml"].decode()


def test_nothing_is_asked_or_written_while_nothing_happens(tmp_path: Path, world: ServerWorld) -> None:
    world.commit(configs(5, *NAMES))
    with daemon(tmp_path, *at(world)) as running_one:
        running_one.settle()
        time.sleep(2)
        commits, since = world.repo.git("rev-list", "--count", "reconciler/status"), world.audited()
        time.sleep(4)
        assert world.asked_in_passes(since) == []
        assert world.repo.git("rev-list", "--count", "reconciler/status") == commits
        assert running_one.metric('reconciler_polls_total{result="ok"}') >= 4


@pytest.mark.members("m1")
def test_a_revision_that_cannot_be_read_changes_nothing(tmp_path: Path, world: ServerWorld) -> None:
    world.commit(configs(2, "m1"))
    with daemon(tmp_path, *at(world)) as running_one:
        running_one.settle()
        good = world.repo.git("rev-parse", "HEAD")
        world.commit({"reconciler.yaml": "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec: [\n"})
        (said,) = eventually(lambda: running_one.said("cannot read the repository"))[:1]
        assert "reconciler.yaml" in said["error"]
        world.edit("m1", "configmaps", "c0", {"data": {"value": "changed"}})
        eventually(lambda: values(world, "m1") == ["1", "1"])
        assert running_one.metric(f'reconciler_revision{{revision="{good}"}}') == 1
        world.commit({**world.fleet(), **configs(2, "m1", value="2")})
        eventually(lambda: values(world, "m1") == ["2", "2"])


@pytest.mark.members("m1")
def test_complaints_about_a_revision_are_told_once(tmp_path: Path, world: ServerWorld) -> None:
    world.commit({**configs(2, "m1"), "broken.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: [\n"})
    with daemon(tmp_path, *at(world)) as running_one:
        running_one.settle()
        (said,) = running_one.said("error in the repository")
        assert said["place"].startswith("broken.yaml:")
        assert said["remedy"]
        world.edit("m1", "configmaps", "c0", {"data": {"value": "changed"}})
        eventually(lambda: running_one.said("drift corrected"))
        assert len(running_one.said("error in the repository")) == 1
        world.commit({"other.yaml": "kind: [\n"})
        eventually(lambda: len(running_one.said("error in the repository")) == 3)


def test_a_member_that_dies_with_its_applies_outstanding(tmp_path: Path, world: ServerWorld) -> None:
    """The others finish; when it is back it is brought to what the branch says, by the very same process."""
    dying = world.planes["m2"]
    with daemon(tmp_path, *at(world)) as running_one:
        eventually(lambda: running_one.ask("/readyz")[0] == 200, seconds=60)
        before = len(dying.audited())
        world.commit(configs(MANY, *NAMES))
        eventually(lambda: len(_written(dying, before)) >= 10, seconds=60)
        dying.kill()
        try:
            assert MANY - len(_written(dying, before)) >= 100, "outstanding"
            eventually(lambda: len(values(world, "m1")) == len(values(world, "m3")) == MANY, seconds=60)
            eventually(lambda: running_one.metric('reconciler_cluster_up{cluster="m2"}') == 0)
            assert running_one.ask("/readyz")[0] == 200

            world.commit(configs(MANY, *NAMES, value="2"))
            eventually(lambda: set(values(world, "m1")) == set(values(world, "m3")) == {"2"}, seconds=60)
        finally:
            dying.start()
        eventually(lambda: values(world, "m2") == ["2"] * MANY, seconds=120)
        eventually(lambda: running_one.metric('reconciler_cluster_up{cluster="m2"}') == 1)
        assert running_one.end() == 0
    assert world.run("status").code == 0


def _written(plane: ControlPlane, since: int) -> list[str]:
    return [entry["requestURI"] for entry in plane.audited()[since:] if entry["verb"] == "patch"]


@pytest.mark.members("m1")
def test_one_that_was_killed_is_gone_on_with_by_the_next(tmp_path: Path, world: ServerWorld) -> None:
    world.commit(configs(MANY, "m1"))
    with daemon(tmp_path, *at(world)) as killed:
        eventually(lambda: len(values(world, "m1")) >= 5, seconds=60)
        worker = children_of(killed.process.pid)
        assert worker
        killed.end(signal.SIGKILL)
        eventually(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in worker))
    with daemon(tmp_path, *at(world), name="next") as following:
        following.settle()
        eventually(lambda: values(world, "m1") == ["1"] * MANY, seconds=60)
        assert following.end() == 0


@pytest.mark.members("m1")
def test_told_to_stop_in_the_middle_it_finishes_what_is_under_way_and_records_it(tmp_path: Path, world: ServerWorld) -> None:
    world.commit(configs(MANY, "m1"))
    with daemon(tmp_path, *at(world)) as stopped:
        eventually(lambda: len(values(world, "m1")) >= 5, seconds=60)
        assert stopped.end() == 0
        assert stopped.said("stopped")
    done = len(values(world, "m1"))
    assert done < MANY
    rows = json.loads(world.run("status", "-o", "json").out)["objects"]
    applied = [row for row in rows if row["kind"] == "ConfigMap" and row["clusters"][0]["applied"]]
    assert len(applied) == done
    assert world.sync("--no-wait").code in (0, 1)
    assert values(world, "m1") == ["1"] * MANY


@pytest.mark.members("m1")
def test_it_polls_a_repository_over_http_with_credentials(tmp_path: Path, world: ServerWorld) -> None:
    world.commit(configs(2, "m1"))
    remote = world.repo.bare_clone()
    with serve(tmp_path, "ada", PASSWORD) as place:
        url = f"http://ada:{PASSWORD}@{place}/{remote.name}"
        more = ("--cache", str(tmp_path / "cache"), "--member-root", str(world.members))
        with daemon(tmp_path, "--repo", url, *more) as running_one:
            running_one.settle()
            world.commit(configs(2, "m1", value="2"))
            world.repo.git("push", "--quiet", str(remote), "main")
            eventually(lambda: values(world, "m1") == ["2", "2"])
            assert running_one.end() == 0
            assert PASSWORD not in running_one.log_file.read_text()
    assert world.repo.git("ls-remote", str(remote), "refs/heads/reconciler/status")


def children_of(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(folder.name))
    return found


@pytest.mark.members("m1")
def test_the_address_is_taken(tmp_path: Path, world: ServerWorld) -> None:
    with daemon(tmp_path, *at(world)) as first:
        port = first.said("started")[0]["port"]
        ran = world.run("run", "--listen", f"127.0.0.1:{port}")
    assert ran.code == 3
    assert "cannot listen on" in ran.err
