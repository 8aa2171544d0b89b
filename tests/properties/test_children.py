"""What holds for charts, whatever their values and placements: one expansion for each set of values, in any order."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.agent.scope import own_desired, own_state
from reconciler.model.expansion import Expansion, ExpansionKey, Expansions
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler, DecidedCompiler
from reconciler.pipeline.works import make_works
from reconciler.record.branch_layout import files_of, state_of
from reconciler.record.next_state import Observation, assume_applied, next_state
from tests.support.expanding import chart_object, value_override
from tests.support.in_memory_fleet import NOW, Files, load
from tests.support.shop import BROKEN, DIVIDED, cluster_file, on, policy_file

MEMBERS = ["m1", "m2", "m3"]
COLORS = st.sampled_from(["red", "blue"])
CHARTS = ["one", "two"]


@st.composite
def repositories(draw: st.DrawFn) -> Files:
    files = {f"clusters/{name}.yaml": cluster_file(name) for name in MEMBERS}
    for name in draw(st.lists(st.sampled_from(CHARTS), unique=True)):
        files[f"charts/{name}/Chart.yaml"] = "apiVersion: v2\nname: x\nversion: 1.0.0\n"
        files[f"charts/{name}/templates/x.yaml"] = draw(st.sampled_from(["a", "b"]))
        values = {"color": draw(COLORS), "count": draw(st.integers(0, 4))}
        more = draw(st.sampled_from(["", "  replicas: {path: /count}\n"]))
        files[f"{name}/chart.yaml"] = chart_object(name, path=f"charts/{name}", values=values, more=more)
        placement = [draw(st.lists(st.sampled_from(MEMBERS), min_size=1, unique=True).map(lambda names: on(*sorted(names))))]
        placement += draw(st.sampled_from([[], [DIVIDED]]))
        files[f"{name}/policy.yaml"] = policy_file(name, "Chart", ", ".join(placement), api="reconciler.dev/v1alpha1")
        for member in draw(st.lists(st.sampled_from(MEMBERS), unique=True, max_size=2)):
            files[f"{name}/{member}.yaml"] = value_override(name, member, color=draw(COLORS))
    for path in draw(st.lists(st.sampled_from(sorted(files)), max_size=1)):
        files[path] = BROKEN
    return files


def expanded(compiled: Compiled, *, fails: bool = False) -> dict[ExpansionKey, Expansion]:
    """What a program could have said: a ConfigMap with the values; a second one for red."""
    facts = {}
    for request in compiled.needs.missing:
        values: dict[str, Any] = json.loads(request.values[-1])
        names = [request.release, *([f"{request.release}-red"] if values["color"] == "red" else [])]
        config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {0}}}\ndata: {1}\n"
        output = "".join(config.format(name, json.dumps({key: str(value) for key, value in values.items()})) for name in names)
        facts[request.key] = Expansion(request.key, "x: [" if fails else output)
    return facts


def compiled_with(files: Files, recorded: RecordedState, facts: Expansions | None = None) -> tuple[Compiled, Expansions]:
    compiler = Compiler()
    desired = load(files, compiler)
    if facts is None:
        facts = expanded(compiler.compile(desired, recorded, NOW, settled=True))
    return compiler.compile(desired, recorded, NOW, facts, settled=True), facts


def shown(compiled: Compiled) -> Any:
    works = {name: [(one.key, one.digest) for one in work.manifests] for name, work in make_works(compiled).items()}
    return works, compiled.issues, {key: item.placed.targets for key, item in compiled.templates.items()}


@given(repositories(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_neither_the_order_of_files_nor_that_of_facts_decides_anything(files: Files, random: Any) -> None:
    one, facts = compiled_with(files, RecordedState())
    shuffled = dict(random.sample(sorted(files.items()), len(files)))
    later = dict(random.sample(sorted(facts.items()), len(facts)))
    assert shown(compiled_with(shuffled, RecordedState(), later)[0]) == shown(one)


@given(repositories(), st.integers(0, 3))
@settings(max_examples=40)
def test_facts_that_come_one_after_the_other_come_to_the_same(files: Files, first: int) -> None:
    one, facts = compiled_with(files, RecordedState())
    compiler = Compiler()
    desired = load(files, compiler)
    some = dict(sorted(facts.items())[:first])
    early = compiler.compile(desired, RecordedState(), NOW, some, settled=True)
    assert {request.key for request in early.needs.missing} == facts.keys() - some.keys()
    assert shown(compiler.compile(desired, RecordedState(), NOW, facts, settled=True)) == shown(one)


@given(repositories())
@settings(max_examples=40)
def test_there_is_one_expansion_for_each_distinct_set_of_values(files: Files) -> None:
    compiler = Compiler()
    requests = compiler.compile(load(files, compiler), RecordedState(), NOW, settled=True).needs.missing
    distinct = {(one.release, one.source.digest, one.values) for one in requests}
    assert len(distinct) == len(requests)


@given(repositories(), repositories())
@settings(max_examples=60)
def test_where_expansions_fail_no_member_loses_or_gets_anything(before: Files, files: Files) -> None:
    first, _ = compiled_with(before, RecordedState())
    recorded = assume_applied(first)
    compiler = Compiler()
    desired = load(files, compiler)
    missing = compiler.compile(desired, recorded, NOW)
    after = compiler.compile(desired, recorded, NOW, expanded(missing, fails=True))
    works = make_works(after)
    for key, decision in recorded.decisions.items():
        item = after.templates.get(decision.parent) if decision.parent is not None else None
        if item is None:
            continue
        # A member whose file cannot be read has no work: nothing is written there.
        for name in set(decision.cluster_names) & {target.name for target in item.placed.targets} & works.keys():
            assert key in works[name].held or key in works[name].failed
    assert all(not work.manifests for work in works.values())


@given(repositories(), repositories())
@settings(max_examples=60)
def test_an_agent_gives_its_member_what_the_leader_decided(before: Files, files: Files) -> None:
    recorded = assume_applied(compiled_with(before, RecordedState())[0])
    compiler = Compiler()
    desired = load(files, compiler)
    facts = expanded(compiler.compile(desired, recorded, NOW))
    decided = compiler.compile(desired, recorded, NOW, facts)
    works = make_works(decided)
    state = state_of(files_of(next_state(decided, works, Observation("3f2c1ab", NOW, {}))))
    for name, work in works.items():
        agent = DecidedCompiler()
        everything = load(files, agent)
        own = [one for one in everything.clusters if one.name == name]
        recalled = agent.compile(own_desired(everything, own), own_state(state, own), NOW, facts)
        assert recalled.needs.missing == ()
        assert make_works(recalled)[name].manifests == work.manifests
