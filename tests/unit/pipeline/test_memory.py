"""What a compiler remembers never shows: each input counts, as if nothing had been compiled before.

A memo whose key lacks an input is a fault that no other test finds, for most of them compile once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from reconciler.model.binding import TargetCluster
from reconciler.model.capacity import Reserved
from reconciler.model.descheduling import Cap, Waiting
from reconciler.model.desired import DesiredState
from reconciler.model.health import CURRENT
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus, ObjectReport, RecordedCluster, RecordedState
from reconciler.model.rollout import ClusterProgress
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.works import WorkMaker, make_works
from reconciler.record.branch_layout import files_of, state_of
from reconciler.record.next_state import assume_applied
from tests.support.in_memory_fleet import NOW, Files, load
from tests.support.shop import DIVIDED, SHOP, cluster_file, config_file, on, policy_file, text, workload
from tests.unit.passes.test_capacity import dynamic
from tests.unit.pipeline.test_quotas import app, assigned, quota
from tests.unit.record.test_capacity import capacity

M1, M2, M3 = (ClusterName(name) for name in ("m1", "m2", "m3"))
WEB, API = (ResourceKey("apps", "Deployment", "shop", name) for name in ("web", "api"))
BEFORE, AFTER = "1" * 40, "2" * 40
LATER = NOW + timedelta(hours=1)
PARTS = (
    "desired",
    "templates",
    "issues",
    "removed_templates",
    "evictions",
    "rollouts",
    "halt",
    "suspension_ends",
    "quotas",
    "descheduling",
    "depends_on_time",
)


def configuration(spec: str, annotations: str = "") -> Files:
    return {
        "reconciler.yaml": text(f"""
            apiVersion: reconciler.dev/v1alpha1
            kind: Configuration
            metadata: {{annotations: {{{annotations}}}}}
            spec: {{{spec}}}
        """)
    }


# More than one block of templates, so that the blocks without a change are quiet ones.
MANY = {f"many/{number}.yaml": config_file(f"c{number}") for number in range(100)} | {
    "many/policy.yaml": text("""
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: many, namespace: shop}
        spec:
          resourceSelectors: [{apiVersion: v1, kind: ConfigMap}]
          placement: {}
    """)
}


@dataclass(frozen=True)
class Moment:
    """The inputs of one compilation."""

    files: Files
    recorded: RecordedState = field(default_factory=RecordedState)
    now: datetime = NOW
    revision: str = ""
    earlier: Files | None = None
    """The revision before, of which rollouts keep content."""

    def edited(self, files: Files) -> Moment:
        return replace(self, files={**self.files, **files})

    def recording(self, key: ResourceKey, **changes: Any) -> Moment:
        """With another record of one object."""
        decisions = {**self.recorded.decisions, key: replace(self.recorded.decisions[key], **changes)}
        return replace(self, recorded=replace(self.recorded, decisions=decisions))

    def reporting(self, key: ResourceKey, *members: ClusterName) -> Moment:
        """With a copy that is Current on each of these members."""
        report = ObjectReport(tuple(ClusterStatus(name, True, CURRENT) for name in members))
        return replace(self, recorded=replace(self.recorded, reports={**self.recorded.reports, key: report}))

    def having(self, **cpu: str) -> Moment:
        """With the CPUs of members."""
        clusters = {
            ClusterName(name): RecordedCluster(ClusterName(name), f"clusters/{name}.yaml", capacity=capacity(cpu=count, used="0"))
            for name, count in cpu.items()
        }
        return replace(self, recorded=replace(self.recorded, clusters=clusters))

    def loaded(self, compiler: Compiler) -> DesiredState:
        desired = load(self.files, compiler)
        if self.earlier is None:
            return desired
        return replace(desired, revision=self.revision, earlier={BEFORE: load(self.earlier, compiler)})


def applied(files: Files) -> Moment:
    """What one sync of these files leads to."""
    compiler = Compiler()
    compiled = compiler.compile(load(files, compiler), RecordedState(), NOW, settled=True)
    return Moment(files, assume_applied(compiled))


def moved() -> Moment:
    """A workload whose new copy is made, and whose old one waits for it."""
    moment = applied(SHOP).reporting(API, M3)
    binding = replace(moment.recorded.decisions[API].binding, targets=(TargetCluster(M1, 2), TargetCluster(M3, 2)))
    moment = moment.recording(API, binding=binding, decided=(TargetCluster(M1, 2),), leaving={M3: NOW})
    return moment.edited({"api/policy.yaml": policy_file("api", "Deployment", on("m1"))})


def suspended(until: str, kind: str) -> Moment:
    note = f'annotations: {{reconciler.dev/suspended: load test, reconciler.dev/suspended-until: "{until}"}}'
    path = {"policy": "web/policy.yaml", "object": "web/deployment.yaml"}[kind]
    return applied(SHOP).edited({path: SHOP[path].replace("namespace: shop}", f"namespace: shop, {note}}}", 1)})


def rolled_out() -> Moment:
    """A change of which no member has its turn but the first."""
    strategy = configuration("rollout: {groups: [{name: first, clusters: [m1]}, {name: rest}]}")
    old = {path: file for path, file in {**SHOP, **strategy}.items() if path != "settings/tier.yaml"}
    moment = applied(old)
    files = {**old, "web/deployment.yaml": workload("web", 6), "settings/config.yaml": config_file("settings", "9")}
    begun = Moment(files, replace(moment.recorded, revision=BEFORE), revision=AFTER, earlier=old)
    compiler = Compiler()
    compiled = compiler.compile(begun.loaded(compiler), begun.recorded, NOW)
    assert compiled.rollouts.staged
    return replace(begun, recorded=replace(begun.recorded, rollouts=compiled.rollouts.recorded))


def with_next_turn(moment: Moment) -> Moment:
    done = ClusterProgress(NOW, NOW)
    rollouts = {
        name: replace(one, progress={**one.progress, M1: done, M2: done}) for name, one in moment.recorded.rollouts.items()
    }
    return replace(moment, recorded=replace(moment.recorded, rollouts=rollouts))


def dividing_by_capacity() -> Moment:
    files = {path: file for path, file in SHOP.items() if not path.startswith(("web/", "api/"))}
    files |= {**dynamic("web", 4, cpu="1"), **dynamic("api", 4, cpu="1")}
    return replace(applied(files), recorded=RecordedState()).having(m1="8", m2="8", m3="8")


def reserving(moment: Moment, replicas: int) -> Moment:
    """With the other workload on one member, where no look has seen it."""
    compiler = Compiler()
    state = assume_applied(compiler.compile(load(moment.files, compiler), moment.recorded, NOW, settled=True))
    api = replace(state.decisions[API], reserved={M1: Reserved(replicas)})
    return replace(moment, recorded=replace(moment.recorded, decisions={API: api}))


def descheduled() -> Moment:
    files = {**SHOP, **configuration("descheduler: {unschedulableFor: 5m}")}
    return applied(files)


def stuck(minutes: int) -> Moment:
    return descheduled().recording(WEB, waiting={M1: Waiting(2, 1, (NOW - timedelta(minutes=minutes),))})


def limited(cpu: int) -> Moment:
    files = {path: file for path, file in SHOP.items() if not path.startswith("web/")}
    return applied({**files, **app("web", 4), "quota.yaml": quota(f"cpu: {cpu}")})


GATE = text("""
    apiVersion: batch/v1
    kind: Job
    metadata: {name: gate, namespace: shop, annotations: {reconciler.dev/gate: PreSync}}
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "gate:1"}]}}}
""")


def guarded() -> Moment:
    return applied({**SHOP, "gate.yaml": GATE, "gate-policy.yaml": policy_file("gate", "Job", on("m1", "m2"), api="batch/v1")})


Edit = Callable[[], tuple[Moment, Moment]]
EDITS: dict[str, Edit] = {
    "a template": lambda: (one := applied(SHOP), one.edited({"web/deployment.yaml": workload("web", 7)})),
    "a policy": lambda: (one := applied(SHOP), one.edited({"web/policy.yaml": policy_file("web", "Deployment", DIVIDED)})),
    "an override": lambda: (
        one := applied(SHOP),
        one.edited({"settings/tier.yaml": SHOP["settings/tier.yaml"].replace('"2"', '"3"')}),
    ),
    "a member": lambda: (one := applied(SHOP), one.edited({"clusters/m4.yaml": cluster_file("m4")})),
    "a file with an error": lambda: (one := applied(SHOP), one.edited({"web/policy.yaml": "kind: [never closed\n"})),
    "a write rule": lambda: (one := applied(SHOP), one.edited(configuration("driftPolicy: Report"))),
    "a quota": lambda: (
        one := limited(100).edited({"web.yaml": app("web", 8)["web.yaml"]}),
        one.edited({"quota.yaml": quota("cpu: 5")}),
    ),
    "what a quota assigns to a member": lambda: (
        one := limited(100).edited({"quota.yaml": quota("cpu: 100", assigned("m1", "cpu: 5"))}),
        one.edited({"quota.yaml": quota("cpu: 100", assigned("m1", "cpu: 6"))}),
    ),
    "a workload under a quota": lambda: (one := limited(5), one.edited({"web.yaml": app("web", 8)["web.yaml"]})),
    "a report": lambda: (one := moved(), one.reporting(API, M1, M3)),
    "the time-out of a handover": lambda: (one := moved(), replace(one, now=LATER)),
    "the end of a suspension by a policy": lambda: (
        one := suspended("2026-01-01T12:30:00Z", "policy"),
        replace(one, now=LATER),
    ),
    "the end of a suspension by the object": lambda: (
        one := suspended("2026-01-01T12:30:00Z", "object"),
        replace(one, now=LATER),
    ),
    "a halted member": lambda: (
        one := applied(SHOP),
        one.edited(
            {
                "clusters/m1.yaml": cluster_file("m1").replace(
                    "metadata: {", "metadata: {annotations: {reconciler.dev/suspended: x}, "
                )
            }
        ),
    ),
    "the turn of a member": lambda: (one := rolled_out(), with_next_turn(one)),
    "the content before a rollout": lambda: (
        one := rolled_out(),
        replace(one, earlier={**(one.earlier or {}), "settings/config.yaml": config_file("settings", "5")}),
    ),
    "no rollout any more": lambda: (
        one := rolled_out(),
        replace(one, recorded=replace(one.recorded, rollouts={}, revision=AFTER)),
    ),
    "the capacity of a member": lambda: (one := dividing_by_capacity(), one.having(m1="80", m2="8", m3="8")),
    "what is reserved": lambda: (one := reserving(dividing_by_capacity(), 1), reserving(one, 8)),
    "a workload in the same place": lambda: (
        one := dividing_by_capacity(),
        one.edited({"api.yaml": dynamic("api", 12, cpu="1")["api.yaml"]}),
    ),
    "a cap": lambda: (one := descheduled(), one.recording(WEB, caps={M1: Cap(1, NOW)})),
    "the end of a cap": lambda: (one := descheduled().recording(WEB, caps={M1: Cap(1, NOW)}), replace(one, now=LATER)),
    "Pods without a node": lambda: (one := stuck(10), one.recording(WEB, waiting={})),
    "time for Pods without a node": lambda: (one := stuck(1), replace(one, now=LATER)),
    "what a gate guards": lambda: (one := guarded(), one.edited({"settings/config.yaml": config_file("settings", "3")})),
}


def compiled(moment: Moment, compiler: Compiler, maker: WorkMaker) -> Compiled:
    result = compiler.compile(moment.loaded(compiler), moment.recorded, moment.now)
    maker.works(result)
    compiler.next_pass()
    return result


def shown(moment: Moment, compiler: Compiler, maker: WorkMaker) -> dict[str, Any]:
    result = compiled(moment, compiler, maker)
    return {part: getattr(result, part) for part in PARTS} | {"works": maker.works(result)}


def fresh(moment: Moment) -> dict[str, Any]:
    compiler = Compiler()
    result = compiler.compile(moment.loaded(compiler), moment.recorded, moment.now)
    return {part: getattr(result, part) for part in PARTS} | {"works": make_works(result)}


@pytest.mark.parametrize("name", EDITS)
def test_each_input_counts(name: str) -> None:
    before, after = (replace(one, files={**MANY, **one.files}) for one in EDITS[name]())
    before, after = (replace(one, earlier=one.earlier and {**MANY, **one.earlier}) for one in (before, after))
    expected = fresh(before), fresh(after)
    compiler, maker = Compiler(), WorkMaker()
    assert expected[0]["works"] != expected[1]["works"] or expected[0]["issues"] != expected[1]["issues"], "the edit does nothing"
    for moment, right in ((before, 0), (before, 0), (before, 0), (after, 1), (after, 1), (before, 0), (after, 1)):
        found = shown(moment, compiler, maker)
        for part, value in expected[right].items():
            assert found[part] == value, part


@pytest.mark.parametrize("name", EDITS)
def test_head_shares_with_base_what_shows_nowhere(name: str) -> None:
    """As `diff` compiles two revisions: BASE from what is recorded, HEAD from BASE, by one compiler."""
    before, after = (replace(one, files={**MANY, **one.files}) for one in EDITS[name]())
    recorded = state_of(files_of(before.recorded))
    compiler = Compiler()
    base = compiler.compile(before.loaded(compiler), recorded, before.now, settled=True)
    applied_base = assume_applied(base)
    head = compiler.compile(after.loaded(compiler), applied_base, after.now, settled=True)
    expected = Compiler().compile(after.loaded(Compiler()), state_of(files_of(applied_base)), after.now, settled=True)
    for part in PARTS:
        assert getattr(head, part) == getattr(expected, part), part
    assert make_works(head) == make_works(expected)


def test_head_renders_nothing_again_that_base_has() -> None:
    recorded = state_of(files_of(applied(SHOP).recorded))
    compiler = Compiler()
    base = compiler.compile(load(SHOP, compiler), recorded, NOW, settled=True)
    head = compiler.compile(load({**SHOP, "notes.yaml": ""}, compiler), assume_applied(base), NOW, settled=True)
    assert {WEB, API} <= head.templates.keys()
    assert [key for key, item in head.templates.items() if item.rendering is not base.templates[key].rendering] == []
