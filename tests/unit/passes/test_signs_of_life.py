"""Signs of life: only where the Configuration asks for them, and only about members that are watched."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.cluster.access import Access
from reconciler.model.keys import ClusterName
from reconciler.model.sighting import BRANCH, Sighting
from reconciler.passes.controller import Controller
from reconciler.passes.options import Options
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.record.sighting_file import FILE, parse_sighting, sighting_file
from reconciler.repo.client import Repository
from tests.support.fleet import World, config, document, fleet, policy, selector

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def asking(**spec: Any) -> dict[str, str]:
    return {"reconciler.yaml": document("Configuration", "c", "", api="reconciler.dev/v1alpha1", spec=spec)}


async def test_a_sign_replaces_the_one_before_and_names_who_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {**fleet("m1", "m2"), "c.yaml": config("c", word="a"), "p.yaml": policy("p", selector("ConfigMap"))}
    world, moment = World(tmp_path, files), [NOW]
    async with (
        await Repository.open(str(world.repo.path), cache=tmp_path / "cache") as repository,
        Controller(
            repository, ThreadCompiler(), Access(world.members), lambda: moment[0], "HEAD", Options(wait=False), push=False
        ) as controller,
    ):
        await controller.fetch()
        await controller.adopt()
        assert not controller.owes_sign_of_life
        await controller.reconcile()
        await controller.record()
        assert not controller.owes_sign_of_life, "nobody asked for it"
        assert await repository.branch_tips(BRANCH) == {}

        world.commit(asking(heartbeat="5m"))
        await controller.fetch()
        await controller.adopt()
        await controller.reconcile()
        assert controller.owes_sign_of_life
        await controller.record()
        first = await sighting(repository)
        assert first == Sighting(NOW, FIVE, frozenset(), controller.revision), "folders are not watched"
        assert not controller.owes_sign_of_life

        clients = controller.clients
        monkeypatch.setattr(type(clients[ClusterName("m1")]), "is_watched", True)
        moment[0] += FIVE
        assert controller.owes_sign_of_life
        assert await controller.record() is None, "nothing new is recorded"
        second = await sighting(repository)
        assert (second.at, second.watched) == (NOW + FIVE, {"m1", "m2"})
        assert world.repo.git("rev-list", "--count", BRANCH) == "1"


async def sighting(repository: Repository) -> Sighting:
    tip = (await repository.branch_tips(BRANCH))[""]
    content = (await repository.read_files([tip], FILE, 10_000))[tip]
    assert isinstance(content, bytes)
    return parse_sighting(content)


def test_the_file_says_it_all() -> None:
    sign = Sighting(NOW, FIVE, frozenset({ClusterName("b"), ClusterName("a")}), "3f2c1ab")
    assert parse_sighting(sighting_file(sign)) == sign
    assert json.loads(sighting_file(sign))["status"]["watched"] == ["a", "b"]


@pytest.mark.parametrize("content", [b"{}", b"[", b'{"kind": "Sighting", "spec": {"schema": 2}}'])
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_sighting(content)
