"""What the status branch knows of the members decides where things go."""

from __future__ import annotations

from reconciler.model.binding import Unschedulable
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.quantity import Quantity
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler
from reconciler.pipeline.process.client import ThreadCompiler
from reconciler.pipeline.works import make_works
from reconciler.record.branch_layout import state_of
from reconciler.record.next_state import Observation, assume_applied, next_state
from reconciler.review.simulate import Scenario, simulate
from tests.support.in_memory_fleet import NOW, Playground, load
from tests.support.shop import SHOP, cluster_file, policy_file, text, workload

BY_ROOM = (
    "replicaScheduling: {replicaSchedulingType: Divided, replicaDivisionPreference: Weighted,"
    " weightPreference: {dynamicWeight: AvailableReplicas}}"
)
FILES = {
    "m1.yaml": cluster_file("m1"),
    "m2.yaml": cluster_file("m2"),
    "web.yaml": workload("web", 8),
    "policy.yaml": policy_file("web", "Deployment", BY_ROOM),
}
WEB = ResourceKey("apps", "Deployment", "shop", "web")
M1, M2 = ClusterName("m1"), ClusterName("m2")


def member(name: str, *, pods: int | None = None, apis: str | None = None) -> bytes:
    """As somebody might write it. apis: kinds of apps/v1."""
    summary = "" if pods is None else f"resourceSummary: {{allocatable: {{pods: {pods}}}}}"
    served = "" if apis is None else f"apiEnablements: [{{groupVersion: apps/v1, resources: [{apis}]}}]"
    return text(f"""
        apiVersion: status.reconciler.dev/v1alpha1
        kind: Cluster
        metadata: {{name: {name}}}
        spec: {{file: {name}.yaml}}
        status:
          ready: true
          {summary}
          {served}
    """).encode()


def branch(**members: bytes) -> RecordedState:
    return state_of({f"clusters/{name}.yaml": document for name, document in members.items()})


def compiled(files: dict[str, str], recorded: RecordedState, compiler: Compiler | None = None) -> Compiled:
    compiler = compiler or Compiler()
    return compiler.compile(load(files, compiler), recorded, NOW)


def shares(found: Compiled, key: ResourceKey = WEB) -> dict[str, int]:
    binding = found.templates[key].placed.binding
    return {target.name: target.replicas for target in binding.targets} if binding else {}


ROOMY = branch(m1=member("m1", pods=30), m2=member("m2", pods=10))


def test_dynamic_weight_divides_by_recorded_capacity() -> None:
    assert shares(compiled(FILES, ROOMY)) == {"m1": 6, "m2": 2}
    assert isinstance(compiled(FILES, RecordedState()).templates[WEB].decided.scheduling, Unschedulable)


def test_a_member_that_does_not_serve_the_kind_is_refused() -> None:
    state = branch(m1=member("m1", pods=30, apis="{kind: StatefulSet}"), m2=member("m2", pods=30, apis="{kind: Deployment}"))
    found = compiled(FILES, state)
    assert shares(found) == {"m2": 8}
    decision = found.templates[WEB].decided.scheduling
    assert decision is not None
    assert decision.rejected == {"m1": "cluster(s) did not have the API resource"}


def test_a_kind_that_the_repository_defines_counts_as_served() -> None:
    definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.com}
        spec:
          group: example.com
          names: {kind: Widget, plural: widgets}
          scope: Namespaced
          versions:
            - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
            - {name: v1alpha1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
    """
    for version, served in (("v1", True), ("v1alpha1", False)):
        api = f"example.com/{version}"
        files = {
            "m1.yaml": cluster_file("m1"),
            "widget.yaml": f"apiVersion: {api}\nkind: Widget\nmetadata: {{name: w, namespace: shop}}\n",
            "policy.yaml": policy_file("w", "Widget", "", api=api),
            "crd.yaml": text(definition),
        }
        found = compiled(files, branch(m1=member("m1", apis="{kind: Deployment}")))
        key = ResourceKey("example.com", "Widget", "shop", "w")
        assert shares(found, key).keys() == {"m1"} if served else key not in found.templates


def test_nothing_is_decided_again_while_nothing_new_is_known() -> None:
    compiler = Compiler()
    first = compiled(FILES, ROOMY, compiler)
    state = next_state(first, make_works(first), Observation("3f2c1ab", NOW, {}))
    assert compiled(FILES, state, compiler).desired.clusters is first.desired.clusters
    assert state.clusters[M1].capacity is ROOMY.clusters[M1].capacity
    assert assume_applied(first).clusters[M2].capacity is ROOMY.clusters[M2].capacity


async def test_a_pass_leaves_what_is_known_as_it_was() -> None:
    playground = Playground("m1", "m2", "m3")
    seen = branch(m1=member("m1", pods=30, apis="{kind: Deployment}"))
    playground.recorded = seen
    await playground.sync(SHOP)
    left = playground.recorded.clusters
    assert (left[M1].apis, left[M1].capacity) == (seen.clusters[M1].apis, seen.clusters[M1].capacity)
    assert left[M1].objects
    assert (left[M2].apis, left[M2].capacity) == (None, None)


async def test_a_supposition_starts_from_what_is_known() -> None:
    compiler = Compiler()
    desired: DesiredState = load(FILES, compiler)
    scenario = Scenario(free={"m2": {"pods": Quantity.parse("10")}})
    found = await simulate(desired, branch(m1=member("m1", pods=3)), scenario, ThreadCompiler(compiler), NOW)
    given = {item.clusters: item.after.replicas for item in found.differences if item.after is not None}
    assert given == {("m1",): 2, ("m2",): 6}
