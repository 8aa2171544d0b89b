"""Names, labels and messages come from anywhere: a page shows them as text, whatever they are."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from reconciler.dashboard.facts import Facts
from reconciler.dashboard.page import Page
from reconciler.dashboard.pages import PAGES
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ObjectReport
from reconciler.model.rollout import ClusterProgress, GroupOfClusters
from tests.support.showcase import THEN
from tests.unit.dashboard.pages import OBJECT, shown

HOSTILE = "</script><img src=x onerror=alert(1)>\"'`{{7*7}}[a](javascript:alert(1))\x1b[2J\u202e"
ESCAPED = "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"


@pytest.fixture(scope="module")
def hostile(facts: Facts) -> Facts:
    """Every text that a commit, a member or an agent may choose is hostile."""
    name = ClusterName(HOSTILE)
    key = ResourceKey("apps", "Deployment", "shop", HOSTILE)
    web = facts.state.decisions[ResourceKey("apps", "Deployment", "shop", "web")]
    target = web.binding.targets[0]._replace(name=name)
    binding = replace(web.binding, key=key, targets=(target,))
    decision = replace(web, binding=binding, template_file=HOSTILE, message=HOSTILE, evictions=())
    status = replace(next(facts.state.statuses), cluster=name, health=Health(HealthStatus.FAILED, HOSTILE), message=HOSTILE)
    status = replace(status, log=HOSTILE, applied=False)
    recorded = replace(next(iter(facts.state.clusters.values())), name=name, message=HOSTILE, version=HOSTILE, ready=False)
    cluster = replace(facts.desired.clusters[0], name=name, labels={HOSTILE: HOSTILE}, region=HOSTILE, provider=HOSTILE)
    template = replace(
        facts.desired.templates[0], key=key, manifest={"metadata": {"labels": {"app.kubernetes.io/part-of": HOSTILE}}}
    )
    group = GroupOfClusters(HOSTILE, (name,))
    progress = {name: ClusterProgress(THEN, THEN, HOSTILE)}
    rollout = facts.state.rollouts["Configuration"]
    rollout = replace(rollout, groups=(group,), progress=progress, objects={key: ()}, message=HOSTILE, windows=(HOSTILE,))
    policy = facts.desired.policies[0]
    policy = replace(
        policy, ref=replace(policy.ref, name=HOSTILE), placement=replace(policy.placement, document={HOSTILE: HOSTILE})
    )
    return replace(
        facts,
        branch=HOSTILE,
        desired=replace(facts.desired, clusters=(cluster,), templates=(template,), policies=(policy,)),
        state=replace(
            facts.state,
            decisions={key: decision},
            reports={key: ObjectReport((status,))},
            clusters={name: recorded},
            rollouts={HOSTILE: rollout},
            revision=HOSTILE,
        ),
    )


PATHS: dict[str, dict[str, str]] = {
    "/members/{name}": {"name": HOSTILE},
    "/rollouts/{name}": {"name": HOSTILE},
    "/applications/{namespace}": {"namespace": "shop"},
}


@pytest.mark.parametrize("page", [one for one in PAGES if one.gather is None], ids=lambda page: page.path)
def test_hostile_text_is_text(page: Page, hostile: Facts) -> None:
    policy = next(iter(hostile.policies))
    path: dict[str, Any] = PATHS.get(page.path, {**OBJECT, "name": HOSTILE} if page.path.startswith("/objects") else {})
    if page.path.startswith("/policies/"):
        path = {"kind": policy.kind, "namespace": policy.namespace or "-", "name": HOSTILE}
    text = shown(page, hostile, path=path, q="alert")
    assert "<img src=x" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not re.search(r'(href|action|src)="javascript:', text)
    if page.path not in ("/policies", "/applications"):
        assert ESCAPED in text
    assert "49" not in text.replace("2026", ""), "nothing evaluates what is between braces"
