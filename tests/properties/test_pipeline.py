"""What holds for the whole way from files to works, whatever the files say."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.agent.scope import own_desired, own_state
from reconciler.model.binding import Binding
from reconciler.model.keys import ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler, DecidedCompiler
from reconciler.pipeline.works import make_works
from reconciler.record.branch_layout import files_of, state_of
from reconciler.record.next_state import Observation, assume_applied, next_state
from tests.support.in_memory_fleet import NOW, Files, load
from tests.support.shop import BROKEN, DIVIDED, NAMESPACE, OVERRIDE, cluster_file, config_file, on, policy_file, workload

MEMBERS = ["m1", "m2", "m3"]
SELECTIONS = st.lists(st.sampled_from(MEMBERS), min_size=1, unique=True).map(lambda names: on(*sorted(names))) | st.just("")

WHERE_NEEDED = "{apiVersion: reconciler.dev/v1alpha1, kind: Configuration, spec: {namespaces: WhereNeeded}}"


@st.composite
def repositories(draw: st.DrawFn) -> Files:
    files = {f"clusters/{name}.yaml": cluster_file(name) for name in draw(st.lists(st.sampled_from(MEMBERS), unique=True))}
    for name in draw(st.lists(st.sampled_from(["web", "api"]), unique=True)):
        kind = draw(st.sampled_from(["Deployment", "StatefulSet"]))
        placement = ", ".join(filter(None, [draw(SELECTIONS), draw(st.sampled_from(["", DIVIDED]))]))
        files[f"{name}/workload.yaml"] = workload(name, draw(st.integers(0, 5)), kind)
        files[f"{name}/policy.yaml"] = policy_file(name, kind, placement)
    if draw(st.booleans()):
        files["settings/config.yaml"] = config_file("settings")
        files["settings/policy.yaml"] = policy_file("settings", "ConfigMap", draw(SELECTIONS), api="v1")
    if draw(st.booleans()):
        files["settings/tier.yaml"] = OVERRIDE
    if draw(st.booleans()):
        files["namespace.yaml"] = NAMESPACE
    if draw(st.booleans()):
        files["reconciler.yaml"] = WHERE_NEEDED
    for path in draw(st.lists(st.sampled_from(sorted(files)), max_size=2)) if files else []:
        files[path] = BROKEN
    return files


def shown(compiled: Compiled) -> Any:
    manifests = {
        name: [(item.key, item.manifest, item.digest) for item in work.manifests] for name, work in make_works(compiled).items()
    }
    return manifests, compiled.issues, {key: item.decided.scheduling for key, item in compiled.templates.items()}


def compile_twice(files: Files, recorded: RecordedState) -> tuple[Compiled, Compiled]:
    compiler = Compiler()
    first = compiler.compile(load(files, compiler), recorded, NOW, settled=True)
    return first, compiler.compile(load(files, compiler), recorded, NOW, settled=True)


@given(repositories(), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_files_decides_nothing(files: Files, random: Any) -> None:
    shuffled = dict(random.sample(list(files.items()), len(files)))
    first, other = (Compiler() for _ in range(2))
    one = first.compile(load(files, first), RecordedState(), NOW)
    two = other.compile(load(shuffled, other), RecordedState(), NOW)
    assert shown(one) == shown(two)


@given(repositories())
@settings(max_examples=50)
def test_twice_with_one_memory_is_the_same(files: Files) -> None:
    first, second = compile_twice(files, RecordedState())
    assert shown(first) == shown(second)
    works = make_works(second)
    for name, work in make_works(first).items():
        assert all(a is b for a, b in zip(work.manifests, works[name].manifests, strict=True))


@given(repositories(), repositories())
@settings(max_examples=50)
def test_a_memory_of_other_files_changes_nothing(files: Files, others: Files) -> None:
    used = Compiler()
    used.compile(load(others, used), RecordedState(), NOW)
    fresh = Compiler()
    one = used.compile(load(files, used), RecordedState(), NOW)
    two = fresh.compile(load(files, fresh), RecordedState(), NOW)
    assert shown(one) == shown(two)


@given(repositories())
@settings(max_examples=50)
def test_deciding_from_what_was_decided_gives_it_again(files: Files) -> None:
    first, _ = compile_twice(files, RecordedState())
    again, _ = compile_twice(files, assume_applied(first))
    assert shown(again)[0] == shown(first)[0]
    for key, item in first.templates.items():
        if isinstance(item.decided.scheduling, Binding):
            after = again.templates[key].decided.scheduling
            assert isinstance(after, Binding)
            assert after.targets == item.decided.scheduling.targets


def _has_no_copy(recorded: RecordedState, key: ResourceKey) -> bool:
    decision = recorded.decisions.get(key)
    return decision is not None and not decision.cluster_names and not decision.held


@given(repositories(), repositories())
@settings(max_examples=100)
def test_the_record_of_a_decision_renders_what_was_decided(before: Files, files: Files) -> None:
    """The work of each member, and of members that share a process, from the record alone, also while a handover waits and while
    files have errors."""
    compiler = Compiler()
    recorded = assume_applied(compiler.compile(load(before, compiler), RecordedState(), NOW, settled=True))
    decided = compiler.compile(load(files, compiler), recorded, NOW)
    works = make_works(decided)
    state = state_of(files_of(next_state(decided, works, Observation("3f2c1ab", NOW, {}))))
    for names in ([name] for name in works), (list(works)[::2], list(works)[1::2]):
        for own_names in names:
            agent = DecidedCompiler()
            desired = load(files, agent)
            own = [one for one in desired.clusters if one.name in own_names]
            recalled = make_works(agent.compile(own_desired(desired, own), own_state(state, own), NOW))
            assert list(recalled) == own_names
            for name in own_names:
                work = works[name]
                assert recalled[name].manifests == work.manifests
                assert recalled[name].held <= work.held
                assert all(_has_no_copy(recorded, key) for key in work.held - recalled[name].held)
                assert recalled[name].leaving == work.leaving
                assert (recalled[name].suspended, recalled[name].preserved) == (work.suspended, work.preserved)


@given(repositories())
@settings(max_examples=50)
def test_no_file_that_breaks_takes_anything_from_a_member(files: Files) -> None:
    """Whatever a healthy revision placed stays, object by object, when any one of its files breaks."""
    healthy = {path: text for path, text in files.items() if text != BROKEN}
    compiler = Compiler()
    before = compiler.compile(load(healthy, compiler), RecordedState(), NOW, settled=True)
    works = make_works(before)
    for path in healthy:
        broken = compiler.compile(load(healthy | {path: BROKEN}, compiler), assume_applied(before), NOW)
        for name, work in make_works(broken).items():
            had = {item.key for item in works[name].manifests}
            keeps = {item.key for item in work.manifests} | work.held | work.failed.keys()
            assert had <= keeps, path


@given(repositories(), repositories())
@settings(max_examples=50)
def test_every_object_finds_its_namespace_where_namespaces_go_only_where_needed(files: Files, later: Files) -> None:
    """Also from the decisions of an earlier revision, while copies wait for their successors, and while files have errors."""
    compiler, recorded = Compiler(), RecordedState()
    for drawn in (files, later):
        revision = {"namespace.yaml": NAMESPACE, **drawn, "reconciler.yaml": WHERE_NEEDED}
        compiled = compiler.compile(load(revision, compiler), recorded, NOW)
        for name, work in make_works(compiled).items():
            here = {item.key for item in work.manifests}
            used = {key.namespace for key in here | work.held | work.failed.keys() if key.namespace}
            given_here = {key.name for key in here | work.held if key.kind == "Namespace"}
            declared = {key.name for key in compiled.templates if key.kind == "Namespace"}
            assert {key.namespace for key in here if key.namespace} & declared <= given_here, name
            if not (compiled.desired.broken_files or recorded.decisions):
                assert given_here <= used, name
        recorded = assume_applied(compiled)
