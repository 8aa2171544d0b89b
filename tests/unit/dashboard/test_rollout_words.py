"""Whose words about rollouts a person reads who sees some namespaces: on real Git."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reconciler.dashboard.facts_reader import FactsReader
from reconciler.dashboard.questions import Questions
from reconciler.dashboard.scope import Scope, visible
from reconciler.model.keys import ResourceKey
from reconciler.model.rollout import RecordedRollout
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from tests.support.fleet import World, fleet
from tests.unit.review.test_rollout_statements import ANNOTATED, CONFIGURATION, CONTROL, STRATEGY


async def test_of_rollouts_of_others_only_that_something_was_stated(tmp_path: Path) -> None:
    world = World(tmp_path, {**fleet("m1"), "reconciler.yaml": CONFIGURATION + STRATEGY + CONTROL, "policy.yaml": ANNOTATED})
    async with await Repository.open(str(world.repo.path)) as repository:
        reader = FactsReader(repository, ThreadCompiler(Compiler()), lambda: datetime.now(UTC))
        whole = await reader.facts()

        async def told(scope: Scope) -> list[tuple[str, bool, str]]:
            found = await Questions(visible(whole, scope), reader, datetime.now(UTC)).rollout_statements()
            return [(str(one.ref or "Configuration"), bool(one.author), one.detail) for one in found]

        promoted = ("PropagationPolicy shop/web", True, "1234567890/*")
        assert sorted(await told(Scope(None, None))) == [
            ("Configuration", True, "1234567890/europe"),
            ("Configuration", True, "look first"),
            promoted,
        ]
        assert await told(Scope(("shop",), None)) == [promoted]
        assert await told(Scope(("payments",), None)) == []
        assert await told(Scope(("shop",), ("m1",))) == [], "a rollout is about all members"
        theirs = RecordedRollout(None, "a" * 40, datetime.now(UTC), objects={ResourceKey("", "ConfigMap", "payments", "c"): ()})
        whole = reader._facts = replace(whole, state=replace(whole.state, rollouts={theirs.name: theirs}))
        assert await told(Scope(("payments",), None)) == [("Configuration", False, "")] * 2, "it concerns their objects"
