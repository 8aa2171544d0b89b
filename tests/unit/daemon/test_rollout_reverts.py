"""Which reverts of rollouts are proposed, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, cast

from reconciler.daemon.log import Log
from reconciler.daemon.rollout_reverts import RolloutReverts
from reconciler.model.rollout import RolloutPhase
from reconciler.model.tree import Tree
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from tests.support.in_memory_fleet import NOW, Files, committed
from tests.unit.passes.test_rollout import APP, COMMITS, CONFIG, GROUPS, NAMES, Rollouts, files


class Quiet:
    def warning(self, message: str, **values: object) -> None:
        """Nothing is written."""


class Branches:
    """What a repository is asked for by a proposal: revisions in memory, and the branch of proposals."""

    def __init__(self, revisions: Mapping[str, Files]) -> None:
        self.revisions = revisions
        self.proposed: list[list[str]] = []
        """The files of each commit on the branch of proposals."""

    async def resolve(self, name: str) -> Commit:
        return Commit(name, "", "", "", NOW)

    async def read_tree(self, commit: Commit) -> Tree:
        return committed(self.revisions[commit.sha])[0]

    async def read_blobs(self, blobs: Iterable[str]) -> dict[str, bytes]:
        every = {blob: content for one in self.revisions.values() for blob, content in committed(one)[1].items()}
        return {blob: every[blob] for blob in blobs}

    async def remotes(self) -> tuple[str, ...]:
        return ()

    async def read_branch_files(self, branch: str) -> tuple[None, dict[str, bytes]]:
        return None, {}

    async def replace_branch(self, branch: str, *, changes: Mapping[str, bytes | None], **others: Any) -> str:
        self.proposed.append(sorted(changes))
        return "f" * 40


def revision(image: str, mode: str) -> Files:
    """A Deployment with the strategy of the Configuration, and a ConfigMap whose policy names another one."""
    text = "apiVersion: reconciler.dev/v1alpha1\nkind: Configuration\nspec:\n"
    rollout = GROUPS + "    onFailure: revert\n    progressDeadline: 1s\n"
    named = "  rollouts:\n    other:\n" + rollout.replace("    ", "      ")
    made = {**files(image, rollout=""), "reconciler.yaml": f"{text}  rollout:\n{rollout}{named}", "shop/config.yaml": CONFIG}
    policy = made["shop/policy.yaml"]
    made["shop/policy.yaml"] = policy.replace(", {apiVersion: v1, kind: ConfigMap}", "")
    metadata = "{name: config, namespace: shop, annotations: {reconciler.dev/rollout: other}}"
    of_config = policy.replace("{name: app, namespace: shop}", metadata).replace("{apiVersion: apps/v1, kind: Deployment}, ", "")
    return {**made, "shop/config-policy.yaml": of_config, "shop/config.yaml": CONFIG.replace("fast", mode)}


def test_of_two_rollouts_that_fail_the_second_is_proposed_when_the_first_is_taken_back() -> None:
    async def check() -> None:
        fleet, log = Rollouts(*NAMES), cast(Log, Quiet())
        await fleet.one_pass(COMMITS[0], revision("app:1", "fast"))
        fleet.members["a"].refuses = {str(APP), "ConfigMap shop/config"}
        for _ in range(3):
            fleet.later(minutes=1)
            done = await fleet.one_pass(COMMITS[1], revision("app:2", "slow"))
        assert [one.phase for one in fleet.recorded.rollouts.values()] == [RolloutPhase.FAILED] * 2
        branches = Branches(fleet.revisions)
        reverts = RolloutReverts(cast(Repository, branches), lambda: NOW, push=False)
        for _ in range(2):
            if reverts.passed(COMMITS[1], done):
                await reverts.due()(log)
        assert branches.proposed == [["shop/app.yaml"]]
        assert not reverts.pending
        fleet.members["a"].refuses = {"ConfigMap shop/config"}
        done = await fleet.one_pass(COMMITS[2], revision("app:1", "slow"))
        assert reverts.passed(COMMITS[2], done)
        await reverts.due()(log)
        assert branches.proposed == [["shop/app.yaml"], ["shop/config.yaml"]]

    asyncio.run(check())


class Followed(Branches):
    """With a branch that is followed, to which reverts are committed."""

    def __init__(self, revisions: Mapping[str, Files]) -> None:
        super().__init__(revisions)
        self.tip, self.commits = COMMITS[1], 0

    async def branch_head(self, branch: str) -> str:
        return self.tip

    async def commit_files(self, branch: str, *, parent: str, changes: Mapping[str, bytes | None], **others: Any) -> str:
        kept = {path: text for path, text in self.revisions[parent].items() if changes.get(path, b"") is not None}
        changed = {path: content.decode() for path, content in changes.items() if content is not None}
        self.revisions, self.tip = {**self.revisions, COMMITS[2]: {**kept, **changed}}, COMMITS[2]
        self.commits += 1
        return self.tip


def test_a_process_that_starts_again_after_a_revert_commits_none() -> None:
    async def check() -> None:
        fleet, log = Rollouts(*NAMES), cast(Log, Quiet())
        first, second = (files(image, rollout=GROUPS + "    onFailure: revert\n") for image in ("app:1", "app:2"))
        await fleet.one_pass(COMMITS[0], first)
        fleet.members["a"].refuses = {str(APP)}
        for _ in range(3):
            fleet.later(minutes=11)
            done = await fleet.one_pass(COMMITS[1], second)
        branches = Followed(fleet.revisions)
        for _ in range(2):  # The second process does not know that the first one committed, and has not read the branch again.
            reverts = RolloutReverts(cast(Repository, branches), lambda: NOW, push=False, directly_to=lambda: "main")
            assert reverts.passed(COMMITS[1], done)
            assert reverts.is_news
            await reverts.due()(log)
            assert not reverts.pending
        assert branches.commits == 1
        assert branches.revisions[COMMITS[2]] == first

    asyncio.run(check())
