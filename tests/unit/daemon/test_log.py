"""Lines of the log: one for each event, with its cluster and resource, and each value on one line."""

from __future__ import annotations

import io
import json
from typing import Any

from reconciler.daemon.log import log_events, logger
from reconciler.model.changes import Action
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.passes.events import AgentSilent, Applied, DriftCorrected, Event, Failed, MemberUnreachable
from reconciler.passes.options import Options
from tests.support.in_memory_fleet import Playground
from tests.support.shop import SHOP

M1 = ClusterName("m1")
WEB = ResourceKey("apps", "Deployment", "shop", "web")


def logged(*events: Event) -> list[dict[str, Any]]:
    text = io.StringIO()
    log_events(logger(as_json=True, to=text), events, "3f2c1ab", 0.2)
    return [
        {key: value for key, value in json.loads(line).items() if key != "timestamp"} for line in text.getvalue().splitlines()
    ]


def test_every_change_names_its_cluster_and_resource() -> None:
    first, total = logged(Applied(M1, WEB, Action.CONFIGURE))
    assert first == {
        "event": "change applied", "level": "info", "cluster": "m1", "resource": str(WEB), "change": "configure",
    }  # fmt: skip
    assert (total["event"], total["changes"]) == ("applied", 1)


def test_a_first_sync_has_fifty_lines_and_the_number_of_the_others() -> None:
    many = [ResourceKey("", "ConfigMap", "shop", f"c{number}") for number in range(70)]
    lines = logged(*[Applied(M1, key, Action.CREATE) for key in many], DriftCorrected(M1, WEB, Action.CREATE, "deleted"))
    assert [line["event"] for line in lines].count("change applied") == 50
    more = next(line for line in lines if line["event"].startswith("and more"))
    assert (more["event"], more["changes"]) == ("and more: change applied", 20)
    assert [line["resource"] for line in lines if line["event"] == "drift corrected"] == [str(WEB)]
    assert lines[-1]["changes"] == 71


def test_a_remedy_is_a_key_of_its_own_and_no_value_has_two_lines() -> None:
    failed, unreachable, unconfigured, silent = logged(
        Failed(M1, WEB, Action.CREATE, "refused:\n  it is\n  too large\nfor us"),
        MemberUnreachable(M1, "m1 does not answer\n  The next pass tries again."),
        MemberUnreachable(M1, "m1: there is no folder\n  Start with --member-root FOLDER.", asked=False),
        AgentSilent(M1, "m1 does not answer\n  The next pass tries again."),
    )
    assert (failed["error"], failed["remedy"]) == ("refused:", "it is too large for us")
    assert (unreachable["event"], unreachable["error"]) == ("member unreachable", "m1 does not answer")
    assert (silent["error"], silent["remedy"]) == ("m1 does not answer", "The next pass tries again.")
    assert (unconfigured["event"], unconfigured["remedy"]) == ("member not configured", "Start with --member-root FOLDER.")


async def test_what_somebody_deleted_and_is_put_back_is_told_as_drift() -> None:
    fleet = Playground("m1", "m2", "m3")
    await fleet.sync(SHOP)
    (deleted, *_) = [key for key in fleet.members["m1"].objects if key.kind == "ConfigMap"]
    del fleet.members["m1"].objects[deleted]
    done = await fleet.sync(SHOP, options=Options(wait=False))
    line, total = logged(*done.events)
    assert (line["event"], line["cluster"], line["resource"], line["change"]) == ("drift corrected", "m1", str(deleted), "create")
    assert line["reason"] == "the member drifted: the object was deleted"
    assert total["changes"] == 1
    assert done.recorded.report_of(deleted).status_in("m1").corrected == line["reason"]  # type: ignore[union-attr]
    assert (await fleet.sync(SHOP)).recorded.report_of(deleted) == done.recorded.report_of(deleted)
