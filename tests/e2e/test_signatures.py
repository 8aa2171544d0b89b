"""`--verify-keys` and `--signing-key`: what no trusted key signed is not read, whether it is a revision or the status branch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.daemon import daemon
from tests.support.fleet import STATUS, World, contents, fleet, placed
from tests.support.program import Ran
from tests.support.servers import eventually
from tests.support.signingkeys import FORMATS, SigningKeyPair, new_key

DONE, USAGE, CANNOT = 0, 2, 3
ADA, MALLORY = new_key("ssh"), new_key("ssh", "Mallory")


class SignedWorld(World):
    """A fleet whose revisions Ada signs; the leader has a key of its own."""

    def __init__(self, folder: Path, leader: SigningKeyPair) -> None:
        super().__init__(folder)
        (folder / "trusted").mkdir()
        (folder / "trusted/ada.pub").write_bytes(ADA.public)
        (folder / "trusted/leader").write_bytes(leader.public)
        (folder / "leader.key").write_bytes(leader.private)
        self.options = ["--verify-keys", str(folder / "trusted"), "--signing-key", str(folder / "leader.key")]
        for setting in (("gpg.format", "ssh"), ("commit.gpgSign", "true"), ("user.signingKey", str(folder / "signer"))):
            self.repo.git("config", *setting)
        self.sign_as(ADA)
        self.commit({**fleet("m1"), **placed("web", "m1")})

    def sign_as(self, key: SigningKeyPair) -> None:
        signer = self.folder / "signer"
        signer.unlink(missing_ok=True)
        signer.touch(mode=0o600)
        signer.write_bytes(key.private)

    def sync(self, *arguments: str) -> Ran:
        return super().sync(*self.options, *arguments)

    def replicas(self) -> int:
        found: int = self.live("m1")["shop/Deployment.apps/web"]["spec"]["replicas"]
        return found


@pytest.fixture
def world(tmp_path: Path) -> SignedWorld:
    return SignedWorld(tmp_path, new_key("ssh", "Leader"))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_recorded_is_signed_and_has_its_author(tmp_path: Path, kind: str) -> None:
    world = SignedWorld(tmp_path, new_key(kind, "Leader"))
    assert world.sync("--author", "Fleet Bot <bot@example.org>").code == DONE
    assert (
        world.repo.git("log", "--format=%an <%ae> %cn <%ce>", STATUS) == "Fleet Bot <bot@example.org> Fleet Bot <bot@example.org>"
    )
    assert "\ngpgsig " in world.repo.git("cat-file", "commit", STATUS)
    world.commit(placed("web", "m1", replicas=5))
    assert (world.sync().code, world.replicas()) == (DONE, 5)


@pytest.mark.parametrize("who", ["nobody", "Mallory"])
def test_an_untrusted_revision_is_not_read(world: SignedWorld, who: str) -> None:
    assert world.sync().code == DONE
    before = (contents(world.members), world.status_branch())
    if who == "nobody":
        world.repo.git("config", "commit.gpgSign", "false")
    world.sign_as(MALLORY)
    commit = world.commit({"apps/web/workload.yaml": "spec: ["})  # If it were parsed, it would be an error of its own.
    ran = world.sync()
    assert (ran.code, ran.out, (contents(world.members), world.status_branch())) == (CANNOT, "", before)
    assert f"commit HEAD ({commit[:12]}) is " in ran.err
    assert "workload.yaml" not in ran.err
    assert "add the public key of its signer" in ran.err


def test_a_forged_status_branch_prunes_nothing(world: SignedWorld) -> None:
    """Whoever may push the branch could otherwise say which objects are ours."""
    assert world.sync().code == DONE
    good = world.repo.git("rev-parse", STATUS)
    world.sign_as(MALLORY)
    world.repo.git("switch", "--quiet", STATUS)
    world.repo.git("rm", "-r", "--quiet", "bindings")
    world.repo.commit("Nothing is placed")
    world.repo.git("switch", "--quiet", "main")
    world.sign_as(ADA)
    world.commit({"new.txt": "1"})
    before = contents(world.members)
    ran = world.sync()
    assert (ran.code, contents(world.members)) == (CANNOT, before)
    assert f"branch {STATUS} records which objects are ours" in ran.err
    assert f"git push --force origin {good}:refs/heads/{STATUS}" in ran.err
    world.repo.git("branch", "--force", STATUS, good)
    assert (world.sync().code, contents(world.members)) == (DONE, before)


def test_run_keeps_the_last_trusted_revision_in_force(world: SignedWorld, tmp_path: Path) -> None:
    with daemon(tmp_path, "--repo", str(world.repo.path), *world.options) as one:
        one.settle()
        world.sign_as(MALLORY)
        commit = world.commit(placed("web", "m1", replicas=7))
        eventually(lambda: [line for line in one.log if commit[:12] in str(line) and "is signed with the key" in str(line)])
        assert world.replicas() == 2
        world.sign_as(ADA)
        world.commit(placed("web", "m1", replicas=5))
        eventually(lambda: world.replicas() == 5, seconds=60)
        assert one.end() == DONE


def test_run_goes_on_beside_a_forged_status_branch_and_records_nothing(world: SignedWorld, tmp_path: Path) -> None:
    with daemon(tmp_path, "--repo", str(world.repo.path), *world.options) as one:
        one.settle()
        good = world.repo.git("rev-parse", STATUS)
        tree = world.repo.git("rev-parse", "main^{tree}")  # no bindings at all
        forged = world.repo.git("commit-tree", "-p", good, "-m", "Forged", tree)
        world.repo.git("update-ref", f"refs/heads/{STATUS}", forged)
        world.commit(placed("web", "m1", replicas=9))
        eventually(lambda: world.replicas() == 9, seconds=60)
        eventually(lambda: any(forged[:12] in str(line) and "is not signed" in str(line) for line in one.log), seconds=60)
        assert world.repo.git("rev-parse", STATUS) == forged
        world.repo.git("update-ref", f"refs/heads/{STATUS}", good)
        assert one.end() == DONE
    assert (world.sync().code, world.replicas()) == (DONE, 9)


def test_options_that_do_not_fit_together(world: SignedWorld) -> None:
    ran = world.run("sync", "--verify-keys", str(world.folder / "trusted"))
    assert (ran.code, "--signing-key" in ran.err) == (USAGE, True)
    assert world.run("sync", "--dry-run", "--verify-keys", str(world.folder / "trusted")).code == DONE
    ran = world.run("sync", "--author", "bot@example.org")
    assert (ran.code, "is no name with an address" in ran.err) == (USAGE, True)
