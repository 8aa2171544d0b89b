"""What a sync tells of the objects that are not healthy."""

from __future__ import annotations

from datetime import timedelta

from reconciler.passes.options import Options
from reconciler.passes.result import Result
from reconciler.present.sync import result_remarks, sync_document
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
