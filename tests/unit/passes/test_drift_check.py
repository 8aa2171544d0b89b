"""Whether suspected drift is real."""

from __future__ import annotations

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from reconciler.daemon.otlp import OtlpTracer
from reconciler.model.changes import Action, ChangeSet, Configure
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import Manifest, key_of
from reconciler.passes.drift_check import DriftCheck
from tests.support.builders import rendered
from tests.support.fakemember import FakeMember
from tests.unit.passes.test_dry_run import THERE, UNCHANGED, WANTED, view

DRIFT = Configure(rendered(WANTED), WANTED, THERE, drift=True)


class Spelling(FakeMember):
    """Stores the object in another spelling than we apply it, or with another value."""

    stored: Manifest = THERE

    async def preview(self, expected: Manifest, live: Manifest | None) -> Manifest:
        self.log.append(f"preview {key_of(expected)}")
        return self.stored


async def test_drift_that_the_member_does_not_confirm_is_asked_about_once() -> None:
    check, member, seen = DriftCheck(), Spelling("m1"), view("m1")
    for _ in range(3):
        (change,) = (await check.confirm(ChangeSet(member.name, ((DRIFT,),)), seen, member)).changes
        assert change.action is Action.UNCHANGED
    assert len(member.log) == 1
    await check.confirm(ChangeSet(member.name, ((DRIFT,),)), view("m1"), member)
    assert len(member.log) == 2, "the object has changed since"


async def test_a_question_to_the_member_is_a_step_and_a_remembered_answer_is_none() -> None:
    memory, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = OtlpTracer(provider)
    check, member, seen = DriftCheck(), Spelling("m1"), view("m1")
    with tracer.begin("pass").around():
        for _ in range(2):
            await check.confirm(ChangeSet(member.name, ((DRIFT,),)), seen, member, tracer)
    (span,) = memory.get_finished_spans()
    assert span.name == "dry run"
    assert span.attributes == {"k8s.cluster.name": "m1", "reconciler.objects": 1}


async def test_drift_that_the_member_confirms_stays_in_the_plan() -> None:
    check, member = DriftCheck(), Spelling("m1")
    member.stored = WANTED
    plan = ChangeSet(member.name, ((DRIFT, UNCHANGED),))
    assert await check.confirm(plan, view("m1"), member) == plan


async def test_an_answer_is_forgotten_with_its_object_and_with_its_member() -> None:
    check, member, seen = DriftCheck(), Spelling("m1"), view("m1")
    drifted, nothing = ChangeSet(member.name, ((DRIFT,),)), ChangeSet(member.name, ())
    await check.confirm(drifted, seen, member)
    await check.confirm(nothing, LiveView.of_records(member.name, {}), member)
    await check.confirm(drifted, seen, member)
    assert len(member.log) == 2
    check.forget_others({ClusterName("m2")})
    await check.confirm(drifted, seen, member)
    assert len(member.log) == 3


async def test_a_question_about_single_objects_keeps_the_answers_about_others() -> None:
    check, member, seen = DriftCheck(), Spelling("m1"), view("m1")
    drifted, nothing = ChangeSet(member.name, ((DRIFT,),)), ChangeSet(member.name, ())
    await check.confirm(drifted, seen, member)
    await check.confirm(nothing, seen, member, whole=False)
    await check.confirm(drifted, seen, member, whole=False)
    await check.confirm(drifted, seen, member)
    assert len(member.log) == 1
