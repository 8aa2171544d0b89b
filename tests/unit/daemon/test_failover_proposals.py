"""The branch on which failover is proposed, in a real repository."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from reconciler.daemon.failover_proposals import FailoverProposals
from reconciler.membership.failover_proposal import BRANCH
from reconciler.notify.proposed_pull_request import PullRequest, marker_of
from reconciler.passes.passes import Pass
from reconciler.repo.client import Repository
from tests.support.gitrepo import GitRepo
from tests.support.in_memory_fleet import NOW, Playground
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text, workload

FILES: dict[str, str] = {
    "clusters/both.yaml": f"# The first one.\n{cluster_file('m1')}---\n{cluster_file('m2')}",
    "clusters/m3.yaml": cluster_file("m3"),
    "reconciler.yaml": text("""
        apiVersion: reconciler.dev/v1alpha1
        kind: Configuration
        spec: {failover: {mode: propose}}
    """),
    "lost.yaml": text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: ClusterTaintPolicy
        metadata: {name: lost}
        spec:
          addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]
          taints: [{key: lost, effect: NoExecute}]
    """),
    "namespace.yaml": NAMESPACE,
    "web.yaml": workload("web", 2),
    "web-policy.yaml": policy_file(
        "web", "Deployment", f"{on('m1', 'm2')}, spreadConstraints: [{{spreadByField: cluster, minGroups: 1, maxGroups: 1}}]"
    ),
}


async def lost_m1(later: timedelta = timedelta()) -> Pass:
    world = Playground("m1", "m2", "m3")
    world.now += later
    await world.sync(FILES)
    world.members["m1"].refuses.add("look")
    await world.sync(FILES)
    world.now += timedelta(seconds=30)
    await world.sync(FILES)
    return await world.sync(FILES)


async def test_a_proposal_is_one_commit_on_top_of_the_revision_and_replaces_the_one_before(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "config")
    repo.write({**FILES})
    first = repo.commit()
    repo.git("init", "--quiet", "--bare", str(tmp_path / "origin"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin"))
    done = await lost_m1()
    async with await Repository.open(str(repo.path)) as repository:
        proposals = FailoverProposals(repository, lambda: NOW, push=True)
        proposals.passed(first, done)
        assert proposals.passed(first, done)
        commit = await proposals.commit()
        assert commit == repo.git("rev-parse", BRANCH)
        assert repo.git("rev-parse", f"{BRANCH}^") == first
        changed = repo.git("show", f"{BRANCH}:clusters/both.yaml")
        assert changed.startswith("# The first one.")
        (line,) = [line for line in repo.git("diff", first, BRANCH).splitlines() if line[:1] == "+" and line[:3] != "+++"]
        assert "reconciler.dev/evict" in line
        assert repo.git("log", "-1", "--format=%s", BRANCH) == "Let 1 object leave m1"
        assert not proposals.passed(first, done)
        assert await proposals.commit() is None
        again = FailoverProposals(repository, lambda: NOW, push=True)
        again.passed(first, done)
        assert await again.commit() is None  # Another process has proposed it.
        repo.write({"more.txt": "more"})
        second = repo.commit()
        proposals.passed(second, done)
        await proposals.commit()
        assert repo.git("rev-parse", f"{BRANCH}^") == first  # It says the same on an older revision.
        proposals.passed(second, await lost_m1(timedelta(hours=1)))
        newer = await proposals.commit()
        assert repo.git("rev-parse", f"{BRANCH}^") == second
        assert repo.git("ls-remote", "origin", BRANCH).split()[0] == newer


async def test_a_pull_request_is_asked_for_when_the_branch_is_pushed_and_given_up_with_the_proposal(tmp_path: Path) -> None:
    repo = GitRepo(tmp_path / "config")
    repo.write({**FILES})
    first = repo.commit()
    asked: list[PullRequest] = []
    done, well = await lost_m1(), await Playground("m1", "m2", "m3").sync(FILES)
    async with await Repository.open(str(repo.path)) as repository:
        proposals = FailoverProposals(repository, lambda: NOW, push=True, propose=asked.append, base="main")
        proposals.passed(first, done)
        await proposals.commit()
        assert not asked, "nobody could merge a branch that is only here"
        repo.git("init", "--quiet", "--bare", str(tmp_path / "origin"))
        repo.git("remote", "add", "origin", str(tmp_path / "origin"))
        again = FailoverProposals(repository, lambda: NOW, push=True, propose=asked.append, base="main")
        again.passed(first, done)
        await again.commit()
        (wanted,) = asked
        assert (wanted.branch, wanted.base, wanted.title) == (BRANCH, "main", "Let 1 object leave m1")
        assert wanted.text.startswith(marker_of(wanted.cause))
        assert "`Deployment.apps shop/web: m1:2 → m2:2`" in wanted.text
        again.passed(first, well)
        assert asked[1:] == [PullRequest(BRANCH, "main")]
        paused = replace(well, compiled=replace(well.compiled, evictions=replace(well.compiled.evictions, paused="too many")))
        again.passed(first, paused)
        assert len(asked) == 2
