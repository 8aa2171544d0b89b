"""Whatever other clients do: the correction of single objects writes what a pass would have written, and nothing else; and a pass
that remembers what earlier passes computed comes to the same result as one that remembers nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.interpreter.deployment import RETAIN_REPLICAS_LABEL
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.ownership import INSTANCE_LABEL
from reconciler.model.recorded import ClusterStatus
from reconciler.passes.events import DriftCorrected, Event
from reconciler.passes.pass_cache import PassCache
from tests.support.drifting_shop import DriftingShop, replicas, value
from tests.support.in_memory_fleet import NOW
from tests.support.shop import BROKEN, SHOP, on, policy_file

Happened: TypeAlias = tuple[str, tuple[str, str, str]]

WHAT = st.sampled_from(["edit", "remove", "abandon", "wipe", "touch"])
"""Another client edits an object, deletes it, takes our label away, wipes its record of owners, or changes nothing of ours."""
WHICH = st.sampled_from([("m1", "ConfigMap", "settings"), ("m2", "ConfigMap", "settings"), ("m1", "Deployment", "web"),
                         ("m2", "Deployment", "web"), ("m3", "Deployment", "api"), ("m1", "Namespace", "shop")])  # fmt: skip
FILES: dict[str, dict[str, str]] = {
    "as it was": {},
    "a suspended policy": {
        "settings/policy.yaml": policy_file(
            "settings", "ConfigMap", on("m1", "m2"), api="v1", more="suspension: {dispatchingOnClusters: {clusterNames: [m1]}}"
        )
    },
    "a file with an error": {"web/policy.yaml": BROKEN},
    "a handover": {"web/policy.yaml": policy_file("web", "Deployment", on("m1", "m3"))},
    "a retained number": {
        "web/deployment.yaml": SHOP["web/deployment.yaml"].replace(
            "shop}", f"shop, labels: {{{RETAIN_REPLICAS_LABEL}: 'true'}}}}"
        )
    },
}


def interfere(shop: DriftingShop, what: str, member: str, kind: str, name: str) -> None:
    one = shop.members[member]
    if not any((key.kind, key.name) == (kind, name) for key in one.objects):
        return
    change = {"ConfigMap": value("9"), "Deployment": replicas(9), "Namespace": annotate}[kind]
    if what == "edit":
        one.edit(kind, name, change)
    elif what == "remove":
        one.remove(kind, name)
    elif what == "abandon":
        one.edit(kind, name, lambda item: item["metadata"]["labels"].pop(INSTANCE_LABEL, None))
    elif what == "wipe":
        one.edit(kind, name, change)
        item: Any = one.objects[one._key(kind, name)]
        one._store({**item, "metadata": {**item["metadata"], "managedFields": []}})
    else:
        one.edit(kind, name, lambda item: item["metadata"].setdefault("annotations", {}).update(theirs="1"))


def annotate(item: Any) -> None:
    item["metadata"]["annotations"]["reconciler.dev/id"] = "another"


def corrections(events: Iterable[Event]) -> dict[tuple[ClusterName, ResourceKey], str]:
    return {(event.cluster, event.key): event.reason for event in events if isinstance(event, DriftCorrected)}


def timeless(shop: DriftingShop) -> Any:
    """What is recorded of every copy, without the time at which a drift was noticed: each look at the clock is a second later."""

    def status(one: ClusterStatus) -> ClusterStatus:
        return replace(one, drift=replace(one.drift, since=NOW)) if one.drift is not None else one

    return {key: replace(report, statuses=tuple(map(status, report.statuses))) for key, report in shop.recorded.reports.items()}


def contents(shop: DriftingShop) -> Any:
    """What the members hold, without what only a server writes."""

    def content(item: Any) -> Any:
        metadata = {name: value for name, value in item["metadata"].items() if name not in ("resourceVersion", "managedFields")}
        return {**item, "metadata": metadata}

    return {name: {key: content(item) for key, item in member.objects.items()} for name, member in shop.members.items()}


async def compare(files: str, happened: list[Happened]) -> None:
    directly, by_pass = [await DriftingShop(SHOP).begin(passes=1) for _ in range(2)]
    for shop in (directly, by_pass):
        await shop.put({**SHOP, **FILES[files]})
        await shop.run_pass()
        if files != "a handover":
            await shop.settle(passes=1)
        for what, which in happened:
            interfere(shop, what, *which)
    if not directly.reconciliation.fleet.named.is_set():
        return
    done = await directly.correct()
    written = {(name, line) for name, lines in directly.log.items() for line in lines if line.startswith("apply")}
    whole = await by_pass.run_pass()
    would = {(name, line) for name, lines in by_pass.log.items() for line in lines if line.startswith("apply")}
    told = corrections(done.events)
    assert written <= would
    assert told.items() <= corrections(whole.events).items()
    assert len(told) == len(written), "every write is told as a correction"
    for name, key in told:
        assert contents(directly)[name][key] == contents(by_pass)[name][key]
        recorded = [shop.recorded.report_of(key).status_in(name) for shop in (directly, by_pass)]
        assert recorded[0] == recorded[1]
    after = await directly.run_pass()
    assert corrections(after.events).keys().isdisjoint(told)
    assert {**corrections(after.events), **told} == corrections(whole.events)
    assert contents(directly) == contents(by_pass)
    assert timeless(directly) == timeless(by_pass)


@settings(max_examples=40)
@given(st.sampled_from(list(FILES)), st.lists(st.tuples(WHAT, WHICH), min_size=1, max_size=4, unique_by=lambda one: one[1]))
def test_a_correction_is_what_a_pass_would_have_written(files: str, happened: list[Happened]) -> None:
    asyncio.run(compare(files, happened))


async def remember(history: list[tuple[str, list[Happened]]]) -> None:
    remembering, forgetting = [await DriftingShop(SHOP).begin(passes=1) for _ in range(2)]
    for files, happened in history:
        results = []
        for shop in (remembering, forgetting):
            await shop.put({**SHOP, **FILES[files]})
            for what, which in happened:
                interfere(shop, what, *which)
            if shop is forgetting:
                shop.reconciliation = replace(shop.reconciliation, cache=PassCache())
            results.append(await shop.run_pass())
        kept, fresh = results
        assert kept.plans == fresh.plans
        assert kept.outcomes == fresh.outcomes
        assert kept.events == fresh.events
        assert kept.statuses == fresh.statuses
        assert kept.recorded == fresh.recorded


HISTORY = st.lists(st.tuples(st.sampled_from(list(FILES)), st.lists(st.tuples(WHAT, WHICH), max_size=2)), min_size=1, max_size=5)


@settings(max_examples=40)
@given(HISTORY)
def test_a_pass_that_remembers_comes_to_the_same_result(history: list[tuple[str, list[Happened]]]) -> None:
    asyncio.run(remember(history))
