"""Pull mode with a chart: the leader decides, the agent expands for its own member, and each change reaches both."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.test_agent import EDGE, PullWorld
from tests.parts.build import binary
from tests.support.daemon import daemon
from tests.support.fleet import World, document, fleet, override, policy, selector
from tests.support.servers import eventually
from tests.support.shop import BROKEN
from tests.support.sized_charts import small

OURS = "reconciler.dev/v1alpha1"
CHART = selector("Chart", api=OURS)


def chart(color: str) -> str:
    return document("Chart", "web", api=OURS, spec={"chart": {"path": "charts/small"}, "values": {"ui": {"color": color}}})


def test_an_agent_expands_for_its_member_what_the_leader_decided(tmp_path: Path) -> None:
    change = [{"path": "/spec/values/ui/message", "operator": "add", "value": "edge"}]
    world = World(
        tmp_path,
        {
            **fleet("near"),
            "clusters/edge.yaml": EDGE,
            **small(),
            "web.yaml": chart("red"),
            "policy.yaml": policy("web", CHART),
            "edge.yaml": override("edge", CHART, "edge", plaintext=change),
        },
    )
    helm = ("--helm", str(binary("helm4")))
    places = ["--repo", f"file://{world.repo.path}", "--cache", str(tmp_path / "c"), "--member-root", str(tmp_path / "outside")]
    with daemon(tmp_path, *places, *helm, name="leader") as leader:
        pull = PullWorld(world, tmp_path, leader)
        leader.settle()
        assert "red" in pull.near("web")
        assert pull.edge("web") is None
        with pull.agent(*helm) as edge:
            eventually(lambda: "value: red" in (pull.edge("web") or ""), seconds=60)
            assert "value: edge" in pull.edge("web")
            assert "value: edge" not in pull.near("web")
            world.commit({"web.yaml": chart("blue")})
            eventually(lambda: "value: blue" in (pull.edge("web") or "") and "value: blue" in pull.near("web"), seconds=60)
            eventually(lambda: "applied: true" in pull.statuses("web"), seconds=60)

            world.commit({"charts/small/templates/bad.yaml": BROKEN})
            eventually(lambda: any("bad.yaml" in str(line) for line in leader.log), seconds=60)
            assert pull.edge("web")
            world.commit({}, "web.yaml", "charts/small/templates/bad.yaml")
            eventually(lambda: not pull.edge("web") and not pull.near("web"), seconds=60)
            assert edge.end() == 0
