"""Rollouts of Charts: a cluster that waits for its turn keeps what the older chart, with the older values, came to."""

from __future__ import annotations

from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import get
from reconciler.model.rollout import RolloutPhase
from tests.support.expanding import WordRenderer, chart_object, expanding
from tests.support.in_memory_fleet import Files
from tests.support.shop import on, policy_file
from tests.unit.passes.test_rollout import COMMITS, GROUPS, NAMES, Rollouts, cluster, configuration

CONFIG = ResourceKey("", "ConfigMap", "shop", "app-color")
EXTRA = ResourceKey("", "ConfigMap", "shop", "app-extra")


def files(color: str, template: str = "<color>", extra: bool = False, rollout: str = GROUPS) -> Files:
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: <release>-{0}}}\ndata: {{color: {1}}}\n"
    return {
        **configuration(rollout),
        **{f"clusters/{name}.yaml": cluster(name) for name in NAMES},
        "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
        "charts/app/templates/color.yaml": config.format("color", template),
        **({"charts/app/templates/extra.yaml": config.format("extra", "x")} if extra else {}),
        "shop/app.yaml": chart_object("app", values={"color": color}),
        "shop/policy.yaml": policy_file("app", "Chart", on(*NAMES), api="reconciler.dev/v1alpha1"),
    }


class ChartRollouts(Rollouts):
    def __init__(self) -> None:
        super().__init__(*NAMES)
        self.renderer = WordRenderer()
        self.compiler = expanding(self.renderer)

    def colors(self) -> dict[str, str]:
        return {name: get(member.objects[CONFIG], "data", "color") for name, member in self.members.items()}

    def extras(self) -> str:
        return "".join(name for name, member in self.members.items() if EXTRA in member.objects)


async def test_new_values_reach_one_group_after_the_other() -> None:
    fleet, seen = ChartRollouts(), []
    await fleet.one_pass(COMMITS[0], files("red"))
    for _ in range(4):
        await fleet.one_pass(COMMITS[1], files("blue"))
        seen.append("".join(name for name, color in fleet.colors().items() if color == "blue"))
    assert seen == ["a", "ab", "abc", "abc"]
    assert fleet.rollout.phase is RolloutPhase.COMPLETED
    assert [key.kind for key in fleet.rollout.objects] == ["Chart"]


async def test_a_new_chart_reaches_one_group_after_the_other_and_its_objects_with_it() -> None:
    fleet, seen = ChartRollouts(), []
    await fleet.one_pass(COMMITS[0], files("red", extra=True))
    assert fleet.extras() == "abc"
    for _ in range(4):
        await fleet.one_pass(COMMITS[1], files("red", template="dark<color>"))
        dark = "".join(name for name, color in fleet.colors().items() if color == "darkred")
        seen.append((dark, fleet.extras()))
    assert [dark for dark, _ in seen] == ["a", "ab", "abc", "abc"]
    assert [extra for _, extra in seen] == ["bc", "c", "", ""]


async def test_a_cluster_that_waits_keeps_the_older_content_also_where_somebody_changes_it() -> None:
    fleet = ChartRollouts()
    await fleet.one_pass(COMMITS[0], files("red"))
    await fleet.one_pass(COMMITS[1], files("blue", template="dark<color>"))
    fleet.members["c"].objects[CONFIG] = {**fleet.members["c"].objects[CONFIG], "data": {"color": "pink"}}
    await fleet.one_pass(COMMITS[1], files("blue", template="dark<color>"))
    assert fleet.colors()["c"] == "red"


async def test_an_expansion_that_fails_on_the_first_group_stops_the_rollout() -> None:
    fleet = ChartRollouts()
    await fleet.one_pass(COMMITS[0], files("red"))
    for _ in range(3):
        await fleet.one_pass(COMMITS[1], files("red", template="<missing>"))
        assert fleet.colors() == {"a": "red", "b": "red", "c": "red"}
    assert fleet.rollout.phase is not RolloutPhase.COMPLETED
