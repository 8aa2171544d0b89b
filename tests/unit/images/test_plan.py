"""The plan of a scan, on a real repository; registries are values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reconciler.edit.image_updates import ImagePlan, plan_image_updates
from reconciler.edit.work_tree import WorkTree
from reconciler.errors import ReconcilerError
from reconciler.repo.client import Repository
from tests.support.gitrepo import GitRepo

WEB, DB = "ghcr.io/shop/web", "ghcr.io/shop/db"
POLICY = """\
apiVersion: reconciler.dev/v1alpha1
kind: ImagePolicy
metadata: {{name: {name}, namespace: shop}}
spec: {{image: ghcr.io/shop/{name}, policy: {{semver: {{range: 1.x}}}}{more}}}
"""
VALUES = 'image: {image} # {{"$imagepolicy": "shop:{policy}"}}\n'
FILES = {
    "images/web.yaml": POLICY.format(name="web", more=""),
    "charts/web/values.yaml": VALUES.format(image=f"{WEB}:1.0.0", policy="web"),
}


@dataclass
class Registries:
    """Image → its tags, with their digests."""

    images: dict[str, Mapping[str, str]] = field(default_factory=dict)

    async def tags(self, image: str) -> frozenset[str]:
        if image not in self.images:
            raise ReconcilerError(f"{image}: no answer", remedy="Wait.")
        return frozenset(self.images[image])

    async def digest(self, image: str, tag: str) -> str:
        return self.images[image][tag]


@dataclass
class Shop:
    repo: GitRepo
    repository: Repository
    registries: Registries

    def commit(self, files: Mapping[str, str]) -> None:
        self.repo.write(dict(files)).commit()

    async def plan(self) -> ImagePlan:
        tree = await WorkTree.open(self.repository)
        return await plan_image_updates(self.repository, tree.checkout.head, tree.desired, self.registries)

    async def values(self) -> list[str]:
        return [update.value for update in (await self.plan()).updates]


def tags(*names: str) -> dict[str, str]:
    return {name: f"sha256:{index}" for index, name in enumerate(names)}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    repo = GitRepo(tmp_path / "repo").write(dict(FILES))
    repo.commit()
    async with await Repository.open(str(repo.path)) as repository:
        yield Shop(repo, repository, Registries({WEB: tags("1.0.0", "1.1.0", "2.0.0")}))


async def test_a_newer_image_is_written_where_it_is_named(shop: Shop) -> None:
    plan = await shop.plan()
    assert plan.changes == {"charts/web/values.yaml": FILES["charts/web/values.yaml"].replace("1.0.0", "1.1.0")}
    assert plan.issues == ()
    assert plan.message.startswith("Update web to 1.1.0\n")


async def test_a_value_that_was_taken_back_is_not_written_again_but_a_newer_one_is(shop: Shop) -> None:
    file = "charts/web/values.yaml"
    shop.commit((await shop.plan()).changes)
    assert (await shop.plan()).changes == {}
    shop.repo.git("revert", "--no-edit", "HEAD")
    plan = await shop.plan()
    assert plan.changes == {}
    assert [state.refused for state in plan.states] == [("1.1.0",)]
    shop.registries.images[WEB] = tags("1.0.0", "1.0.5", "1.1.0")
    assert await shop.values() == [f"{WEB}:1.0.5"], "the newest of the others"
    shop.registries.images[WEB] = tags("1.0.0", "1.1.0", "1.2.0")
    assert await shop.values() == [f"{WEB}:1.2.0"]
    assert shop.repo.git("show", f"HEAD:{file}") == FILES[file].strip()


async def test_a_digest_follows_a_tag_that_moves_and_one_that_was_taken_back_stays_away(shop: Shop) -> None:
    shop.commit({"images/web.yaml": POLICY.format(name="web", more=", digest: Always")})
    assert await shop.values() == [f"{WEB}:1.1.0@sha256:1"]
    shop.commit((await shop.plan()).changes)
    assert await shop.values() == []
    shop.registries.images[WEB] = {"1.1.0": "sha256:new"}
    assert await shop.values() == [f"{WEB}:1.1.0@sha256:new"]
    shop.commit((await shop.plan()).changes)
    shop.repo.git("revert", "--no-edit", "HEAD")
    assert await shop.values() == []


async def test_what_cannot_be_asked_changes_nothing_and_is_told(shop: Shop) -> None:
    both = {"images/db.yaml": POLICY.format(name="db", more=""), "b.yaml": VALUES.format(image=f"{DB}:1.0.0", policy="db")}
    shop.commit(both)
    plan = await shop.plan()
    assert [update.value for update in plan.updates] == [f"{WEB}:1.1.0"]
    assert [(issue.reason, issue.origin.file) for issue in plan.issues] == [("ImageNotKnown", "images/db.yaml")]


async def test_a_policy_that_allows_no_tag_and_a_marker_of_no_policy_are_told(shop: Shop) -> None:
    shop.registries.images[WEB] = tags("2.0.0")
    shop.commit({"b.yaml": VALUES.format(image="x:1", policy="web2"), "charts/web/values.yaml": "a: 1\n"})
    plan = await shop.plan()
    assert [(issue.reason, str(issue.origin)) for issue in plan.issues] == [
        ("UnknownImagePolicy", "b.yaml:1"),
        ("NoImageTag", "images/web.yaml:1"),
    ]


async def test_the_policy_of_a_tenant_changes_its_own_files_only(shop: Shop) -> None:
    tenant = (
        "apiVersion: reconciler.dev/v1alpha1\nkind: Tenant\nmetadata: {name: a}\n"
        "spec: {folders: [teams/a], namespaces: [shop], kinds: [{apiGroups: ['*'], kinds: ['*']}]}\n"
    )
    shop.repo.remove("images/web.yaml")
    own = VALUES.format(image=f"{WEB}:1.0.0", policy="web")
    shop.commit({"tenants.yaml": tenant, "teams/a/policy.yaml": FILES["images/web.yaml"], "teams/a/values.yaml": own})
    assert sorted((await shop.plan()).changes) == ["teams/a/values.yaml"]
