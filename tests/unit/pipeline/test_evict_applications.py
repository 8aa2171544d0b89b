"""Applications that are unhealthy wherever they are."""

from __future__ import annotations

import pytest

from reconciler.model.eviction import EvictionPhase
from tests.unit.pipeline.test_evict import ailing, ill


@pytest.mark.parametrize("grace", [150, 300])
async def test_an_application_that_is_unhealthy_everywhere_moves_once(grace: int) -> None:
    """The new copy is unhealthy for longer than its policy tolerates, before the old one is gone, and after that."""
    world, revision = await ill("Gracefully", f", gracePeriodSeconds: {grace}")
    world.members["m2"].tells_health = True
    await world.after(61, revision)
    ailing(world, "m2")
    (begun,) = world.decision().evictions
    seen = []
    for _ in range(grace // 30 + 4):
        last = await world.after(30, revision)
        (task,) = world.decision().evictions
        seen.append((task.from_cluster, task.phase, task.since))
    assert list(dict.fromkeys(seen)) == [("m1", phase, begun.since) for phase in (EvictionPhase.EVICTING, EvictionPhase.EVICTED)]
    assert world.replicas() == {"m2": 2}
    told = "it is to leave m2, because the application is unhealthy there, and stays there: no other cluster can take it"
    assert told in last.compiled.evictions.of(world.decision().binding.key).waits
