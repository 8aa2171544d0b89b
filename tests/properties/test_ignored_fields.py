"""For any object, owners and rules: a field that is ignored is neither written nor told, and everything else still is."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reconciler.cluster.packed_objects import packed
from reconciler.model.changes import Action, Configure
from reconciler.model.keys import ClusterName
from reconciler.model.live import LiveView
from reconciler.model.manifest import key_of
from reconciler.model.settings import Settings
from reconciler.model.work import Work
from reconciler.model.write_policy import Language, Query, WritePolicy
from reconciler.plan.plan_cluster import plan_cluster
from reconciler.plan.prune import PruneRules
from tests.properties.test_leaving_to_members import LEAVES, VALUES, document, there, values_of
from tests.support.builders import rendered

M1 = ClusterName("m1")
PLACES = st.sampled_from(["size", "paused", "scale", "scale/min", "scale/policy", "scale/policy/period"])
LANGUAGES = st.sampled_from([Language.POINTER, Language.JSONPATH])


def query(place: str, language: Language) -> Query:
    if language is Language.POINTER:
        return Query(language, f"/spec/{place}")
    return Query(language, f"$.spec.{place.replace('/', '.')}")


@given(VALUES, VALUES, st.sets(LEAVES), st.sets(LEAVES), st.sets(PLACES), LANGUAGES, st.sampled_from(["", "controller"]))
def test_an_ignored_field_stays_and_the_rest_is_as_git_says(
    desired: dict[str, int],
    current: dict[str, int],
    ours: set[str],
    theirs: set[str],
    places: set[str],
    language: Language,
    manager: str,
) -> None:
    ours, theirs = ours & current.keys(), theirs & current.keys()
    queries = tuple(query(place, language) for place in sorted(places))
    policy = WritePolicy(queries=queries, managers=(manager,) if manager else ())

    def ignored(path: str) -> bool:
        left = any(path == place or path.startswith(f"{place}/") for place in places)
        return left or (bool(manager) and path in theirs and path in desired)

    template = document(desired)
    template["metadata"]["labels"] = {"x": "y"}
    wanted = replace(rendered(template), write_policy=policy)
    live = there(current, ours, theirs)
    live["metadata"] |= {name: wanted.manifest["metadata"][name] for name in ("annotations",)}
    live["metadata"]["labels"] |= wanted.manifest["metadata"]["labels"]
    view = LiveView.of_records(M1, {key_of(live): packed(live)})
    (change,) = plan_cluster(Work(M1, (wanted,)), view, Settings(), PruneRules()).changes

    if change.action is Action.UNCHANGED:
        assert all(current.get(path) == value for path, value in desired.items() if not ignored(path))
        return
    assert isinstance(change, Configure)
    told = re.findall(r"spec[\w.]*", change.reason) if change.drift else []
    applied = values_of(change.expected.get("spec", {}))
    gone = {path for path in ours - applied.keys() if path not in theirs}
    after = {path: value for path, value in current.items() if path not in gone} | applied
    for path in {*current, *desired}:
        if ignored(path):
            assert after.get(path) == current.get(path), f"{path} was written"
            assert f"spec.{path.replace('/', '.')}" not in told, f"{path} was told"
    for path, value in desired.items():
        assert ignored(path) or after[path] == value, f"{path} was left out"
    wrong = {path for path, value in desired.items() if not ignored(path) and current.get(path) != value}
    assert not wrong or change.drift
