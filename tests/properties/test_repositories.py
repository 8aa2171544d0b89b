"""What holds for every repository, from its documents to the works: policies of all kinds, clusters with and without room."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.load.capacity import parse_capacity
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.capacity import Capacity
from reconciler.model.desired import DesiredState
from reconciler.model.manifest import get, with_value
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.pipeline import compile_state
from reconciler.pipeline.works import make_works
from reconciler.record.next_state import assume_applied
from tests.support.in_memory_fleet import NOW, load
from tests.support.yamlfiles import dump_all

Documents = list[dict[str, Any]]
Rooms = dict[str, Capacity | None]

MEMBERS = ["m1", "m2", "m3", "m4"]
NAMES = ["api", "web"]
APIS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "Job": "batch/v1", "ConfigMap": "v1"}
AFFINITIES = st.fixed_dictionaries({}, optional={
    "clusterNames": st.lists(st.sampled_from(MEMBERS), min_size=2, unique=True),
    "labelSelector": st.sampled_from(["gold", "iron"]).map(lambda tier: {"matchLabels": {"tier": tier}}),
    "exclude": st.lists(st.sampled_from(MEMBERS), max_size=1),
})  # fmt: skip
WEIGHTS = st.lists(st.fixed_dictionaries({"targetCluster": AFFINITIES, "weight": st.integers(1, 5)}), min_size=1, max_size=3)
SCHEDULING = st.sampled_from([
    {"replicaSchedulingType": "Duplicated"},
    {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted"},
    {"replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"},
    {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": {"dynamicWeight": "AvailableReplicas"},
    },
]) | WEIGHTS.map(
    lambda rules: {
        "replicaSchedulingType": "Divided",
        "replicaDivisionPreference": "Weighted",
        "weightPreference": {"staticWeightList": rules},
    }
)  # fmt: skip
SPREAD = st.lists(
    st.builds(
        lambda field, least, more: {"spreadByField": field, "minGroups": least, "maxGroups": least + more},
        st.sampled_from(["cluster", "region"]), st.integers(1, 2), st.integers(0, 2),
    ), max_size=2, unique_by=lambda constraint: constraint["spreadByField"],
)  # fmt: skip
PLACEMENTS = st.fixed_dictionaries(
    {"replicaScheduling": SCHEDULING}, optional={"clusterAffinity": AFFINITIES, "spreadConstraints": SPREAD}
)
STEADY = st.fixed_dictionaries({"replicaScheduling": SCHEDULING}, optional={"clusterAffinity": AFFINITIES})
SCOPES = st.sampled_from([[""], ["Cluster"], ["", "Cluster"]])
OVERRIDERS = st.sampled_from([
    {"labelsOverrider": [{"operator": "add", "value": {"where": "there"}}]},
    {"annotationsOverrider": [{"operator": "add", "value": {"where": "there"}}]},
    {"plaintext": [{"path": "/metadata/labels/app", "operator": "replace", "value": "other"}]},
    {"plaintext": [{"path": "/not/there", "operator": "replace", "value": 1}]},
])  # fmt: skip


def seldom(draw: st.DrawFn) -> bool:
    return draw(st.sampled_from(range(8))) == 7


@st.composite
def clusters(draw: st.DrawFn) -> Documents:
    return [
        {
            "apiVersion": "cluster.karmada.io/v1alpha1",
            "kind": "Cluster",
            "metadata": {"name": name, "labels": {"tier": draw(st.sampled_from(["gold", "iron"]))}},
            "spec": {
                "syncMode": "Push",
                "region": draw(st.sampled_from(["north", "south"])),
                "apiEndpoint": f"file:{name}",
                "taints": [{"key": "k", "effect": "NoSchedule"}] if seldom(draw) else [],
            },
        }
        for name in draw(st.lists(st.sampled_from(MEMBERS), unique=True, min_size=2))
    ]


def template(name: str, kind: str, replicas: int) -> dict[str, Any]:
    pods = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": "web:1"}]}}
    named = {"selector": {"matchLabels": {"app": name}}}
    body: dict[str, Any] = {
        "ConfigMap": {"data": {"value": "1"}},
        "Deployment": {"spec": {"replicas": replicas, "template": pods} | named},
        "StatefulSet": {"spec": {"replicas": replicas, "serviceName": name, "template": pods} | named},
        "Job": {
            "spec": {
                "parallelism": replicas,
                "completions": replicas * 2,
                "template": with_value(pods, ("spec", "restartPolicy"), "Never"),
            }
        },
    }[kind]
    return {
        "apiVersion": APIS[kind],
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": name}},
    } | body


def policy(kind: str, name: str, target: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": name} | ({} if kind.startswith("Cluster") else {"namespace": "shop"})
    selectors = [{"apiVersion": APIS[target], "kind": target}]
    return {
        "apiVersion": "policy.karmada.io/v1alpha1",
        "kind": kind,
        "metadata": metadata,
        "spec": {"resourceSelectors": selectors} | spec,
    }


@st.composite
def repositories(draw: st.DrawFn, placements: st.SearchStrategy[Any] = PLACEMENTS) -> Documents:
    found = draw(clusters())
    kinds = draw(st.lists(st.sampled_from(sorted(APIS)), unique=True, min_size=1, max_size=3))
    for kind in kinds:
        found += [template(name, kind, draw(st.integers(0, 9))) for name in draw(st.sampled_from([NAMES, NAMES[1:]]))]
        for scope in draw(SCOPES):
            waits = {"dependentOverrides": ["absent"]} if seldom(draw) else {}
            name = f"{kind.lower()}-{draw(st.sampled_from('ab'))}"
            found.append(policy(f"{scope}PropagationPolicy", name, kind, placement=draw(placements), **waits))
        for scope in draw(st.just(()) | SCOPES):
            rules = [{"targetCluster": draw(AFFINITIES), "overriders": draw(OVERRIDERS)} for _ in range(draw(st.integers(1, 2)))]
            found.append(policy(f"{scope}OverridePolicy", f"{kind.lower()}-o", kind, overrideRules=rules))
    return found


def capacity(pods: int) -> Capacity | None:
    return parse_capacity({"status": {"resourceSummary": {"allocatable": {"pods": pods, "cpu": 100}}}})


ROOMS = st.fixed_dictionaries(dict.fromkeys(MEMBERS, st.none() | st.integers(0, 12).map(capacity)))


def desired_state(documents: Sequence[dict[str, Any]], rooms: Rooms) -> DesiredState:
    """Each document in a file of its own, its cluster with the room that was seen there."""
    files = {f"{number}.json": json.dumps(document) for number, document in enumerate(documents)}
    return furnished(load(files), rooms)


def furnished(desired: DesiredState, rooms: Rooms) -> DesiredState:
    return replace(desired, clusters=tuple(replace(found, capacity=rooms[found.name]) for found in desired.clusters))


def compiled(desired: DesiredState, recorded: RecordedState | None = None, memo: Memo | None = None) -> Compiled:
    return compile_state(desired, recorded or RecordedState(), NOW, memo or Memo(), settled=True)


def shown(result: Compiled) -> Any:
    """Everything that was found out, but for the files and lines where it is written."""
    works = {
        name: ([(found.key, found.manifest, found.digest) for found in work.manifests], sorted(work.failed))
        for name, work in make_works(result).items()
    }
    decisions = {
        key: (item.decided.claim.policy and item.decided.claim.policy.ref, _unplaced(item.decided.scheduling))
        for key, item in result.templates.items()
    }
    return works, decisions, sorted((found.reason, found.subject) for found in result.issues)


def _unplaced(scheduling: Any) -> Any:
    """A remedy names the line of the policy."""
    return replace(scheduling, remedy="") if isinstance(scheduling, Unschedulable) else scheduling


def shares(item: CompiledTemplate) -> dict[str, int]:
    return {target.name: target.replicas for target in item.placed.binding.targets} if item.placed.binding else {}


@given(repositories(), ROOMS)
@settings(max_examples=50)
def test_what_the_members_run_sums_to_what_was_written(documents: Documents, rooms: Rooms) -> None:
    result = compiled(desired_state(documents, rooms))
    for key, item in result.templates.items():
        decision, given_out = item.decided.scheduling, item.rendering.manifests
        if not isinstance(decision, Binding) or not decision.divided or not decision.workload or item.rendering.failed:
            continue
        for field in ("replicas", "parallelism", "completions"):
            whole = get(item.template.manifest, "spec", field)
            if whole is not None:
                assert sum(found.manifest["spec"][field] for found in given_out.values()) == whole, (key, field)


@given(repositories(), ROOMS, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_how_the_documents_are_ordered_and_cut_into_files_decides_nothing(
    documents: Documents, rooms: Rooms, random: Any
) -> None:
    shuffled = [dict(random.sample(list(document.items()), len(document))) for document in documents]
    random.shuffle(shuffled)
    cut = random.randint(0, len(shuffled))
    other = furnished(load({"z.yaml": dump_all(shuffled[:cut]), "a/a.yaml": dump_all(shuffled[cut:])}), rooms)
    assert shown(compiled(other)) == shown(compiled(desired_state(documents, rooms)))


@given(repositories(), ROOMS)
@settings(max_examples=50)
def test_compiling_twice_is_the_same_with_a_memory_and_without(documents: Documents, rooms: Rooms) -> None:
    desired, memo = desired_state(documents, rooms), Memo()
    once, again, afresh = compiled(desired, memo=memo), compiled(desired, memo=memo), compiled(desired)
    assert shown(once) == shown(again) == shown(afresh)


@given(repositories(STEADY), ROOMS, st.integers(1, 5))
@settings(max_examples=50)
def test_growing_takes_from_nobody(documents: Documents, rooms: Rooms, more: int) -> None:
    before = compiled(desired_state(documents, rooms))
    grown = [larger(document, more) for document in documents]
    after = compiled(desired_state(grown, rooms), assume_applied(before))
    for key, item in before.templates.items():
        now = shares(after.templates[key])
        assert all(now.get(name, 0) >= count for name, count in shares(item).items()), key


def larger(document: dict[str, Any], more: int) -> dict[str, Any]:
    for field in ("replicas", "parallelism", "completions"):
        if get(document, "spec", field) is not None:
            document = with_value(document, ("spec", field), document["spec"][field] + more)
    return document


@given(repositories(), ROOMS)
@settings(max_examples=50)
def test_every_refusal_names_every_cluster(documents: Documents, rooms: Rooms) -> None:
    result = compiled(desired_state(documents, rooms))
    fleet = {found.name for found in result.desired.clusters}
    for item in result.templates.values():
        if isinstance(item.decided.scheduling, Unschedulable):
            assert set(item.decided.scheduling.rejected) == fleet
            assert all(item.decided.scheduling.rejected.values())
        elif isinstance(item.decided.scheduling, Binding):
            assert {*item.decided.scheduling.cluster_names, *item.decided.scheduling.rejected} == fleet


@given(repositories(), ROOMS)
@settings(max_examples=50)
def test_loading_what_was_rendered_gives_it_back(documents: Documents, rooms: Rooms) -> None:
    """A member's manifests, written as a file, are read as the very objects."""
    for work in make_works(compiled(desired_state(documents, rooms))).values():
        again = load({"all.yaml": dump_all(found.manifest for found in work.manifests)})
        assert {found.key: found.manifest for found in again.templates} == {found.key: found.manifest for found in work.manifests}
        assert not again.broken_files
