"""What would move without some members."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.facts_reader import FactsReader
from reconciler.dashboard.page import Asked
from reconciler.dashboard.pages.simulation import Simulation, gather, lost_members, view
from reconciler.dashboard.questions import Questions, WhatIf
from reconciler.dashboard.scope import EVERYTHING, Scope, visible
from reconciler.model.keys import ResourceKey
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.repo.client import Repository
from tests.support.showcase import THEN

LEDGER = ResourceKey("apps", "StatefulSet", "payments", "ledger")
FRAUD = ResourceKey("apps", "Deployment", "payments", "fraud")


def asked(facts: Facts, lose: str = "") -> Asked:
    return Asked(facts, THEN, query={"lose": lose}, address="/simulate")


def reader(facts: Facts) -> FactsReader:
    made = FactsReader(cast(Repository, None), ThreadCompiler(Compiler()), lambda: THEN)
    made._facts = facts  # As if it had read them.
    return made


def answered(facts: Facts, lose: str, scope: Scope = EVERYTHING) -> tuple[WhatIf | None, Simulation]:
    seen = visible(facts, scope)
    found = asyncio.run(gather(Questions(seen, reader(facts), THEN), asked(seen, lose)))
    return found, view(asked(seen, lose), found)


def test_members_are_named_with_commas_or_spaces(facts: Facts) -> None:
    assert lost_members(asked(facts, " us-east-1, eu-north-1  lab,")) == (["eu-north-1", "lab", "us-east-1"], [])
    assert lost_members(asked(facts, "lab,<b>")) == (["lab"], ["<b>"])


def test_nothing_is_compiled_where_nothing_or_nobody_is_named(facts: Facts) -> None:
    for lose in ("", "nobody", "lab,nobody"):
        found, page = answered(facts, lose)
        assert (found, page.moves) == (None, None)
    assert answered(facts, "lab,nobody")[1].unknown == ("nobody",)


def test_what_ran_on_a_lost_member_moves_to_the_others(facts: Facts) -> None:
    found, page = answered(facts, "us-east-1")
    assert found is not None
    assert page.moves is not None
    fraud = next(one for one in found.moved if one.key == FRAUD)
    before = facts.state.decisions[FRAUD].binding.replicas_in("us-east-1")
    assert fraud.lost == {"us-east-1": before}
    assert sum(fraud.got.values()) == before
    assert set(fraud.got) <= {"us-east-2", "us-east-3"}
    assert page.moves.leave >= page.moves.come > 0
    assert page.moves.heading == "Without us-east-1"
    assert {move.name for move in page.moves.drawn} >= {"payments/fraud", "shop/web"}
    assert "shop/settings (ConfigMap)" not in {move.name for move in page.moves.drawn}
    assert page.moves.others > 5
    assert page.moves.in_short.endswith(f"{page.moves.others} objects without replicas would only lose copies.")


def test_only_objects_that_may_be_seen_are_told_of(facts: Facts) -> None:
    found, _ = answered(facts, "us-east-1", Scope(("shop",), None))
    assert found is not None
    assert {one.key.namespace for one in found.moved} == {"shop"}


def test_members_that_may_not_be_seen_are_not_there(facts: Facts) -> None:
    few = Scope(None, ("us-*",))
    assert answered(facts, "eu-north-1", few)[1].unknown == ("eu-north-1",)
    found, page = answered(facts, "us-east-1", few)
    assert found is not None
    assert {name for one in found.moved for name in (*one.lost, *one.got)} <= {"us-east-1", "us-east-2", "us-east-3"}
    assert set(found.unplaced.values()) <= {""}
    assert page.members == ("us-east-1", "us-east-2", "us-east-3")


def test_an_answer_is_kept_for_the_same_facts(facts: Facts) -> None:
    one = reader(facts)

    async def twice() -> tuple[Any, Any]:
        lost = frozenset(facts.clusters.keys() & {"lab"})
        return await one.simulated(facts, lost, THEN), await one.simulated(facts, lost, THEN)

    first, second = asyncio.run(twice())
    assert first is second


def test_regions_with_few_members_are_offered(facts: Facts) -> None:
    regions = view(asked(facts), None).regions
    assert [(one.name, one.members) for one in regions] == [("ap-south", 2), ("eu-central", 3), ("eu-north", 3), ("us-east", 3)]
    assert regions[0].href == "/simulate?lose=ap-south-1%2Cap-south-2"
