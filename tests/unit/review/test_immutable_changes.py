"""Which differences are refused by an API server because a field may not change."""

from __future__ import annotations

import pytest

from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiler import Compiler
from reconciler.record.next_state import assume_applied
from reconciler.review.diff import diff_compiled
from reconciler.review.immutable_changes import with_immutable_fields
from tests.support.in_memory_fleet import NOW, load
from tests.support.shop import NAMESPACE, cluster_file, on, policy_file, text


def files(annotation: str, image: str) -> dict[str, str]:
    job = text(f"""
        apiVersion: batch/v1
        kind: Job
        metadata: {{name: migrate, namespace: shop, annotations: {{{annotation}}}}}
        spec: {{template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: "{image}"}}]}}}}}}
    """)
    policy = policy_file("migrate", "Job", on("m1"), api="batch/v1")
    return {"m1.yaml": cluster_file("m1"), "namespace.yaml": NAMESPACE, "job.yaml": job, "policy.yaml": policy}


@pytest.mark.parametrize(("annotation", "refused"), [("other: '1'", True), ("reconciler.dev/gate: before", False)])
def test_the_job_of_a_gate_is_another_object_in_its_place(annotation: str, *, refused: bool) -> None:
    compiler = Compiler()
    before = compiler.compile(load(files(annotation, "migrate:1"), compiler), RecordedState(), NOW, settled=True)
    after = compiler.compile(load(files(annotation, "migrate:2"), compiler), assume_applied(before), NOW, settled=True)
    found = list(with_immutable_fields(diff_compiled(before, after), ()))
    assert [str(one.key) for one in found] == ["Job.batch shop/migrate"]
    assert bool(found[0].immutable) == refused
