"""What a sync tells of the objects that are not healthy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reconciler.cluster.member_protocol import MemberError
from reconciler.endpoints.exchange import Written
from reconciler.model.keys import ClusterName
from reconciler.passes.endpoints import Exchanged
from reconciler.passes.options import Options
from reconciler.passes.result import Result
from reconciler.present.endpoints import endpoint_lines
from reconciler.present.sync import plan_remarks, result_remarks, sync_document
from tests.support.fleet import fleet, placed
from tests.support.in_memory_fleet import Playground


async def test_the_first_are_named_and_the_others_are_counted() -> None:
    playground = Playground("m1")
    playground.members["m1"].tells_health = True
    files = fleet("m1")
    for number in range(7):
        files |= placed(f"w{number}", "m1")
    await playground.sync(files, options=Options(wait=False))
    result = Result("3f2c1ab", tuple(playground.passes), None, False, timed_out=timedelta(seconds=15))
    said = list(map(str, result_remarks(result)))
    named = [line for line in said if line.startswith("InProgress: Deployment.apps shop/w")]
    assert [line.partition(" on m1: ")[0][-2:] for line in named] == ["w0", "w1", "w2", "w3", "w4"]
    assert all(line.partition(" on m1: ")[2] for line in named)
    assert "  and 2 more objects that are not healthy" in said
    assert [line.partition(":")[0] for line in said if "after 15s" in line] == ["timed out"]
    document = sync_document(result)
    assert (len(document["clusters"]["m1"]["unhealthy"]), document["timedOut"]) == (7, True)


async def test_the_endpoints_of_services_are_part_of_the_document() -> None:
    playground = Playground("m1")
    await playground.sync(fleet("m1"), options=Options(wait=False))
    failed = MemberError("m2 is away")
    exchanged = Exchanged(
        (Written(ClusterName("m1"), ("shop", "web"), 2, 1), Written(ClusterName("m2"), ("shop", "web"), error=failed)),
        {ClusterName("m3"): "forbidden"},
        ("shop/api: port http differs",),
    )
    result = Result("3f2c1ab", tuple(playground.passes), None, False, endpoints=exchanged)
    service = {"namespace": "shop", "name": "web"}
    assert sync_document(result)["endpoints"] == {
        "slices": [
            {"service": service, "cluster": "m1", "written": 2, "removed": 1, "error": ""},
            {"service": service, "cluster": "m2", "written": 0, "removed": 0, "error": "m2 is away"},
        ],
        "conflicts": ["shop/api: port http differs"],
        "unread": {"m3": "forbidden"},
    }
    planned = "endpoints of shop/web: 2 slices to write, 1 to withdraw (m1)"
    assert planned in [*endpoint_lines(exchanged, is_plan=True)]
    assert planned in [*plan_remarks(result)]
    assert planned not in [*result_remarks(result)]
    observed = replace(result, passes=(replace(result.last, differences={}),))
    assert planned in [*result_remarks(observed)], "nothing was written"
